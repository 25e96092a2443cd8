// What do rules cost? 20,000 series every 15 s, 1,000 alerting rules of several shapes in ten groups, and 100 recording
// rules; then all alerts of 10,000 series at once. The real store with the engine's host beside it, rules and queries as
// they run in the program; the clock is driven, so that evaluations follow one another without waiting.
// CPU is that of this process during the evaluations; a share of a core is that of 15 s.
// Run: npm run build && node scripts/bench.mjs bench/rules/evaluate.bench.ts

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { labelsOf } from '@binnacle/promql'
import type * as engineFace from '../../packages/server/src/engine/index.ts'
import { createDrivenClock } from '../../packages/server/src/metrics/intake/scrape/testkit/driven-clock.ts'
import type * as queryFace from '../../packages/server/src/metrics/query/index.ts'
import type * as storeFace from '../../packages/server/src/metrics/store/index.ts'
import type * as rulesFace from '../../packages/server/src/rules/index.ts'
import type * as ruleFileFace from '../../packages/server/src/rules/rule-file/index.ts'
import type * as telemetryFace from '../../packages/server/src/telemetry/index.ts'

const METRICS = 100
const SERIES_A_METRIC = 200
const INTERVAL_MS = 15_000
const WARM_UP = 25
const ROUNDS = 20

const built = <Face>(path: string): Promise<Face> =>
  import(pathToFileURL(join(resolve('packages/server/dist'), path)).href) as Promise<Face>
const { createEngine, createBatchWriter, migrate } = await built<typeof engineFace>('engine/index.js')
const { createMetricsStore, metricsMigrations } = await built<typeof storeFace>('metrics/store/index.js')
const { createQuerier } = await built<typeof queryFace>('metrics/query/index.js')
const { createRuleManager, createGoTemplates, NO_RULES } = await built<typeof rulesFace>('rules/index.js')
const { checkRuleFile } = await built<typeof ruleFileFace>('rules/rule-file/index.js')
const { createRegistry, silentLogger: log, systemClock } = await built<typeof telemetryFace>('telemetry/index.js')

const driven = createDrivenClock(Math.floor(Date.now() / 3_600_000) * 3_600_000)
const clock = { ...driven, monotonic: () => performance.now() }
const dataDir = mkdtempSync(join(tmpdir(), 'binnacle-bench-rules-'))
const signal = new AbortController().signal
const registry = createRegistry()
const engine = createEngine({ clock: systemClock, log, registry }, { dataDir })
await engine.start(signal)
await migrate({ client: engine.client, clock: systemClock, log }, 'metrics', metricsMigrations, signal)
const writer = createBatchWriter(
  { client: engine.client, clock: systemClock, log, registry },
  { name: 'metrics', maxPendingBytes: 256 << 20 },
)
const store = createMetricsStore(
  { client: engine.client, writer, clock, log, registry },
  { retentionMs: 30 * 86_400_000, headMaxBytes: 256 << 20, maxPendingBytes: 256 << 20, flushMs: 1_000 },
)
await store.start(signal)
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

const refs = new Uint32Array(METRICS * SERIES_A_METRIC)
for (let m = 0; m < METRICS; m++) {
  for (let i = 0; i < SERIES_A_METRIC; i++) {
    refs[m * SERIES_A_METRIC + i] = store.refOf(
      labelsOf({
        __name__: `metric_${m}_total`,
        job: `job-${m % 10}`,
        instance: `host-${i}:9100`,
        zone: `zone-${i % 10}`,
        path: `/p/${i % 20}`,
      }),
    )
  }
}
const values = new Float64Array(refs.length)
const ts = new Float64Array(refs.length)
let step = 0
function scrape(): void {
  for (let i = 0; i < values.length; i++) values[i] = step * (1 + (i % 7))
  store.append({ length: refs.length, refs, ts: ts.fill(driven.now()), values })
  step++
}

