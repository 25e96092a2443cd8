// What can be told of single observations: quantiles, shares and the spread, with an assumption of how observations lie
// inside a bucket. Exponential buckets: evenly on a logarithmic scale; custom ones and the zero bucket: evenly.

import { newDoubles } from './arrays.ts'
import { upperBound } from './bounds.ts'
import { bucketIndexes } from './buckets.ts'
import { type FloatHistogram, isCustom } from './float-histogram.ts'

/** All buckets of a histogram, ascending, with the zero bucket among them where it has something. */
type AllBuckets = {
  readonly length: number
  readonly lower: Float64Array
  readonly upper: Float64Array
  readonly counts: Float64Array
}

function allBuckets(h: FloatHistogram): AllBuckets {
  const { schema, zeroThreshold, customValues, negativeBuckets, positiveBuckets } = h
  const hasZero = h.zeroCount > 0
  const length = bucketCount(h)
  const lower = newDoubles(length)
  const upper = newDoubles(length)
  const counts = newDoubles(length)
  let n = 0
  const negative = bucketIndexes(h.negativeSpans, negativeBuckets.length)
  for (let i = negative.length - 1; i >= 0; i--) {
    lower[n] = -upperBound(negative[i]!, schema, customValues)
    upper[n] = Math.min(-upperBound(negative[i]! - 1, schema, customValues), -zeroThreshold)
    counts[n++] = negativeBuckets[i]!
  }
  if (hasZero) {
    lower[n] = -zeroThreshold
    upper[n] = zeroThreshold
    counts[n++] = h.zeroCount
  }
  const positive = bucketIndexes(h.positiveSpans, positiveBuckets.length)
  const custom = isCustom(h)
  for (let i = 0; i < positive.length; i++) {
    const from = upperBound(positive[i]! - 1, schema, customValues)
    lower[n] = custom ? from : Math.max(from, zeroThreshold)
    upper[n] = upperBound(positive[i]!, schema, customValues)
    counts[n++] = positiveBuckets[i]!
  }
  return { length, lower, upper, counts }
}

/** NaN observations count, but lie in no bucket: what of an estimate they spoil. */
export type NanEffect = 'none' | 'result' | 'skew'

export type Estimate = { readonly value: number; readonly nan: NanEffect }

const plain = (value: number): Estimate => ({ value, nan: 'none' })

/** Below 0 and above 1 a quantile is infinite; without observations NaN. Source: Prometheus docs, `histogram_quantile`. */
export function quantileOfHistogram(q: number, h: FloatHistogram): Estimate {
  if (q < 0) return plain(Number.NEGATIVE_INFINITY)
  if (q > 1) return plain(Number.POSITIVE_INFINITY)
  if (h.count === 0 || Number.isNaN(q)) return plain(Number.NaN)
  const custom = isCustom(h)
  const length = bucketCount(h)
  const mayHaveNan = Number.isNaN(h.sum)
  // From the nearer end, for precision; with NaN observations always from below, as they are above everything.
  const ascending = mayHaveNan || q < 0.5
  let rank = (ascending ? q : 1 - q) * h.count
  let count = 0
  let at = -1
  let inside = 0
  for (let n = 0; n < length; n++) {
    at = ascending ? n : length - 1 - n
    inside = countAt(h, at)
    count += inside
    if (inside !== 0 && count >= rank) break
  }
  let [lower, upper] = at < 0 ? [0, 0] : boundsAt(h, at)
  if (custom) {
    if (lower === Number.NEGATIVE_INFINITY) {
      if (upper <= 0) return plain(upper)
      lower = 0
    } else if (upper === Number.POSITIVE_INFINITY) return plain(lower)
  } else if (lower < 0 && upper > 0) {
    if (onlyPositive(h)) lower = 0
    else if (onlyNegative(h)) upper = 0
  }
  count = Math.min(count, h.count)
  if (count < rank) return mayHaveNan ? { value: Number.NaN, nan: 'result' } : plain(upper)
  if (ascending) rank -= count - inside
  else rank = count - rank
  let nan: NanEffect = 'none'
  if (mayHaveNan) {
    for (let i = at + 1; i < length; i++) {
      inside = countAt(h, i)
      count += inside
    }
    // As in Prometheus: the bucket looked at last is the one that is interpolated in.
    if (at + 1 < length) [lower, upper] = boundsAt(h, length - 1)
    if (count < h.count) nan = 'skew'
  }
  const share = rank / inside
  if (custom || (lower <= 0 && upper >= 0)) return { value: lower + (upper - lower) * share, nan }
  const logLower = Math.log2(Math.abs(lower))
  const logUpper = Math.log2(Math.abs(upper))
  if (lower > 0) return { value: 2 ** (logLower + (logUpper - logLower) * share), nan }
  return { value: -(2 ** (logUpper + (logLower - logUpper) * (1 - share))), nan }
}

// Buckets by their place in ascending order: negative ones, the zero bucket where it has something, positive ones.

function bucketCount({ negativeBuckets, positiveBuckets, zeroCount }: FloatHistogram): number {
  return negativeBuckets.length + positiveBuckets.length + (zeroCount > 0 ? 1 : 0)
}

