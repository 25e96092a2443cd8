import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clock, createRegistry, silentLogger, systemClock } from '../../../telemetry/index.ts'
import { BUCKET_MS } from '../../store/index.ts'
import { type StoreUnderTest, startStore } from '../../store/testkit/start-store.ts'
import { createQuerier, type NodeExplanation, type QuerierPart } from '../index.ts'

const never = new AbortController().signal
const T0 = Math.floor((Date.now() - 864_000_000) / BUCKET_MS) * BUCKET_MS
const now = T0 + BUCKET_MS + 3_600_000
const clock: Clock = { ...systemClock, now: () => now }
let it: StoreUnderTest
let querier: QuerierPart

// Two hours and more of a counter and a gauge, of which the first bucket is in the engine alone.
beforeAll(async () => {
  it = await startStore(clock)
  for (let ts = T0; ts <= now; ts += 15_000) {
    const labels = (i: number) => ({ instance: `host-${i}`, route: i === 0 ? '/' : '/cart' })
    it.append([
      ...[0, 1].map((i) => ({ labels: { __name__: 'hits_total', ...labels(i) }, ts, value: (ts - T0) / 1000 })),
      { labels: { __name__: 'temperature', ...labels(0) }, ts, value: 20 },
      ...(ts < T0 + 3_600_000 ? [{ labels: { __name__: 'gone', job: 'x' }, ts, value: 1 }] : []),
    ])
  }
  it.store.describe('hits_total', { type: 'counter', help: '', unit: '' })
  it.store.describe('temperature', { type: 'gauge', help: '', unit: '' })
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
    },
  )
})

afterAll(async () => {
  await querier?.stop()
  await it?.stop()
})

const flat = (node: NodeExplanation): NodeExplanation[] => [node, ...node.children.flatMap(flat)]

test('a range query is explained by node, with what came from where', async () => {
  const range = { query: 'sum by (route) (rate(hits_total[5m]))', startMs: T0 + 600_000, endMs: now, stepMs: 60_000 }
  const told = await querier.explain(range, never)
  expect(flat(told.tree).map(({ title, series }) => [title, series])).toEqual([
    ['sum by (route)', 2],
    ['rate', 2],
    ['hits_total[5m]', 2],
  ])
  const { reads } = flat(told.tree)[2]!
  expect(reads).toMatchObject({ series: 2, windowMs: 300_000, intervalMs: 15_000, samples: told.samples })
  expect(Object.values(reads!.origins).reduce((sum, n) => sum + n, 0)).toBe(reads!.samples)
  expect(told.tree.totalMs).toBeGreaterThan(0)
  expect(told.tree.totalMs).toBeLessThanOrEqual(told.elapsedMs)
})

test('a heavy query is explained in its thread', async () => {
  const heavy = { query: 'avg_over_time(hits_total[1h])', startMs: T0 - 30 * 86_400_000, endMs: now, stepMs: 600_000 }
  const told = await querier.explain(heavy, never)
  expect(told.tree.children[0]!.reads).toMatchObject({ series: 2 })
})

test('likely mistakes stand at their nodes, with what would mend them', async () => {
  const told = await querier.explain({ query: 'sum(hits_total) + rate(temperature[5m])', timeMs: now }, never)
  const remarks = flat(told.tree).flatMap((node) =>
    node.remarks.filter(({ code }) => code !== 'evaluator').map(({ code, fix }) => [node.title, code, fix?.text]),
  )
  expect(remarks).toEqual([
    ['hits_total', 'counter_without_rate', 'rate(hits_total[5m])'],
    ['rate', 'rate_of_gauge', 'deriv(temperature[5m])'],
  ])
})

describe('a selector that finds nothing says why:', () => {
  test.for([
    ['hit_total', { kind: 'no_metric', metric: 'hit_total', near: ['hits_total'] }],
    ['hits_total{route="/crat"}', { kind: 'no_match', label: 'route', absent: false, values: ['/cart', '/'] }],
    ['hits_total{job="x"}', { kind: 'no_match', label: 'job', absent: true, values: [] }],
    ['{route="/nowhere"}', { kind: 'no_match', metric: '', label: 'route', more: false }],
    ['hits_total{route="/",instance="host-1"}', { kind: 'no_match', matcher: 'route="/"', values: ['/cart'] }],
    ['gone{job="x"}', { kind: 'no_samples', selector: 'gone{job="x"}', lastMs: T0 + 3_585_000 }],
  ] as const)('%s', async ([query, reason]) => {
    const { tree } = await querier.explain({ query, timeMs: now }, never)
    expect(tree.empty).toMatchObject(reason)
    expect(tree.remarks.at(-1)).toMatchObject({ tone: 'warning', code: `empty_${reason.kind}` })
  })
})

test('a query that does not parse is refused with its place', async () => {
  await expect(querier.explain({ query: 'sum(', timeMs: now }, never)).rejects.toMatchObject({
    code: 'promql.parse',
    place: { offset: expect.any(Number) },
  })
})
