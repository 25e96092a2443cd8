import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { BinnacleError } from '../../../config/index.ts'
import { type Clock, createRegistry, type Registry, silentLogger, systemClock } from '../../../telemetry/index.ts'
import { createChanges } from '../../store/changes/index.ts'
import { BUCKET_MS } from '../../store/index.ts'
import { type StoreUnderTest, startStore } from '../../store/testkit/start-store.ts'
import { createQuerier, type QuerierPart, type QueryAnswer, type RangeQuery } from '../index.ts'
import { gatherJson } from '../json-pieces.ts'
import type { RangeTask } from '../query-task.ts'
import { createResultCache, type Evaluate } from './result-cache.ts'

/*
 * A querier on the real store and engine; each answer that may come from the cache is compared, to the byte, with one that
 * was evaluated whole.
 */

const never = new AbortController().signal
const MINUTE = 60_000
const HOUR = 3_600_000
const DAY = 24 * HOUR
const RETENTION = 30 * DAY
const T0 = Math.floor((Date.now() - 10 * DAY) / BUCKET_MS) * BUCKET_MS

let now = T0
let passedMs = 0
const clock: Clock = { ...systemClock, now: () => now, monotonic: () => systemClock.monotonic() + passedMs }
let it: StoreUnderTest
let querier: QuerierPart
let registry: Registry

function startQuerier(resultCacheBytes = 1 << 24): void {
  registry = createRegistry()
  querier = createQuerier(
    {
      view: it.store.view,
      client: it.engine.client,
      endpoint: it.engine.endpoint,
      clock,
      log: silentLogger,
      registry,
    },
    {
      timeoutMs: 60_000,
      maxSamples: 50_000_000,
      maxSteps: 11_000,
      lookbackMs: 5 * MINUTE,
      maxResponseBytes: 64 << 20,
      maxConcurrency: 20,
      chunkCacheBytes: 16 << 20,
      workers: 1,
      features: ['promql-experimental-functions'],
      resultCacheBytes,
    },
  )
}

const figure = (name: string, ...labels: string[]) =>
  registry
    .collect()
    .find((family) => family.name === name)
    ?.lines.find((line) => labels.every((label) => line.labels.includes(label)))?.value ?? 0
const outcome = (name: string) => figure('binnacle_query_cache_requests_total', name)

type Told = { text: string; warnings: readonly string[]; infos: readonly string[] }
async function told(answer: QueryAnswer): Promise<Told> {
  const { dataJson, warnings, infos } = answer
  return { text: (await gatherJson(dataJson)).toString(), warnings, infos }
}

async function attempt(query: RangeQuery): Promise<Told | { error: string }> {
  try {
    return await told(await querier.range(query, never))
  } catch (error) {
    return { error: String(error) }
  }
}

/** Asks with and without the cache and expects the same; gives the stats of the former. */
async function sameAsFresh(query: RangeQuery): Promise<QueryAnswer['stats']> {
  const answer = await querier.range(query, never)
  const fresh = await querier.range({ ...query, noCache: true }, never)
  expect(await told(answer)).toEqual(await told(fresh))
  return answer.stats
}

type Sample = { labels: Record<string, string>; ts: number; value: number }

/** A scrape of some counters and gauges, as of `ts`. */
function scrape(ts: number, hosts = 3): void {
  const samples: Sample[] = []
  for (let i = 0; i < hosts; i++) {
    const labels = { instance: `host-${i}`, job: i % 2 === 0 ? 'even' : 'odd' }
    samples.push({ labels: { __name__: 'seconds_total', ...labels }, ts, value: ((ts - T0) / 1000) * (i + 1) })
    samples.push({
      labels: { __name__: 'load', ...labels },
      ts,
      value: Math.round(50 + 50 * Math.sin(ts / 1e6 + i)) / 10,
    })
  }
  it.append(samples)
}

function scrapeUntil(untilMs: number, everyMs = 15_000): void {
  for (now = Math.ceil(now / everyMs) * everyMs; now <= untilMs; now += everyMs) scrape(now)
  now = untilMs
}

const lastHour = (query: string, stepMs = 15_000): RangeQuery => {
  const endMs = Math.floor(now / stepMs) * stepMs
  return { query, startMs: endMs - HOUR, endMs, stepMs }
}

beforeAll(async () => {
  now = T0 + BUCKET_MS
  it = await startStore(clock, { retentionMs: RETENTION })
})
afterAll(async () => {
  await querier.stop()
  await it.stop()
})