function countAt({ negativeBuckets, positiveBuckets, zeroCount }: FloatHistogram, place: number): number {
  const negative = negativeBuckets.length
  if (place < negative) return negativeBuckets[negative - 1 - place]!
  if (zeroCount <= 0) return positiveBuckets[place - negative]!
  return place === negative ? zeroCount : positiveBuckets[place - negative - 1]!
}

function boundsAt(h: FloatHistogram, place: number): [lower: number, upper: number] {
  const { schema, zeroThreshold, customValues } = h
  const negative = h.negativeBuckets.length
  if (place < negative) {
    const index = indexAt(h.negativeSpans, negative - 1 - place)
    const upper = -upperBound(index - 1, schema, customValues)
    return [-upperBound(index, schema, customValues), Math.min(upper, -zeroThreshold)]
  }
  const hasZero = h.zeroCount > 0
  if (hasZero && place === negative) return [-zeroThreshold, zeroThreshold]
  const index = indexAt(h.positiveSpans, place - negative - (hasZero ? 1 : 0))
  const lower = upperBound(index - 1, schema, customValues)
  return [isCustom(h) ? lower : Math.max(lower, zeroThreshold), upperBound(index, schema, customValues)]
}

/** The bucket index of the bucket at a place of its side. */
function indexAt(spans: Int32Array, place: number): number {
  let index = 0
  let left = place
  for (let s = 0; s < spans.length; s += 2) {
    index += spans[s]!
    if (left < spans[s + 1]!) return index + left
    index += spans[s + 1]!
    left -= spans[s + 1]!
  }
  return index
}

/** The share of observations between two values; `nan` is `skew` where NaN observations are in no share. */
export function fractionOfHistogram(lower: number, upper: number, h: FloatHistogram): Estimate {
  if (h.count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return plain(Number.NaN)
  if (lower >= upper) return plain(0)
  const buckets = allBuckets(h)
  const below = rankOf(lower, h, buckets)
  const upTo = rankOf(upper, h, buckets)
  let total = h.count
  let nan: NanEffect = 'none'
  if (Number.isNaN(h.sum)) {
    total = 0
    for (let i = 0; i < buckets.length; i++) total += buckets.counts[i]!
    if (total < h.count) nan = 'skew'
  }
  const most = (rank: number | undefined) => (rank === undefined || rank > total ? total : rank)
  return { value: (most(upTo) - most(below)) / h.count, nan }
}

/** How many observations lie below a value; undefined when it is above all buckets. */
function rankOf(value: number, h: FloatHistogram, { length, lower, upper, counts }: AllBuckets): number | undefined {
  const custom = isCustom(h)
  let rank = 0
  for (let i = 0; i < length; i++) {
    let from = lower[i]!
    let to = upper[i]!
    const zero = from <= 0 && to >= 0
    if (zero) {
      if (onlyPositive(h)) from = 0
      else if (onlyNegative(h)) to = 0
    }
    if (from >= value) return rank
    if (to > value) {
      if ((custom || zero) && from === Number.NEGATIVE_INFINITY) return counts[i]!
      return rank + counts[i]! * shareBelow(value, from, to, custom || zero)
    }
    rank += counts[i]!
  }
  return undefined
}

/** The share of a bucket that lies below a value inside of it. */
export function shareBelow(value: number, lower: number, upper: number, linear: boolean): number {
  if (linear) return (value - lower) / (upper - lower)
  const logLower = Math.log2(Math.abs(lower))
  const logUpper = Math.log2(Math.abs(upper))
  const logValue = Math.log2(Math.abs(value))
  if (value > 0) return (logValue - logLower) / (logUpper - logLower)
  return 1 - (logValue - logUpper) / (logLower - logUpper)
}

/** Population variance, every observation taken to be at the middle of its bucket. */
export function varianceOfHistogram(h: FloatHistogram): number {
  const mean = h.sum / h.count
  const custom = isCustom(h)
  const { length, lower, upper, counts } = allBuckets(h)
  let sum = 0
  let lost = 0
  for (let i = 0; i < length; i++) {
    const count = counts[i]!
    if (count === 0) continue
    const from = lower[i]!
    const to = upper[i]!
    let middle = Math.sqrt(from * to)
    if (custom) middle = (to + from) / 2
    else if (from <= 0 && to >= 0) middle = 0
    else if (to < 0) middle = -middle
    const delta = middle - mean
    const term = count * delta * delta
    const next = sum + term
    if (next === Number.POSITIVE_INFINITY || next === Number.NEGATIVE_INFINITY) lost = 0
    else if (Math.abs(sum) >= Math.abs(term)) lost += sum - next + term
    else lost += term - next + sum
    sum = next
  }
  return (sum + lost) / h.count
}

function onlyPositive(h: FloatHistogram): boolean {
  return h.negativeBuckets.length === 0 && h.positiveBuckets.length > 0
}

function onlyNegative(h: FloatHistogram): boolean {
  return h.positiveBuckets.length === 0 && h.negativeBuckets.length > 0
}
