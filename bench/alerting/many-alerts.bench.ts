// What happens when 10,000 alerts fire at once, beside Prometheus with Alertmanager?
// Data: 10 targets of 1,000 series, all of one rule, `for: 0s`; grouped by zone into 10 groups (or all in one group, or in a
// group each: `--groups one`, `each`), `group_wait: 1s`, `group_interval: 5s`. Told are a webhook, or, with `--receivers all`,
// a webhook, Slack and a mailbox, with their default texts. The values rise, everything is delivered, stays for a while, and
// falls again. The systems are measured one after the other, so that none disturbs the other.
// Measured are the times from rising and falling to the last alert's webhook, memory of all processes (Alertmanager's too) and
// of each, and of the watch's JavaScript; what the page asks (of Binnacle's alerts page, and of Alertmanager's and Prometheus's)
// while that goes on, a small query, and the delay of Binnacle's event loop. `--api` asks Binnacle for all alerts and all groups,
// as Alertmanager's page does, too.
// Run: npm run build, then
//   JUDGES_DIR=... node scripts/bench.mjs bench/alerting/many-alerts.bench.ts [--quick] [--alerts 10000] [--only Binnacle]
//     [--groups zone|one|each] [--receivers webhook|all] [--api] [--profile DIR] [--repository DIR]
// Takes about 10 minutes, with --quick (5 s instead of 15, and shorter waits) 2.

import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loopDelayWhile } from '../system/event-loop.ts'
import { ask, askForm } from '../system/http-client.ts'
import { cpuSeconds, memory, rssBytes } from '../system/process-usage.ts'
import { sleep } from '../system/systems.ts'
import { figure, megabytes, quantile, table } from '../system/table.ts'
import { startLocalMailbox } from './local-mailbox.ts'
import { startLocalServer } from './local-server.ts'
import { createMemoryRecord, type MemoryParts } from './memory-record.ts'
import {
  type AlertingSystem,
  type AlertingSystemName,
  createBenchFolder,
  namesToMeasure,
  startAlertingSystem,
  titleOf,
} from './start-alerting-systems.ts'

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    alerts: { type: 'string', default: '10000' },
    only: { type: 'string' },
    groups: { type: 'string', default: 'zone' },
    receivers: { type: 'string', default: 'webhook' },
    api: { type: 'boolean', default: false },
    profile: { type: 'string' },
    repository: { type: 'string', default: '.' },
  },
})
const TARGETS = 10
const ZONES = 10
const alertCount = Number(flags.alerts)
const seriesATarget = Math.ceil(alertCount / TARGETS)
const total = seriesATarget * TARGETS
const intervalMs = flags.quick ? 5_000 : 15_000
const warmUpMs = 4 * intervalMs
const holdMs = flags.quick ? 8_000 : 60_000
/** After so long what is not delivered counts as lost. */
const PATIENCE_MS = 90_000

type Phase = { readonly sinceMs: number; readonly seen: Set<string>; webhooks: number; lastMs: number }
type Result = {
  readonly version: string
  readonly firing: Phase
  readonly resolved: Phase
  readonly pssBefore: number
  readonly pssFiring: number
  readonly pssAfter: number
  readonly parts: MemoryParts
  readonly rssMost: number
  readonly cpuSeconds: number
  readonly answers: Map<string, number[]>
  readonly delay: { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number } | undefined
}