describe('a dashboard', () => {
  beforeAll(() => scrapeUntil(now + 90 * MINUTE))
  beforeEach(() => startQuerier())

  test('that is refreshed has only its newest steps evaluated', async () => {
    const query = 'sum by (job) (rate(seconds_total[5m]))'
    const first = await sameAsFresh(lastHour(query))
    expect(first).toMatchObject({ sources: ['head'] })
    expect(first.cached).toBe(undefined)
    for (let refresh = 0; refresh < 5; refresh++) {
      scrapeUntil(now + 15_000)
      const stats = await sameAsFresh(lastHour(query))
      expect(stats).toMatchObject({ sources: ['cache', 'head'], cached: { series: 2, steps: 240 } })
      expect(stats.samplesRead).toBeLessThan(first.samplesRead / 8)
    }
    expect(outcome('partial')).toBe(5)
    expect(figure('binnacle_query_cache_steps_total')).toBe(5 * 240)
    expect(figure('binnacle_query_cache_answers')).toBe(1)
  })

  test('that is refreshed before anything new was scraped has nothing evaluated', async () => {
    await sameAsFresh(lastHour('load'))
    const stats = await sameAsFresh(lastHour('load'))
    expect(stats).toMatchObject({ sources: ['cache'], samplesRead: 0, cached: { series: 3, steps: 241 } })
    expect(outcome('hit')).toBe(1)
  })

  test('that shows less has nothing evaluated, and more only what is missing', async () => {
    const query = lastHour('max by (job) (load)')
    await sameAsFresh({ ...query, startMs: query.startMs + 600_000, endMs: query.endMs - 600_000 })
    const inside = await sameAsFresh({ ...query, startMs: query.startMs + 900_000, endMs: query.endMs - 900_000 })
    expect(inside.sources).toEqual(['cache'])
    const around = await sameAsFresh(query)
    expect(around).toMatchObject({ sources: ['cache', 'head'], cached: { steps: 161 } })
    expect((await sameAsFresh(query)).sources).toEqual(['cache'])
    // Far more than what is kept is evaluated in one go.
    await sameAsFresh({ ...query, startMs: query.endMs - 5 * MINUTE, stepMs: 5_000 })
    expect((await sameAsFresh({ ...query, stepMs: 5_000 })).sources).toEqual(['head'])
  })

  test('with another step, another phase, another lookback asks anew', async () => {
    const query = lastHour('sum(load)')
    await sameAsFresh(query)
    for (const other of [
      { ...query, stepMs: 30_000 },
      { ...query, startMs: query.startMs + 1_000 },
      { ...query, lookbackMs: 10_000 },
      { ...query, query: 'sum (load)' },
    ]) {
      expect((await sameAsFresh(other)).sources).toEqual(['head'])
    }
    expect(
      (await sameAsFresh({ ...query, startMs: query.startMs + 15_000, endMs: query.endMs - 7_000 })).sources,
    ).toEqual(['cache'])
  })

  test('asked for with nocache takes nothing and leaves nothing', async () => {
    const query = lastHour('sum(load)')
    await querier.range({ ...query, noCache: true }, never)
    await querier.range({ ...query, noCache: true }, never)
    expect(figure('binnacle_query_cache_answers')).toBe(0)
    expect(outcome('miss')).toBe(0)
  })

  test('asked for by several at once is evaluated once', async () => {
    const query = lastHour('sum by (job) (rate(seconds_total[5m]))')
    const answers = await Promise.all(Array.from({ length: 6 }, () => querier.range(query, never)))
    expect(new Set(await Promise.all(answers.map(async (answer) => (await told(answer)).text))).size).toBe(1)
    expect([outcome('miss'), outcome('shared')]).toEqual([1, 5])
  })

  test('has nothing kept where there is no room, and goes on', async () => {
    startQuerier(0)
    const query = lastHour('sum(load)')
    await sameAsFresh(query)
    expect((await sameAsFresh(query)).sources).toEqual(['head'])
    expect(figure('binnacle_query_cache_bytes')).toBe(0)
  })

  test('gets a limit and its warning as without the cache', async () => {
    const query = lastHour('load')
    expect((await sameAsFresh({ ...query, limit: 2 })).sources).toEqual(['head'])
    expect((await sameAsFresh({ ...query, limit: 3 })).sources).toEqual(['head'])
    for (const limit of [0, 1, 2, 3, 4]) {
      const stats = await sameAsFresh({ ...query, limit })
      expect(stats.sources).toEqual(['cache'])
    }
    scrapeUntil(now + 15_000)
    for (const limit of [2, 3]) await sameAsFresh({ ...lastHour('load'), limit })
  })

  test('gets remarks of the steps that were kept', async () => {
    const query = 'rate(load[5m])'
    const first = await querier.range(lastHour(query), never)
    expect(first.infos).toHaveLength(1)
    scrapeUntil(now + 15_000)
    const stats = await sameAsFresh(lastHour(query))
    expect(stats.sources).toEqual(['cache', 'head'])
    expect((await sameAsFresh(lastHour(query))).sources).toEqual(['cache'])
  })

  test('does not get remarks of steps that it no longer shows', async () => {
    it.append([{ labels: { __name__: 'brief' }, ts: now, value: 1 }])
    it.append([{ labels: { __name__: 'brief' }, ts: now + 1_000, value: 2 }])
    scrapeUntil(now + 60_000)
    const endMs = Math.floor(now / 15_000) * 15_000
    const query = {
      query: 'rate(brief[30s]) or sum(rate(seconds_total[1m]))',
      startMs: endMs - 120_000,
      endMs,
      stepMs: 15_000,
    }
    expect((await querier.range(query, never)).infos).toHaveLength(1)
    await sameAsFresh({ ...query, startMs: endMs - 15_000 })
    await sameAsFresh(query)
    scrapeUntil(now + 120_000)
    await sameAsFresh({ ...query, startMs: query.startMs + 120_000, endMs: query.endMs + 120_000 })
  })

  test('is told an error as without the cache, at whatever step it is', async () => {
    const query =
      'label_replace(load, "instance", "same", "instance", ".*") * on (job) group_left () sum by (job) (load > 9)'
    scrapeUntil(now + 60_000)
    for (let refresh = 0; refresh < 40; refresh++) {
      scrapeUntil(now + 30_000)
      const range = { ...lastHour(query), startMs: now - 60_000 }
      expect(await attempt(range)).toEqual(await attempt({ ...range, noCache: true }))
    }
  })
})

