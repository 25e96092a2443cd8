import { labelsOf } from '@binnacle/promql'
import { afterEach, expect, test } from 'vitest'
import { sql } from '../../engine/index.ts'
import { type Clock, systemClock } from '../../telemetry/index.ts'
import { BUCKET_MS } from './bucket.ts'
import { words64 } from './read/index.ts'
import { histogramOf } from './testkit/histogram-of.ts'
import { type StoreUnderTest, startStore } from './testkit/start-store.ts'

const never = new AbortController().signal
const T0 = Math.floor((Date.now() - 3 * 86_400_000) / BUCKET_MS) * BUCKET_MS
let it: StoreUnderTest | undefined
let now = 0
const clock: Clock = { ...systemClock, now: () => now }

afterEach(async () => {
  await it?.stop()
  it = undefined
})

const series = (n: number) => ({ __name__: 'requests_total', instance: `host-${n}` })
const keyOf = (n: number) => it!.store.view.keyOf(it!.store.refOf(labelsOf(series(n))))

/** Those of series 1 are native histograms. */
const valueAt = (n: number, ts: number) => (n === 1 ? histogramOf((ts - T0) / 1000) : ts + n)

/** Samples of some series every minute over five buckets; the last two stay in the head. */
function fill(count: number): number[] {
  now = T0 + 5 * BUCKET_MS - 1
  const times = Array.from({ length: 600 }, (_, i) => T0 + i * 60_000)
  for (let n = 0; n < count; n++) it!.append(times.map((ts) => ({ labels: series(n), ts, value: valueAt(n, ts) })))
  return times
}

/** Moves the two oldest buckets into chunks; the third stays in the log, the last two in the head. */
async function settle(): Promise<void> {
  await it!.store.flushed(never)
  await it!.store.cutNow(never)
  await it!.restart()
}

async function count(statement: ReturnType<typeof sql>): Promise<number> {
  const [block] = await it!.engine.client.queryAll(statement, {
    signal: never,
    limits: { timeoutMs: 10_000, maxResultBytes: 1_000_000, maxMemoryBytes: 100_000_000 },
  })
  return words64(block!, 'count')[0]!
}

const storedSamples = async () =>
  (await count(sql`SELECT toUInt64(sum(n)) AS count FROM chunks`)) +
  (await count(sql`SELECT count() AS count FROM samples`)) +
  (await count(sql`SELECT count() AS count FROM histogram_samples`))

test('cleaning takes deleted samples out of chunks and log, then their tombstones; what the head has keeps its own', async () => {
  now = T0 + 5 * BUCKET_MS - 1
  it = await startStore(clock)
  const times = fill(3)
  await settle()
  // Late samples of cut buckets lie in the log.
  const late = [T0 + 30_000, T0 + BUCKET_MS + 30_000]
  for (const n of [0, 1]) it.append(late.map((ts) => ({ labels: series(n), ts, value: -1 - n })))
  await it.store.flushed(never)

  const cutAt = T0 + BUCKET_MS / 2
  const to = T0 + 4 * BUCKET_MS + 600_000
  const headFrom = T0 + 3 * BUCKET_MS
  await it.store.deleteSamples(
    [
      { key: keyOf(0), fromMs: cutAt, toMs: to },
      { key: keyOf(1), fromMs: -8e15, toMs: T0 + 2 * BUCKET_MS },
    ],
    never,
  )
  const all = [...times, ...late].sort((a, b) => a - b)
  const expected = [all.filter((ts) => ts < cutAt || ts > to), all.filter((ts) => ts > T0 + 2 * BUCKET_MS), times]
  const check = async (what: string) => {
    for (const [n, kept] of expected.entries()) {
      const found = await it!.read(series(n))
      expect(found.ts, what).toEqual(kept)
      expect(found.values, what).toEqual(kept.map((ts) => (late.includes(ts) ? -1 - n : valueAt(n, ts))))
    }
  }
  await check('deleted')
  const before = await storedSamples()
  const result = await it.store.cleanTombstones()
  expect(result).toEqual({ buckets: 3, series: 2 })
  await check('cleaned')
  const { tombstones } = it.store.view
  expect(tombstones.of(keyOf(0))).toEqual(Float64Array.of(headFrom, to))
  expect(tombstones.of(keyOf(1))).toBe(undefined)
  const gone =
    all.filter((ts) => ts >= cutAt && ts < headFrom).length + all.filter((ts) => ts <= T0 + 2 * BUCKET_MS).length
  expect(await storedSamples()).toBe(before - gone)
  await it.restart()
  await check('after a restart')
  expect(it.store.view.tombstones.of(keyOf(0))).toEqual(Float64Array.of(headFrom, to))
  expect(it.store.view.tombstones.size).toBe(1)
  expect(await it.store.cleanTombstones()).toEqual({ buckets: 0, series: 0 })

  // Once the head has let go of these buckets, the rest goes too.
  now = T0 + 8 * BUCKET_MS
  await it.store.cutNow(never)
  await it.restart()
  expect(await it.store.cleanTombstones()).toMatchObject({ series: 1 })
  expect(it.store.view.tombstones.size).toBe(0)
  await check('cleaned again')
  expect(await storedSamples()).toBe(expected.flat().length)
}, 60_000)