const folder = createBenchFolder()
let isHigh = false
let phases: { firing: Phase; resolved: Phase } | undefined
const server = await startLocalServer({
  page() {
    const lines = ['# TYPE bench_load gauge']
    for (let i = 0; i < seriesATarget; i++) lines.push(`bench_load{unit="${i}",zone="${i % ZONES}"} ${isHigh ? 1 : 0}`)
    lines.push('')
    return lines.join('\n')
  },
  webhook({ path, atMs, alerts }) {
    if (phases === undefined || path !== '/') return
    const touched = new Set<Phase>()
    for (const { status, labels } of alerts) {
      const phase = status === 'firing' ? phases.firing : phases.resolved
      const key = `${labels.instance} ${labels.unit}`
      if (phase.seen.has(key)) continue
      phase.seen.add(key)
      phase.lastMs = atMs
      touched.add(phase)
    }
    for (const phase of touched) phase.webhooks++
  },
})
const scrape = [
  `global: { scrape_interval: ${intervalMs / 1000}s, scrape_timeout: ${intervalMs / 1000}s, evaluation_interval: ${intervalMs / 1000}s }`,
  'scrape_configs:',
  '  - job_name: bench',
  '    static_configs:',
  ...Array.from(
    { length: TARGETS },
    (_, i) =>
      `      - { targets: ['${server.address}'], labels: { instance: 'host-${i}', __metrics_path__: /target/${i} } }`,
  ),
].join('\n')
const rules = `groups:
- name: flood
  rules:
  - alert: Flood
    expr: bench_load > 0
    labels: { severity: critical }
    annotations: { summary: '{{ $labels.unit }} of {{ $labels.instance }} has {{ $value }}' }
`
const groupings: Readonly<Record<string, { readonly by: string; readonly count: number }>> = {
  zone: { by: '[alertname, zone]', count: ZONES },
  one: { by: '[alertname]', count: 1 },
  each: { by: "['...']", count: total },
}
const grouping = groupings[flags.groups]
if (grouping === undefined) throw new Error(`--groups is one of ${Object.keys(groupings).join(', ')}`)
const mailbox = flags.receivers === 'all' ? await startLocalMailbox() : undefined
const others =
  mailbox === undefined
    ? ''
    : `, slack_configs: [{ api_url: 'http://${server.address}/slack', channel: '#all', send_resolved: true }], email_configs: [{ to: all@example.com, from: binnacle@example.com, smarthost: '127.0.0.1:${mailbox.port}', require_tls: false, send_resolved: true }]`
const routing = `route: { receiver: recorder, group_by: ${grouping.by}, group_wait: 1s, group_interval: 5s, repeat_interval: 4h }
receivers: [{ name: recorder, webhook_configs: [{ url: 'http://${server.address}/' }]${others} }]
`

type Question = { readonly title: string; ask(system: AlertingSystem): Promise<{ status: number; ms: number }> }
const query: Question = {
  title: 'a small query (/api/v1/query)',
  ask: ({ url }) => askForm(`${url}/api/v1/query`, { query: 'count(up)', nocache: '1' }),
}
/** What the pages of alerts ask while they are open. */
const questions: Record<AlertingSystemName, readonly Question[]> = {
  Binnacle: [
    { title: 'alerts page: its first 200', ask: ({ url }) => ask(`${url}/api/app/alerts?offset=0&limit=200`) },
    { title: 'summary of the home page', ask: ({ url }) => ask(`${url}/api/app/alerts/summary`) },
    { title: 'rules page', ask: ({ url }) => ask(`${url}/api/app/rules`) },
    query,
    ...(flags.api
      ? [
          { title: '/api/v2/alerts', ask: ({ url }: AlertingSystem) => ask(`${url}/api/v2/alerts`) },
          { title: '/api/v2/alerts/groups', ask: ({ url }: AlertingSystem) => ask(`${url}/api/v2/alerts/groups`) },
        ]
      : []),
  ],
  Prometheus: [
    {
      title: "Alertmanager's page (all groups)",
      ask: ({ alertmanager }) => ask(`${alertmanager!.url}/api/v2/alerts/groups`),
    },
    { title: 'rules page of Prometheus (/api/v1/rules)', ask: ({ url }) => ask(`${url}/api/v1/rules`) },
    query,
  ],
}

const newPhase = (): Phase => ({ sinceMs: performance.now(), seen: new Set(), webhooks: 0, lastMs: Number.NaN })

