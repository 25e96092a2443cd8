import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { encodeRemoteWrite, toWritten } from '../src/metrics/intake/remote-write/testkit/index.ts'
import { histogramOf } from '../src/metrics/store/testkit/histogram-of.ts'
import { type RunningBinnacle, startBinnacle } from './start-binnacle.ts'

/*
 * Nothing that was answered 2xx is lost and nothing is read twice, whatever process is killed and when: a pusher sends
 * numbered samples and sends each push again until it is acknowledged; in the end every sample must be there, once.
 */

const SERIES = 50
/** Beside those: series of native histograms. */
const HISTOGRAM_SERIES = 5
const STEP_MS = 20
const KILLS = 10

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

async function dataDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'binnacle-kill-'))
  cleanups.push(() => rm(dir, { recursive: true, force: true }))
  return dir
}

/** Pushes number `n`, or a histogram that is known by it, at `base + n * STEP_MS` to every series, one push after the other, each until it is acknowledged. */
function startPusher(url: () => string, baseMs: number) {
  let stopped = false
  let acknowledged = 0
  let refused = 0
  const running = (async () => {
    for (let n = 0; !stopped; n++) {
      const ts = baseMs + n * STEP_MS
      const body = encodeRemoteWrite([
        ...Array.from({ length: SERIES }, (_, i) => ({
          labels: ['__name__', 'pushed', 'series', String(i)],
          ts: [ts],
          values: [n * 1000 + i],
        })),
        ...Array.from({ length: HISTOGRAM_SERIES }, (_, i) => ({
          labels: ['__name__', 'pushed_histogram', 'series', String(i)],
          ts: [],
          values: [],
          histograms: [toWritten(histogramOf(n + i), ts)],
        })),
      ])
      for (;;) {
        try {
          const answer = await fetch(`${url()}/api/v1/write`, {
            method: 'POST',
            body: new Uint8Array(body),
            headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' },
            signal: AbortSignal.timeout(10_000),
          })
          await answer.arrayBuffer()
          if (answer.status === 204) break
          expect([429, 503]).toContain(answer.status)
          refused++
        } catch (error) {
          if (error instanceof Error && error.name === 'AssertionError') throw error
        }
        await sleep(20)
      }
      acknowledged = n + 1
      await sleep(2)
    }
  })()
  return {
    get acknowledged() {
      return acknowledged
    },
    get refused() {
      return refused
    },
    async stop() {
      stopped = true
      await running
    },
  }
}

type Matrix = {
  metric: Record<string, string>
  values: [number, string][]
  histograms?: [number, { count: string; sum: string }][]
}[]

async function query(url: string, promql: string): Promise<Matrix> {
  const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: promql })}`, {
    signal: AbortSignal.timeout(15_000),
  })
  const body = (await answer.json()) as { status: string; error?: string; data: { result: Matrix } }
  expect(body.error).toBeUndefined()
  return body.data.result
}

async function expectAll(url: string, count: number, baseMs: number): Promise<void> {
  const series = await query(url, 'pushed[1h]')
  expect(series).toHaveLength(SERIES)
  for (const { metric, values } of series) {
    const i = Number(metric.series)
    expect(values.map(([time]) => Math.round(time * 1000))).toEqual(
      Array.from({ length: count }, (_, n) => baseMs + n * STEP_MS),
    )
    expect(values.map(([, value]) => Number(value))).toEqual(Array.from({ length: count }, (_, n) => n * 1000 + i))
  }
  const ofHistograms = await query(url, 'pushed_histogram[1h]')
  expect(ofHistograms).toHaveLength(HISTOGRAM_SERIES)
  for (const { metric, histograms = [] } of ofHistograms) {
    const i = Number(metric.series)
    expect(histograms.map(([time]) => Math.round(time * 1000))).toEqual(
      Array.from({ length: count }, (_, n) => baseMs + n * STEP_MS),
    )
    const expected = Array.from({ length: count }, (_, n) => histogramOf(n + i))
    expect(histograms.map(([, { count, sum }]) => [Number(count), Number(sum)])).toEqual(
      expected.map(({ count, sum }) => [count, sum]),
    )
  }
}

/** Many series that are only there: what a restart has to load. */
async function pushManySeries(url: string, count: number): Promise<void> {
  for (let from = 0; from < count; from += 5000) {
    const body = encodeRemoteWrite(
      Array.from({ length: Math.min(5000, count - from) }, (_, i) => ({
        labels: ['__name__', 'many', 'instance', `host-${(from + i) % 200}`, 'job', 'load', 'n', String(from + i)],
        ts: [Date.now()],
        values: [1],
      })),
    )
    const answer = await fetch(`${url}/api/v1/write`, { method: 'POST', body: new Uint8Array(body) })
    expect(answer.status).toBe(204)
  }
}

async function waitReady(url: string, withinMs: number): Promise<number> {
  const from = performance.now()
  for (;;) {
    try {
      const answer = await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(5_000) })
      if (answer.status === 200) return performance.now() - from
    } catch {
      // not there yet
    }
    if (performance.now() - from > withinMs) throw new Error(`not ready within ${withinMs} ms`)
    await sleep(20)
  }
}

async function waitNotReady(url: string, withinMs: number): Promise<void> {
  const from = performance.now()
  while ((await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(5_000) })).status === 200) {
    if (performance.now() - from > withinMs) throw new Error(`still ready after ${withinMs} ms`)
    await sleep(10)
  }
}

/** A cut may fail when a process dies under it; it must not hang. */
async function cutNow(url: string): Promise<void> {
  const signal = AbortSignal.timeout(20_000)
  try {
    await (await fetch(`${url}/api/v1/admin/storage/cut`, { method: 'POST', signal })).arrayBuffer()
  } catch (error) {
    if (signal.aborted) throw new Error('a cut did not answer within 20 s', { cause: error })
  }
}

/** A target that counts how often it was scraped. */
async function startTarget(): Promise<{ address: string; scrapes: () => number }> {
  let scrapes = 0
  const server = createServer((_, response) => {
    scrapes++
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.end(`# TYPE scraped_total counter\nscraped_total ${scrapes}\n`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => new Promise((resolve) => server.close(resolve)))
  server.unref()
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, scrapes: () => scrapes }
}

