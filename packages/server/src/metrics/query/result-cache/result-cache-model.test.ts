import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Clock, createRegistry, silentLogger, systemClock } from '../../../telemetry/index.ts'
import { BUCKET_MS } from '../../store/index.ts'
import { startStore } from '../../store/testkit/start-store.ts'
import { createQuerier, type QueryAnswer, type RangeQuery } from '../index.ts'
import { gatherJson } from '../json-pieces.ts'

/*
 * Whatever happens to the store in whatever order (scrapes, late samples, backfill that only the engine holds, staleness
 * markers, deletions, cuts, time), an answer with the cache is the answer without it: JSON, warnings, infos and errors.
 */

const never = new AbortController().signal
const MINUTE = 60_000
const DAY = 86_400_000
const STEP_MS = 30_000
const STALE = new Float64Array(BigUint64Array.of(0x7ff0000000000002n).buffer)[0]!

const QUERIES = [
  'load',
  'sum by (job) (rate(seconds_total[5m]))',
  'rate(load[2m])',
  'topk(2, load)',
  'topk(1, sum by (job) (load > 3))',
  'limitk(2, load)',
  'max_over_time(load[10m] offset 5m)',
  'load offset -3m',
  'avg_over_time(load[3m] offset -2m)',
  'sum(load) - sum(load offset 20m)',
  'max_over_time(sum(rate(seconds_total[1m]))[10m:1m])',
  'quantile(1.5, load)',
  'absent(load{job="odd"})',
  'count_values("value", load)',
  'load * on (instance) group_left () seconds_total',
  'sum(load) or vector(time())',
  'label_replace(load, "instance", "one", "instance", "host-[01]")',
  'histogram_quantile(0.9, load)',
  'sort(load)',
  'stddev(load)',
  'load @ end()',
]

type Event =
  | { readonly kind: 'scrape'; readonly times: number }
  | { readonly kind: 'late'; readonly agoMs: number; readonly host: number; readonly stale: boolean }
  | { readonly kind: 'backfill'; readonly agoMs: number; readonly host: number }
  | { readonly kind: 'delete'; readonly agoMs: number; readonly lengthMs: number; readonly host: number }
  | { readonly kind: 'cut' }
  | { readonly kind: 'wait'; readonly ms: number }
  | {
      readonly kind: 'ask'
      readonly query: number
      readonly back: number
      readonly steps: number
      readonly limit: number
    }

const panels = fc.shuffledSubarray(QUERIES, { minLength: 2, maxLength: 4 })
const host = fc.nat({ max: 3 })
const ago = fc.nat({ max: 50 * MINUTE })
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 24,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      query: fc.nat(),
      back: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 30 }) }),
      steps: fc.integer({ min: 40, max: 90 }),
      limit: fc.constantFrom(0, 0, 0, 2),
    }),
  },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('scrape' as const), times: fc.integer({ min: 1, max: 6 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('late' as const), agoMs: ago, host, stale: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('backfill' as const), agoMs: fc.nat({ max: 60 * MINUTE }), host }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('delete' as const),
      agoMs: ago,
      lengthMs: fc.nat({ max: 5 * MINUTE }),
      host,
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'cut' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat({ max: 2 * MINUTE }) }) },
)

