// How long does it take from a value that crosses its threshold to the webhook, beside Prometheus with Alertmanager?
// Data: 30 targets, scraped and evaluated every 15 s; `for: 0s`, `group_wait: 0s`. Values rise at random moments, each once,
// at the same moment for both systems, while everything is in its rhythm. Two rules see each of them: one in a group of the
// target's own, and one in a group that reads all targets. All targets are behind one address, so that Binnacle leaves 30 ms
// between their scrapes.
// Measured is from the rise at the target to the arrival of the webhook; and of this the part from the answer to the scrape
// that first shows it, since a value that waits to be scraped waits in both.
// Run: npm run build, then
//   JUDGES_DIR=... node scripts/bench.mjs bench/alerting/latency.bench.ts [--quick] [--interval SECONDS] [--targets 30]
//     [--crossings 600] [--json FILE]
// Takes about 11 minutes, with --quick (5 s instead of 15, 120 crossings) 80 s.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { sleep } from '../system/systems.ts'
import { figure, quantile, table } from '../system/table.ts'
import { startLocalServer } from './local-server.ts'
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
    interval: { type: 'string' },
    targets: { type: 'string' },
    crossings: { type: 'string' },
    json: { type: 'string' },
  },
})
const intervalMs = Number(flags.interval ?? (flags.quick ? 5 : 15)) * 1000
const targetCount = Number(flags.targets ?? (flags.quick ? 12 : 30))
const crossingCount = Number(flags.crossings ?? (flags.quick ? 120 : 600))
/** Groups find their place in the interval in the first evaluations. */
const warmUpMs = 6 * intervalMs
const spanMs = (flags.quick ? 6 : 32) * intervalMs
/** The last one has risen: two intervals are the most that it should take. */
const tailMs = 2.2 * intervalMs
/** Median, as a share of that of Prometheus with Alertmanager. */
const GOAL = 0.6

const names = namesToMeasure()
const folder = createBenchFolder()

type Crossing = {
  readonly target: number
  /** Which value of the target it is. */
  readonly slot: number
  /** ms of `performance.now()`. */
  readonly atMs: number
  readonly servedMs: Map<AlertingSystemName, number>
  /** By system and alert: when the webhook came. */
  readonly toldMs: Map<string, number>
}
const crossings: Crossing[] = []
const ofTarget: Crossing[][] = Array.from({ length: targetCount }, () => [])
const tooEarly: string[] = []

const server = await startLocalServer({
  page(path) {
    const [, , name, target] = path.split('/')
    const now = performance.now()
    const lines = ['# TYPE bench_value gauge']
    const count = Math.ceil(crossingCount / targetCount)
    for (let slot = 0; slot < count; slot++) {
      const crossing = ofTarget[Number(target)]![slot]
      const risen = crossing !== undefined && crossing.atMs <= now
      if (risen && !crossing.servedMs.has(name as AlertingSystemName))
        crossing.servedMs.set(name as AlertingSystemName, now)
      lines.push(`bench_value{slot="${slot}"} ${risen ? 1 : 0}`)
    }
    lines.push('')
    return lines.join('\n')
  },
  webhook({ path, atMs, alerts }) {
    const name = path.split('/')[2]!
    for (const { status, labels } of alerts) {
      const crossing = ofTarget[Number(labels.instance)]?.[Number(labels.slot)]
      const key = `${name} ${labels.alertname}`
      if (crossing === undefined || status !== 'firing') tooEarly.push(`${key} ${labels.instance} ${labels.slot}`)
      else if (!crossing.toldMs.has(key)) crossing.toldMs.set(key, atMs)
    }
  },
})

const scrapeOf = (name: AlertingSystemName) =>
  [
    `global: { scrape_interval: ${intervalMs / 1000}s, scrape_timeout: ${intervalMs / 1000}s, evaluation_interval: ${intervalMs / 1000}s }`,
    'scrape_configs:',
    '  - job_name: bench',
    '    static_configs:',
    ...Array.from(
      { length: targetCount },
      (_, i) =>
        `      - { targets: ['${server.address}'], labels: { instance: '${i}', __metrics_path__: /target/${name}/${i} } }`,
    ),
  ].join('\n')