const scrapeConfig = (address: string) =>
  `scrape_configs:\n  - job_name: counted\n    scrape_interval: 250ms\n    scrape_timeout: 250ms\n    static_configs: [{ targets: ['${address}'] }]\n`

test('kill -9 of the engine host, ten times under load and during cuts: nothing lost, nothing twice, sight stays', async () => {
  const target = await startTarget()
  const binnacle = await startBinnacle({ dataDir: await dataDir(), prometheusConfig: scrapeConfig(target.address) })
  cleanups.push(async () => binnacle[Symbol.asyncDispose]())
  await pushManySeries(binnacle.url, 20_000)
  const base = Date.now() - 600_000
  const pusher = startPusher(() => binnacle.url, base)
  for (let i = 0; i < KILLS; i++) {
    await sleep(200 + Math.random() * 600)
    // Every other time a cut is under way when the host dies.
    const cut = i % 2 === 0 ? cutNow(binnacle.url) : undefined
    if (cut) await sleep(Math.random() * 300)
    const before = binnacle.enginePid()!
    process.kill(before, 'SIGKILL')
    await waitNotReady(binnacle.url, 2_000)
    const scrapes = target.scrapes()
    expect((await query(binnacle.url, 'up{job="counted"}')).length).toBe(1)
    await waitReady(binnacle.url, 3_000)
    expect(binnacle.enginePid()).not.toBe(before)
    await cut
    expect(target.scrapes()).toBeGreaterThanOrEqual(scrapes)
  }
  await pusher.stop()
  expect(pusher.acknowledged).toBeGreaterThan(50)
  await expectAll(binnacle.url, pusher.acknowledged, base)
  const scraped = await query(binnacle.url, 'scraped_total[10m]')
  const seen = scraped[0]!.values.map(([, value]) => Number(value))
  expect(new Set(seen).size).toBe(seen.length)
  expect(seen.length).toBeGreaterThanOrEqual(target.scrapes() - 2)
}, 120_000)

test('a host that hangs (SIGSTOP) is replaced within 8 s, and recent data is answered meanwhile', async () => {
  const binnacle = await startBinnacle({ dataDir: await dataDir() })
  cleanups.push(async () => binnacle[Symbol.asyncDispose]())
  await pushManySeries(binnacle.url, 20_000)
  const base = Date.now() - 600_000
  const pusher = startPusher(() => binnacle.url, base)
  await sleep(500)
  const before = binnacle.enginePid()!
  process.kill(before, 'SIGSTOP')
  const from = performance.now()
  while (binnacle.enginePid() === before) {
    expect((await query(binnacle.url, 'count(many)'))[0]).toBeDefined()
    if (performance.now() - from > 8_000) throw new Error('the host was not replaced within 8 s')
    await sleep(50)
  }
  await waitReady(binnacle.url, 8_000 - (performance.now() - from))
  await pusher.stop()
  await expectAll(binnacle.url, pusher.acknowledged, base)
}, 60_000)

test('kill -9 of the watch, ten times under load and during cuts: the next start has all that was acknowledged', async () => {
  const dir = await dataDir()
  const target = await startTarget()
  let binnacle: RunningBinnacle | undefined
  const start = async () => {
    binnacle = await startBinnacle({ dataDir: dir, prometheusConfig: scrapeConfig(target.address) })
  }
  cleanups.push(async () => binnacle?.[Symbol.asyncDispose]())
  await start()
  await pushManySeries(binnacle!.url, 20_000)
  const base = Date.now() - 600_000
  const pusher = startPusher(() => binnacle!.url, base)
  for (let i = 0; i < KILLS; i++) {
    await sleep(300 + Math.random() * 600)
    if (i % 2 === 0) {
      void cutNow(binnacle!.url)
      await sleep(Math.random() * 400)
    }
    const engine = binnacle!.enginePid()!
    // Every third time the host hangs as well: the next start must find it and end it.
    if (i % 3 === 2) process.kill(engine, 'SIGSTOP')
    // What was scraped more than a second before the kill has been written.
    const sure = target.scrapes()
    await sleep(i === KILLS - 1 ? 1_300 : 0)
    await binnacle!.kill()
    await start()
    expect(binnacle!.readyAfterMs).toBeLessThan(8_000)
    expect(isAlive(engine)).toBe(false)
    if (i === KILLS - 1) {
      const scraped = await query(binnacle!.url, 'scraped_total[10m]')
      const seen = scraped[0]!.values.map(([, value]) => Number(value))
      expect(new Set(seen).size).toBe(seen.length)
      // A SIGSTOPped engine cannot take anything; this round had none.
      expect(seen).toContain(sure)
    }
  }
  await pusher.stop()
  expect(pusher.acknowledged).toBeGreaterThan(50)
  await expectAll(binnacle!.url, pusher.acknowledged, base)
  expect((await query(binnacle!.url, 'count(count_over_time(many[1h]))'))[0]).toMatchObject({
    value: [expect.anything(), '20000'],
  })
}, 180_000)

/** A process that has ended may stay as a zombie where pid 1 does not reap. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