async function measure(name: AlertingSystemName): Promise<Result> {
  isHigh = false
  phases = undefined
  const nodeArgs = flags.profile === undefined ? {} : { nodeArgs: ['--cpu-prof', `--cpu-prof-dir=${flags.profile}`] }
  const system = await startAlertingSystem(name, join(folder, name), {
    scrape,
    rules,
    routing,
    repository: flags.repository,
    ...nodeArgs,
  })
  await sleep(warmUpMs)
  const answers = new Map<string, number[]>()
  const pssBefore = memory(system.allPids()).pssBytes
  const record = createMemoryRecord(system)
  await record.take('before')
  let pssFiring = 0
  let rssMost = 0
  const cpuBefore = cpuSeconds(system.allPids())

  /** One question at a time, as one open page does, and memory. */
  async function askUntil(done: () => boolean): Promise<void> {
    const begin = performance.now()
    for (let i = 0; !done() && performance.now() - begin < PATIENCE_MS; i++) {
      const question = questions[name][i % questions[name].length]!
      const { status, ms } = await question.ask(system)
      if (status !== 200) throw new Error(`${name}: ${question.title}: ${status}`)
      answers.set(question.title, [...(answers.get(question.title) ?? []), ms])
      rssMost = Math.max(rssMost, rssBytes(system.allPids()))
      if (i % 10 === 9) pssFiring = Math.max(pssFiring, await record.take('meanwhile'))
      await sleep(100)
    }
  }
  const isOver = (ms: number) => {
    const until = performance.now() + ms
    return () => performance.now() >= until
  }
  async function story(): Promise<{ firing: Phase; resolved: Phase }> {
    isHigh = true
    const firing = newPhase()
    phases = { firing, resolved: newPhase() }
    await askUntil(() => firing.seen.size >= total)
    await askUntil(isOver(holdMs))
    isHigh = false
    const resolved = newPhase()
    phases = { firing, resolved }
    await askUntil(() => resolved.seen.size >= total)
    await askUntil(isOver(holdMs / 2))
    return phases
  }
  const { result, delay } =
    name === 'Binnacle' ? await loopDelayWhile(system.url, story) : { result: await story(), delay: undefined }
  const used = cpuSeconds(system.allPids()) - cpuBefore
  await sleep(holdMs)
  const pssAfter = await record.take('afterwards')
  await system.stop()
  return {
    ...result,
    version: system.version,
    pssBefore,
    pssFiring,
    pssAfter,
    parts: record.parts(),
    rssMost,
    cpuSeconds: used,
    answers,
    delay,
  }
}

const names = namesToMeasure().filter((name) => flags.only === undefined || flags.only === name)
const results = new Map<AlertingSystemName, Result>()
for (const name of names) {
  console.error(`${titleOf(name)} ...`)
  results.set(name, await measure(name))
}
server.close()
const of = (name: AlertingSystemName) => results.get(name)!
const row = (title: string, value: (result: Result) => number | undefined, show = figure) => [
  title,
  ...names.map((name) => show(value(of(name)))),
]
const secondsOf = ({ lastMs, sinceMs }: Phase) => (lastMs - sinceMs) / 1000
const whole = (value: number | undefined) => `${value ?? '-'}`
console.log(
  `\n${total} alerts of one rule at once, in ${grouping.count} groups; told are ${flags.receivers === 'all' ? 'a webhook, Slack and a mailbox' : 'a webhook'}; scraped and evaluated every ${intervalMs / 1000} s; Node ${process.version}; ${names.map((name) => `${name} ${of(name).version}`).join(', ')}\n`,
)
console.log(
  table(
    ['', ...names.map(titleOf)],
    [
      row('told as firing', ({ firing }) => firing.seen.size, whole),
      row('s from the rise to the last one', ({ firing }) => secondsOf(firing)),
      row('webhooks until then', ({ firing }) => firing.webhooks, whole),
      row('told as resolved', ({ resolved }) => resolved.seen.size, whole),
      row('s from the fall to the last one', ({ resolved }) => secondsOf(resolved)),
      row('webhooks until then', ({ resolved }) => resolved.webhooks, whole),
      row('CPU seconds', (result) => result.cpuSeconds),
      row('PSS before, MB', (result) => result.pssBefore, megabytes),
      row('PSS meanwhile, most, MB', (result) => result.pssFiring, megabytes),
      row('RSS meanwhile, most, MB', (result) => result.rssMost, megabytes),
      row('PSS afterwards, MB', (result) => result.pssAfter, megabytes),
    ],
  ),
)
console.log('')
console.log(
  table(
    ['while it goes on, ms', 'median', 'p99', 'max', 'asked'],
    names.flatMap((name) =>
      [...of(name).answers].map(([title, times]) => [
        `${titleOf(name)}: ${title}`,
        ...[0.5, 0.99, 1].map((ratio) => figure(quantile(times, ratio))),
        `${times.length}`,
      ]),
    ),
  ),
)
console.log('')
console.log(
  table(
    ['memory, MB', 'before', 'meanwhile, most', 'afterwards'],
    names.flatMap((name) =>
      [...of(name).parts].map(([title, { before, meanwhile, afterwards }]) => [
        `${titleOf(name)}: ${title}`,
        ...[before, meanwhile, afterwards].map(megabytes),
      ]),
    ),
  ),
)
for (const name of names) {
  const { delay } = of(name)
  if (delay !== undefined)
    console.log(
      `\nEvent-loop delay of ${name}'s watch, worst window of four seconds: p99 ${figure(delay.p99Ms)} ms, max ${figure(delay.maxMs)} ms (median of the windows ${figure(delay.p50Ms)} ms)`,
    )
}
process.exit(0)
