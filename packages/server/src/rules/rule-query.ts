import type { HistogramResults, Labels } from '@binnacle/promql'

/*
 * What a rule asks. Metrics answer today (metrics/query, prepared queries); logs and SQL answer in the same shape later: a
 * rule then only has another way to become a `RuleQuery`.
 */

/** Element `i` has `labels[i]` and `values[i]`; a native histogram stands in `histograms` by the same place. */
export type RuleVector = {
  readonly labels: readonly Labels[]
  readonly values: Float64Array
  readonly histograms?: HistogramResults
}

export type RuleQuery = {
  /** The value at `timeMs` (Unix ms). Throws `BinnacleError`. */
  evaluate(timeMs: number, signal: AbortSignal): Promise<RuleVector>
  /** What it reads at `timeMs`, and what of it came since `freshFromMs` (Unix ms). Throws `BinnacleError`. */
  inputs(at: { readonly timeMs: number; readonly freshFromMs: number }, signal: AbortSignal): Promise<RuleInputs>
  /** When what it reads came last, each moment once; series for which `isLeftOut` holds do not count. */
  arrivals(isLeftOut: (ref: number) => boolean): readonly RuleArrival[]
}

export type RuleInputs = {
  /** Whether what an element with these labels stood on is still there. */
  has(labels: Labels): boolean
  /** The same, with a sample since `freshFromMs`. */
  isFresh(labels: Labels): boolean
  /** Whether there is anything at all from which a value could come. */
  readonly any: boolean
}

export type RuleArrival = {
  /** Of one of the series; it stays the same as long as that is there. */
  readonly key: number
  /** Unix ms. */
  readonly atMs: number
  readonly series: number
  /** The newest now, Unix ms; -Infinity when there is none any more. */
  newestMs(): number
}
