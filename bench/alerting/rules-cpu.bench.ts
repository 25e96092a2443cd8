// What do 1,000 alerting rules cost, beside Prometheus with Alertmanager in the same run?
// Data: 20 targets of 1,000 series (100 counters, ten of each a target) every 15 s. 1,000 rules in ten groups, every 15 s;
// each reads the 200 series of a counter (with --narrow 20 of them), by four shapes, with `for: 1m`; one of a hundred fires. Each system runs twice at once, with the
// rules and without: what the rules cost is the difference. Everything scrapes the same pages.
// CPU is that of all processes of a system, from /proc. That both evaluated as often, without errors, and have the same
// alerts is checked at the end.
// Run: npm run build, then
//   JUDGES_DIR=... node scripts/bench.mjs bench/alerting/rules-cpu.bench.ts [--quick] [--narrow] [--seconds 300]
//     [--profile DIR]
// Takes about 8 minutes, with --quick (half a minute of measuring) 90 s.

import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ask, metricOf } from '../system/http-client.ts'
import { cpuSeconds } from '../system/process-usage.ts'
import { sleep } from '../system/systems.ts'
import { figure, table } from '../system/table.ts'
import { startLocalServer } from './local-server.ts'
import {
  type AlertingSystem,
  createBenchFolder,
  namesToMeasure,
  startAlertingSystem,
} from './start-alerting-systems.ts'

const TARGETS = 20
const METRICS = 100
const SERIES_A_METRIC_AND_TARGET = 10
const ZONES = 10
const GROUPS = 10
const RULES_A_GROUP = 100
const INTERVAL_MS = 15_000
/** What Prometheus took for such rules on a quiet machine: the goal when it is not there. % of a core. */
const GOAL = 5.8

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    narrow: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    profile: { type: 'string' },
  },
})
const seconds = Number(flags.seconds ?? (flags.quick ? 30 : 300))
/** Until alerts fire and compilers at run time have seen the rules. */
const warmUpSeconds = flags.quick ? 50 : 150

const seriesARule = (TARGETS * SERIES_A_METRIC_AND_TARGET) / (flags.narrow ? ZONES : 1)
const names = namesToMeasure()
const folder = createBenchFolder()

let slot = 0
let step = 0
let page = Buffer.from('')
const server = await startLocalServer({
  page() {
    const now = Math.floor(Date.now() / INTERVAL_MS)
    if (now > slot) {
      slot = now
      step++
      page = Buffer.from(pageText())
    }
    return page
  },
  webhook() {},
})

/** The same for all targets; their labels differ. */
function pageText(): string {
  const lines: string[] = []
  for (let m = 0; m < METRICS; m++) {
    lines.push(`# HELP metric_${m}_total A family of the benchmark.`, `# TYPE metric_${m}_total counter`)
    for (let i = 0; i < SERIES_A_METRIC_AND_TARGET; i++) {
      lines.push(`metric_${m}_total{path="/p/${i}"} ${step * (1 + ((m + i) % 7))}`)
    }
  }
  lines.push('')
  return lines.join('\n')
}

