import { formatShort } from '../number-text.ts'
import { upperBound } from './bounds.ts'
import { bucketIndexes } from './buckets.ts'
import { CUSTOM_SCHEMA, type FloatHistogram } from './float-histogram.ts'

/**
 * A histogram as Prometheus prints it: `{count:3, sum:2.5, [-0.001,0.001]:1, (0.5,1]:2}`. Empty buckets are left out;
 * bounds are the buckets' own, also where the zero bucket reaches into one.
 */
export function formatHistogram(h: FloatHistogram): string {
  const { schema, customValues } = h
  const parts = [`count:${formatShort(h.count)}`, `sum:${formatShort(h.sum)}`]
  const bound = (index: number) => upperBound(index, schema, customValues)
  const bucket = (open: string, lower: number, upper: number, close: string, count: number) =>
    parts.push(`${open}${formatShort(lower)},${formatShort(upper)}${close}:${formatShort(count)}`)
  const negative = bucketIndexes(h.negativeSpans, h.negativeBuckets.length)
  for (let i = negative.length - 1; i >= 0; i--) {
    const count = h.negativeBuckets[i]!
    if (count !== 0) bucket('[', -bound(negative[i]!), -bound(negative[i]! - 1), ')', count)
  }
  if (h.zeroCount !== 0) bucket('[', -h.zeroThreshold, h.zeroThreshold, ']', h.zeroCount)
  const positive = bucketIndexes(h.positiveSpans, h.positiveBuckets.length)
  for (let i = 0; i < positive.length; i++) {
    const count = h.positiveBuckets[i]!
    const open = schema === CUSTOM_SCHEMA && positive[i] === 0 ? '[' : '('
    if (count !== 0) bucket(open, bound(positive[i]! - 1), bound(positive[i]!), ']', count)
  }
  return `{${parts.join(', ')}}`
}
