import { expect, test } from 'vitest'
import { cellOf, heatOfBuckets, heatOfHistograms, placesOf, rowAt } from './heat-frame.ts'

test('what classic buckets count up to a bound becomes what lies between two', () => {
  const heat = heatOfBuckets(
    [0, 10, 20],
    [
      { le: '+Inf', values: [10, 4, null] },
      { le: '0.1', values: [2, 4, null] },
      // Scraped a moment later than the bound below: less than that one, which no bucket can be.
      { le: '1', values: [9, 3, null] },
    ],
  )!
  expect(heat.edges).toEqual([0, 0.1, 1, Number.POSITIVE_INFINITY])
  expect([...heat.counts]).toEqual([2, 4, 0, 7, 0, 0, 1, 0, 0])
  expect([...heat.totals]).toEqual([10, 4, Number.NaN])
  expect(heat.most).toBe(7)
  expect(cellOf(heat, 1, 0)).toEqual({ lower: 0.1, upper: 1, count: 7, share: 0.7 })
  expect(cellOf(heat, 0, 2)).toMatchObject({ count: 0, share: 0 })
})

test('no buckets, no heatmap', () => {
  expect(heatOfBuckets([0], [])).toBeUndefined()
  expect(heatOfBuckets([0], [{ le: 'all', values: [1] }])).toBeUndefined()
  expect(heatOfHistograms([0], [])).toBeUndefined()
})

test.for([
  [[0, 0.1, 1, 10, Number.POSITIVE_INFINITY], 'log', [-2, -1, 0, 1, 2]],
  [[0, 10, 20, 30, Number.POSITIVE_INFINITY], 'linear', [0, 10, 20, 30, 40]],
  [[Number.NEGATIVE_INFINITY, -1, 0, 5, Number.POSITIVE_INFINITY], 'even', [0, 1, 2, 3, 4]],
  [[Number.NEGATIVE_INFINITY, -10, 0, 10], 'linear', [-20, -10, 0, 10]],
  [[0, 5, Number.POSITIVE_INFINITY], 'even', [0, 1, 2]],
] as const)('the edges %j are laid out %s', ([edges, scale, places]) => {
  const laid = placesOf(edges)
  expect(laid.scale).toBe(scale)
  expect(laid.places.map((place) => Math.round(place * 1e9) / 1e9)).toEqual(places)
})

test('a place on the axis leads to its row', () => {
  const heat = heatOfBuckets(
    [0],
    [
      { le: '0.1', values: [1] },
      { le: '1', values: [1] },
      { le: '10', values: [1] },
    ],
  )!
  expect(heat.scale).toBe('log')
  expect([-2.5, -1.5, -0.5, 0.5, 1, 1.5].map((place) => rowAt(heat, place))).toEqual([-1, 0, 1, 2, 2, -1])
})

test('native histograms of different resolution share their rows', () => {
  const heat = heatOfHistograms(
    [0, 10],
    [
      // Two buckets of one power of two each, and later one that covers both.
      {
        at: 0,
        buckets: [
          [0, 1, 2, 4],
          [0, 2, 4, 6],
        ],
      },
      { at: 1, buckets: [[0, 1, 4, 10]] },
    ],
  )!
  expect(heat.edges).toEqual([1, 2, 4])
  expect([...heat.counts]).toEqual([4, 5, 6, 5])
  expect([...heat.totals]).toEqual([10, 10])
})

test('a bucket around zero reaches to both sides', () => {
  const heat = heatOfHistograms(
    [0],
    [
      {
        at: 0,
        buckets: [
          [1, -2, -1, 3],
          [3, -1, 1, 2],
          [0, 1, 2, 5],
        ],
      },
    ],
  )!
  expect(heat.edges).toEqual([-2, -1, 1, 2])
  expect([...heat.counts]).toEqual([3, 2, 5])
})

test('very many buckets become rows that can be seen', () => {
  const buckets = Array.from({ length: 1000 }, (_x, i) => [0, 2 ** (i / 100), 2 ** ((i + 1) / 100), 1] as const)
  const heat = heatOfHistograms([0], [{ at: 0, buckets }])!
  expect(heat.edges.length).toBeLessThanOrEqual(122)
  expect([...heat.counts].reduce((sum, n) => sum + n, 0)).toBeCloseTo(1000, 6)
})