/** 1,000 rules that read 20 series each, most of them quiet as rules are; of each hundred one fires. */
function alertingRules(group: number): string {
  const lines = [`- name: g${group}`, '  interval: 15s', '  rules:']
  for (let i = 0; i < 100; i++) {
    const selector = `metric_${i}_total{zone="zone-${group}"}`
    const shapes = [
      `rate(${selector}[5m]) > ${i === 0 ? 0.1 : 100}`,
      `${selector} < 0`,
      `sum by (job) (rate(${selector}[5m])) / count by (job) (${selector}) > 100`,
      `max_over_time(${selector}[5m]) < 0 and ${selector} < 0`,
    ]
    lines.push(
      `  - alert: Alert${group}x${i}`,
      `    expr: ${shapes[i % shapes.length]}`,
      '    for: 1m',
      '    labels: {severity: page}',
      "    annotations: {summary: '{{ $labels.instance }} of {{ $labels.job }} has {{ $value | humanize }}'}",
    )
  }
  return `${lines.join('\n')}\n`
}
const recordings = `- name: records\n  interval: 15s\n  rules:\n${Array.from(
  { length: METRICS },
  (_, m) => `  - {record: 'job:metric_${m}:rate5m', expr: 'sum by (job, path) (rate(metric_${m}_total[5m]))'}\n`,
).join('')}`
const flood = `- name: flood
  interval: 15s
  rules:
  - alert: Flood
    expr: 'label_replace({__name__=~"metric_[1-5]._total"}, "metric", "$1", "__name__", "(.*)") >= 0'
    annotations: {summary: '{{ $labels.instance }} at {{ $value }}'}
`

async function measure(title: string, groups: string): Promise<void> {
  let sent = 0
  const { ruleFile, errors } = checkRuleFile(`groups:\n${groups}`, 'bench.yml')
  if (ruleFile === undefined) throw new Error(errors[0]!.message)
  const manager = createRuleManager(
    {
      store,
      queryOf: ({ expr, ast }) => querier.prepare(expr, ast),
      templatesOf: (about) =>
        createGoTemplates({ query: async () => ({ labels: [], values: new Float64Array() }), log }, about),
      fingerprintOf: (labels) => labels.join(),
      forStates: async () => new Map(),
      sink: (alerts) => {
        sent += alerts.length
      },
      recorder: { record() {} },
      state: { load: async () => ({ alerts: [], evaluatedAtMs: 1 }), save: async () => {} },
      clock,
      log,
      registry: createRegistry(),
    },
    {
      resendDelayMs: 60_000,
      outageToleranceMs: 3_600_000,
      gracePeriodMs: 600_000,
      followSamples: true,
      windowEnd: () => undefined,
    },
  )
  await manager.apply({ ...NO_RULES, slowestScrapeMs: INTERVAL_MS, files: [ruleFile] })
  await manager.start(signal)
  const costs: number[] = []
  const walls: number[] = []
  let longest = 0
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    scrape()
    await store.flushed(signal)
    const cpu = process.cpuUsage()
    const from = performance.now()
    let turn = (cpu.user + cpu.system) / 1000
    let watching = round >= WARM_UP
    const look = () => {
      // CPU rather than time: others on the machine do not count. Query threads of this process do, so that it is too much
      // where they have to help.
      const { user, system } = process.cpuUsage()
      const now = (user + system) / 1000
      longest = Math.max(longest, now - turn)
      turn = now
      if (watching) setImmediate(look)
    }
    if (watching) setImmediate(look)
    await driven.advance(INTERVAL_MS)
    // Evaluations that go on over several turns of the event loop.
    const due = () => manager.groups().some(({ nextEvaluationMs }) => nextEvaluationMs! <= driven.now())
    while (due()) await new Promise((done) => setTimeout(done, 1))
    watching = false
    const { user, system } = process.cpuUsage(cpu)
    if (round < WARM_UP) continue
    costs.push((user + system) / 1000)
    walls.push(performance.now() - from)
  }
  const views = manager.groups().flatMap(({ rules }) => rules)
  const bad = views.find(({ health }) => health !== 'ok')
  if (bad !== undefined) throw new Error(`${bad.name}: ${bad.lastError}`)
  const median = (all: number[]) => all.toSorted((a, b) => a - b)[all.length >> 1]!
  const alerts = views.reduce((sum, rule) => sum + rule.alerts.length, 0)
  const cost = median(costs)
  console.log(
    `${title.padEnd(34)} ${cost.toFixed(1).padStart(8)} ${((cost / INTERVAL_MS) * 100).toFixed(2).padStart(7)} ${median(walls).toFixed(1).padStart(8)} ${longest.toFixed(1).padStart(8)} ${String(alerts).padStart(7)} ${String(sent).padStart(8)}`,
  )
  await manager.stop()
}

console.log(`${refs.length} series every 15 s; Node ${process.version}; medians of ${ROUNDS} evaluations`)
console.log('                                     CPU ms  % core  wall ms  loop ms  alerts     sent')
await measure('1,000 alerting rules', Array.from({ length: 10 }, (_, g) => alertingRules(g)).join(''))
await measure('100 recording rules', recordings)
await measure('10,000 alerts of one rule', flood)
await querier.stop()
await store.stop()
await writer.drain(2_000)
await engine.stop()
rmSync(dataDir, { recursive: true, force: true })
process.exit(0)
