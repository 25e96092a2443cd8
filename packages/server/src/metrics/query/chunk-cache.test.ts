import { labelsOf } from '@binnacle/promql'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { EngineClient } from '../../engine/index.ts'
import { type Clock, createRegistry, type Registry, silentLogger, systemClock } from '../../telemetry/index.ts'
import { BUCKET_MS } from '../store/index.ts'
import { type StoreUnderTest, startStore } from '../store/testkit/start-store.ts'
import { createQuerier, gatherJson, type QuerierPart } from './index.ts'

const never = new AbortController().signal
const T0 = Math.floor((Date.now() - 86_400_000) / BUCKET_MS) * BUCKET_MS
let now = T0
const clock: Clock = { ...systemClock, now: () => now }
let it: StoreUnderTest
let querier: QuerierPart | undefined
let registry: Registry
/** Reads of the engine from the watch. */
let reads = 0

const series = (i: number) => ({ __name__: `m${i % 3}_total`, host: `h${i}` })

function push(fromMs: number, toMs: number, everyMs = 60_000): void {
  for (let ts = fromMs; ts < toMs; ts += everyMs) {
    it.append(Array.from({ length: 12 }, (_, i) => ({ labels: series(i), ts, value: ts / 1000 + i })))
  }
}

beforeEach(async () => {
  now = T0 + BUCKET_MS
  reads = 0
  it = await startStore(clock)
  push(T0, T0 + BUCKET_MS)
  await it.store.flushed(never)
  await it.store.cutNow(never)
  now = T0 + 2 * BUCKET_MS + 60_000
  await it.restart()
})

afterEach(async () => {
  await querier?.stop()
  querier = undefined
  await it.stop()
})

function start(more: { chunkCacheBytes?: number; sliceSeries?: number } = {}): QuerierPart {
  registry = createRegistry()
  const client: EngineClient = {
    ...it.engine.client,
    query: (...args) => {
      reads++
      return it.engine.client.query(...args)
    },
  }
  querier = createQuerier(
    { view: it.store.view, client, endpoint: it.engine.endpoint, clock, log: silentLogger, registry },
    {
      timeoutMs: 20_000,
      maxSamples: 1_000_000,
      maxSteps: 11_000,
      lookbackMs: 300_000,
      maxResponseBytes: 1 << 24,
      maxConcurrency: 4,
      chunkCacheBytes: 1 << 20,
      resultCacheBytes: 0,
      workers: 2,
      features: [],
      ...more,
    },
  )
  return querier
}

const RANGE = { startMs: T0 + 600_000, endMs: T0 + BUCKET_MS - 60_000, stepMs: 600_000 }

async function ask(query: string): Promise<{ text: string; sources: readonly string[] }> {
  const { dataJson, stats } = await querier!.range({ query, ...RANGE }, never)
  return { text: (await gatherJson(dataJson)).toString(), sources: stats.sources }
}

function bytesKept(): number {
  return Number(/^binnacle_query_chunk_cache_bytes (\d+)/m.exec(registry.render('text'))?.[1])
}

function hits(): number {
  return Number(/^binnacle_query_chunk_cache_requests_total\{result="hit"\} (\d+)/m.exec(registry.render('text'))?.[1])
}

test('what was read from the engine once is not read again, by whatever selector', async () => {
  start()
  const first = await ask('sum by (host) (rate({__name__=~"m._total"}[5m]))')
  const after = reads
  expect(after).toBeGreaterThan(0)
  expect(bytesKept()).toBeGreaterThan(0)
  expect(await ask('sum by (host) (rate({__name__=~"m._total"}[5m]))')).toEqual(first)
  expect((await ask('m1_total{host="h1"}')).sources).toEqual(['engine'])
  expect(reads).toBe(after)
})

test('threads share what one of them has read', async () => {
  start({ sliceSeries: 3 })
  const query = 'sum by (host) (m1_total) + on (host) sum by (host) (max_over_time(m1_total[10m]))'
  const first = await ask(query)
  const before = hits()
  expect(await ask(query)).toEqual(first)
  expect(hits()).toBeGreaterThan(before)
})

test('series that were not asked for before are read, and then known too', async () => {
  start()
  const one = await ask('m1_total{host="h1"}')
  const all = await ask('m1_total')
  expect(all.text).toContain('"h10"')
  const after = reads
  expect(await ask('m1_total{host="h1"}')).toEqual(one)
  expect(await ask('m1_total')).toEqual(all)
  expect(reads).toBe(after)
})

test('late samples are seen before their bucket is written again, and after', async () => {
  start()
  const query = 'count_over_time(m1_total{host="h1"}[10m])'
  const before = await ask(query)
  await ask(query)
  it.append([{ labels: series(1), ts: T0 + 1_230_000, value: 5 }])
  await it.store.flushed(never)
  const late = await ask(query)
  expect(late.text).not.toBe(before.text)
  await it.store.cutNow(never)
  expect(await ask(query)).toEqual(late)
  expect(await ask(query)).toEqual(late)
})

test('deleted samples are gone from what is kept', async () => {
  start()
  await ask('m1_total')
  const key = it.store.view.keyOf(it.store.view.index.find(labelsOf(series(1)))!)
  await it.store.deleteSamples([{ key, fromMs: T0, toMs: T0 + BUCKET_MS }], never)
  expect((await ask('m1_total')).text).not.toContain('"h1"')
})

test('memory stays within its bound, and none is taken where that is 0', async () => {
  start({ chunkCacheBytes: 2_000 })
  for (let i = 0; i < 3; i++) await ask(`m${i}_total{host=~"h[0-3]"}`)
  expect(bytesKept()).toBeLessThanOrEqual(2_000)
  await querier!.stop()
  start({ chunkCacheBytes: 0 })
  await ask('m1_total')
  const after = reads
  await ask('m1_total')
  expect(reads).toBeGreaterThan(after)
  expect(bytesKept()).toBe(0)
})
