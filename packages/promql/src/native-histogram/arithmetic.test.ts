import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { histogramOf } from '../testkit/histograms.ts'
import { bucketIndexes } from './buckets.ts'
import {
  COLLISION,
  COUNTER_RESET,
  CUSTOM_SCHEMA,
  compact,
  divide,
  eachBucket,
  equalHistograms,
  type FloatHistogram,
  fractionOfHistogram,
  GAUGE,
  HistogramMean,
  HistogramSum,
  INCOMPATIBLE,
  isReset,
  multiply,
  NO_BUCKETS,
  NOT_RESET,
  quantileOfHistogram,
  RECONCILED,
  trimHistogram,
  UNKNOWN_RESET,
  upperBound,
} from './index.ts'

// Spans of any shape: gaps, none, neighbours without a gap, empty ones. Counts are whole, so that sums are exact.
const side = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 4 })), {
    maxLength: 4,
  })
  .chain((runs) =>
    fc.integer({ min: -12, max: 12 }).map((first) => ({
      spans: Int32Array.from(runs.flatMap(([gap, counts], i) => [i === 0 ? first : gap, counts.length])),
      buckets: Float64Array.from(runs.flatMap(([, counts]) => counts)),
    })),
  )
const total = (buckets: Float64Array) => buckets.reduce((sum, count) => sum + count, 0)

const exponential: fc.Arbitrary<FloatHistogram> = fc
  .record({
    schema: fc.integer({ min: -2, max: 3 }),
    // Bounds in every schema: otherwise what a bucket that it cuts has is counted where the first finds it.
    zeroThreshold: fc.constantFrom(0, 1 / 16, 1, 16),
    zeroCount: fc.nat({ max: 5 }),
    sum: fc.integer({ min: -50, max: 50 }),
    positive: side,
    negative: side,
  })
  .map(({ positive, negative, schema, zeroThreshold, zeroCount, sum }) => {
    // Nothing lies beside the zero bucket within its reach.
    const outside = ({ spans, buckets }: { spans: Int32Array; buckets: Float64Array }) => {
      const indexes = bucketIndexes(spans, buckets.length)
      return buckets.map((count, i) => (upperBound(indexes[i]!, schema, NO_BUCKETS) > zeroThreshold ? count : 0))
    }
    const [positiveBuckets, negativeBuckets] = [outside(positive), outside(negative)]
    return histogramOf({
      schema,
      zeroThreshold,
      zeroCount: zeroThreshold === 0 ? 0 : zeroCount,
      sum,
      count: (zeroThreshold === 0 ? 0 : zeroCount) + total(positiveBuckets) + total(negativeBuckets),
      positiveSpans: positive.spans,
      positiveBuckets,
      negativeSpans: negative.spans,
      negativeBuckets,
    })
  })

const custom: fc.Arbitrary<FloatHistogram> = fc
  .uniqueArray(fc.integer({ min: -5, max: 10 }), { maxLength: 6 })
  .chain((bounds) =>
    fc
      .array(fc.integer({ min: 0, max: 9 }), { minLength: bounds.length + 1, maxLength: bounds.length + 1 })
      .map((counts) => {
        const customValues = Float64Array.from(bounds).sort()
        const count = counts.reduce((sum, one) => sum + one, 0)
        return histogramOf({ schema: CUSTOM_SCHEMA, customValues, count, sum: count }, counts)
      }),
  )
const pairs = fc.oneof(fc.tuple(exponential, exponential), fc.tuple(custom, custom))

function add(a: FloatHistogram, b: FloatHistogram): FloatHistogram {
  const sum = new HistogramSum(a)
  sum.add(b)
  return sum.finish()
}

function listed(h: FloatHistogram): string[] {
  const lines: string[] = []
  eachBucket(h, (rule, lower, upper, count) => lines.push(`${rule} ${lower} ${upper} ${count}`))
  return lines
}

function inBuckets(h: FloatHistogram): number {
  return h.zeroCount + total(h.positiveBuckets) + total(h.negativeBuckets)
}