function rulesText(): string {
  const lines = ['groups:']
  for (let group = 0; group < GROUPS; group++) {
    lines.push(`- name: g${group}`, '  rules:')
    for (let i = 0; i < RULES_A_GROUP; i++) {
      const selector = flags.narrow ? `metric_${i}_total{zone="zone-${group}"}` : `metric_${i}_total`
      const shapes = [
        `rate(${selector}[5m]) > ${i === 0 ? 0.01 : 100}`,
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
  }
  return `${lines.join('\n')}\n`
}

const scrape = [
  `global: { scrape_interval: ${INTERVAL_MS / 1000}s, evaluation_interval: ${INTERVAL_MS / 1000}s }`,
  'scrape_configs:',
  '  - job_name: bench',
  '    static_configs:',
  ...Array.from(
    { length: TARGETS },
    (_, i) =>
      `      - { targets: ['${server.address}'], labels: { instance: host-${i}, zone: zone-${i % ZONES}, __metrics_path__: /host/${i} } }`,
  ),
].join('\n')
const routing = [
  'route: { receiver: recorder, group_by: [alertname] }',
  `receivers: [{ name: recorder, webhook_configs: [{ url: 'http://${server.address}/' }] }]`,
  '',
].join('\n')

type Pair = { readonly with: AlertingSystem; readonly without: AlertingSystem }
const pairs: Pair[] = []
for (const name of names) {
  const nodeArgs = flags.profile === undefined ? {} : { nodeArgs: ['--cpu-prof', `--cpu-prof-dir=${flags.profile}`] }
  pairs.push({
    with: await startAlertingSystem(name, join(folder, `${name}-with`), {
      ...{ scrape, rules: rulesText(), routing },
      ...nodeArgs,
    }),
    without: await startAlertingSystem(name, join(folder, `${name}-without`), { scrape, rules: undefined, routing }),
  })
}
console.error(`started; measuring begins in ${warmUpSeconds} s`)
await sleep(warmUpSeconds * 1000)

/** By part: a Binnacle is a watch and an engine, Prometheus has its Alertmanager beside it. */
function parts(system: AlertingSystem): [string, number[]][] {
  if (system.alertmanager !== undefined)
    return [
      ['Prometheus', system.pids()],
      ['Alertmanager', [system.alertmanager.pid]],
    ]
  const [watch = 0, ...others] = system.pids()
  return [
    ['Binnacle: watch', [watch]],
    ['Binnacle: engine', others],
  ]
}
const sides = ['with', 'without'] as const
const cpu = () => pairs.map((pair) => sides.map((side) => parts(pair[side]).map(([, pids]) => cpuSeconds(pids))))
const evaluations = () => Promise.all(pairs.map((pair) => metricOf(pair.with.url, 'prometheus_rule_evaluations_total')))

const from = performance.now()
const cpuBefore = cpu()
const evaluatedBefore = await evaluations()
await sleep(seconds * 1000)
const cpuAfter = cpu()
const evaluated = await evaluations()
const took = (performance.now() - from) / 1000

const rows: string[][] = []
const costs: number[] = []
for (const [p, pair] of pairs.entries()) {
  const share = (side: number, part: number) =>
    ((cpuAfter[p]![side]![part]! - cpuBefore[p]![side]![part]!) / took) * 100
  const titles = parts(pair.with).map(([title]) => title)
  const sum = [0, 0]
  for (const [part, title] of titles.entries()) {
    sum[0]! += share(0, part)
    sum[1]! += share(1, part)
    rows.push([title, figure(share(0, part)), figure(share(1, part)), figure(share(0, part) - share(1, part))])
  }
  const cost = sum[0]! - sum[1]!
  costs.push(cost)
  rows.push([`**${titles[0]!.replace(/:.*/, '')}, together**`, figure(sum[0]), figure(sum[1]), `**${figure(cost)}**`])
}
console.log(
  `\n${GROUPS * RULES_A_GROUP} alerting rules every ${INTERVAL_MS / 1000} s, each reads ${seriesARule} series, of ${TARGETS * METRICS * SERIES_A_METRIC_AND_TARGET}; % of a core over ${figure(took)} s; Node ${process.version}; ${pairs.map((pair) => `${pair.with.name} ${pair.with.version}`).join(', ')}\n`,
)
console.log(table(['CPU, % of a core', 'with rules', 'without', 'the rules'], rows))
console.log('')
for (const [p, pair] of pairs.entries()) {
  const failures = await metricOf(pair.with.url, 'prometheus_rule_evaluation_failures_total')
  const missed = await metricOf(pair.with.url, 'prometheus_rule_group_iterations_missed_total')
  const rate = (evaluated[p]! - evaluatedBefore[p]!) / took
  console.log(
    `- ${pair.with.name}: ${figure(rate)} evaluations a second (${figure((GROUPS * RULES_A_GROUP * 1000) / INTERVAL_MS)} are due), ${failures} failed, ${missed} iterations missed, alerts: ${await alertsOf(pair.with)}`,
  )
}
const most = costs[1] ?? GOAL
console.log(
  `- goal, no more than ${names.includes('Prometheus') ? 'Prometheus with Alertmanager' : 'Prometheus on a quiet machine'}: ${figure(costs[0])} beside ${figure(most)} % of a core, ${costs[0]! <= most ? 'met' : 'missed'}`,
)
await Promise.all(pairs.flatMap((pair) => [pair.with.stop(), pair.without.stop()]))
server.close()
process.exit(0)

async function alertsOf({ url }: AlertingSystem): Promise<string> {
  const { body } = await ask(`${url}/api/v1/alerts`)
  const { data } = JSON.parse(body.toString()) as { data: { alerts: { state: string }[] } }
  const count = (state: string) => data.alerts.filter((alert) => alert.state === state).length
  return `${count('firing')} firing, ${count('pending')} pending`
}
