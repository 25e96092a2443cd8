// Sums of histograms within one slice of the series, so that a slice hands on a histogram a group and step rather than
// every series. Those that say otherwise of resets are summed apart, as the sum of all has to know of both; one whose
// buckets do not go with the sum so far is handed on by itself, and spoils the group where all slices come together.

import {
  type FloatHistogram,
  HistogramSum,
  INCOMPATIBLE,
  RECONCILED,
  type ResetHint,
  sizeInSamples,
} from '../../native-histogram/index.ts'
import type { AggregateExpr } from '../../parse/index.ts'
import { groupLabels } from '../aggregate/aggregate.ts'
import type { Column, HistogramCells } from '../column/column.ts'
import { labelsKey } from '../column/label-sets.ts'
import { lookUp } from '../column/look-up.ts'
import { remarks } from '../run/remarks.ts'
import type { Run } from '../run/run.ts'
import type { HistogramSeries } from '../run/slicer.ts'

type Group = { readonly row: number; readonly sums: Map<ResetHint, (HistogramSum | undefined)[]> }

export type HistogramPartials = {
  /** Takes the histograms out of the column, whose plain numbers stay. */
  add(column: Column): void
  /** What stands for all of them, as series of their groups. */
  take(): HistogramSeries[]
}

export function createHistogramPartials(run: Run, expr: AggregateExpr, steps: number): HistogramPartials {
  const groupOf = groupLabels(expr)
  const groups = new Map<string, Group>()
  const alone: HistogramSeries[] = []
  const newSums = () => new Array<HistogramSum | undefined>(steps).fill(undefined)
  return {
    add(column) {
      const { histograms, present } = column
      column.histograms = undefined
      if (histograms === undefined) return
      const key = labelsKey(groupOf(column.labels))
      const { sums } = lookUp(groups, key, () => ({ row: run.row, sums: new Map() }))
      let unfit: HistogramCells | undefined
      for (let i = 0; i < steps; i++) {
        const one = histograms[i]
        if (one === undefined || present[i] === 0) continue
        present[i] = 0
        const ofHint = lookUp(sums, one.resetHint, newSums)
        const sum = ofHint[i]
        if (sum === undefined) {
          run.hold(2 * sizeInSamples(one), expr)
          ofHint[i] = new HistogramSum(one)
          continue
        }
        const outcome = sum.add(one)
        if ((outcome & INCOMPATIBLE) !== 0) {
          unfit ??= new Array<FloatHistogram | undefined>(steps).fill(undefined)
          unfit[i] = one
        } else if ((outcome & RECONCILED) !== 0) run.inform(remarks.reconciled('aggregation'), expr.inner)
      }
      if (unfit !== undefined) alone.push(seriesOf(run.row, unfit))
    },
    take() {
      const summed: HistogramSeries[] = []
      for (const { row, sums } of groups.values()) {
        for (const ofHint of sums.values()) {
          summed.push(
            seriesOf(
              row,
              ofHint.map((sum) => sum?.finish()),
            ),
          )
          // What rounding took goes along, so that the last digit does not depend on slices.
          const rests = ofHint.map((sum) => sum?.rest())
          if (rests.some((rest) => rest !== undefined)) summed.push(seriesOf(row, rests))
        }
      }
      return [...summed, ...alone]
    },
  }
}

function seriesOf(row: number, cells: HistogramCells): HistogramSeries {
  const present = Uint8Array.from(cells, (one) => (one === undefined ? 0 : 1))
  return { row, values: new Float64Array(cells.length), present, cells }
}
