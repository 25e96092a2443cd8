import { upperBound } from './bounds.ts'
import { bucketIndexes } from './buckets.ts'
import type { FloatHistogram } from './float-histogram.ts'

/** Buckets of one side, with what rounding has lost of each where sums are compensated. */
export type SideView = {
  readonly indexes: Int32Array
  readonly counts: Float64Array
  readonly lost: Float64Array | undefined
  readonly length: number
}

export type ZeroBucket = { readonly threshold: number; readonly count: number }

/**
 * The zero bucket of a histogram made as wide as `threshold`, or so much wider that it ends at a bound where it would
 * end inside of a bucket that has something: that bucket is in it then.
 */
export function widenZeroBucket(
  schema: number,
  zeroCount: number,
  positive: SideView,
  negative: SideView,
  threshold: number,
): ZeroBucket {
  for (;;) {
    const up = swallow(schema, positive, threshold)
    const down = swallow(schema, negative, up.threshold)
    if (down.threshold === up.threshold) return { threshold: up.threshold, count: zeroCount + up.count + down.count }
    // What was looked at of the positive side reached less far.
    threshold = down.threshold
  }
}

function swallow(schema: number, side: SideView, threshold: number): ZeroBucket {
  let count = 0
  for (let i = 0; i < side.length; i++) {
    if (upperBound(side.indexes[i]! - 1, schema, NO_VALUES) >= threshold) break
    const inside = side.counts[i]!
    count += inside
    if (side.lost !== undefined) count += side.lost[i]!
    const upper = upperBound(side.indexes[i]!, schema, NO_VALUES)
    if (upper > threshold) return { threshold: inside === 0 ? threshold : upper, count }
  }
  return { threshold, count }
}

const NO_VALUES = new Float64Array(0)

export function widenZeroBucketOf(h: FloatHistogram, threshold: number): ZeroBucket {
  if (threshold === h.zeroThreshold) return { threshold, count: h.zeroCount }
  const positive = viewOf(h.positiveSpans, h.positiveBuckets)
  return widenZeroBucket(h.schema, h.zeroCount, positive, viewOf(h.negativeSpans, h.negativeBuckets), threshold)
}

function viewOf(spans: Int32Array, counts: Float64Array): SideView {
  return { indexes: bucketIndexes(spans, counts.length), counts, lost: undefined, length: counts.length }
}
