import { labelsOf } from '@binnacle/promql'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BinnacleError } from '../../config/index.ts'
import { type Clock, createRegistry, silentLogger, systemClock } from '../../telemetry/index.ts'
import { BUCKET_MS } from '../store/index.ts'
import { type StoreUnderTest, startStore } from '../store/testkit/start-store.ts'
import { createQuerier, gatherJson, type JsonPieces, type QuerierOptions, type QuerierPart } from './index.ts'

const never = new AbortController().signal
const DAY = 86_400_000
const T0 = Math.floor((Date.now() - 10 * DAY) / BUCKET_MS) * BUCKET_MS
const OPTIONS: QuerierOptions = {
  timeoutMs: 20_000,
  maxSamples: 50_000_000,
  maxSteps: 11_000,
  lookbackMs: 300_000,
  maxResponseBytes: 64 * 1024 * 1024,
  maxConcurrency: 20,
  chunkCacheBytes: 16 << 20,
  workers: 1,
  features: [],
  resultCacheBytes: 1 << 24,
}

let now = T0 + BUCKET_MS + 3_600_000
const clock: Clock = { ...systemClock, now: () => now }
let it: StoreUnderTest
let querier: QuerierPart

function start(options: Partial<QuerierOptions> = {}, view = it.store.view): QuerierPart {
  return createQuerier(
    {
      view,
      client: it.engine.client,
      endpoint: it.engine.endpoint,
      clock,
      log: silentLogger,
      registry: createRegistry(),
    },
    { ...OPTIONS, ...options },
  )
}

/** A counter that grows by one each second, on `series` instances, every 15 s from T0 on. */
function push(series: number, fromMs: number, toMs: number): void {
  for (let ts = fromMs; ts <= toMs; ts += 15_000) {
    it.append(
      Array.from({ length: series }, (_, i) => ({
        labels: { __name__: 'seconds_total', instance: `host-${i}`, job: i % 2 === 0 ? 'even' : 'odd' },
        ts,
        value: (ts - T0) / 1000,
      })),
    )
  }
}

type Data = { resultType: string; result: { metric: Record<string, string>; value: [number, string] }[] }
const dataOf = async ({ dataJson }: { dataJson: JsonPieces }) =>
  JSON.parse((await gatherJson(dataJson)).toString()) as Data

async function instant(query: string, timeMs = now): Promise<Data['result']> {
  return (await dataOf(await querier.instant({ query, timeMs }, never))).result
}

beforeEach(async () => {
  now = T0 + BUCKET_MS + 3_600_000
  it = await startStore(clock)
})

afterEach(async () => {
  await querier?.stop()
  await it.stop()
})

describe('queries', () => {
  test('light ones in the watch and heavy ones in a thread give the same answer', async () => {
    push(100, T0, now)
    querier = start()
    const light = await querier.instant({ query: 'sum by (job) (rate(seconds_total[5m]))', timeMs: now }, never)
    const sums = (await dataOf(light)).result
    expect(sums.map(({ metric }) => metric)).toEqual([{ job: 'even' }, { job: 'odd' }])
    for (const { value } of sums) expect(Number(value[1])).toBeCloseTo(50, 9)
    const range = { query: 'sum by (job) (rate(seconds_total[5m]))', startMs: T0 + 600_000, endMs: now, stepMs: 60_000 }
    const heavy = await querier.range(range, never)
    const series = (await dataOf(heavy)).result as unknown as { values: [number, string][] }[]
    expect(series).toHaveLength(2)
    for (const { values } of series) for (const [, value] of values) expect(Number(value)).toBeCloseTo(50, 9)
    expect(series[0]!.values).toHaveLength((now - T0 - 600_000) / 60_000 + 1)
    expect(heavy.stats.sources).toEqual(['head'])
  })

  test('a thread stitches chunks of the engine and the head', async () => {
    push(100, T0, now)
    await it.store.flushed(never)
    await it.store.cutNow(never)
    now += BUCKET_MS
    await it.restart()
    push(100, now - 3_600_000 + 15_000, now)
    querier = start()
    const answer = await querier.range(
      { query: 'count(seconds_total)', startMs: T0, endMs: now, stepMs: 30_000, lookbackMs: 3_700_000 },
      never,
    )
    const [series] = (await dataOf(answer)).result as unknown as { values: [number, string][] }[]
    expect(series!.values.every(([, value]) => value === '100')).toBe(true)
    expect(answer.stats.sources).toEqual(['head', 'engine'])
  })

  test('series that left the index in memory are found in the engine, in queries and listings', async () => {
    push(3, T0, T0 + 600_000)
    await it.store.flushed(never)
    await it.store.cutNow(never)
    now = T0 + 5 * DAY
    await it.restart()
    it.append([{ labels: { __name__: 'fresh', job: 'new' }, ts: now, value: 1 }])
    querier = start()
    expect(it.store.view.index.find(labelsOf({ __name__: 'seconds_total', instance: 'host-0', job: 'even' }))).toBe(
      undefined,
    )
    expect(await instant('seconds_total{job="even"}')).toEqual([])
    const old = await instant('seconds_total{job="even"}', T0 + 600_000)
    expect(old.map(({ metric, value }) => [metric.instance, value[1]]).sort()).toEqual([
      ['host-0', '600'],
      ['host-2', '600'],
    ])
    const everything = { matcherSets: [], fromMs: T0, toMs: now, limit: 0 }
    expect((await querier.labelValues('job', everything, { signal: never })).items).toEqual(['even', 'new', 'odd'])
    expect((await querier.series(everything, { signal: never })).count).toBe(4)
    const recent = { matcherSets: [], fromMs: now - 3_600_000, toMs: now, limit: 0 }
    expect((await querier.labelValues('job', recent, { signal: never })).items).toEqual(['new'])
  })
})

