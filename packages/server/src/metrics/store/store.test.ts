import { type FloatHistogram, labelsOf } from '@binnacle/promql'
import { afterEach, expect, test } from 'vitest'
import { type Clock, systemClock } from '../../telemetry/index.ts'
import { BUCKET_MS } from './bucket.ts'
import { histogramOf } from './testkit/histogram-of.ts'
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
/** Its samples are native histograms, of which some come in their stead as numbers. */
const histograms = { __name__: 'request_seconds', instance: 'host-1' }
const STALE = new Float64Array(BigUint64Array.of(0x7ff0000000000002n).buffer)

function mixed(n: number): number | FloatHistogram {
  if (n % 11 === 0) return STALE[0]!
  return n % 7 === 0 ? n : histogramOf(n)
}

function every(fromMs: number, toMs: number, stepMs = 15_000): number[] {
  return Array.from({ length: Math.floor((toMs - fromMs) / stepMs) + 1 }, (_, i) => fromMs + i * stepMs)
}

test.for(['embedded', 'remote'] as const)(
  'the seams never show on the %s engine, numbers or histograms: head alone, chunks alone, across both, late samples, restarts',
  async (place) => {
    const clock = wallAt(T0 + 2 * BUCKET_MS - 1)
    it = await startStore(clock, {}, place)
    const expected = new Map<number, number>()
    const put = (ts: number) => {
      const value = Math.round(Math.sin(ts) * 1e6) / 100
      if (!expected.has(ts)) expected.set(ts, value)
      it!.append([
        { labels: series(1), ts, value },
        { labels: histograms, ts, value: mixed(Math.floor(ts / 10_000) % 1000) },
      ])
    }
    const check = async (what: string) => {
      const times = [...expected.keys()].sort((a, b) => a - b)
      const found = await it!.read(histograms)
      expect(found.ts, `${what}, histograms`).toEqual(times)
      expect(found.values, `${what}, histograms`).toEqual(times.map((ts) => mixed(Math.floor(ts / 10_000) % 1000)))
      const all = await it!.read(series(1))
      expect(all.ts, what).toEqual(times)
      expect(all.values, what).toEqual(times.map((ts) => expected.get(ts)))
      const from = T0 + 3_000_000
      const to = T0 + BUCKET_MS + 2_000_000
      const part = await it!.read(series(1), from, to)
      expect(part.ts, `${what}, a window`).toEqual(times.filter((ts) => ts >= from && ts <= to))
      expect((await it!.read(histograms, from, to)).ts, `${what}, a window of histograms`).toEqual(part.ts)
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
  },
)

/** How a bucket comes to be cut: still open, closed but in the head, or only in the engine (late rows, backfill). */
const CUTS = [
  { name: 'of the open bucket', nowMs: T0 + BUCKET_MS - 1 },
  { name: 'of a closed bucket in the head', nowMs: T0 + 2 * BUCKET_MS - 1 },
  { name: 'of a bucket that only the engine has', nowMs: T0 + 6 * BUCKET_MS },
]

test.for(CUTS)(
  'a crash after any write of a cut $name loses nothing and doubles nothing',
  { timeout: 120_000 },
  async ({ nowMs }) => {
    const clock = wallAt(nowMs)
    it = await startStore(clock)
    const expected = new Map<number, Map<number, number | FloatHistogram>>()
    const put = (n: number, ts: number, value: number | FloatHistogram) => {
      let samples = expected.get(n)
      if (!samples) {
        samples = new Map()
        expected.set(n, samples)
      }
      if (!samples.has(ts)) samples.set(ts, value)
      it!.append([{ labels: series(n), ts, value }])
    }
    const check = async (what: string) => {
      for (const [n, samples] of expected) {
        const times = [...samples.keys()].sort((a, b) => a - b)
        const found = await it!.read(series(n))
        expect(found.ts, what).toEqual(times)
        expect(found.values, what).toEqual(times.map((ts) => samples.get(ts)))
      }
    }
    for (let n = 0; n < 5; n++) for (const ts of every(T0, T0 + 3_000_000)) put(n, ts, ts / 1000 + n)
    for (const ts of every(T0, T0 + 3_000_000)) put(5, ts, mixed(ts / 15_000))
    await it.store.flushed(never)
    let round = 0
    for (let writes = 0; ; writes++) {
      // Something new and something late in every round, so that each cut has work and parts and gens pile up.
      round++
      put(0, T0 + 3_000_000 + round * 20_000, round)
      put(1, T0 + 7_000 + round * 1_000, -round)
      put(5, T0 + 3_000_000 + round * 20_000, histogramOf(round))
      put(5, T0 + 7_000 + round * 1_000, mixed(round))
      put(6, T0 + round * 1_000, histogramOf(round, 40))
      await it.store.flushed(never)
      it.allowWrites(writes)
      const done = await it.store.cutNow(never).then(
        () => true,
        () => false,
      )
      await check(`after a cut that failed after ${writes} writes`)
      await it.crash()
      await check(`after a crash after ${writes} writes`)
      if (done) break
    }
    expect(round).toBeGreaterThan(4)
  },
)

test('hours without a sample, as when a machine sleeps, do not keep the store from going on', async () => {
  const clock = wallAt(T0 + 60_000)
  it = await startStore(clock)
  it.append([{ labels: series(1), ts: T0, value: 1 }])
  clock.set(T0 + 5 * BUCKET_MS)
  await it.store.tidy(never)
  expect((await it.read(series(1))).ts).toEqual([T0])
  it.append([{ labels: series(1), ts: T0 + 5 * BUCKET_MS, value: 2 }])
  await it.store.tidy(never)
  expect(it.store.view.head.lowestBucket).toBe(T0 / BUCKET_MS + 4)
  expect((await it.read(series(1))).ts).toEqual([T0, T0 + 5 * BUCKET_MS])
})

test('when memory is short the head gives pieces back, and answers stay whole', async () => {
  const clock = wallAt(T0)
  it = await startStore(clock, { headMaxBytes: 2_500_000 })
  const count = 400
  let at = T0
  const push = (steps: number) => {
    for (let i = 0; i < steps; i++, at += 15_000) {
      clock.set(at)
      it!.append(
        Array.from({ length: count }, (_, n) => ({ labels: series(n), ts: at, value: Math.sin(at * (n + 1)) * 1e9 })),
      )
      it!.append([{ labels: histograms, ts: at, value: histogramOf(at / 15_000, 60) }])
    }
  }
  push(400)
  await it.store.flushed(never)
  const before = it.store.stats().head.usedBytes
  expect(before).toBeGreaterThan(2_500_000)
  await it.store.tidy(never)
  expect(it.store.stats().head.usedBytes).toBeLessThan(before)
  expect(it.store.view.head.completeFromMs).toBeGreaterThan(T0)
  const check = async () => {
    for (const n of [0, 123, 399]) {
      const found = await it!.read(series(n))
      expect(found.ts).toEqual(every(T0, at - 15_000))
      expect(found.values).toEqual(found.ts.map((ts) => Math.sin(ts * (n + 1)) * 1e9))
    }
    const found = await it!.read(histograms)
    expect(found.ts).toEqual(every(T0, at - 15_000))
    expect(found.values).toEqual(found.ts.map((ts) => histogramOf(ts / 15_000, 60)))
  }
  await check()
  push(70)
  await it.store.flushed(never)
  await check()
  await it.store.tidy(never)
  await it.store.cutNow(never)
  await check()
  await it.crash()
  await check()
}, 60_000)

test('deleted samples are gone at every read, wherever they lie and after a restart; what comes later is there', async () => {
  const clock = wallAt(T0 + 2 * BUCKET_MS - 1)
  it = await startStore(clock)
  const times = every(T0, T0 + BUCKET_MS + 1_000_000)
  for (const n of [1, 2]) it.append(times.map((ts) => ({ labels: series(n), ts, value: n })))
  it.append(times.map((ts) => ({ labels: histograms, ts, value: mixed(ts / 15_000) })))
  await it.store.flushed(never)
  const keys = [series(1), histograms].map((labels) => it!.store.view.keyOf(it!.store.refOf(labelsOf(labels))))
  const from = T0 + 1_000_000
  const to = T0 + BUCKET_MS + 500_000
  await it.store.deleteSamples(
    keys.map((key) => ({ key, fromMs: from, toMs: to })),
    never,
  )
  const check = async () => {
    const kept = times.filter((ts) => ts < from || ts > to)
    expect((await it!.read(series(1))).ts).toEqual(kept)
    const found = await it!.read(histograms)
    expect(found.ts).toEqual(kept)
    expect(found.values).toEqual(kept.map((ts) => mixed(ts / 15_000)))
    expect((await it!.read(series(2))).ts).toEqual(times)
  }
  await check()
  await it.restart()
  await check()
  await it.store.cutNow(never)
  clock.set(T0 + 5 * BUCKET_MS)
  await it.restart()
  await check()
}, 60_000)

test('a bucket that is cut on demand does not leave the head on the way', async () => {
  const clock = wallAt(T0 + BUCKET_MS + 60_000)
  it = await startStore(clock)
  const count = 20_000
  const all = (ts: number) => Array.from({ length: count }, (_, n) => ({ labels: series(n), ts, value: n }))
  it.append([...all(T0 + 2_000), { labels: series(0), ts: T0 + BUCKET_MS, value: 1 }])
  await it.store.cutNow(never)
  it.append(all(T0 + 1_000))
  await it.store.flushed(never)
  // From now on the head may let go of the first bucket.
  clock.set(T0 + 3 * BUCKET_MS)
  const cutting = it.store.cutNow(never)
  await new Promise((resolve) => setImmediate(resolve))
  await it.store.tidy(never)
  await cutting
  for (const n of [1, count / 2, count - 1]) expect((await it.read(series(n))).ts).toEqual([T0 + 1_000, T0 + 2_000])
  expect(it.store.view.head.lowestBucket).toBe(T0 / BUCKET_MS + 1)
})