describe('properties', () => {
  test('a sum does not depend on the order', () => {
    fc.assert(fc.property(pairs, ([a, b]) => void expect(add(a, b)).toEqual(add(b, a))))
  })

  test('a sum has all observations of both, in its count and in its buckets', () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const sum = add(a, b)
        expect(sum.count).toBe(a.count + b.count)
        expect(sum.sum).toBe(a.sum + b.sum)
        expect(inBuckets(sum)).toBe(a.count + b.count)
        expect(sum.schema).toBe(Math.min(a.schema, b.schema))
        expect(sum.zeroThreshold).toBe(Math.max(a.zeroThreshold, b.zeroThreshold))
      }),
    )
  })

  test('three sums do not depend on how they are grouped', () => {
    const plain = exponential.map((h) => ({ ...h, zeroThreshold: 0 }))
    fc.assert(fc.property(plain, plain, plain, (a, b, c) => void expect(add(add(a, b), c)).toEqual(add(a, add(b, c)))))
  })

  test('subtracting what was added gives the first again, where the layouts are alike', () => {
    fc.assert(
      fc.property(exponential, exponential, (a, other) => {
        const b = { ...other, schema: a.schema, zeroThreshold: a.zeroThreshold }
        const sum = new HistogramSum(a)
        sum.add(b)
        sum.subtract(b)
        expect(sum.finish()).toEqual(compact(a))
      }),
    )
  })

  test('compacting changes no bucket and leaves no empty one', () => {
    fc.assert(
      fc.property(fc.oneof(exponential, custom), (h) => {
        const dense = compact(h)
        expect(listed(dense)).toEqual(listed(h))
        expect(dense.positiveBuckets.includes(0) || dense.negativeBuckets.includes(0)).toBe(false)
        expect(compact(dense)).toBe(dense)
        expect(equalHistograms(dense, compact({ ...h }))).toBe(true)
      }),
    )
  })

  test('a mean of equals is the one, and sums and means agree', () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const same = new HistogramMean(a)
        for (let i = 0; i < 3; i++) same.add(a)
        expect(same.finish().count).toBeCloseTo(a.count, 12)
        const mean = new HistogramMean(a)
        mean.add(b)
        expect(mean.finish()).toEqual(divide(add(a, b), 2))
      }),
    )
  })

  test('a counter that only grows has no reset, one that lost observations has', () => {
    const growing = exponential.chain((a) =>
      exponential.map((b) => [a, { ...b, zeroThreshold: a.zeroThreshold }] as const),
    )
    fc.assert(
      fc.property(growing, ([a, b]) => {
        const later = add(a, b)
        if (later.zeroThreshold === a.zeroThreshold) expect(isReset(later, compact(a))).toBe(false)
        if (b.count > 0) expect(isReset(a, { ...a, count: a.count + b.count })).toBe(true)
      }),
    )
  })

  test('quantiles ascend with q, and fractions are shares', () => {
    fc.assert(
      fc.property(fc.oneof(exponential, custom), fc.double({ min: 0.01, max: 0.99, noNaN: true }), (h, q) => {
        fc.pre(inBuckets(h) === h.count && h.count > 0)
        const value = quantileOfHistogram(q, h).value
        fc.pre(Number.isFinite(value))
        expect(quantileOfHistogram(Math.min(1, q + 0.1), h).value).toBeGreaterThanOrEqual(
          value - 1e-9 * Math.abs(value),
        )
        const share = fractionOfHistogram(Number.NEGATIVE_INFINITY, value, h).value
        expect(share).toBeGreaterThanOrEqual(0)
        expect(share).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('what is kept below and above a limit is the whole', () => {
    fc.assert(
      fc.property(exponential, fc.double({ min: -20, max: 20, noNaN: true }), (h, limit) => {
        const below = trimHistogram(h, limit, 'below')
        const above = trimHistogram(h, limit, 'above')
        const whole = inBuckets(h)
        expect(inBuckets(below) + inBuckets(above)).toBeCloseTo(whole, 9)
      }),
    )
  })
})

describe('cases', () => {
  test('the coarser schema wins, and buckets merge into its buckets', () => {
    const fine = histogramOf({ schema: 1, count: 10 }, [1, 2, 3, 4], 1)
    const sum = add(fine, histogramOf({ schema: 0, count: 1 }, [1], 1))
    expect(listed(sum)).toEqual(['0 1 2 4', '0 2 4 7'])
  })

  test('the wider zero bucket takes the buckets that it reaches, whole', () => {
    const narrow = histogramOf({ zeroThreshold: 0.001, zeroCount: 1, count: 7 }, [1, 2, 3], -1)
    const sum = add(narrow, histogramOf({ zeroThreshold: 0.3, zeroCount: 5, count: 5 }))
    // The bucket (0.25, 0.5] is not empty: the zero bucket goes on to its end.
    expect(sum.zeroThreshold).toBe(0.5)
    expect(listed(sum)).toEqual(['3 -0.5 0.5 7', '0 0.5 1 2', '0 1 2 3'])
  })

  test('custom bounds are thinned to the common ones, which is told', () => {
    const a = histogramOf({ schema: CUSTOM_SCHEMA, customValues: Float64Array.of(1, 2, 3), count: 10 }, [1, 2, 3, 4])
    const b = histogramOf({ schema: CUSTOM_SCHEMA, customValues: Float64Array.of(0, 2, 5), count: 10 }, [4, 3, 2, 1])
    const sum = new HistogramSum(a)
    expect(sum.add(b)).toBe(RECONCILED)
    expect(listed(sum.finish())).toEqual(['3 -Infinity 2 10', '0 2 Infinity 10'])
  })

  test('exponential and custom buckets do not add up', () => {
    const sum = new HistogramSum(histogramOf({ count: 1 }, [1]))
    expect(sum.add(histogramOf({ schema: CUSTOM_SCHEMA, count: 1 }, [1]))).toBe(INCOMPATIBLE)
    expect(sum.finish()).toEqual(histogramOf({ count: 1 }, [1]))
  })

  test.for([
    { a: COUNTER_RESET, b: NOT_RESET, sum: UNKNOWN_RESET, outcome: COLLISION },
    { a: COUNTER_RESET, b: COUNTER_RESET, sum: COUNTER_RESET, outcome: 0 },
    { a: NOT_RESET, b: UNKNOWN_RESET, sum: UNKNOWN_RESET, outcome: 0 },
    { a: NOT_RESET, b: GAUGE, sum: GAUGE, outcome: 0 },
    { a: GAUGE, b: COUNTER_RESET, sum: GAUGE, outcome: 0 },
  ] as const)('the hints $a and $b make $sum', ({ a, b, sum, outcome }) => {
    const both = new HistogramSum(histogramOf({ resetHint: a }))
    expect(both.add(histogramOf({ resetHint: b }))).toBe(outcome)
    expect(both.finish().resetHint).toBe(sum)
  })

  test('small buckets beside huge ones are not lost', () => {
    const sum = new HistogramSum(histogramOf({ count: 1e100, sum: 1e100 }, [1e100]))
    for (const size of [1, -1e100]) sum.add(histogramOf({ count: size, sum: size }, [size]))
    expect(sum.finish()).toEqual(histogramOf({ count: 1, sum: 1 }, [1]))
  })

  test('sums of parts, with what rounding took from them, are the sum of all to the last bit', () => {
    const size = fc.integer({ min: 1, max: 1_000_000 }).map((n) => n / 37)
    const histogram = fc
      .tuple(size, fc.array(size, { maxLength: 4 }), fc.nat({ max: 2 }), fc.constantFrom(0, 1))
      .map(([n, buckets, from, schema]) =>
        histogramOf({ count: n, sum: n / 3, zeroCount: n / 7, schema }, buckets, from),
      )
    const sumOf = (all: readonly FloatHistogram[]) => {
      const sum = new HistogramSum(all[0]!)
      for (const one of all.slice(1)) sum.add(one)
      return sum
    }
    const parts = fc.array(fc.array(histogram, { minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 5 })
    let rounded = 0
    fc.assert(
      fc.property(parts, (slices) => {
        const handedOn = slices.flatMap((slice) => {
          const sum = sumOf(slice)
          const rest = sum.rest()
          return rest === undefined ? [sum.finish()] : [sum.finish(), rest]
        })
        if (handedOn.length > slices.length) rounded++
        expect(sumOf(handedOn).finish()).toEqual(sumOf(slices.flat()).finish())
      }),
    )
    expect(rounded).toBeGreaterThan(10)
  })

  test('a mean whose sum would overflow does not', () => {
    const large = histogramOf({ count: 1e308, sum: 1e308 }, [1e308])
    const mean = new HistogramMean(large)
    mean.add(large)
    mean.add(large)
    expect(mean.finish().count).toBeCloseTo(1e308, -300)
    expect(mean.finish().positiveBuckets[0]! / 1e308).toBeCloseTo(1, 12)
  })

  test('a negative factor makes a gauge, and division by zero leaves no buckets', () => {
    const h = histogramOf({ count: 3, sum: 3, zeroCount: 1 }, [2])
    expect(multiply(h, -2)).toEqual(histogramOf({ count: -6, sum: -6, zeroCount: -2, resetHint: GAUGE }, [-4]))
    const infinite = {
      count: Number.POSITIVE_INFINITY,
      sum: Number.POSITIVE_INFINITY,
      zeroCount: Number.POSITIVE_INFINITY,
    }
    expect(divide(h, 0)).toEqual(histogramOf(infinite))
  })

  test('a threshold that is no number ends the search for a common zero bucket', () => {
    const sum = new HistogramSum(histogramOf({ zeroThreshold: Number.NaN, count: 1 }))
    sum.add(histogramOf({ zeroThreshold: 0.5, count: 1 }))
    expect(sum.finish().count).toBe(2)
  })
})
