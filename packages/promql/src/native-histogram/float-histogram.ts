/*
 * A native histogram sample. Source: Prometheus docs, "Native Histograms" (specification).
 *
 *   schema -4 .. 8   exponential: bucket i reaches from base^(i-1) exclusive to base^i inclusive, base = 2^(2^-schema);
 *                    negative buckets mirror that; the zero bucket takes |v| <= zeroThreshold
 *   schema -53       custom bounds: bucket i reaches from customValues[i-1] exclusive to customValues[i] inclusive, the
 *                    first from -Inf, the last (i = customValues.length) to +Inf; no zero bucket, no negative buckets
 *
 *   spans   [offset, length, offset, length, ...]: the first offset is a bucket index, each later one the gap behind the
 *           span before; buckets hold the counts of all spans one after another, absolute, not cumulative
 */
export type FloatHistogram = {
  readonly resetHint: ResetHint
  readonly schema: number
  readonly zeroThreshold: number
  readonly zeroCount: number
  readonly count: number
  readonly sum: number
  readonly positiveSpans: Int32Array
  readonly positiveBuckets: Float64Array
  readonly negativeSpans: Int32Array
  readonly negativeBuckets: Float64Array
  /** Upper bounds, ascending, without +Inf; empty unless `schema` is `CUSTOM_SCHEMA`. */
  readonly customValues: Float64Array
}

/** What a sample knows of the one before: nothing, that a reset lies between, that none does, or that it is a gauge. */
export type ResetHint = typeof UNKNOWN_RESET | typeof COUNTER_RESET | typeof NOT_RESET | typeof GAUGE

// The numbers of remote write's and the exposition's protobuf (`ResetHint`).
export const UNKNOWN_RESET = 0
export const COUNTER_RESET = 1
export const NOT_RESET = 2
export const GAUGE = 3

export const CUSTOM_SCHEMA = -53
export const MIN_SCHEMA = -4
export const MAX_SCHEMA = 8

export const NO_SPANS = new Int32Array(0)
export const NO_BUCKETS = new Float64Array(0)

export function isCustom(h: { readonly schema: number }): boolean {
  return h.schema === CUSTOM_SCHEMA
}

/** The same histogram with another hint; the arrays are shared. */
export function withResetHint(h: FloatHistogram, resetHint: ResetHint): FloatHistogram {
  if (h.resetHint === resetHint) return h
  return {
    resetHint,
    schema: h.schema,
    zeroThreshold: h.zeroThreshold,
    zeroCount: h.zeroCount,
    count: h.count,
    sum: h.sum,
    positiveSpans: h.positiveSpans,
    positiveBuckets: h.positiveBuckets,
    negativeSpans: h.negativeSpans,
    negativeBuckets: h.negativeBuckets,
    customValues: h.customValues,
  }
}

/** What a histogram without spans and buckets weighs in Prometheus's memory, bytes, and a plain sample beside it. */
const HISTOGRAM_BYTES = 168
const SAMPLE_BYTES = 16

/** For how many plain samples it counts, in Prometheus's limits and statistics. Source: Prometheus promql/value.go. */
export function sizeInSamples(h: FloatHistogram): number {
  const spans = (h.positiveSpans.length + h.negativeSpans.length) / 2
  const numbers = spans + h.positiveBuckets.length + h.negativeBuckets.length + h.customValues.length
  return Math.floor((HISTOGRAM_BYTES + 8 * numbers + SAMPLE_BYTES / 2) / SAMPLE_BYTES)
}
