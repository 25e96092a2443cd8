import { labelsOf, parseExpr } from '@binnacle/promql'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Clock, createRegistry, silentLogger, systemClock } from '../../../telemetry/index.ts'
import { BUCKET_MS } from '../../store/index.ts'
import { type StoreUnderTest, startStore } from '../../store/testkit/start-store.ts'
import { createQuerier, type PreparedQuery, type QuerierOptions, type QuerierPart } from '../index.ts'

const never = new AbortController().signal
const none = () => false
const now = Math.floor((Date.now() - 86_400_000) / BUCKET_MS) * BUCKET_MS + 3_600_000
const clock: Clock = { ...systemClock, now: () => now }
const STALE = new Float64Array(Uint32Array.of(2, 0x7ff00000).buffer)[0]!

let it: StoreUnderTest
let querier: QuerierPart

function start(options: Partial<QuerierOptions> = {}): QuerierPart {
  const { client, endpoint } = it.engine
  return createQuerier(
    { view: it.store.view, client, endpoint, clock, log: silentLogger, registry: createRegistry() },
    {
      timeoutMs: 20_000,
      maxSamples: 50_000_000,
      maxSteps: 11_000,
      lookbackMs: 300_000,
      maxResponseBytes: 1 << 26,
      maxConcurrency: 20,
      chunkCacheBytes: 1 << 24,
      workers: 1,
      features: [],
      resultCacheBytes: 0,
      ...options,
    },
  )
}

const prepare = (query: string): PreparedQuery => querier.prepare(query, parseExpr(query))

/** Samples every 15 s from five minutes ago until now, as `valueAt` says; undefined leaves one out. */
function push(labels: Record<string, string>, valueAt: (i: number, agoMs: number) => number | undefined): void {
  for (let i = 0; i <= 20; i++) {
    const agoMs = 300_000 - i * 15_000
    const value = valueAt(i, agoMs)
    if (value !== undefined) it.append([{ labels, ts: now - agoMs, value }])
  }
}

beforeEach(async () => {
  it = await startStore(clock)
  querier = start()
})

afterEach(async () => {
  await querier.stop()
  await it.stop()
})

describe('values', () => {
  test('the watch and a thread give the same vector, and a thread is asked again at once', async () => {
    for (let n = 0; n < 200; n++) {
      push({ __name__: 'seconds_total', instance: `host-${n}`, job: n % 2 === 0 ? 'even' : 'odd' }, (i) => i * n)
    }
    const query = 'sum by (job) (rate(seconds_total[5m])) > 1'
    const light = await prepare(query).evaluate(now, never)
    expect(light.labels).toHaveLength(2)
    await querier.stop()
    querier = start({ sliceSeries: 7 })
    const heavy = prepare(query)
    expect(await heavy.evaluate(now, never)).toEqual(light)
    expect(await heavy.evaluate(now, never)).toEqual(light)
  })

  test('a scalar is one element without labels', async () => {
    const { labels, values } = await prepare('1 + 1').evaluate(now, never)
    expect({ labels, values: [...values] }).toEqual({ labels: [[]], values: [2] })
  })

  test('a range is refused', async () => {
    push({ __name__: 'x' }, () => 1)
    await expect(prepare('x[1m]').evaluate(now, never)).rejects.toMatchObject({ code: 'query.no_vector' })
  })

  test('a query that asks for too much says so', async () => {
    for (let n = 0; n < 50; n++) push({ __name__: 'x', n: String(n) }, () => 1)
    await querier.stop()
    querier = start({ maxSamples: 10 })
    await expect(prepare('x + 0').evaluate(now, never)).rejects.toMatchObject({ code: 'query.max_samples' })
  })
})

