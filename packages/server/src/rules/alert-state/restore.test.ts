import { expect, test } from 'vitest'
import { restoreFromSeries } from './restore.ts'

const MINUTE = 60_000
const options = { outageToleranceMs: 60 * MINUTE, gracePeriodMs: 10 * MINUTE }
const now = 1_000 * MINUTE
const at = (ago: number) => now - ago * MINUTE

test.for([
  ['an alert without a series begins anew', 30, undefined, undefined],
  ['a short time is not restored', 5, [at(2), at(3)], undefined],
  ['what fired fires again at once', 30, [at(5), at(60)], at(60)],
  ['what would fire soon waits for the grace period', 30, [at(5), at(30)], now + 10 * MINUTE - 30 * MINUTE],
  ['what has long to go does not count the outage', 60, [at(5), at(15)], at(10)],
] as const)('%s', ([, forMinutes, found, expected]) => {
  const forState = found && { writtenAtMs: found[0], activeAtMs: found[1] }
  expect(restoreFromSeries(forState, { forMs: forMinutes * MINUTE, nowMs: now }, options)).toBe(expected)
})
