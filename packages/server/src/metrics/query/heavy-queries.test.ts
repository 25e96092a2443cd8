import { labelsOf } from '@binnacle/promql'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Clock, createRegistry, silentLogger, systemClock } from '../../telemetry/index.ts'
import { type StoreUnderTest, startStore } from '../store/testkit/start-store.ts'
import { createQuerier, gatherJson, type QuerierOptions, type QuerierPart } from './index.ts'

const never = new AbortController().signal
const now = Math.floor(Date.now() / 60_000) * 60_000
const clock: Clock = { ...systemClock, now: () => now }
const SERIES = 500
const HOUR = { startMs: now - 3_600_000, endMs: now }
/** Wide windows, each looked at sample by sample, at 7,200 steps, ten times over: minutes of work on any machine. */
const GIANT = {
  query: Array.from({ length: 10 }, (_, i) => `stddev_over_time(seconds_total[${60 + i}m])`).join(' + '),
  ...HOUR,
  stepMs: 500,
}
/** Half a million samples, and 1.8 million points: 16 MB of columns, 40 MB of JSON. */
const HEAVY = { query: 'rate(seconds_total[5m])', ...HOUR, stepMs: 1000 }
const SMALLER = { query: 'sum(rate(seconds_total[5m]))', ...HOUR, stepMs: 15_000 }

let it: StoreUnderTest
let querier: QuerierPart | undefined

beforeAll(async () => {
  it = await startStore(clock)
  const refs = Uint32Array.from({ length: SERIES }, (_, i) =>
    it.store.refOf(labelsOf({ __name__: 'seconds_total', instance: `host-${i}` })),
  )
  for (let ts = now - 2 * 3_600_000; ts <= now; ts += 15_000) {
    const values = Float64Array.from(refs, (_, i) => ts / 1000 + ((i * ts) % 977))
    it.store.append({ length: SERIES, refs, ts: new Float64Array(SERIES).fill(ts), values })
  }
  await it.store.flushed(never)
})

afterEach(async () => {
  await querier?.stop()
})

afterAll(async () => {
  await it.stop()
})

function start(options: Partial<QuerierOptions> = {}): QuerierPart {
  querier = createQuerier(
    {
      view: it.store.view,
      client: it.engine.client,
      endpoint: it.engine.endpoint,
      clock,
      log: silentLogger,
      registry: createRegistry(),
    },
    {
      timeoutMs: 120_000,
      maxSamples: 50_000_000,
      maxSteps: 11_000,
      lookbackMs: 300_000,
      maxResponseBytes: 1 << 28,
      maxConcurrency: 20,
      chunkCacheBytes: 16 << 20,
      resultCacheBytes: 0,
      workers: 2,
      features: [],
      ...options,
    },
  )
  return querier
}

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test('a client that goes away stops its query in all threads soon, and they are free again', async () => {
  start()
  const client = new AbortController()
  const giant = querier!.range(GIANT, client.signal)
  await later(500)
  const from = performance.now()
  client.abort(new Error('gone'))
  await expect(giant).rejects.toMatchObject({ code: 'query.canceled' })
  // Pauses are 10 ms of work apart; a busy machine takes its time all the same.
  expect(performance.now() - from).toBeLessThan(1_000)
  expect((await querier!.range(SMALLER, never)).stats.seriesRead).toBe(SERIES)
})

test('a smaller query does not wait for the end of giants that have all threads', async () => {
  start({ workers: 1 })
  const client = new AbortController()
  let ended = false
  const giant = querier!.range(GIANT, client.signal).finally(() => {
    ended = true
  })
  await later(500)
  const { stats } = await querier!.range(SMALLER, never)
  expect(stats.seriesRead).toBe(SERIES)
  expect(ended).toBe(false)
  client.abort(new Error('enough'))
  await expect(giant).rejects.toMatchObject({ code: 'query.canceled' })
})

test('ten heavy queries at once take turns: memory holds a few of them, not ten', async () => {
  start()
  const readOne = async () => {
    const { dataJson } = await querier!.range(HEAVY, never)
    let bytes = 0
    for await (const piece of dataJson) bytes += piece.length
    return bytes
  }
  const bytes = await readOne()
  expect(bytes).toBeGreaterThan(30_000_000)
  const before = process.memoryUsage.rss()
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss())
  }, 20)
  const all = await Promise.all(Array.from({ length: 10 }, readOne))
  clearInterval(timer)
  expect(new Set(all)).toEqual(new Set([bytes]))
  console.log(
    `ten heavy queries: ${Math.round((most - before) / 1e6)} MB more at most, ${Math.round(bytes / 1e6)} MB each`,
  )
  // All at once would be 160 MB of columns and 400 MB of text.
  expect(most - before).toBeLessThan(250_000_000)
}, 120_000)

test('a query past query.max_samples is refused by name before memory holds it, however it is divided', async () => {
  start({ maxSamples: 500_000 })
  const before = process.memoryUsage.rss()
  await expect(querier!.range(HEAVY, never)).rejects.toMatchObject({ code: 'query.max_samples', kind: 'limit' })
  expect(process.memoryUsage.rss() - before).toBeLessThan(100_000_000)
  expect((await gatherJson((await querier!.range(SMALLER, never)).dataJson)).length).toBeGreaterThan(1000)
})
