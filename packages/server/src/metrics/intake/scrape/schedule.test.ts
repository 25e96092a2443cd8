import { expect, test } from 'vitest'
import { alignToGrid, offsetMs } from './schedule.ts'

test('a target keeps its phase on the wall clock, whenever it is asked', () => {
  const at = (now: number) => (now + offsetMs('a target', 'seed', 15_000, now)) % 15_000
  expect(at(1_700_000_000_000)).toBe(at(1_700_000_012_345))
  expect(at(1_700_000_000_000)).toBe(at(1_700_000_999_999))
})

test('many targets spread evenly over the interval', () => {
  const slots = Array(10).fill(0)
  for (let i = 0; i < 2000; i++) slots[Math.floor(offsetMs(`target ${i}`, 'seed', 10_000, 1e12) / 1000)]++
  for (const count of slots) expect(count).toBeGreaterThan(140)
  expect(offsetMs('a', 'one', 60_000, 1e12)).not.toBe(offsetMs('a', 'two', 60_000, 1e12))
})

test.for([
  [15_000, 10_000, 5000, 15_000],
  [15_002, 10_000, 5000, 15_000],
  [14_998.4, 10_000, 5000, 15_000],
  [15_003, 10_000, 5000, 15_003],
  [10_101, 10_000, 100, 10_100],
  [10_101.5, 10_000, 100, 10_101],
  [25_001.2, 10_000, 5000, 25_000],
] as const)('a scrape at %d on the grid %d of %d ms gets the time %d', ([now, grid, interval, expected]) => {
  expect(alignToGrid(now, grid, interval, 2)).toBe(expected)
})
