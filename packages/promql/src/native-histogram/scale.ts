import { type FloatHistogram, GAUGE, NO_BUCKETS, NO_SPANS, type ResetHint } from './float-histogram.ts'

/** All counts and the sum times `factor`; a negative one makes it a gauge. */
export function multiply(h: FloatHistogram, factor: number): FloatHistogram {
  const times = (value: number) => value * factor
  return mapped(h, times, factor < 0 ? GAUGE : h.resetHint)
}

/** All counts and the sum divided; a negative divisor makes it a gauge, and zero leaves no buckets. */
export function divide(h: FloatHistogram, divisor: number): FloatHistogram {
  const by = (value: number) => value / divisor
  if (divisor !== 0) return mapped(h, by, divisor < 0 ? GAUGE : h.resetHint)
  return {
    resetHint: h.resetHint,
    schema: h.schema,
    zeroThreshold: h.zeroThreshold,
    zeroCount: by(h.zeroCount),
    count: by(h.count),
    sum: by(h.sum),
    positiveSpans: NO_SPANS,
    positiveBuckets: NO_BUCKETS,
    negativeSpans: NO_SPANS,
    negativeBuckets: NO_BUCKETS,
    customValues: h.customValues,
  }
}

function mapped(h: FloatHistogram, change: (value: number) => number, resetHint: ResetHint): FloatHistogram {
  return {
    resetHint,
    schema: h.schema,
    zeroThreshold: h.zeroThreshold,
    zeroCount: change(h.zeroCount),
    count: change(h.count),
    sum: change(h.sum),
    positiveSpans: h.positiveSpans,
    positiveBuckets: h.positiveBuckets.map(change),
    negativeSpans: h.negativeSpans,
    negativeBuckets: h.negativeBuckets.map(change),
    customValues: h.customValues,
  }
}
