import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Clock, createRegistry, silentLogger, systemClock } from '../../telemetry/index.ts'
import { type StoreUnderTest, startStore } from '../store/testkit/start-store.ts'
import { createQuerier, gatherJson, type JsonPieces, type QuerierOptions, type QuerierPart } from './index.ts'

const never = new AbortController().signal
const now = Math.floor(Date.now() / 60_000) * 60_000
const clock: Clock = { ...systemClock, now: () => now }
const SERIES = 100
const range = { query: 'seconds_total', startMs: now - 3_600_000, endMs: now, stepMs: 1000 }
let it: StoreUnderTest
let querier: QuerierPart

beforeEach(async () => {
  it = await startStore(clock)
  for (let ts = now - 3_900_000; ts <= now; ts += 15_000) {
    it.append(
      Array.from({ length: SERIES }, (_, i) => ({
        labels: { __name__: 'seconds_total', instance: `host-${i}` },
        ts,
        value: ts / 1000 + i,
      })),
    )
  }
})

afterEach(async () => {
  await querier?.stop()
  await it.stop()
})

function start(options: Partial<QuerierOptions> = {}): QuerierPart {
  const { view } = it.store
  const { client, endpoint } = it.engine
  return createQuerier(
    { view, client, endpoint, clock, log: silentLogger, registry: createRegistry() },
    {
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
      ...options,
    },
  )
}

function iteratorOf(pieces: JsonPieces): AsyncIterator<Uint8Array> {
  if (Array.isArray(pieces)) throw new Error('the answer is in hand')
  return (pieces as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
}

test('a large answer is made while it is read, and is whole', async () => {
  querier = start()
  const { dataJson } = await querier.range(range, never)
  expect(Array.isArray(dataJson)).toBe(false)
  const { result } = JSON.parse((await gatherJson(dataJson)).toString()) as {
    result: { metric: { instance: string }; values: [number, string][] }[]
  }
  expect(result).toHaveLength(SERIES)
  for (const { metric, values } of result) {
    expect(values).toHaveLength(3601)
    const newest = now / 1000 + Number(metric.instance.slice(5))
    expect(values.at(-1)).toEqual([now / 1000, String(newest)])
  }
})

test('an answer that is not read yet counts as a query under way, until its reader leaves', async () => {
  querier = start({ maxConcurrency: 1 })
  const first = iteratorOf((await querier.range(range, never)).dataJson)
  await first.next()
  let answered = false
  const second = querier.instant({ query: 'count(seconds_total)', timeMs: now }, never).then(() => {
    answered = true
  })
  await systemClock.sleep(200)
  expect(answered).toBe(false)
  await first.return?.()
  await second
  expect(await first.next()).toMatchObject({ done: true })
})

test('a thread whose answer is read slowly evaluates other queries meanwhile', async () => {
  querier = start()
  const first = iteratorOf((await querier.range(range, never)).dataJson)
  await first.next()
  const other = await querier.range({ ...range, query: 'sum(seconds_total)' }, never)
  expect(JSON.parse((await gatherJson(other.dataJson)).toString())).toMatchObject({ result: [{ metric: {} }] })
  let pieces = 1
  while (!(await first.next()).done) pieces++
  expect(pieces).toBeGreaterThan(8)
})

test('an answer that grows past its limit on the way fails there, and the thread goes on', async () => {
  querier = start({ maxResponseBytes: 7_500_000 })
  const { dataJson } = await querier.range(range, never)
  await expect(gatherJson(dataJson)).rejects.toMatchObject({ code: 'query.max_response_bytes', kind: 'limit' })
  const after = await querier.range({ ...range, query: 'sum(seconds_total)' }, never)
  expect((await gatherJson(after.dataJson)).length).toBeGreaterThan(1000)
})

test('answers fail when their thread is gone', async () => {
  querier = start()
  const first = iteratorOf((await querier.range(range, never)).dataJson)
  await first.next()
  await querier.stop()
  await expect(
    (async () => {
      while (!(await first.next()).done);
    })(),
  ).rejects.toMatchObject({ code: 'query.stopping' })
})
