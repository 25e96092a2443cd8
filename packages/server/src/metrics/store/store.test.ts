import { afterEach, expect, test } from 'vitest'
import { type Clock, systemClock } from '../../telemetry/index.ts'
import { BUCKET_MS } from './bucket.ts'
import { type StoreUnderTest, startStore } from './testkit/start-store.ts'

const never = new AbortController().signal
let it: StoreUnderTest | undefined

afterEach(async () => {
  await it?.stop()
  it = undefined
})

/** The real monotonic clock and timers; the wall clock stands where the test puts it. */
function wallAt(ms: number): Clock & { set(ms: number): void } {
  let now = ms
  return {
    ...systemClock,
    now: () => now,
    set: (next) => {
      now = next
    },
  }
}

/** Start of a bucket some days ago, so that nothing is refused as too old. */
const DAY = 86_400_000
const T0 = Math.floor((Date.now() - 3 * DAY) / BUCKET_MS) * BUCKET_MS

const series = (n: number) => ({ __name__: 'requests_total', instance: `host-${n}` })

function every(fromMs: number, toMs: number, stepMs = 15_000): number[] {
  return Array.from({ length: Math.floor((toMs - fromMs) / stepMs) + 1 }, (_, i) => fromMs + i * stepMs)
}

test('the seams never show: head alone, chunks alone, across both, with late samples, after restarts', async () => {
  const clock = wallAt(T0 + 2 * BUCKET_MS - 1)
  it = await startStore(clock)
  const expected = new Map<number, number>()
  const put = (ts: number) => {
    const value = Math.round(Math.sin(ts) * 1e6) / 100
    if (!expected.has(ts)) expected.set(ts, value)
    it!.append([{ labels: series(1), ts, value }])
  }
  const check = async (what: string) => {
    const times = [...expected.keys()].sort((a, b) => a - b)
    const all = await it!.read(series(1))
    expect(all.ts, what).toEqual(times)
    expect(all.values, what).toEqual(times.map((ts) => expected.get(ts)))
    const from = T0 + 3_000_000
    const to = T0 + BUCKET_MS + 2_000_000
    const part = await it!.read(series(1), from, to)
    expect(part.ts, `${what}, a window`).toEqual(times.filter((ts) => ts >= from && ts <= to))
  }

  for (const ts of every(T0, T0 + BUCKET_MS + 3_000_000)) if (ts % 60_000 !== 30_000) put(ts)
  await check('head alone')
  for (const ts of every(T0 + 30_000, T0 + 1_000_000, 60_000)) put(ts)
  await check('head with late samples')
  await it.store.flushed(never)
  await it.restart()
  await check('head refilled from the log')
  await it.store.cutNow(never)
  await check('after a cut of all open chunks')
  await it.restart()
  await check('head refilled from chunks')
  for (const ts of every(T0 + BUCKET_MS + 3_030_000, T0 + BUCKET_MS + 4_000_000, 15_000)) put(ts)
  await it.store.flushed(never)
  await it.restart()
  await check('head refilled from chunks and log')

  clock.set(T0 + 3 * BUCKET_MS)
  await it.restart()
  await check('chunks and rows of the log alone: all is older than the head')
  for (const ts of every(T0 + 1_030_000, T0 + 2_000_000, 60_000)) put(ts)
  await it.store.flushed(never)
  await check('with rows too late for the head')
  await it.store.cutNow(never)
  await check('after they were rewritten into chunks')
  for (const ts of every(T0 + 3 * BUCKET_MS, T0 + 3 * BUCKET_MS + 600_000)) put(ts)
  await check('across head and chunks')
  await it.restart()
  await check('across both, after a restart')
}, 120_000)
