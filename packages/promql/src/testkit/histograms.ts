import { type FloatHistogram, NO_BUCKETS, NO_SPANS, UNKNOWN_RESET } from '../native-histogram/index.ts'

/** A histogram of schema 0 without observations, but for what is given; `from` is the index of the first bucket. */
export function histogramOf(
  parts: Partial<FloatHistogram>,
  positive: readonly number[] = [],
  from = 0,
  negative: readonly number[] = [],
  negativeFrom = 0,
): FloatHistogram {
  const side = (buckets: readonly number[], first: number) => ({
    spans: buckets.length === 0 ? NO_SPANS : Int32Array.of(first, buckets.length),
    buckets: Float64Array.from(buckets),
  })
  const up = side(positive, from)
  const down = side(negative, negativeFrom)
  return {
    resetHint: UNKNOWN_RESET,
    schema: 0,
    zeroThreshold: 0,
    zeroCount: 0,
    count: 0,
    sum: 0,
    positiveSpans: up.spans,
    positiveBuckets: up.buckets,
    negativeSpans: down.spans,
    negativeBuckets: down.buckets,
    customValues: NO_BUCKETS,
    ...parts,
  }
}
