import { coarserIndex, upperBound } from './bounds.ts'
import { bucketIndexes } from './buckets.ts'
import { COUNTER_RESET, type FloatHistogram, isCustom, NO_BUCKETS, NOT_RESET } from './float-histogram.ts'
import { commonBounds, placesAmong, sameLayout, sameNumbers } from './layout.ts'
import { widenZeroBucketOf } from './zero-bucket.ts'

/** Whether all but the hint is the same: also the buckets that are there, empty ones too, and the sign of zero. */
export function equalHistograms(a: FloatHistogram, b: FloatHistogram): boolean {
  return (
    a === b ||
    (a.schema === b.schema &&
      Object.is(a.count, b.count) &&
      Object.is(a.sum, b.sum) &&
      a.zeroThreshold === b.zeroThreshold &&
      Object.is(a.zeroCount, b.zeroCount) &&
      (!isCustom(a) || sameNumbers(a.customValues, b.customValues)) &&
      sameSide(a.negativeSpans, a.negativeBuckets, b.negativeSpans, b.negativeBuckets) &&
      sameSide(a.positiveSpans, a.positiveBuckets, b.positiveSpans, b.positiveBuckets))
  )
}

function sameSide(aSpans: Int32Array, a: Float64Array, bSpans: Int32Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false
  return sameLayout(aSpans, bSpans, a.length)
}

/**
 * Whether a counter was reset between two samples: as the hint of the later one says, otherwise when anything in it is
 * lower. A finer schema or a narrower zero bucket come only with a reset; coarser and wider ones are reconciled.
 */
export function isReset(h: FloatHistogram, previous: FloatHistogram): boolean {
  if (h.resetHint === COUNTER_RESET) return true
  if (h.resetHint === NOT_RESET) return false
  if (h.count < previous.count) return true
  if (isCustom(h)) {
    if (!isCustom(previous)) return true
    if (!sameNumbers(h.customValues, previous.customValues)) return fellAmongCommonBounds(h, previous)
  }
  if (h.schema > previous.schema || h.zeroThreshold < previous.zeroThreshold) return true
  const zero = widenZeroBucketOf(previous, h.zeroThreshold)
  if (zero.threshold !== h.zeroThreshold || h.zeroCount < zero.count) return true
  const levels = previous.schema - h.schema
  const threshold = isCustom(h) ? 0 : h.zeroThreshold
  return (
    sideFell(
      h.positiveSpans,
      h.positiveBuckets,
      previous.positiveSpans,
      previous.positiveBuckets,
      h,
      levels,
      threshold,
    ) ||
    sideFell(h.negativeSpans, h.negativeBuckets, previous.negativeSpans, previous.negativeBuckets, h, levels, threshold)
  )
}

function sideFell(
  spans: Int32Array,
  buckets: Float64Array,
  beforeSpans: Int32Array,
  before: Float64Array,
  { schema }: FloatHistogram,
  levels: number,
  threshold: number,
): boolean {
  if (before.length === 0) return false
  const aligned = levels === 0 && buckets.length === before.length && sameNumbers(spans, beforeSpans)
  if (aligned && (threshold === 0 || upperBound(spans[0]!, schema, NO_BUCKETS) > threshold)) {
    for (let i = 0; i < buckets.length; i++) if (buckets[i]! < before[i]!) return true
    return false
  }
  const indexes = bucketIndexes(spans, buckets.length)
  const beforeIndexes = bucketIndexes(beforeSpans, before.length)
  let at = 0
  for (let i = 0; i < before.length; ) {
    const index = coarserIndex(beforeIndexes[i]!, levels)
    let count = 0
    while (i < before.length && coarserIndex(beforeIndexes[i]!, levels) === index) count += before[i++]!
    if (threshold > 0 && upperBound(index, schema, NO_BUCKETS) <= threshold) continue
    while (at < buckets.length && indexes[at]! < index) at++
    if (at < buckets.length && indexes[at] === index ? buckets[at]! < count : count !== 0) return true
  }
  return false
}

function fellAmongCommonBounds(h: FloatHistogram, previous: FloatHistogram): boolean {
  const common = commonBounds(h.customValues, previous.customValues)
  const now = countsAmong(h, common)
  const before = countsAmong(previous, common)
  return now.some((count, i) => count < before[i]!)
}

function countsAmong(h: FloatHistogram, bounds: Float64Array): Float64Array {
  const counts = new Float64Array(bounds.length + 1)
  const buckets = h.positiveBuckets
  const indexes = bucketIndexes(h.positiveSpans, buckets.length)
  const places = placesAmong(indexes, buckets.length, h.customValues, bounds)
  for (let i = 0; i < buckets.length; i++) counts[places[i]!]! += buckets[i]!
  return counts
}
