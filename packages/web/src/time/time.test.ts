import { expect, test } from 'vitest'
import { describeRange } from './describe-range.ts'
import { isMoving, parseRange, resolveTime } from './parse-range.ts'
import { alignTo, stepFor, zoomBy } from './zoom.ts'

const now = new Date(2026, 10, 20, 14, 3, 12).getTime()
const at = (...parts: [number, number, number, number?, number?, number?, number?]) =>
  new Date(...(parts as [number, number, number])).getTime()

test.for([
  ['now', 'start', now],
  ['now-90s', 'start', now - 90_000],
  ['now-1h-30m', 'start', now - 5_400_000],
  ['now/d', 'start', at(2026, 10, 20)],
  ['now/d', 'end', at(2026, 10, 21) - 1],
  ['now-1d/d', 'start', at(2026, 10, 19)],
  ['now/w', 'start', at(2026, 10, 16)],
  ['now/M', 'start', at(2026, 10, 1)],
  ['2026-11-20', 'end', at(2026, 10, 21) - 1],
  ['1763647392', 'start', 1763647392000],
  ['2026-11-20T13:00:00Z', 'start', Date.UTC(2026, 10, 20, 13)],
  ['tomorrow-ish', 'start', undefined],
  ['2026-02-31', 'start', undefined],
] as const)('%s as %s is found', ([text, edge, ms]) => expect(resolveTime(text, now, edge)).toBe(ms))

test.for([
  ['13h', 'now-13h', 'now'],
  ['1h30m', 'now-1h-30m', 'now'],
  ['last 2 days', 'now-2d', 'now'],
  ['20 min', 'now-20m', 'now'],
  ['yesterday', 'now-1d/d', 'now-1d/d'],
  ['now-1d/d to now', 'now-1d/d', 'now'],
  ['2026-11-20 13:00 to 14:30', '2026-11-20 13:00', '2026-11-20 14:30'],
  ['2026-11-19', '2026-11-19', '2026-11-19'],
  ['2026-11-19 to now', '2026-11-19', 'now'],
] as const)('the range "%s" is understood', ([text, from, to]) => expect(parseRange(text, now)).toEqual({ from, to }))

test.for(['', 'soon', 'now to now-1h', '13 parsecs', '25:99'])('"%s" is no range', (text) => {
  expect(parseRange(text, now)).toBeUndefined()
})

test.for([
  ['now-1h', 'now', 'Last hour'],
  ['now-15m', 'now', 'Last 15 minutes'],
  ['now-1d/d', 'now-1d/d', 'Yesterday'],
  ['2026-11-20 13:00', '2026-11-20 14:30', '2026-11-20 13:00 – 14:30'],
] as const)('%s to %s is called "%s"', (row) => expect(describeRange({ from: row[0], to: row[1] }, now)).toBe(row[2]))

test('only a range that ends now moves', () => {
  expect(isMoving({ from: 'now-1h', to: 'now' })).toBe(true)
  expect(isMoving({ from: 'now-1h', to: '2026-11-20' })).toBe(false)
})

test('zooming out doubles the range and does not pass now', () => {
  const out = zoomBy({ fromMs: now - 3_600_000, toMs: now }, 2, now)
  expect(out.toMs).toBe(now)
  expect(out.toMs - out.fromMs).toBe(7_200_000)
})

test('a step gives about a point on three pixels and lies on a readable grid', () => {
  const step = stepFor({ fromMs: now - 3_600_000, toMs: now }, 560)
  expect(step).toBe(30)
  const grid = alignTo({ fromMs: now - 3_600_000, toMs: now }, step)
  expect(grid.fromMs % 30_000).toBe(0)
  expect(grid.toMs).toBeLessThanOrEqual(now)
})
