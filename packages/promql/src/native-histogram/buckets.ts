import { newIntegers } from './arrays.ts'
import { upperBound } from './bounds.ts'
import { CUSTOM_SCHEMA, type FloatHistogram } from './float-histogram.ts'

/** Which bounds of a bucket belong to it; the numbers are those of Prometheus's HTTP API. */
export type BoundaryRule = typeof OPEN_LEFT | typeof OPEN_RIGHT | typeof OPEN_BOTH | typeof CLOSED_BOTH

/** `(lower, upper]` */
export const OPEN_LEFT = 0
/** `[lower, upper)` */
export const OPEN_RIGHT = 1
/** `(lower, upper)` */
export const OPEN_BOTH = 2
/** `[lower, upper]` */
export const CLOSED_BOTH = 3

export type BucketVisit = (rule: BoundaryRule, lower: number, upper: number, count: number) => void

/**
 * Visits the buckets that are not empty in ascending order, as Prometheus's HTTP API lists them: a bucket that the zero
 * bucket reaches into begins (on the negative side: ends) where that ends.
 */
export function eachBucket(h: FloatHistogram, visit: BucketVisit): void {
  const { schema, zeroThreshold, customValues } = h
  eachOfSide(h.negativeSpans, h.negativeBuckets, true, (index, count) => {
    const upper = -upperBound(index - 1, schema, customValues)
    const lower = -upperBound(index, schema, customValues)
    visit(OPEN_RIGHT, lower, Math.min(upper, -zeroThreshold), count)
  })
  if (h.zeroCount > 0) visit(CLOSED_BOTH, -zeroThreshold, zeroThreshold, h.zeroCount)
  eachOfSide(h.positiveSpans, h.positiveBuckets, false, (index, count) => {
    const lower = upperBound(index - 1, schema, customValues)
    const upper = upperBound(index, schema, customValues)
    if (schema === CUSTOM_SCHEMA) visit(index === 0 ? CLOSED_BOTH : OPEN_LEFT, lower, upper, count)
    else visit(OPEN_LEFT, Math.max(lower, zeroThreshold), upper, count)
  })
}

/** The buckets of one side that are not empty, by ascending index or by descending one. */
function eachOfSide(
  spans: Int32Array,
  buckets: Float64Array,
  descending: boolean,
  visit: (index: number, count: number) => void,
): void {
  const indexes = bucketIndexes(spans, buckets.length)
  const last = buckets.length - 1
  for (let n = 0; n <= last; n++) {
    const i = descending ? last - n : n
    if (buckets[i] !== 0) visit(indexes[i]!, buckets[i]!)
  }
}

/** The bucket index of each of the `count` buckets that the spans describe, ascending. */
export function bucketIndexes(spans: Int32Array, count: number): Int32Array {
  const indexes = newIntegers(count)
  let index = 0
  let n = 0
  for (let s = 0; s < spans.length; s += 2) {
    index += spans[s]!
    for (let k = spans[s + 1]!; k > 0 && n < count; k--) indexes[n++] = index++
  }
  return indexes
}
