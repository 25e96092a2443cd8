// What does a look of the doctor cost? 2,000 rules of several shapes over 20,000 series, among them metrics with 2,000 series
// that are joined with others, some of them in vain, and metrics that nobody has sent for two days. The real store with the engine beside it.
// First look, and the same again; CPU is that of this process, memory what the heap holds more afterwards, and at most.
// Run: npm run build && node scripts/bench.mjs --expose-gc bench/doctor/look.bench.ts [folder of the workspace whose build is used]

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { labelsOf } from '@binnacle/promql'
import type * as compositionFace from '../../packages/server/src/composition/index.ts'
import type * as doctorFace from '../../packages/server/src/doctor/index.ts'
import type * as engineFace from '../../packages/server/src/engine/index.ts'
import type * as queryFace from '../../packages/server/src/metrics/query/index.ts'
import type * as storeFace from '../../packages/server/src/metrics/store/index.ts'
import type * as ruleFileFace from '../../packages/server/src/rules/rule-file/index.ts'
import type * as telemetryFace from '../../packages/server/src/telemetry/index.ts'

const SMALL = { metrics: 50, series: 200 }
const LARGE = { metrics: 5, series: 2000 }
const GONE = { metrics: 40, series: 20 }
const RULES = 2000
const DAY = 86_400_000

const root = resolve(process.argv[2] ?? '.')
const built = <Face>(path: string): Promise<Face> =>
  import(pathToFileURL(join(root, 'packages/server/dist', path)).href) as Promise<Face>
const { createEngine, createBatchWriter, migrate } = await built<typeof engineFace>('engine/index.js')
const { createMetricsStore, metricsMigrations } = await built<typeof storeFace>('metrics/store/index.js')
const { createQuerier, createLastSeen } = await built<typeof queryFace>('metrics/query/index.js')
const { createDoctor } = await built<typeof doctorFace>('doctor/index.js')
const { createSeriesSource } = await built<typeof compositionFace>('composition/index.js')
const { checkRuleFile } = await built<typeof ruleFileFace>('rules/rule-file/index.js')
const { createRegistry, silentLogger: log, systemClock } = await built<typeof telemetryFace>('telemetry/index.js')

const began = Math.floor(Date.now() / 3_600_000) * 3_600_000
let nowMs = began - 2 * DAY
let leadMs = 0
const clock = { ...systemClock, now: () => nowMs, monotonic: () => performance.now() + leadMs }
const dataDir = mkdtempSync(join(tmpdir(), 'binnacle-bench-doctor-'))
const signal = new AbortController().signal
const registry = createRegistry()
const engine = createEngine({ clock: systemClock, log, registry }, { dataDir })
await engine.start(signal)
await migrate({ client: engine.client, clock: systemClock, log }, 'metrics', metricsMigrations, signal)
const writer = createBatchWriter(
  { client: engine.client, clock: systemClock, log, registry },
  { name: 'metrics', maxPendingBytes: 256 << 20 },
)

async function startStore() {
  const store = createMetricsStore(
    { client: engine.client, writer, clock, log, registry: createRegistry() },
    { retentionMs: 30 * DAY, headMaxBytes: 256 << 20, maxPendingBytes: 256 << 20, flushMs: 1_000 },
  )
  await store.start(signal)
  return store
}
type Store = Awaited<ReturnType<typeof startStore>>

function fill(store: Store, prefix: string, { metrics, series }: { metrics: number; series: number }): void {
  const refs = new Uint32Array(metrics * series)
  for (let m = 0; m < metrics; m++) {
    for (let i = 0; i < series; i++) {
      refs[m * series + i] = store.refOf(
        labelsOf({
          __name__: `${prefix}_${m}_total`,
          job: `job-${m % 10}`,
          instance: `host-${i % 200}:9100`,
          zone: `zone-${i % 10}`,
          path: `/p/${i % 40}/${Math.floor(i / 200)}`,
        }),
      )
    }
  }
  const ts = new Float64Array(refs.length).fill(clock.now() - 1000)
  store.append({ length: refs.length, refs, ts, values: new Float64Array(refs.length).fill(1) })
}

let store = await startStore()
fill(store, 'gone', GONE)
await store.flushed(signal)
await store.cutNow(signal)
await store.stop()
nowMs = began
store = await startStore()
fill(store, 'small', SMALL)
fill(store, 'large', LARGE)
await store.flushed(signal)

