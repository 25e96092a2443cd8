import type { Matcher } from '@binnacle/promql'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Clock, systemClock } from '../../telemetry/index.ts'
import { type StoreUnderTest, startStore } from '../store/testkit/start-store.ts'
import { createLastSeen } from './last-seen.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const never = new AbortController().signal
const began = Math.floor(Date.now() / HOUR) * HOUR

let nowMs = began
const clock: Clock = { ...systemClock, now: () => nowMs }
let it: StoreUnderTest

beforeEach(async () => {
  nowMs = began
  it = await startStore(clock)
})
afterEach(() => it.stop())

const lastSeen = (matchers: Readonly<Record<string, string>>, fromMs = nowMs - 7 * DAY) =>
  createLastSeen({ view: it.store.view, client: it.engine.client, clock })(
    Object.entries(matchers).map(([name, value]): Matcher => ({ name, op: '=', value })),
    fromMs,
    never,
  )

const series = (labels: Readonly<Record<string, string>>, lastMs: number) =>
  it.append(
    [3, 2, 1, 0].map((i) => ({ labels: { __name__: 'requests', ...labels }, ts: lastMs - i * 15_000, value: i })),
  )

test('of series that bring samples the head knows the last one', async () => {
  series({ code: '200' }, nowMs - 1000)
  series({ code: '500' }, nowMs - HOUR)
  expect(await lastSeen({ __name__: 'requests' })).toBe(nowMs - 1000)
  expect(await lastSeen({ __name__: 'requests', code: '500' })).toBe(nowMs - HOUR)
  expect(await lastSeen({ __name__: 'requests', code: '500' }, nowMs - HOUR + 1)).toBeUndefined()
  expect(await lastSeen({ __name__: 'requests', code: '404' })).toBeUndefined()
})

test('of series that were silent since before the start the chunks know it, to the sample', async () => {
  series({ code: '500', path: '/a' }, nowMs - 1000)
  series({ code: '500', path: '/b' }, nowMs - 5 * HOUR)
  series({ code: '404', path: '/a' }, nowMs - 9 * HOUR)
  await it.store.flushed(never)
  await it.store.cutNow(never)
  nowMs += 3 * DAY
  await it.restart()
  series({ code: '200', path: '/a' }, nowMs - 1000)
  expect(await lastSeen({ __name__: 'requests' })).toBe(nowMs - 1000)
  expect(await lastSeen({ __name__: 'requests', code: '500' })).toBe(began - 1000)
  expect(await lastSeen({ __name__: 'requests', path: '/b' })).toBe(began - 5 * HOUR)
  expect(await lastSeen({ __name__: 'requests', code: '404' })).toBe(began - 9 * HOUR)
  expect(await lastSeen({ __name__: 'requests', code: '404' }, nowMs - 3 * DAY)).toBeUndefined()
})
