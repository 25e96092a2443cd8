import type { Labels } from './labels.ts'
import type { FloatHistogram } from './native-histogram/index.ts'

export type MatchOp = '=' | '!=' | '=~' | '!~'

/** One label matcher. Regexes are RE2 syntax, anchored at both ends, as in Prometheus; an absent label matches as `''`. */
export type Matcher = { readonly name: string; readonly op: MatchOp; readonly value: string }

/** What the evaluator asks a source for: all samples of the matching series with `fromMs <= ts <= toMs`. */
export type Selection = {
  readonly matchers: readonly Matcher[]
  /** Unix ms, inclusive. */
  readonly fromMs: number
  /** Unix ms, inclusive. */
  readonly toMs: number
}

/**
 * Some series with their samples, as columns. Series `i` owns `ts[starts[i] .. starts[i + 1])` and the same range of
 * `values`; its times ascend strictly. Staleness markers are in there (a NaN with the bits 0x7ff0000000000002).
 * Every series of a selection comes in exactly one batch, and only once; a series without samples may be left out.
 * The arrays belong to the source and are valid until the next batch is asked for; `labels` stay valid.
 */
export type SeriesBatch = {
  readonly count: number
  readonly labels: readonly Labels[]
  /** The place of each series in its selection, where the source has places (for evaluation in slices). */
  readonly rows?: Uint32Array | undefined
  readonly starts: Uint32Array
  readonly ts: Float64Array
  readonly values: Float64Array
  /**
   * Absent while no sample of the batch is a native histogram, which keeps the way of plain numbers as fast as it is.
   * Otherwise by the same places as `values`: where there is a histogram, it is the sample and the value counts for
   * nothing. A histogram series ends with the same staleness marker, in `values`.
   */
  readonly histograms?: readonly (FloatHistogram | undefined)[] | undefined
  /** By the same places, where samples tell since when they count: Unix ms, 0 where that is not known. */
  readonly startTimes?: Float64Array | undefined
}

/** What the evaluator needs of an `AbortSignal` (which fits): this package knows neither Node nor the DOM. */
export type CancelSignal = { readonly aborted: boolean; readonly reason: unknown }

/** Where samples come from: the head, the engine's chunks, both stitched together, or a test's memory. */
export type SeriesSource = {
  /**
   * Batches in any order of series; throws or rejects with `signal.reason` when aborted. A plain iterable where nothing has
   * to be waited for: that spares small queries some promises.
   */
  select(selection: Selection, signal: CancelSignal): AsyncIterable<SeriesBatch> | Iterable<SeriesBatch>
}