const OWN = 'OwnGroup'
const SHARED = 'SharedGroup'
const rules = [
  'groups:',
  ...Array.from({ length: targetCount }, (_, i) =>
    [`- name: target-${i}`, '  rules:', `  - { alert: ${OWN}, expr: 'bench_value{instance="${i}"} > 0' }`].join('\n'),
  ),
  `- name: all\n  rules:\n  - { alert: ${SHARED}, expr: bench_value > 0 }`,
  '',
].join('\n')
// Every alert is a group of its own, so that none waits for the interval of its group.
const routingOf = (name: AlertingSystemName) =>
  [
    "route: { receiver: recorder, group_by: ['...'], group_wait: 0s, group_interval: 5m, repeat_interval: 4h }",
    `receivers: [{ name: recorder, webhook_configs: [{ url: 'http://${server.address}/webhook/${name}' }] }]`,
    '',
  ].join('\n')

const systems: AlertingSystem[] = []
for (const name of names) {
  systems.push(
    await startAlertingSystem(name, join(folder, name), { scrape: scrapeOf(name), rules, routing: routingOf(name) }),
  )
}
console.error(`started; values begin to rise in ${warmUpMs / 1000} s`)
await sleep(warmUpMs)

// Of each equal part of the time one moment: random phases, spread evenly.
const random = randomFrom(7)
const from = performance.now()
for (let i = 0; i < crossingCount; i++) {
  const target = i % targetCount
  const crossing: Crossing = {
    target,
    slot: ofTarget[target]!.length,
    atMs: from + ((i + random()) / crossingCount) * spanMs,
    servedMs: new Map(),
    toldMs: new Map(),
  }
  crossings.push(crossing)
  ofTarget[target]!.push(crossing)
}
await sleep(spanMs + tailMs)

const kinds = [
  [OWN, 'a group that reads one target'],
  [SHARED, `a group that reads all ${targetCount}`],
] as const
const medians = new Map<string, number>()
const rows: string[][] = []
for (const [alert, title] of kinds) {
  for (const [what, since] of [
    ['from the rise', (one: Crossing) => one.atMs],
    ['from the scrape', (one: Crossing, name: AlertingSystemName) => one.servedMs.get(name)],
  ] as const) {
    for (const name of names) {
      const times: number[] = []
      for (const one of crossings) {
        const told = one.toldMs.get(`${name} ${alert}`)
        const begin = since(one, name)
        if (told !== undefined && begin !== undefined) times.push((told - begin) / 1000)
      }
      medians.set(`${alert} ${what} ${name}`, quantile(times, 0.5))
      rows.push([
        `${title}, ${what}: ${titleOf(name)}`,
        ...[0.5, 0.1, 0.9, 1].map((ratio) => figure(quantile(times, ratio))),
        `${times.length}`,
      ])
    }
  }
}
console.log(
  `\n${crossingCount} crossings of ${targetCount} targets, scraped and evaluated every ${intervalMs / 1000} s; seconds until the webhook; Node ${process.version}; ${systems.map((system) => `${system.name} ${system.version}`).join(', ')}\n`,
)
console.log(table(['seconds', 'median', 'p10', 'p90', 'max', 'told'], rows))
console.log('')
if (names.length > 1) {
  for (const [alert, title] of kinds) {
    const share = medians.get(`${alert} from the rise Binnacle`)! / medians.get(`${alert} from the rise Prometheus`)!
    console.log(
      `- ${title}: ${figure(share)} times Prometheus with Alertmanager in the median, at most ${GOAL}: ${share <= GOAL ? 'met' : 'missed'}`,
    )
  }
}
if (tooEarly.length > 0) console.log(`- told though nothing had risen: ${tooEarly.slice(0, 5).join('; ')}`)
if (flags.json !== undefined) {
  const plain = crossings.map((one) => ({
    ...one,
    servedMs: Object.fromEntries(one.servedMs),
    toldMs: Object.fromEntries(one.toldMs),
  }))
  writeFileSync(flags.json, `${JSON.stringify(plain, undefined, 1)}\n`)
}
await Promise.all(systems.map((system) => system.stop()))
server.close()
process.exit(0)

function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return (state >>> 0) / 2 ** 32
  }
}
