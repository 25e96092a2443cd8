// What functions of a range vector are given, and what they make: a reducer, which fills a column from one series' samples.

import type { Labels } from '../../labels.ts'
import type { CallExpr } from '../../parse/index.ts'
import type { Column } from '../column/column.ts'
import type { Grid } from '../run/grid.ts'
import type { Run } from '../run/run.ts'
import type { SampleHistograms, Windows } from '../run/windows.ts'

export type RangeReducer = (ts: Float64Array, values: Float64Array, from: number, to: number, out: Column) => void

export type RangeContext = {
  readonly run: Run
  readonly call: CallExpr
  readonly grid: Grid
  readonly windows: Windows
  /** The scalar arguments, in order, with a value per step. */
  readonly scalars: readonly Float64Array[]
}

export type RangeFunction = {
  /** Series keep their metric name. */
  readonly keepsName?: boolean
  /** Names that do not look like counters are remarked on. */
  readonly expectsCounter?: boolean
  readonly create: (context: RangeContext) => RangeReducer
  /** Of series that have native histograms. */
  readonly createForHistograms: HistogramRangeFunction
}

/** The samples of one series, of both kinds: `histograms[i]` where it is there, otherwise `values[i]`. */
export type MixedSamples = {
  readonly labels: Labels
  readonly ts: Float64Array
  readonly values: Float64Array
  readonly from: number
  readonly to: number
  readonly histograms: NonNullable<SampleHistograms>
  /** Unix ms, 0 where it is not known; absent where no sample tells. */
  readonly startTimes?: Float64Array | undefined
}

/** Fills a column with a value per step; the column has cells for histograms, all empty, and no step is present. */
export type HistogramReducer = (samples: MixedSamples, out: Column) => void

/** What a function makes of series with histograms, given what it makes of plain numbers. */
export type HistogramRangeFunction = (context: RangeContext, ofFloats: RangeReducer) => HistogramReducer
