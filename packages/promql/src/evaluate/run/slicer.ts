// What a query's evaluation and whoever evaluates parts of it slice by slice tell each other, as plain data.

import type { Labels } from '../../labels.ts'
import type { AggregateExpr, Expr, VectorSelector } from '../../parse/index.ts'
import type { Selection } from '../../series-source.ts'
import type { HistogramCells } from '../column/column.ts'
import type { Grid } from './grid.ts'

/** A part of a query as found in its tree. */
export type SlicePlan = {
  /** What is evaluated in slices, parentheses aside. */
  readonly node: Expr
  readonly selector: VectorSelector
  /** Set where `node` aggregates: slices give groups then, otherwise columns. */
  readonly aggregate: AggregateExpr | undefined
  /** Series lose their names. */
  readonly dropsName: boolean
}

export type SliceRequest = {
  /** Place among `slicePlansOf` the whole query. */
  readonly part: number
  readonly grid: Grid
  /** All samples that any slice looks at. */
  readonly selection: Selection
  /** Must be refused unless no two of the selection's series are equal but for the metric name. */
  readonly needsApart: boolean
  /** Samples are counted by step, as Prometheus counts them. */
  readonly countSamples: boolean
}

/** What one slice made, as plain data that can be posted. Column (or group) `i` of n has `steps` cells from `i * steps` on. */
export type SlicePart = {
  /** Place in the selection: of each series, or of the first series of each group. */
  readonly rows: Uint32Array
  readonly values: Float64Array
  readonly present: Uint8Array
  /** Of groups: what their operator needs besides, one list a group. */
  readonly more: readonly (readonly Float64Array[])[]
  /** Series with native histograms, whole. Of groups: series, or sums of some, that are yet to be added to theirs. */
  readonly histograms: readonly HistogramSeries[]
  readonly series: number
  readonly samples: number
  /** With `countSamples`, by step of the part. */
  readonly counted: Float64Array | undefined
  readonly warnings: readonly string[]
  readonly infos: readonly string[]
}

export type HistogramSeries = {
  readonly row: number
  readonly values: Float64Array
  readonly present: Uint8Array
  readonly cells: HistogramCells
}

/** The parts in the order of their slices, which together are all series, and the labels of every row. */
export type SlicedParts = { readonly parts: AsyncIterable<SlicePart>; labelsOf(row: number): Labels }

/** Evaluates a part of the query elsewhere and here, by `evaluateSlice`; undefined where it has to be evaluated whole. */
export type Slicer = (request: SliceRequest) => Promise<SlicedParts | undefined>
