import { expect, test } from 'vitest'
import { alignToGrid, nextOfPhase } from './schedule.ts'

test.for([
  [15_000, 4_000, 5_000, 19_000],
  [19_000, 4_000, 5_000, 24_000],
  [18_999, 4_000, 5_000, 19_000],
  [18_999.5, 4_000, 5_000, 24_000],
  [100, 4_000, 60_000, 4_000],
] as const)('behind %d the next moment of the phase %d of %d ms is %d', ([now, phase, interval, expected]) => {
  expect(nextOfPhase(now, phase, interval)).toBe(expected)
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