describe('what changes the past', () => {
  beforeEach(() => startQuerier())

  test('a late sample voids the steps that it is in, and no others', async () => {
    scrapeUntil(now + 30 * MINUTE)
    const query = { ...lastHour('sum(load)'), lookbackMs: 30_000 }
    await sameAsFresh(query)
    it.append([{ labels: { __name__: 'load', instance: 'late' }, ts: now - 10 * MINUTE, value: 100 }])
    const stats = await sameAsFresh(query)
    expect(stats.sources).toEqual(['cache', 'head'])
    const after = Math.floor((10 * MINUTE) / 15_000)
    expect(stats.cached!.steps).toBeGreaterThanOrEqual(240 - after - 1)
    expect(stats.cached!.steps).toBeLessThanOrEqual(241 - after)
    expect((await sameAsFresh(query)).sources).toEqual(['cache'])
  })

  test('a late sample voids what looks ahead to it, and what is fixed there', async () => {
    scrapeUntil(now + 30 * MINUTE)
    const ahead = lastHour('sum(load offset -20m)')
    const fixed = lastHour(`sum(load) - sum(load @ ${(now - 5 * MINUTE) / 1000})`)
    const before = lastHour(`sum(load) - sum(load @ ${(now - 15 * MINUTE) / 1000})`)
    for (const query of [ahead, fixed, before]) await sameAsFresh(query)
    it.append([{ labels: { __name__: 'load', instance: 'later' }, ts: now - 10 * MINUTE, value: 100 }])
    expect((await sameAsFresh(ahead)).cached!.steps).toBeLessThan(241 - 30 * 4)
    expect((await sameAsFresh(fixed)).cached).toBe(undefined)
    expect((await sameAsFresh(before)).cached!.steps).toBeGreaterThan(190)
  })

  test('a sample that is there already, or is refused, voids nothing', async () => {
    scrapeUntil(now + 5 * MINUTE)
    const query = lastHour('sum(load)')
    await sameAsFresh(query)
    scrape(Math.floor((now - MINUTE) / 15_000) * 15_000)
    it.append([{ labels: { __name__: 'load', instance: 'ancient' }, ts: now - 2 * RETENTION, value: 1 }])
    expect((await sameAsFresh(query)).sources).toEqual(['cache'])
  })

  test('samples older than the head count from when they can be read', async () => {
    scrapeUntil(now + 5 * MINUTE)
    const { completeFromMs } = it.store.view.head
    const stepMs = MINUTE
    const startMs = Math.floor((completeFromMs - HOUR) / stepMs) * stepMs
    const query = { query: 'count(load) + sum(load)', startMs, endMs: startMs + 50 * stepMs, stepMs }
    await sameAsFresh(query)
    for (let i = 0; i < 4; i++) {
      it.append([
        { labels: { __name__: 'load', instance: `old-${i}` }, ts: startMs + (40 - 10 * i) * stepMs, value: 7 },
      ])
      // What is kept now may or may not have seen the sample, which is on its way to the engine.
      await querier.range(query, never)
      await it.store.flushed(never)
      const stats = await sameAsFresh(query)
      expect(stats.sources).toContain('engine')
    }
    await it.store.cutNow(never)
    await sameAsFresh(query)
  })

  test('deleted samples are gone from kept answers', async () => {
    scrapeUntil(now + 5 * MINUTE)
    const query = lastHour('count by (job) (load)')
    await sameAsFresh(query)
    const ref = it.store.refOf(['__name__', 'load', 'instance', 'host-1', 'job', 'odd'])
    const deletion = { key: it.store.view.keyOf(ref), fromMs: now - 20 * MINUTE, toMs: now - 10 * MINUTE }
    await it.store.deleteSamples([deletion], never)
    const stats = await sameAsFresh(query)
    expect(stats.cached!.steps).toBeLessThanOrEqual(241 - 80)
    expect(stats.cached!.steps).toBeGreaterThan(120)
  })

  test('steps whose samples the retention may have taken are not taken from the cache', async () => {
    const stepMs = MINUTE
    const startMs = Math.floor((now - HOUR) / stepMs) * stepMs
    const query = { query: 'sum_over_time(load[10m])', startMs, endMs: startMs + 50 * stepMs, stepMs }
    await sameAsFresh(query)
    now = startMs + RETENTION + 20 * MINUTE
    const stats = await sameAsFresh(query)
    expect(stats.cached!.steps).toBeLessThanOrEqual(50 - 30 + 1)
    now = startMs + RETENTION + 2 * HOUR
    expect((await sameAsFresh(query)).cached).toBe(undefined)
  })

  test('series that the index forgot void everything', async () => {
    scrapeUntil(now + 30 * MINUTE)
    await it.store.flushed(never)
    const query = lastHour('sum(load)')
    await sameAsFresh(query)
    expect((await sameAsFresh(query)).sources).toEqual(['cache'])
    const { epoch } = it.store
    now += 26 * HOUR
    passedMs += HOUR
    await it.store.tidy(never)
    expect(it.store.epoch).toBeGreaterThan(epoch)
    expect((await sameAsFresh(query)).cached).toBe(undefined)
  })
})