test('an answer with the cache is the answer without it, whatever happens to the store', async () => {
  const bucket = Math.floor((Date.now() - 5 * DAY) / BUCKET_MS)
  // The head begins in this bucket: an hour before it is the engine's alone.
  let now = bucket * BUCKET_MS + 10 * MINUTE
  const clock: Clock = { ...systemClock, now: () => now }
  // Rows wait for the engine until somebody waits for them.
  const it = await startStore(clock, { flushMs: 60_000 })
  const querier = createQuerier(
    {
      view: it.store.view,
      client: it.engine.client,
      endpoint: it.engine.endpoint,
      clock,
      log: silentLogger,
      registry: createRegistry(),
    },
    {
      timeoutMs: 60_000,
      maxSamples: 50_000_000,
      maxSteps: 11_000,
      lookbackMs: 5 * MINUTE,
      maxResponseBytes: 1 << 26,
      maxConcurrency: 20,
      chunkCacheBytes: 16 << 20,
      workers: 1,
      features: ['promql-experimental-functions'],
      resultCacheBytes: 1 << 20,
    },
  )
  const labelsOf = (name: string, i: number) => ({
    __name__: name,
    instance: `host-${i}`,
    job: i % 2 === 0 ? 'even' : 'odd',
  })
  let seed = 1
  const random = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
    return seed / 0x7fffffff
  }
  const scrape = () => {
    now += 15_000
    const samples = [0, 1, 2, 3].flatMap((i) => {
      // Hosts come and go.
      if (random() < 0.1) return []
      return [
        { labels: labelsOf('load', i), ts: now - i * 100, value: Math.floor(random() * 6) },
        { labels: labelsOf('seconds_total', i), ts: now - i * 100, value: (now - bucket * BUCKET_MS) / 1000 },
      ]
    })
    it.append(samples)
  }
  const told = async ({ dataJson, warnings, infos }: QueryAnswer) => ({
    text: (await gatherJson(dataJson)).toString(),
    warnings,
    infos,
  })
  const ask = async (query: RangeQuery) => {
    try {
      const answer = await querier.range(query, never)
      return { told: await told(answer), cached: answer.stats.cached?.steps ?? 0 }
    } catch (error) {
      return { told: String(error), cached: 0 }
    }
  }
  const seen = { asked: 0, fromCache: 0, failing: 0 }
  const compare = async (query: RangeQuery) => {
    const kept = await ask(query)
    const fresh = await ask({ ...query, noCache: true })
    expect(kept.told, JSON.stringify(query)).toEqual(fresh.told)
    seen.asked++
    if (kept.cached > 0) seen.fromCache++
    if (typeof kept.told === 'string') seen.failing++
  }
  try {
    for (let i = 0; i < 200; i++) scrape()
    await fc.assert(
      // A dashboard of some panels, and what happens while it is open.
      fc.asyncProperty(panels, fc.array(event, { minLength: 30, maxLength: 60 }), async (queries, events) => {
        for (const event of events) {
          switch (event.kind) {
            case 'scrape':
              for (let i = 0; i < event.times; i++) scrape()
              break
            case 'late': {
              const value = event.stale ? STALE : 9
              it.append([{ labels: labelsOf('load', event.host), ts: now - event.agoMs, value }])
              break
            }
            case 'backfill': {
              const ts = it.store.view.head.completeFromMs - 1 - event.agoMs
              it.append([{ labels: labelsOf('load', event.host), ts, value: 4 }])
              // What is asked before it has reached the engine may be kept without it.
              const fromMs = ts - (ts % STEP_MS)
              const query = { query: 'load', startMs: fromMs, endMs: fromMs + 40 * STEP_MS, stepMs: STEP_MS }
              await ask(query)
              await it.store.flushed(never)
              await compare(query)
              break
            }
            case 'delete': {
              const key = it.store.view.keyOf(it.store.refOf(labelsFlat(labelsOf('load', event.host))))
              const fromMs = now - event.agoMs
              await it.store.deleteSamples([{ key, fromMs, toMs: fromMs + event.lengthMs }], never)
              break
            }
            case 'cut':
              await it.store.tidy(never)
              break
            case 'wait':
              now += event.ms
              break
            case 'ask': {
              const endMs = Math.floor(now / STEP_MS) * STEP_MS - event.back * STEP_MS
              const query: RangeQuery = {
                query: queries[event.query % queries.length]!,
                startMs: endMs - event.steps * STEP_MS,
                endMs,
                stepMs: STEP_MS,
                limit: event.limit,
              }
              await compare(query)
            }
          }
        }
      }),
      { numRuns: 25, endOnFailure: true },
    )
  } finally {
    await querier.stop()
    await it.stop()
  }
  console.log(`result cache: ${seen.asked} answers compared, ${seen.fromCache} with kept steps, ${seen.failing} errors`)
  expect(seen.fromCache).toBeGreaterThan(seen.asked / 5)
}, 180_000)

function labelsFlat(labels: Readonly<Record<string, string>>): string[] {
  return Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flat()
}
