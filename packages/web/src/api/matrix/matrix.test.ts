import { expect, test } from 'vitest'
import { reduceMatrix } from './reduce-matrix.ts'

const encode = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
const GRID = { fromS: 1000, stepS: 10, count: 4, keep: 100, rank: 'last' } as const
const answer = (result: unknown, more = {}) => ({ status: 'success', data: { resultType: 'matrix', result }, ...more })

test('points take their place on the grid; what no chart can show is a gap', () => {
  const bytes = encode(
    answer(
      [
        {
          metric: { __name__: 'm', path: 'a "b"\\c[{}]' },
          values: [
            [1000, '1.5'],
            [1010, 'NaN'],
            [1020.4, '-2e-7'],
            [1030, '+Inf'],
          ],
        },
        { metric: {}, values: [[1010, '123456789012345678901234567890']] },
        { metric: { a: '1' }, values: [] },
      ],
      { warnings: ['w'] },
    ),
  )
  const { series, total, spread, envelope } = reduceMatrix(bytes, GRID)
  expect(series).toEqual([
    { labels: { __name__: 'm', path: 'a "b"\\c[{}]' }, values: [1.5, null, -2e-7, null] },
    { labels: {}, values: [null, Number('123456789012345678901234567890'), null, null] },
    { labels: { a: '1' }, values: [null, null, null, null] },
  ])
  expect([total, spread]).toEqual([3, undefined])
  expect(envelope).toEqual(answer([], { warnings: ['w'] }))
})

test('an answer that is laid out in another way is read all the same', () => {
  const data = answer([{ values: [[1000, '1']], metric: { a: 'b' } }])
  const spaced = reduceMatrix(encode(JSON.stringify(data, null, 2)), GRID)
  expect(spaced.series).toEqual([{ labels: { a: 'b' }, values: [1, null, null, null] }])
  expect(() => reduceMatrix(encode('{"status":"succ'), GRID)).toThrow()
})

test('past the limit the series that rank highest are kept in their order, and the spread is that of all', () => {
  const result = [3, 9, 1, 5].map((value, i) => ({
    metric: { i: `${i}` },
    values: [
      [1000, `${value}`],
      [1010, `${10 - value}`],
    ],
  }))
  const reduced = (rank: 'last' | 'max' | 'mean') => reduceMatrix(encode(answer(result)), { ...GRID, keep: 2, rank })
  expect(reduced('last').series.map(({ labels }) => labels.i)).toEqual(['0', '2'])
  expect(reduced('max').series.map(({ labels }) => labels.i)).toEqual(['1', '2'])
  const { total, spread } = reduced('mean')
  expect(total).toBe(4)
  expect(spread).toEqual({ low: [1, 1, null, null], mean: [4.5, 5.5, null, null], high: [9, 9, null, null] })
})

test('series are added up by a label', () => {
  const bucket = (le: string, route: string, value: number) => ({ metric: { le, route }, values: [[1000, `${value}`]] })
  const result = [bucket('1', '/', 2), bucket('1', '/a', 3), bucket('+Inf', '/', 4), { metric: {}, values: [] }]
  const { series } = reduceMatrix(encode(answer(result)), { ...GRID, keep: 1, sumBy: 'le' })
  expect(series).toEqual([
    { labels: { le: '1' }, values: [5, null, null, null] },
    { labels: { le: '+Inf' }, values: [4, null, null, null] },
  ])
})

test('native histograms are taken with their buckets', () => {
  const histogram = {
    count: '3',
    sum: '4',
    buckets: [
      [0, '0.5', '1', '2'],
      [3, '-1', '1', '1'],
    ],
  }
  const result = [{ metric: { a: '1' }, histograms: [[1020, histogram]] }]
  const { histograms, series } = reduceMatrix(encode(answer(result)), GRID)
  expect(histograms).toEqual([
    {
      at: 2,
      buckets: [
        [0, 0.5, 1, 2],
        [3, -1, 1, 1],
      ],
    },
  ])
  expect(series[0]!.values).toEqual([null, null, null, null])
})

test('every way to write a number means the same as for JSON', () => {
  const texts = ['0', '-0', '1', '12.25', '0.1', '123456.789', '1e21', '5e-324', '0.000001', '9007199254740993', '.5']
  const result = texts.map((text, i) => ({ metric: { i: `${i}` }, values: [[1000, text]] }))
  const { series } = reduceMatrix(encode(answer(result)), GRID)
  expect(series.map(({ values }) => values[0])).toEqual(texts.map(Number))
})