describe('limits', () => {
  const LIMITS: { name: string; options: Partial<QuerierOptions>; query: string; code: string }[] = [
    {
      name: 'samples',
      options: { maxSamples: 1000 },
      query: 'rate(seconds_total[1h])',
      code: 'query.max_samples',
    },
    {
      name: 'size of the answer',
      options: { maxResponseBytes: 2000 },
      query: 'seconds_total',
      code: 'query.max_response_bytes',
    },
  ]

  test.for(LIMITS)(
    '$name: a query past it ends with its name, in the watch and in a thread',
    async ({ options, query, code }) => {
      push(200, now - 3_600_000, now)
      querier = start(options)
      await expect(querier.instant({ query, timeMs: now }, never)).rejects.toMatchObject({ code, kind: 'limit' })
      const range = { query, startMs: now - 3_600_000, endMs: now, stepMs: 15_000 }
      await expect(querier.range(range, never)).rejects.toMatchObject({ code, kind: 'limit' })
    },
  )

  test('time: a query that takes longer ends with its name', async () => {
    push(200, now - 3_600_000, now)
    querier = start({ timeoutMs: 100 })
    const range = { query: 'quantile_over_time(0.9, seconds_total[1h])', startMs: T0, endMs: now, stepMs: 1000 }
    await expect(querier.range(range, never)).rejects.toMatchObject({ code: 'query.timeout', kind: 'limit' })
  })

  test('queries beyond those at a time wait, and beyond those that may wait are refused', async () => {
    push(200, now - 3_600_000, now)
    querier = start({ maxConcurrency: 1 })
    const range = {
      query: 'sum(rate(seconds_total[5m]))',
      startMs: now - 3_600_000,
      endMs: now,
      stepMs: 15_000,
      noCache: true,
    }
    const all = await Promise.allSettled(Array.from({ length: 15 }, () => querier.range(range, never)))
    const refused = all.filter(({ status }) => status === 'rejected')
    expect(refused).toHaveLength(4)
    expect(refused[0]).toMatchObject({ reason: { code: 'query.max_concurrency', kind: 'overload' } })
  })

  test('queries that are refused while the store is starting leave their places to others', async () => {
    push(1, now - 600_000, now)
    let starting = true
    const view = Object.create(it.store.view, {
      head: {
        get: () => {
          if (starting) throw new BinnacleError('store.starting', 'still loading', { kind: 'unavailable' })
          return it.store.view.head
        },
      },
    }) as typeof it.store.view
    starting = false
    querier = start({ maxConcurrency: 2 }, view)
    starting = true
    for (let i = 0; i < 4; i++) {
      await expect(querier.instant({ query: 'seconds_total', timeMs: now }, never)).rejects.toMatchObject({
        code: 'store.starting',
      })
    }
    starting = false
    expect(await instant('seconds_total')).toHaveLength(1)
  })

  test('a cancelled query ends at once, waiting or running, and the next one gets its place', async () => {
    push(200, now - 3_600_000, now)
    querier = start({ maxConcurrency: 1 })
    const range = { query: 'quantile_over_time(0.9, seconds_total[1h])', startMs: T0, endMs: now, stepMs: 1000 }
    const first = new AbortController()
    const second = new AbortController()
    const running = querier.range(range, first.signal)
    const waiting = querier.range(range, second.signal)
    await new Promise((resolve) => setTimeout(resolve, 100))
    second.abort(new Error('gone'))
    await expect(waiting).rejects.toMatchObject({ code: 'query.canceled' })
    first.abort(new Error('gone'))
    await expect(running).rejects.toMatchObject({ code: 'query.canceled' })
    expect(await instant('count(seconds_total)')).toHaveLength(1)
  })
})

test('a parse error tells its place, many-to-many matching is an execution error', async () => {
  push(4, now - 60_000, now)
  querier = start()
  await expect(querier.instant({ query: 'sum(', timeMs: now }, never)).rejects.toMatchObject({
    code: 'promql.parse',
    place: { offset: 4 },
  })
  await expect(
    querier.instant({ query: 'seconds_total * on (job) seconds_total', timeMs: now }, never),
  ).rejects.toMatchObject({ code: 'promql.execution' })
})
