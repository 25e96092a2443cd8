import { CUSTOM_SCHEMA, type FloatHistogram, NO_BUCKETS, NO_SPANS } from '@binnacle/promql'

/**
 * A native histogram that differs for every whole number: every third has custom buckets, every fifth is a gauge with
 * fractions and negative buckets; all of them are valid. With `buckets` it is an exponential one with so many.
 */
export function histogramOf(n: number, buckets?: number): FloatHistogram {
  const plain = {
    resetHint: 0,
    schema: 2,
    zeroThreshold: 2 ** -128,
    zeroCount: n % 4,
    sum: n / 8,
    negativeSpans: NO_SPANS,
    negativeBuckets: NO_BUCKETS,
    customValues: NO_BUCKETS,
  } as const
  if (buckets === undefined && n % 3 === 0) {
    const positiveBuckets = Float64Array.of(n, 2, 3)
    return {
      ...plain,
      schema: CUSTOM_SCHEMA,
      zeroThreshold: 0,
      zeroCount: 0,
      count: total(positiveBuckets),
      positiveSpans: Int32Array.of(0, 2, 1, 1),
      positiveBuckets,
      customValues: Float64Array.of(0.5, 1, 2.5),
    }
  }
  const positiveBuckets = Float64Array.from({ length: buckets ?? 2 + (n % 5) }, (_, i) => n + i)
  const positiveSpans = Int32Array.of(-(n % 3), positiveBuckets.length)
  if (buckets === undefined && n % 5 === 0) {
    const negativeBuckets = Float64Array.of(n / 3, 0.5)
    return {
      ...plain,
      resetHint: 3,
      count: total(positiveBuckets) + total(negativeBuckets) + plain.zeroCount,
      positiveSpans,
      positiveBuckets,
      negativeSpans: Int32Array.of(4, 1, 2, 1),
      negativeBuckets,
    }
  }
  return { ...plain, count: total(positiveBuckets) + plain.zeroCount, positiveSpans, positiveBuckets }
}

function total(counts: Float64Array): number {
  return counts.reduce((sum, count) => sum + count, 0)
}
