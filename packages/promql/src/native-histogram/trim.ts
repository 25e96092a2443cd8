import { upperBound } from './bounds.ts'
import { bucketIndexes } from './buckets.ts'
import { shareBelow } from './estimate.ts'
import { type FloatHistogram, isCustom } from './float-histogram.ts'
import { compact } from './layout.ts'

type Kept = { readonly count: number; readonly middle: number }

/**
 * Without the observations above (`</`) or below (`>/`) a limit. Of the bucket that the limit is in, a share is kept;
 * count and sum are estimated from what is left, the sum from the middles of the buckets. Unchanged where nothing goes.
 */
export function trimHistogram(h: FloatHistogram, limit: number, keep: 'below' | 'above'): FloatHistogram {
  const linear = isCustom(h)
  let count = 0
  let sum = 0
  let trimmed = false
  let anyPositive = false
  let anyNegative = false
  const side = (spans: Int32Array, buckets: Float64Array, positive: boolean): Float64Array => {
    const indexes = bucketIndexes(spans, buckets.length)
    const out = buckets.slice()
    for (let i = 0; i < buckets.length; i++) {
      const inside = buckets[i]!
      if (inside === 0) continue
      if (positive) anyPositive = true
      else anyNegative = true
      const near = upperBound(indexes[i]! - 1, h.schema, h.customValues)
      const far = upperBound(indexes[i]!, h.schema, h.customValues)
      const kept = keptOf(inside, positive ? near : -far, positive ? far : -near, limit, keep, positive, linear)
      count += kept.count
      if (kept.count !== 0) sum += kept.middle * kept.count
      if (kept.count !== inside) trimmed = true
      out[i] = kept.count
    }
    return out
  }
  const positiveBuckets = side(h.positiveSpans, h.positiveBuckets, true)
  const negativeBuckets = side(h.negativeSpans, h.negativeBuckets, false)
  let zeroCount = h.zeroCount
  if (zeroCount > 0) {
    const lower = anyPositive && !anyNegative ? 0 : -h.zeroThreshold
    const upper = anyNegative && !anyPositive ? 0 : h.zeroThreshold
    const kept = keptOfZero(zeroCount, lower, upper, limit, keep)
    if (kept.count !== zeroCount) trimmed = true
    zeroCount = kept.count
    count += kept.count
    sum += kept.middle * kept.count
  }
  if (!trimmed) return h
  return compact({ ...h, zeroCount, count, sum, positiveBuckets, negativeBuckets })
}

function keptOf(
  count: number,
  lower: number,
  upper: number,
  limit: number,
  keep: 'below' | 'above',
  positive: boolean,
  linear: boolean,
): Kept {
  const all = keep === 'below' ? upper <= limit : lower >= limit
  if (all) return { count, middle: middleOf(lower, upper, positive, linear) }
  const none = keep === 'below' ? !(lower < limit) : !(upper > limit)
  if (none) return { count: 0, middle: 0 }
  if (lower === Number.NEGATIVE_INFINITY) return keptOfFirst(count, upper, limit, keep)
  if (upper === Number.POSITIVE_INFINITY) return { count: keep === 'below' ? 0 : count, middle: limit }
  const under = count * shareBelow(limit, lower, upper, linear)
  if (keep === 'below') return { count: under, middle: middleOf(lower, limit, positive, linear) }
  return { count: count - under, middle: middleOf(limit, upper, positive, linear) }
}

/** The bucket that begins at -Inf, with the limit in it: taken to begin at 0 where it ends above, otherwise unknown. */
function keptOfFirst(count: number, upper: number, limit: number, keep: 'below' | 'above'): Kept {
  const known = upper > 0 && upper !== Number.POSITIVE_INFINITY
  if (keep === 'below') {
    if (known && limit > 0) return { count: (count * limit) / upper, middle: limit / 2 }
    return { count: upper <= 0 ? count : 0, middle: limit }
  }
  if (known && limit >= 0) return { count: count * (1 - limit / upper), middle: (limit + upper) / 2 }
  return { count: 0, middle: 0 }
}

function keptOfZero(count: number, lower: number, upper: number, limit: number, keep: 'below' | 'above'): Kept {
  const below = keep === 'below'
  if (limit <= lower) return below ? { count: 0, middle: 0 } : { count, middle: (lower + upper) / 2 }
  if (limit >= upper) return below ? { count, middle: (lower + upper) / 2 } : { count: 0, middle: 0 }
  if (below) return { count: count * ((limit - lower) / (upper - lower)), middle: (lower + limit) / 2 }
  return { count: count * ((upper - limit) / (upper - lower)), middle: (limit + upper) / 2 }
}

/** Arithmetic or (exponential buckets) geometric middle; of a bucket without end, the end that it has. */
function middleOf(lower: number, upper: number, positive: boolean, linear: boolean): number {
  const below = Math.abs(lower) === Number.POSITIVE_INFINITY
  const above = Math.abs(upper) === Number.POSITIVE_INFINITY
  if (below) return above ? 0 : upper > 0 ? upper / 2 : upper
  if (above) return lower
  if (linear) return (lower + upper) / 2
  const middle = Math.sqrt(Math.abs(lower * upper))
  return positive ? middle : -middle
}
