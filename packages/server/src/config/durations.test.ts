import { expect, test } from 'vitest'
import { formatDurationMs, parseDurationMs } from './index.ts'

test.for([
  ['0', 0, '0s'],
  ['324ms', 324, '324ms'],
  ['3s', 3000, '3s'],
  ['5m', 300_000, '5m'],
  ['1h', 3_600_000, '1h'],
  ['4d', 345_600_000, '4d'],
  ['4d1h', 349_200_000, '4d1h'],
  ['14d', 1_209_600_000, '2w'],
  ['3w2d1h', 1_990_800_000, '23d1h'],
  ['10y', 315_360_000_000, '10y'],
  ['1h30m', 5_400_000, '1h30m'],
  ['90s', 90_000, '1m30s'],
  ['0s', 0, '0s'],
] as const)('the duration %s is %d ms and prints as %s', ([text, ms, canonical]) => {
  expect(parseDurationMs(text)).toBe(ms)
  expect(formatDurationMs(ms)).toBe(canonical)
})

test.for(['', '1', '1y1m1d', '-1w', '1.5d', 'd', '1m30', '300y', ' 5m', '5M'])('"%s" is no duration', (text) => {
  expect(parseDurationMs(text)).toBeUndefined()
})