const querier = createQuerier(
  { view: store.view, client: engine.client, endpoint: engine.endpoint, clock: systemClock, log, registry },
  {
    timeoutMs: 120_000,
    maxSamples: 50_000_000,
    maxSteps: 11_000,
    lookbackMs: 300_000,
    maxResponseBytes: 64 << 20,
    maxConcurrency: 20,
    chunkCacheBytes: 16 << 20,
    workers: 1,
    features: [],
    resultCacheBytes: 0,
  },
)

/** Of the shapes of the reference teams' rules, and of what is wrong with them. */
const SHAPES: readonly ((i: number) => string)[] = [
  (i) => `rate(small_${i % SMALL.metrics}_total{zone="zone-${i % 10}"}[5m]) > ${i}`,
  (i) => `sum by (instance) (rate(small_${i % SMALL.metrics}_total[5m])) > ${i}`,
  (i) =>
    `small_${i % SMALL.metrics}_total / on (instance, zone) group_left () small_${(i + 10) % SMALL.metrics}_total > 2`,
  (i) => `sum by (path) (rate(large_${i % LARGE.metrics}_total{zone="zone-${i % 10}"}[5m])) > ${i}`,
  (i) =>
    `large_${i % LARGE.metrics}_total > on (instance) group_left () sum by (instance) (small_${i % SMALL.metrics}_total)`,
  (i) => `large_${i % LARGE.metrics}_total > on (job) group_left () max by (job) (small_${5 + (i % 5)}_total)`,
  (i) =>
    `sum by (job, path) (small_${i % SMALL.metrics}_total{zone=~"zone-[1-5]"}) > on (path) group_left () max by (path) (small_0_total)`,
  (i) => `gone_${i % GONE.metrics}_total{zone="zone-${i % 10}"} > ${i}`,
  (i) => `small_${i % SMALL.metrics}_total{status="${i % 7}"} > 1`,
  (i) => `nowhere_${i}_total > 1`,
]
const text = `groups:
- name: g
  rules:
${Array.from({ length: RULES }, (_, i) => `  - {alert: A${i}, expr: '${SHAPES[i % SHAPES.length]!(Math.floor(i / SHAPES.length))}'}\n`).join('')}`
const { ruleFile, places, errors } = checkRuleFile(text, 'rules.yml')
if (ruleFile === undefined) throw errors[0]

// A build of before has no such function, and takes the store's view instead.
const seen =
  createLastSeen === undefined ? store.view : createLastSeen({ view: store.view, client: engine.client, clock })
const source = createSeriesSource(querier, seen as never, { metadata: () => [] } as never, clock)
const doctor = createDoctor(
  { source, others: () => [], clock: { ...clock, sleep: () => new Promise<never>(() => {}) }, log, registry },
  { intervalMs: 3_600_000, windowMs: 7 * DAY },
)
const sendings = [{ externalLabels: {}, relabelRules: [] }]
doctor.apply({
  rules: [{ ruleFile, places, text }],
  routing: undefined,
  sendings,
  others: [],
  externalLabels: {},
  slowestScrapeMs: 15_000,
} as Parameters<typeof doctor.apply>[0])

const heap = () => process.memoryUsage().heapUsed / 1e6
// Targets have long been scraped.
doctor.start(signal)
leadMs = DAY
const rows: Record<string, string | number>[] = []
for (const look of ['first', 'second', 'third']) {
  globalThis.gc?.()
  const before = heap()
  let most = before
  const watch = setInterval(() => {
    most = Math.max(most, heap())
  }, 10)
  const cpu = process.cpuUsage()
  const from = performance.now()
  const { findings, alerts } = await doctor.run()
  const wallMs = performance.now() - from
  const { user, system } = process.cpuUsage(cpu)
  clearInterval(watch)
  globalThis.gc?.()
  rows.push({
    look,
    'wall ms': Math.round(wallMs),
    'CPU ms': Math.round((user + system) / 1000),
    'heap after MB': Math.round((heap() - before) * 10) / 10,
    'heap at most MB': Math.round((most - before) * 10) / 10,
    findings,
    ...alerts,
  })
}
console.table(rows)
await querier.stop()
await store.stop()
await engine.stop()
rmSync(dataDir, { recursive: true, force: true })
process.exit(0)
