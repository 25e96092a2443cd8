// Which buckets a histogram has: spans, the flat form [offset, length, ...], against plain ascending bucket indexes.

import { copyDoubles, newDoubles, newIntegers } from './arrays.ts'
import { bucketIndexes } from './buckets.ts'
import { type FloatHistogram, NO_BUCKETS, NO_SPANS } from './float-histogram.ts'

export function sameNumbers(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Spans of the first `count` of some ascending indexes, as few as they take. */
export function spansOf(indexes: Int32Array, count: number): Int32Array {
  if (count === 0) return NO_SPANS
  let runs = 1
  for (let i = 1; i < count; i++) if (indexes[i] !== indexes[i - 1]! + 1) runs++
  const spans = newIntegers(2 * runs)
  spans[0] = indexes[0]!
  spans[1] = 1
  for (let i = 1, s = 0; i < count; i++) {
    const gap = indexes[i]! - indexes[i - 1]! - 1
    if (gap > 0) {
      s += 2
      spans[s] = gap
    }
    spans[s + 1]!++
  }
  return spans
}

export type BucketSide = { readonly spans: Int32Array; readonly buckets: Float64Array }

/** Without empty buckets, in the fewest spans: two histograms of the same counts then have the same arrays. */
export function compact(h: FloatHistogram): FloatHistogram {
  if (isCompact(h.positiveSpans, h.positiveBuckets) && isCompact(h.negativeSpans, h.negativeBuckets)) return h
  const positive = compactSide(h.positiveSpans, h.positiveBuckets)
  const negative = compactSide(h.negativeSpans, h.negativeBuckets)
  return {
    resetHint: h.resetHint,
    schema: h.schema,
    zeroThreshold: h.zeroThreshold,
    zeroCount: h.zeroCount,
    count: h.count,
    sum: h.sum,
    positiveSpans: positive.spans,
    positiveBuckets: positive.buckets,
    negativeSpans: negative.spans,
    negativeBuckets: negative.buckets,
    customValues: h.customValues,
  }
}

function isCompact(spans: Int32Array, buckets: Float64Array): boolean {
  if (!isMinimal(spans)) return false
  for (let i = 0; i < buckets.length; i++) if (buckets[i] === 0) return false
  return true
}

/** Whether no fewer spans could say the same. */
function isMinimal(spans: Int32Array): boolean {
  for (let s = 0; s < spans.length; s += 2) if (spans[s + 1] === 0 || (s > 0 && spans[s] === 0)) return false
  return true
}

/** The buckets that are not empty, as arrays of their own: the given ones may be used again. */
export function compactSide(spans: Int32Array, buckets: Float64Array, length = buckets.length): BucketSide {
  let kept = 0
  for (let i = 0; i < length; i++) if (buckets[i] !== 0) kept++
  if (kept === 0) return EMPTY_SIDE
  if (kept === length && isMinimal(spans)) return { spans, buckets: copyDoubles(buckets, length) }
  const out = newDoubles(kept)
  const runs = newIntegers(2 * countRuns(spans, buckets, length))
  let index = 0
  let end = 0
  let n = 0
  let i = 0
  let run = -2
  for (let s = 0; s < spans.length; s += 2) {
    index += spans[s]!
    for (let k = spans[s + 1]!; k > 0 && i < length; k--, index++, i++) {
      if (buckets[i] === 0) continue
      if (run < 0 || index !== end) {
        run += 2
        runs[run] = index - end
      }
      runs[run + 1]!++
      end = index + 1
      out[n++] = buckets[i]!
    }
  }
  return { spans: runs, buckets: out }
}

const EMPTY_SIDE: BucketSide = { spans: NO_SPANS, buckets: NO_BUCKETS }

/** How many runs of neighbouring buckets are not empty. */
function countRuns(spans: Int32Array, buckets: Float64Array, length: number): number {
  let runs = 0
  let index = 0
  let end = Number.NaN
  let i = 0
  for (let s = 0; s < spans.length; s += 2) {
    index += spans[s]!
    for (let k = spans[s + 1]!; k > 0 && i < length; k--, index++, i++) {
      if (buckets[i] === 0) continue
      if (index !== end) runs++
      end = index + 1
    }
  }
  return runs
}

/** Whether two descriptions name the same buckets; empty spans do not count. */
export function sameLayout(a: Int32Array, b: Int32Array, count: number): boolean {
  return sameNumbers(a, b) || sameNumbers(bucketIndexes(a, count), bucketIndexes(b, count))
}

/** Whether two histograms have the same buckets at the same places, so that counts can be combined one by one. */
export function areAligned(a: FloatHistogram, b: FloatHistogram): boolean {
  return (
    a.schema === b.schema &&
    a.zeroThreshold === b.zeroThreshold &&
    a.positiveBuckets.length === b.positiveBuckets.length &&
    a.negativeBuckets.length === b.negativeBuckets.length &&
    sameNumbers(a.positiveSpans, b.positiveSpans) &&
    sameNumbers(a.negativeSpans, b.negativeSpans) &&
    sameNumbers(a.customValues, b.customValues)
  )
}

/** The bounds that both have, ascending. */
export function commonBounds(a: Float64Array, b: Float64Array): Float64Array {
  const both: number[] = []
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      both.push(a[i]!)
      i++
      j++
    } else if (a[i]! < b[j]!) i++
    else j++
  }
  return Float64Array.from(both)
}

/** Where each bucket of custom bounds lies among coarser bounds, a subset of them; the last takes all up to +Inf. */
export function placesAmong(
  indexes: ArrayLike<number>,
  count: number,
  bounds: Float64Array,
  coarser: Float64Array,
): Int32Array {
  const places = new Int32Array(count)
  let place = 0
  for (let i = 0; i < count; i++) {
    const index = indexes[i]!
    if (index >= bounds.length) place = coarser.length
    else while (place < coarser.length && coarser[place]! < bounds[index]!) place++
    places[i] = place
  }
  return places
}
