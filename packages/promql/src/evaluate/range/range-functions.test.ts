import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMemorySource, type MemorySeries, regularSeries } from '../../testkit/memory-source.ts'
import { evaluateInstant, evaluateRange } from '../index.ts'

const signal = { aborted: false, reason: undefined }
const NAMES = [
  'sum_over_time',
  'avg_over_time',
  'min_over_time',
  'max_over_time',
  'count_over_time',
  'last_over_time',
  'changes',
  'resets',
  'rate',
  'increase',
  'delta',
  'irate',
  'idelta',
  'deriv',
  'stddev_over_time',
  'present_over_time',
] as const
const QUERIES = [
  ...NAMES.map((name) => `${name}(m[WIDTH])`),
  'quantile_over_time(0.3, m[WIDTH])',
  'predict_linear(m[WIDTH], 60)',
]

/** Whole numbers, fractions, huge ones, NaN and infinities, each kind mostly by itself: they take different ways. */
const values = fc.oneof(
  fc.array(fc.integer({ min: -50, max: 1000 }), { minLength: 1, maxLength: 300 }),
  fc.array(fc.float({ min: -1000, max: 1000, noNaN: true }), { minLength: 1, maxLength: 300 }),
  fc.array(fc.oneof(fc.constantFrom(1e17, -1e17, 0.1, 3), fc.integer()), { minLength: 1, maxLength: 300 }),
  fc.array(fc.constantFrom(1, 2, 0.5, Number.NaN, Number.POSITIVE_INFINITY), { minLength: 1, maxLength: 100 }),
)

describe('one pass over all steps', () => {
  test.for(QUERIES)('%s gives at every step what it gives at that moment alone', async (pattern) => {
    await fc.assert(
      fc.asyncProperty(
        values,
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1, max: 40 }),
        async (numbers, width, step) => {
          const one: MemorySeries = regularSeries({ __name__: 'm' }, 1000, numbers)
          const source = createMemorySource([one])
          const query = pattern.replace('WIDTH', `${width}s`)
          const endMs = numbers.length * 1000 + 5000
          const { series } = await evaluateRange(query, { startMs: 500, endMs, stepMs: step * 1000, source, signal })
          const found = new Map([...(series[0]?.ts ?? [])].map((t, i) => [t, series[0]!.values[i]!]))
          for (let t = 500; t <= endMs; t += 7 * step * 1000) {
            const alone = await evaluateInstant(query, { timeMs: t, source, signal })
            const expected = alone.kind === 'vector' ? alone.values[0] : undefined
            const got = found.get(t)
            if (expected === undefined || got === undefined) expect(got).toBe(expected)
            else if (Math.abs(expected) > 1e12 || Number.isNaN(expected)) expect(near(got, expected)).toBe(true)
            else expect(got).toBeCloseTo(expected, 6)
          }
        },
      ),
      { numRuns: 30 },
    )
  })
})

function near(a: number, b: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= 1e-9 * Math.abs(b)
}
