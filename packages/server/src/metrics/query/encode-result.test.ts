import { formatSample, type InstantResult, type Labels } from '@binnacle/promql'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeResult } from './encode-result.ts'

const remarks = { warnings: [], infos: [], stats: { series: 0, samples: 0, peakSamples: 0 } }
const ALL = { limit: 0, maxBytes: 2 ** 30 }

function textOf(result: InstantResult, options = ALL): string {
  return Buffer.concat([...encodeResult(result, options).pieces]).toString('utf8')
}

/** What an answer looks like, in the simplest words. */
function expected(series: { labels: Labels; ts: ArrayLike<number>; values: ArrayLike<number> }[]): string {
  const one = ({ labels, ts, values }: (typeof series)[number]) => {
    const metric: Record<string, string> = {}
    for (let i = 0; i < labels.length; i += 2) metric[labels[i]!] = labels[i + 1]!
    const points = Array.from(ts, (t, i) => `[${t / 1000},"${formatSample(values[i]!)}"]`)
    return `{"metric":${JSON.stringify(metric)},"values":[${points.join(',')}]}`
  }
  return `{"resultType":"matrix","result":[${series.map(one).join(',')}]}`
}

/** Floats of every kind, and those that are written by hand: whole, with few decimals, around the bounds of both. */
const float = fc.oneof(
  fc.double(),
  fc.integer({ min: -1_000_000, max: 1_000_000 }),
  fc.maxSafeInteger(),
  fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 9 })).map(([whole, digits]) => whole / 10 ** digits),
  fc.tuple(fc.integer({ min: 1, max: 99_999 }), fc.integer({ min: -9, max: 22 })).map(([a, e]) => a * 10 ** e),
  fc.constantFrom(0, -0, 1e9, 1e9 - 1, 1e12, 1e12 - 1, 1e12 - 0.001, 0.001, 0.0005, 1e-6, 1e-7, 1e15, 1e21, 5e-324),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MAX_VALUE, -0.1, -1.5),
)
const time = fc.oneof(
  fc.integer({ min: 0, max: 4_000_000_000_000 }),
  fc.integer({ min: -4_000_000_000_000, max: 0 }),
  fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1000),
)

test('numbers and times are written to the last character as text would be', () => {
  const point = fc.tuple(time, float)
  fc.assert(
    fc.property(fc.array(point, { minLength: 1, maxLength: 50 }), (points) => {
      const ts = Float64Array.from(points, ([t]) => t)
      const values = Float64Array.from(points, ([, value]) => value)
      const series = [{ labels: ['a', 'b'], ts, values }]
      expect(textOf({ kind: 'matrix', series, ...remarks })).toBe(expected(series))
    }),
    { numRuns: 2000 },
  )
})

test('pieces end anywhere, and labels may be of any kind and length', () => {
  const labels = [
    ['__name__', 'up', 'quoted "name"', 'a\\b\nc'],
    [],
    ['ship', '⚓ Łódź'],
    ['long', 'x'.repeat(700_000)],
    ['longer', '⚓'.repeat(300_000)],
    ['middle', 'é'.repeat(150)],
  ]
  const ts = Float64Array.from({ length: 9_000 }, (_, i) => 1_700_000_000_000 + i * 15_000)
  const series = labels.map((set, k) => ({ labels: set, ts, values: ts.map((_, i) => (i * (k + 1)) / 7) }))
  const pieces = [...encodeResult({ kind: 'matrix', series, ...remarks }, ALL).pieces]
  expect(pieces.length).toBeGreaterThan(3)
  expect(Buffer.concat(pieces).toString('utf8')).toBe(expected(series))
})

test('vectors, scalars and strings have their shapes', () => {
  const labels = Array.from({ length: 5_000 }, (_, i) => ['__name__', 'm', 'i', `${i}`, 'pad', 'y'.repeat(200)])
  const values = Float64Array.from(labels, (_, i) => i / 3)
  const vector = JSON.parse(textOf({ kind: 'vector', timeMs: 1_500, labels, values, ...remarks })) as {
    result: { metric: Record<string, string>; value: [number, string] }[]
  }
  expect(vector.result).toHaveLength(5_000)
  expect(vector.result[7]).toEqual({ metric: { __name__: 'm', i: '7', pad: labels[7]![5] }, value: [1.5, `${7 / 3}`] })
  expect(textOf({ kind: 'scalar', timeMs: 1_000, value: 1e21, ...remarks })).toBe(
    '{"resultType":"scalar","result":[1,"1000000000000000000000"]}',
  )
  expect(textOf({ kind: 'string', timeMs: 1_001, value: 'a"⚓', ...remarks })).toBe(
    '{"resultType":"string","result":[1.001,"a\\"⚓"]}',
  )
})

test('a limit leaves series out and says so', () => {
  const series = ['a', 'b', 'c'].map((a) => ({ labels: ['a', a], ts: Float64Array.of(1), values: Float64Array.of(1) }))
  const cut = encodeResult({ kind: 'matrix', series, ...remarks }, { ...ALL, limit: 2 })
  expect(cut.truncated).toBe(true)
  expect(Buffer.concat([...cut.pieces]).toString()).toBe(expected(series.slice(0, 2)))
})

test('an answer whose points alone are too many bytes is refused before its first piece, another one between pieces', () => {
  const ts = Float64Array.from({ length: 100_000 }, (_, i) => i * 1000)
  const matrix = (values: Float64Array): InstantResult => ({
    kind: 'matrix',
    series: [{ labels: [], ts, values }],
    ...remarks,
  })
  const limit = { limit: 0, maxBytes: 1_700_000 }
  expect(() => encodeResult(matrix(ts), { ...limit, maxBytes: 1_699_999 })).toThrow('larger than 1699999 bytes')
  const { pieces } = encodeResult(matrix(ts.map((t) => t / 7)), limit)
  expect(() => [...pieces]).toThrow(expect.objectContaining({ code: 'query.max_response_bytes' }))
})