describe('inputs', () => {
  const inputsOf = (query: string, freshFromMs = now) => prepare(query).inputs({ timeMs: now, freshFromMs }, never)
  const there = { __name__: 'load', instance: 'a', job: 'node' }
  const ended = { __name__: 'load', instance: 'b', job: 'node' }

  beforeEach(() => {
    push(there, () => 1)
    push(ended, (i) => (i < 10 ? 1 : i === 10 ? STALE : undefined))
    push({ __name__: 'limit', job: 'node' }, () => 5)
    push({ __name__: 'other', instance: 'b', job: 'node' }, () => 5)
  })

  const cases: readonly [query: string, labels: Record<string, string>, has: boolean][] = [
    ['load > 3', { instance: 'a', job: 'node' }, true],
    ['load > 3', { instance: 'b', job: 'node' }, false],
    ['load', { __name__: 'load', instance: 'b', job: 'node' }, false],
    // Its window still has samples, but the series has ended.
    ['rate(load[5m]) > 3', { instance: 'b', job: 'node' }, false],
    ['rate(load[5m]) > 3', { instance: 'a', job: 'node' }, true],
    ['sum by (job) (load) > 3', { job: 'node' }, true],
    ['sum by (instance) (load) > 3', { instance: 'b' }, false],
    ['sum(load) > 3', {}, true],
    ['load / on (job) group_left () limit > 3', { instance: 'b', job: 'node' }, false],
    ['load / on (job) group_left () limit > 3', { instance: 'a', job: 'node' }, true],
    ['other and on (instance) load', { instance: 'b', job: 'node' }, false],
    ['other unless on (instance) load', { instance: 'b', job: 'node' }, true],
    ['load or other', { instance: 'b', job: 'node' }, true],
    ['absent(load{instance="b"})', { instance: 'b' }, true],
    ['load offset 4m > 3', { instance: 'b', job: 'node' }, true],
    ['max_over_time(load[1m:15s]) > 3', { instance: 'a', job: 'node' }, true],
    ['nothing > 3', { job: 'node' }, false],
    // No series ever had this host: the label was made, and any series counts.
    ['label_replace(load, "instance", "x-$1", "instance", "(.*)") > 3', { instance: 'x-b', job: 'node' }, true],
    ['vector(1)', {}, true],
  ]
  test.for(cases)('%s of %o: %s', async ([query, labels, has]) => {
    expect((await inputsOf(query)).has(labelsOf(labels))).toBe(has)
  })

  test.for([
    ['load > 3', 0, true],
    ['load > 3', 1, false],
    ['rate(load[5m]) > 3', 0, true],
    ['rate(load[5m]) > 3', 1, false],
    ['load / on (job) group_left () old', 0, false],
    // The past does not become newer.
    ['load > load offset 1m', 0, true],
    ['absent(load)', 1, true],
  ] as const)('%s, newest sample %d ms before: fresh is %s', async ([query, beforeMs, isFresh]) => {
    it.append([{ labels: { __name__: 'old', job: 'node' }, ts: now - 20_000, value: 1 }])
    it.append([{ labels: there, ts: now, value: 1 }])
    const found = await inputsOf(query, now + beforeMs)
    expect(found.has(labelsOf({ instance: 'a', job: 'node' }))).toBe(true)
    expect(found.isFresh(labelsOf({ instance: 'a', job: 'node' }))).toBe(isFresh)
  })

  test('an expression has no data at all when a side that it needs has none', async () => {
    expect((await inputsOf('load > 3')).any).toBe(true)
    expect((await inputsOf('load{instance="b"} > 3')).any).toBe(false)
    expect((await inputsOf('load / nothing')).any).toBe(false)
    expect((await inputsOf('load or nothing')).any).toBe(true)
    expect((await inputsOf('absent(nothing)')).any).toBe(true)
  })
})

describe('arrivals', () => {
  test('series of one scrape count together, and tell when newer samples come', async () => {
    for (const instance of ['a', 'b']) it.append([{ labels: { __name__: 'x', instance }, ts: now - 5_000, value: 1 }])
    it.append([{ labels: { __name__: 'y' }, ts: now - 2_000, value: 1 }])
    const arrivals = prepare('x / ignoring (instance) group_left () y').arrivals(none)
    expect(arrivals.map(({ atMs, series }) => [now - atMs, series])).toEqual([
      [5_000, 2],
      [2_000, 1],
    ])
    it.append([{ labels: { __name__: 'x', instance: 'a' }, ts: now, value: 1 }])
    expect(arrivals.map((one) => now - one.newestMs())).toEqual([0, 2_000])
  })

  test('series that are left out do not count', () => {
    it.append([{ labels: { __name__: 'x', instance: 'a' }, ts: now - 5_000, value: 1 }])
    it.append([{ labels: { __name__: 'x', instance: 'b' }, ts: now - 2_000, value: 1 }])
    const [, late] = prepare('x').arrivals(none)
    expect(prepare('x').arrivals((ref) => ref === late!.key)).toMatchObject([{ atMs: now - 5_000, series: 1 }])
  })

  test('a thousand targets are a thousand arrivals', () => {
    for (let i = 0; i < 1_000; i++) {
      it.append([{ labels: { __name__: 'x', instance: `${i}` }, ts: now - 5_000 + i, value: 1 }])
    }
    expect(prepare('x').arrivals(none)).toHaveLength(1_000)
  })

  test('series that are read as they were long ago do not count', () => {
    it.append([{ labels: { __name__: 'x' }, ts: now, value: 1 }])
    expect(prepare('x offset 1h').arrivals(none)).toEqual([])
  })
})
