// What slices made, as the columns and groups that it stands for.

import type { Labels } from '../../labels.ts'
import type { GroupState } from '../aggregate/aggregate.ts'
import { type Column, extraWeight, newColumn } from '../column/column.ts'
import type { HistogramSeries, SlicePart } from '../run/slicer.ts'

/** The columns of a part; they lie in the part's memory, and are the caller's. */
export function columnsOf(part: SlicePart, steps: number, labelsOf: (row: number) => Labels): Column[] {
  const columns: Column[] = []
  for (let i = 0; i < part.rows.length; i++) {
    columns.push({
      labels: labelsOf(part.rows[i]!),
      dropName: false,
      values: part.values.subarray(i * steps, (i + 1) * steps),
      present: part.present.subarray(i * steps, (i + 1) * steps),
      histograms: undefined,
      held: steps,
    })
  }
  for (const series of part.histograms) columns.push(histogramColumn(series, labelsOf))
  return columns
}

export function histogramColumn(series: HistogramSeries, labelsOf: (row: number) => Labels): Column {
  const { values, present, cells } = series
  const held = values.length + extraWeight(cells)
  return { ...newColumn(labelsOf(series.row), 0), values, present, histograms: cells, held }
}

/** The state of each group of a part. */
export function eachGroup(part: SlicePart, steps: number, visit: (row: number, state: GroupState) => void): void {
  for (let i = 0; i < part.rows.length; i++) {
    visit(part.rows[i]!, {
      values: part.values.subarray(i * steps, (i + 1) * steps),
      present: part.present.subarray(i * steps, (i + 1) * steps),
      more: part.more[i]!,
    })
  }
}
