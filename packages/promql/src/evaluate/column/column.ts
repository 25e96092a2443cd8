import type { Labels } from '../../labels.ts'
import { type FloatHistogram, sizeInSamples } from '../../native-histogram/index.ts'

/** Native histograms by step: where there is one, it is the sample, and the value beside it counts for nothing. */
export type HistogramCells = (FloatHistogram | undefined)[]

/**
 * One series of an intermediate result: a value per step of the grid, which counts only where `present` is 1
 * (elsewhere the value is undefined). `dropName`: the metric name is to be dropped at the end (delayed name removal).
 * `histograms` is undefined for a series of plain numbers, so that every operator decides once per series.
 * `held`: for how many samples a column that is kept counts in the run's memory.
 */
export type Column = {
  labels: Labels
  dropName: boolean
  readonly values: Float64Array
  readonly present: Uint8Array
  histograms: HistogramCells | undefined
  held: number
}

/** Takes a column; its arrays may be overwritten by the taker, but not kept: they are reused after it returns. */
export type ColumnSink = (column: Column) => void

export function newColumn(labels: Labels, steps: number, dropName = false): Column {
  return {
    labels,
    dropName,
    values: new Float64Array(steps),
    present: new Uint8Array(steps),
    histograms: undefined,
    held: steps,
  }
}

export function copyColumn(column: Column): Column {
  return {
    labels: column.labels,
    dropName: column.dropName,
    values: column.values.slice(),
    present: column.present.slice(),
    histograms: column.histograms?.slice(),
    held: column.values.length + (column.histograms === undefined ? 0 : extraWeight(column.histograms)),
  }
}

/** Whether the column has a value at any step; nearly always it has one at an end. */
export function hasAny({ present }: Column): boolean {
  return present[0] === 1 || present[present.length - 1] === 1 || present.includes(1)
}

/** For how many samples histograms count beyond the one that each cell counts for. */
export function extraWeight(cells: readonly (FloatHistogram | undefined)[]): number {
  let weight = 0
  for (const one of cells) if (one !== undefined) weight += sizeInSamples(one) - 1
  return weight
}

/** The column's cells for histograms, which it has from now on. */
export function histogramCells(column: Column): HistogramCells {
  column.histograms ??= new Array<FloatHistogram | undefined>(column.values.length).fill(undefined)
  return column.histograms
}