test('series of which nothing is left leave index and table, and come back as new ones', async () => {
  now = T0 + 5 * BUCKET_MS - 1
  it = await startStore(clock)
  fill(3)
  await settle()
  now = T0 + 8 * BUCKET_MS
  await it.restart()
  expect(it.store.view.index.size).toBe(3)
  await it.store.deleteMatching(
    { matcherSets: [[{ name: 'instance', op: '=~', value: 'host-[01]' }]], fromMs: -8e15, toMs: 8e15 },
    never,
  )
  const { epoch } = it.store
  await it.store.cleanTombstones()
  expect(it.store.view.index.labelValues('instance')).toEqual(['host-2'])
  expect(it.store.epoch).toBe(epoch + 1)
  expect(await count(sql`SELECT uniqExact(id) AS count FROM series`)).toBe(1)
  it.append([{ labels: series(0), ts: now, value: 5 }])
  await it.store.flushed(never)
  await it.restart()
  expect(await it.read(series(0))).toEqual({ ts: [now], values: [5] })
  expect(it.store.view.index.labelValues('instance')).toEqual(['host-0', 'host-2'])
}, 60_000)

test('a cleaning that ends after any single write loses nothing and brings nothing back', async () => {
  now = T0 + 5 * BUCKET_MS - 1
  it = await startStore(clock)
  const times = fill(3)
  await settle()
  const kept = [[] as number[], [...times], [...times]]
  let round = 0
  for (let writes = 0; ; writes++) {
    // In each round something more is deleted and something late comes, so that every cleaning has work.
    round++
    const cut = T0 + round * 600_000
    const late = T0 + 2 * BUCKET_MS + 30_000 + round * 1_000
    await it.store.deleteSamples(
      [
        { key: keyOf(0), fromMs: -8e15, toMs: T0 + 5 * BUCKET_MS },
        { key: keyOf(1), fromMs: cut, toMs: cut + 120_000 },
      ],
      never,
    )
    kept[1] = kept[1]!.filter((ts) => ts < cut || ts > cut + 120_000)
    it.append([{ labels: series(2), ts: late, value: late + 2 }])
    kept[2] = [...kept[2]!, late].sort((a, b) => a - b)
    await it.store.flushed(never)
    it.allowWrites(writes)
    const done = await it.store.cleanTombstones().then(
      () => true,
      () => false,
    )
    const check = async (what: string) => {
      for (const [n, expected] of kept.entries()) {
        const found = await it!.read(series(n))
        expect(found.ts, `${what} ${writes} writes, series ${n}`).toEqual(expected)
        expect(found.values).toEqual(expected.map((ts) => valueAt(n, ts)))
      }
    }
    await check('cleaned with')
    await it.crash()
    await check('crashed after')
    if (done) break
  }
  expect(round).toBeGreaterThan(8)
}, 120_000)

test('a deletion during a cleaning is in force afterwards', async () => {
  now = T0 + 5 * BUCKET_MS - 1
  it = await startStore(clock)
  const times = fill(1)
  await settle()
  const first = { key: keyOf(0), fromMs: T0, toMs: T0 + 60_000 }
  await it.store.deleteSamples([first], never)
  const cleaning = it.store.cleanTombstones()
  expect(it.store.cleanTombstones()).toBe(cleaning)
  const second = { key: keyOf(0), fromMs: T0 + 600_000, toMs: T0 + 660_000 }
  await it.store.deleteSamples([second], never)
  await cleaning
  const expected = times.filter((ts) => ![first, second].some(({ fromMs, toMs }) => ts >= fromMs && ts <= toMs))
  expect((await it.read(series(0))).ts).toEqual(expected)
  await it.restart()
  expect((await it.read(series(0))).ts).toEqual(expected)
  await it.store.cleanTombstones()
  expect((await it.read(series(0))).ts).toEqual(expected)
  expect(it.store.view.tombstones.size).toBe(0)
}, 60_000)
