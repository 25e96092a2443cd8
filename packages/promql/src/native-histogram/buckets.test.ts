import { describe, expect, test } from 'vitest'
import { histogramOf } from '../testkit/histograms.ts'
import { CUSTOM_SCHEMA, eachBucket, type FloatHistogram, formatHistogram, upperBound } from './index.ts'

const NO_VALUES = new Float64Array(0)
const custom = { schema: CUSTOM_SCHEMA, customValues: Float64Array.of(-1, 2, 5) }

/** Buckets as `rule lower upper count`. */
function listed(h: FloatHistogram): string[] {
  const lines: string[] = []
  eachBucket(h, (rule, lower, upper, count) => lines.push(`${rule} ${lower} ${upper} ${count}`))
  return lines
}

describe('bounds of exponential buckets', () => {
  test.for([
    { schema: 0, index: 0, bound: 1 },
    { schema: 0, index: 3, bound: 8 },
    { schema: 0, index: -2, bound: 0.25 },
    { schema: 1, index: 3, bound: 2.82842712474619 },
    { schema: 1, index: -1, bound: 0.7071067811865475 },
    { schema: 8, index: 256, bound: 2 },
    { schema: 8, index: 255, bound: 1.9945921121709396 },
    { schema: -1, index: 2, bound: 16 },
    { schema: -4, index: -1, bound: 1 / 65536 },
    { schema: 0, index: -1074, bound: 5e-324 },
    { schema: 0, index: 1024, bound: Number.MAX_VALUE },
    { schema: 3, index: 8 * 1024, bound: Number.MAX_VALUE },
    { schema: -2, index: 256, bound: Number.MAX_VALUE },
    { schema: 0, index: 1025, bound: Number.POSITIVE_INFINITY },
  ])('bucket $index of schema $schema ends at $bound', ({ schema, index, bound }) => {
    expect(upperBound(index, schema, NO_VALUES)).toBe(bound)
  })
})

describe('buckets in ascending order', () => {
  test.for<{ name: string; h: FloatHistogram; buckets: string[]; text: string }>([
    { name: 'an empty histogram has none', h: histogramOf({}), buckets: [], text: '{count:0, sum:0}' },
    {
      name: 'negative ones open to the right, then zero closed, then positive ones open to the left',
      h: histogramOf({ count: 11, sum: 1e6, zeroThreshold: 0.001, zeroCount: 2 }, [1, 0, 3], 0, [2, 3], 1),
      buckets: ['1 -4 -2 3', '1 -2 -1 2', '3 -0.001 0.001 2', '0 0.5 1 1', '0 2 4 3'],
      text: '{count:11, sum:1e+06, [-4,-2):3, [-2,-1):2, [-0.001,0.001]:2, (0.5,1]:1, (2,4]:3}',
    },
    {
      name: 'a zero bucket that reaches into others takes its part of them',
      h: histogramOf({ count: 3, zeroThreshold: 0.75, zeroCount: 1 }, [1], 0, [1], 0),
      buckets: ['1 -1 -0.75 1', '3 -0.75 0.75 1', '0 0.75 1 1'],
      text: '{count:3, sum:0, [-1,-0.5):1, [-0.75,0.75]:1, (0.5,1]:1}',
    },
    {
      name: 'custom bounds begin and end with infinity',
      h: histogramOf({ ...custom, count: 4.5, sum: -0.5 }, [1, 2, 0, 1.5]),
      buckets: ['3 -Infinity -1 1', '0 -1 2 2', '0 5 Infinity 1.5'],
      text: '{count:4.5, sum:-0.5, [-Inf,-1]:1, (-1,2]:2, (5,+Inf]:1.5}',
    },
  ])('$name', ({ h, buckets, text }) => {
    expect(listed(h)).toEqual(buckets)
    expect(formatHistogram(h)).toBe(text)
  })
})
