import { newDoubles } from './arrays.ts'
import { type FloatHistogram, GAUGE, NO_BUCKETS, NO_SPANS } from './float-histogram.ts'

/** All counts and the sum times `factor`; a negative one makes it a gauge. */
export function multiply(h: FloatHistogram, factor: number): FloatHistogram {
  return {
    resetHint: factor < 0 ? GAUGE : h.resetHint,
    schema: h.schema,
    zeroThreshold: h.zeroThreshold,
    zeroCount: h.zeroCount * factor,
    count: h.count * factor,
    sum: h.sum * factor,
    positiveSpans: h.positiveSpans,
    positiveBuckets: multiplied(h.positiveBuckets, factor),
    negativeSpans: h.negativeSpans,
    negativeBuckets: multiplied(h.negativeBuckets, factor),
    customValues: h.customValues,
  }
}

/** All counts and the sum divided; a negative divisor makes it a gauge, and zero leaves no buckets. */
export function divide(h: FloatHistogram, divisor: number): FloatHistogram {
  const noBuckets = divisor === 0
  return {
    resetHint: divisor < 0 ? GAUGE : h.resetHint,
    schema: h.schema,
    zeroThreshold: h.zeroThreshold,
    zeroCount: h.zeroCount / divisor,
    count: h.count / divisor,
    sum: h.sum / divisor,
    positiveSpans: noBuckets ? NO_SPANS : h.positiveSpans,
    positiveBuckets: noBuckets ? NO_BUCKETS : divided(h.positiveBuckets, divisor),
    negativeSpans: noBuckets ? NO_SPANS : h.negativeSpans,
    negativeBuckets: noBuckets ? NO_BUCKETS : divided(h.negativeBuckets, divisor),
    customValues: h.customValues,
  }
}

function multiplied(buckets: Float64Array, factor: number): Float64Array {
  const out = newDoubles(buckets.length)
  for (let i = 0; i < buckets.length; i++) out[i] = buckets[i]! * factor
  return out
}

function divided(buckets: Float64Array, divisor: number): Float64Array {
  const out = newDoubles(buckets.length)
  for (let i = 0; i < buckets.length; i++) out[i] = buckets[i]! / divisor
  return out
}