describe('several evaluations have no more time together than one', () => {
  let nowMs = 0
  let asked: number[] = []
  const figures: QueryAnswer['stats'] = {
    elapsedMs: 0,
    queueMs: 0,
    resolveMs: 0,
    sortMs: 0,
    seriesRead: 1,
    samplesRead: 1,
    sources: [],
    peakSamples: 1,
  }
  /** Takes 400 ms each time; `streamed`: the answer comes as it is read. */
  function start({ streamed }: { streamed: boolean }) {
    nowMs = 0
    asked = []
    const evaluate: Evaluate = async ({ startMs, endMs, stepMs }, { timeoutMs }) => {
      asked.push(timeoutMs)
      await Promise.resolve()
      nowMs += 400
      if (timeoutMs < 400)
        throw new BinnacleError('query.timeout', 'timed out', { hint: `query.timeout is ${timeoutMs} ms` })
      const points: string[] = []
      for (let ms = startMs; ms <= endMs; ms += stepMs) points.push(`[${ms / 1000},"1"]`)
      const pieces = [Buffer.from(`{"resultType":"matrix","result":[{"metric":{},"values":[${points.join(',')}]}]}`)]
      async function* stream() {
        yield* pieces
      }
      return { dataJson: streamed ? stream() : pieces, warnings: [], infos: [], stats: figures }
    }
    return createResultCache(
      {
        evaluate,
        view: { changes: createChanges(), keptFromMs: () => 0 },
        clock: { ...systemClock, monotonic: () => nowMs },
        registry: createRegistry(),
      },
      { maxBytes: 1 << 20 },
    )
  }
  const task = (fromMin: number, toMin: number): RangeTask => ({
    kind: 'range',
    query: 'up',
    startMs: fromMin * MINUTE,
    endMs: toMin * MINUTE,
    stepMs: MINUTE,
    lookbackMs: 5 * MINUTE,
    maxSamples: 1_000,
    limit: 0,
    maxResponseBytes: 1 << 20,
    features: [],
    countSamples: false,
  })
  const limits = { timeoutMs: 1_000, maxSamples: 1_000, maxSteps: 1_000 }

  test('of the steps that are missing at both ends', async () => {
    const cache = start({ streamed: false })
    await cache.range(task(100, 200), limits, never)
    await cache.range(task(90, 210), limits, never)
    expect(asked).toEqual([1_000, 1_000, 600])
    const late = cache.range(task(80, 220), { ...limits, timeoutMs: 700 }, never)
    await expect(late).rejects.toMatchObject({ code: 'query.timeout', hint: 'query.timeout is 700 ms' })
    expect(asked.slice(3)).toEqual([700, 300])
    cache.stop()
  })

  test('of somebody who waited for an answer that another one is reading already', async () => {
    const cache = start({ streamed: true })
    await Promise.all([cache.range(task(100, 200), limits, never), cache.range(task(100, 200), limits, never)])
    expect(asked).toEqual([1_000, 600])
    cache.stop()
  })
})
