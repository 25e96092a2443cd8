import type { Labels, Matcher } from '@binnacle/promql'
import type { Explanation } from './explanation.ts'
import type { JsonPieces } from './json-pieces.ts'

export type QueryLimits = {
  /** Wall time of the whole query, ms. */
  readonly timeoutMs: number
  /** Samples decoded by one query (`query.max_samples`). */
  readonly maxSamples: number
  /** Steps of a range query (`query.max_steps`; Prometheus: 11,000). */
  readonly maxSteps: number
}

export type QueryStats = {
  /** From the call to the answer, ms; of it waiting for a turn, finding series, and ordering the result. */
  readonly elapsedMs: number
  readonly queueMs: number
  readonly resolveMs: number
  readonly sortMs: number
  readonly seriesRead: number
  readonly samplesRead: number
  /** Who answered: `cache`, `head`, `engine` or several of them. */
  readonly sources: readonly string[]
  /** Of an answer with steps that were not evaluated: how many, and in how many series all its steps are. */
  readonly cached?: { readonly steps: number; readonly series: number }
  /** Most values held in memory at one time. */
  readonly peakSamples: number
  /** When they were asked for: samples in the windows of each step, as Prometheus counts `totalQueryableSamples`. */
  readonly queryableSamples?: Float64Array | undefined
}

/** `data` of Prometheus's query API: an object (`{"resultType": ..., "result": ...}`) without space behind its brace. */
export type QueryAnswer = {
  readonly dataJson: JsonPieces
  readonly warnings: readonly string[]
  readonly infos: readonly string[]
  readonly stats: QueryStats
}

export type InstantQuery = {
  readonly query: string
  /** Unix ms. */
  readonly timeMs: number
  readonly lookbackMs?: number
  readonly limits?: Partial<QueryLimits>
  /** At most so many series in the answer, 0 for all; more adds the warning that Prometheus gives. */
  readonly limit?: number
  /** Gives `queryableSamples` in the stats. */
  readonly countSamples?: boolean
  /** Counts in no metric. */
  readonly isRehearsal?: boolean
}

export type RangeQuery = {
  readonly query: string
  /** Unix ms, all inclusive. */
  readonly startMs: number
  readonly endMs: number
  readonly stepMs: number
  readonly lookbackMs?: number
  readonly limits?: Partial<QueryLimits>
  readonly limit?: number
  readonly countSamples?: boolean
  /** Counts in no metric (with `noCache`). */
  readonly isRehearsal?: boolean
  /** Evaluates all steps, takes nothing from answers that were kept and keeps nothing. */
  readonly noCache?: boolean
}

/** Matcher sets are alternatives (`match[]`); no set means all series. Times are Unix ms, inclusive. */
export type MetadataQuery = {
  readonly matcherSets: readonly (readonly Matcher[])[]
  readonly fromMs: number
  readonly toMs: number
  /** 0 for all. */
  readonly limit: number
}

/** Lists carry `truncated` when the limit cut them. */
export type Listing<T> = { readonly items: readonly T[]; readonly truncated: boolean }

/** `count` label sets in any order, slice by slice: to be read once. They are looked up as they are read. */
export type SeriesListing = {
  readonly count: number
  readonly truncated: boolean
  readonly slices: AsyncIterable<readonly Labels[]> | readonly (readonly Labels[])[]
}

/** Who asks. The signal of somebody who has gone is aborted; it is read when something has to be waited for. */
export type Asker = { readonly signal: AbortSignal }

/**
 * Questions about metrics. Errors: `BinnacleError` with code `promql.parse` (place.offset/length), `query.timeout`,
 * `query.canceled`, `query.<limit name>` (kind `limit`), `promql.execution`.
 */
export type Querier = {
  instant(query: InstantQuery, signal: AbortSignal): Promise<QueryAnswer>
  range(query: RangeQuery, signal: AbortSignal): Promise<QueryAnswer>
  /** How a query is evaluated, node by node, with remarks where they belong. Evaluates it, past every cache. */
  explain(query: InstantQuery | RangeQuery, signal: AbortSignal): Promise<Explanation>
  series(query: MetadataQuery, asker: Asker): Promise<SeriesListing>
  /** Sorted. */
  labelNames(query: MetadataQuery, asker: Asker): Promise<Listing<string>>
  /** Sorted. */
  labelValues(label: string, query: MetadataQuery, asker: Asker): Promise<Listing<string>>
}
