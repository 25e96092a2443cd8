import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startWebhookRecorder, type WebhookRecorder } from '../src/alerting/testkit/index.ts'
import { type RunningBinnacle, startBinnacle } from './start-binnacle.ts'

let folder: string
let webhook: WebhookRecorder
let target: Server
let targetPort: number
let binnacle: RunningBinnacle | undefined
/** What the target answers, by series. */
const metrics = new Map<string, number>()

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'binnacle-rules-test-'))
  mkdirSync(join(folder, 'rules'))
  metrics.clear()
  webhook = await startWebhookRecorder()
  target = createServer((_, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.end([...metrics].map(([series, value]) => `${series} ${value}\n`).join(''))
  })
  await new Promise<void>((done) => target.listen(0, '127.0.0.1', done))
  targetPort = (target.address() as AddressInfo).port
  writeFileSync(
    join(folder, 'alertmanager.yml'),
    `route: {receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s}
receivers:
- name: hook
  webhook_configs: [{url: "${webhook.url}/"}]
`,
  )
})

afterEach(async () => {
  await binnacle?.stop()
  binnacle = undefined
  target.close()
  target.closeAllConnections()
  await webhook[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const rules = (text: string) => writeFileSync(join(folder, 'rules', 'app.yml'), text)

async function start(more: { config?: string; ruleFiles?: string } = {}): Promise<RunningBinnacle> {
  binnacle = await startBinnacle({
    dataDir: join(folder, 'data'),
    prometheusConfig: `global: {scrape_interval: 1s, evaluation_interval: 1s, external_labels: {region: eu}}
rule_files: [${more.ruleFiles ?? `"${folder}/rules/*.yml"`}]
scrape_configs: [{job_name: app, static_configs: [{targets: ["127.0.0.1:${targetPort}"]}]}]
`,
    config: `alertmanager_config: ${folder}/alertmanager.yml
collectors: {host: {enabled: false}, process: {enabled: false}}
${more.config ?? ''}`,
  })
  return binnacle
}

async function ask<T>(path: string): Promise<T> {
  const answer = (await (await fetch(binnacle!.url + path)).json()) as { data: T }
  return answer.data
}

async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined, ms = 20_000): Promise<T> {
  const end = Date.now() + ms
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}\n${binnacle?.stderr}`)
    await new Promise((done) => setTimeout(done, 50))
  }
}

type Alerts = { alerts: { state: string; labels: Record<string, string>; annotations: Record<string, string> }[] }
type Vector = { result: { metric: Record<string, string>; value: [number, string] }[] }
const told = () => webhook.calls.flatMap(({ alerts }) => alerts)
const alerts = async () => (await ask<Alerts>('/api/v1/alerts')).alerts
const states = async () => (await alerts()).map(({ state, labels }) => `${state} ${labels.alertname} ${labels.queue}`)

const RULES = `groups:
- name: app
  rules:
  - {record: 'job:jobs:sum', expr: sum by (job) (jobs)}
  - alert: TooMany
    expr: jobs > 10
    labels: {severity: page}
    annotations: {summary: 'queue {{ $labels.queue }} in {{ $externalLabels.region }} has {{ $value }} ({{ with query "job:jobs:sum" }}{{ . | first | value }}{{ end }} in all)'}
  - {alert: Slowly, expr: jobs > 5, for: 3s}
`

test('a value that crosses its threshold reaches the webhook, and so does its end with the reason', async () => {
  rules(RULES)
  metrics.set('jobs{queue="a"}', 1).set('jobs{queue="b"}', 1)
  await start()
  await until('the recording rule', async () => {
    const { result } = await ask<Vector>('/api/v1/query?query=job:jobs:sum')
    return result[0]?.value[1] === '2' ? true : undefined
  })
  metrics.set('jobs{queue="a"}', 20).set('jobs{queue="b"}', 12)
  await until('both alerts', () =>
    told().filter((line) => line.startsWith('firing TooMany')).length >= 2 ? true : undefined,
  )
  expect((await alerts()).find(({ labels }) => labels.queue === 'a')).toMatchObject({
    state: 'firing',
    labels: { alertname: 'TooMany', job: 'app', queue: 'a', severity: 'page' },
    annotations: { summary: 'queue a in eu has 20 (32 in all)' },
  })
  await until('the slow one', async () => ((await states()).includes('firing Slowly a') ? true : undefined))
  metrics.set('jobs{queue="a"}', 1)
  metrics.delete('jobs{queue="b"}')
  await until('both ends', () =>
    told().filter((line) => line.startsWith('resolved TooMany')).length >= 2 ? true : undefined,
  )
  const groups = await (await fetch(`${binnacle!.url}/api/v1/rules`)).json()
  expect(groups).toMatchObject({
    data: { groups: [{ name: 'app', rules: [{ health: 'ok' }, { health: 'ok' }, { health: 'ok' }] }] },
  })
  type History = { items: { to: string; reason?: string; labels: Record<string, string> }[] }
  const history = await until('the history', async () => {
    const answer = (await (await fetch(`${binnacle!.url}/api/app/alerts/history`)).json()) as History
    return answer.items?.filter(({ to }) => to === 'inactive').length >= 2 ? answer : undefined
  })
  const reasons = history.items
    .filter(({ to, labels }) => to === 'inactive' && labels.alertname === 'TooMany')
    .map(({ labels, reason }) => `${labels.queue}: ${reason}`)
  expect(reasons.sort()).toEqual(['a: value', 'b: vanished'])
  const { result } = await ask<Vector>(`/api/v1/query?query=${encodeURIComponent('ALERTS{alertname="TooMany"}')}`)
  expect(result).toEqual([])
}, 60_000)

test('kill -9 forgets nothing: what was pending goes on, what fires is not told twice as new, what ended is told', async () => {
  rules(`groups:
- name: app
  rules:
  - {alert: Pending, expr: jobs > 5, for: 15s}
  - {alert: Firing, expr: jobs > 5}
  - {alert: Ended, expr: jobs > 5 and on (queue) jobs < 100}
`)
  metrics.set('jobs{queue="a"}', 10)
  await start()
  await until('all three', async () => ((await states()).length === 3 ? true : undefined))
  const before = await ask<{ alerts: { activeAt: string; labels: Record<string, string> }[] }>('/api/v1/alerts')
  // Time for the disk.
  await new Promise((done) => setTimeout(done, 500))
  await binnacle!.kill()
  metrics.set('jobs{queue="a"}', 1000)
  await start()
  await until('the end of one', () => (told().some((line) => line.startsWith('resolved Ended')) ? true : undefined))
  const after = await ask<{ alerts: { activeAt: string; labels: Record<string, string> }[] }>('/api/v1/alerts')
  const since = ({ alerts: all }: typeof before, name: string) =>
    all.find(({ labels }) => labels.alertname === name)?.activeAt
  expect(since(after, 'Pending')).toBe(since(before, 'Pending'))
  expect(since(after, 'Firing')).toBe(since(before, 'Firing'))
  await until('the pending one fires', async () => ((await states()).includes('firing Pending a') ? true : undefined))
  // A change shows a moment before it is written down.
  const items = await until('all of the history', async () => {
    const answer = await fetch(`${binnacle!.url}/api/app/alerts/history`)
    type Item = { from: string; to: string; labels: Record<string, string> }
    const { items: all } = (await answer.json()) as { items: Item[] }
    return all.length >= 5 ? all : undefined
  })
  const changes = items.map(({ from, to, labels }) => `${labels.alertname} ${from}->${to}`).sort()
  expect(changes).toEqual([
    'Ended firing->inactive',
    'Ended inactive->firing',
    'Firing inactive->firing',
    'Pending inactive->pending',
    'Pending pending->firing',
  ])
}, 60_000)

test('a pattern that matches nothing is a warning with its place, a bad rule file is an error and leaves the old one', async () => {
  rules(RULES)
  metrics.set('jobs{queue="a"}', 1)
  await start({ ruleFiles: `"${folder}/rules/*.yml", "${folder}/nothing/*.yml"` })
  expect(binnacle!.stderr).toContain('nothing matches')
  rules('groups:\n- name: app\n  rules:\n  - {alert: X, expr: "jobs >"}\n')
  const answer = await fetch(`${binnacle!.url}/-/reload`, { method: 'POST' })
  expect(answer.status).toBe(500)
  expect(await answer.text()).toContain('app.yml')
  const { groups } = await ask<{ groups: { rules: unknown[] }[] }>('/api/v1/rules')
  expect(groups[0]!.rules).toHaveLength(3)
  rules('groups:\n- name: app\n  rules:\n  - {alert: X, expr: "jobs > 0"}\n')
  expect((await fetch(`${binnacle!.url}/-/reload`, { method: 'POST' })).status).toBe(200)
  await until('the new rule', async () => ((await states()).includes('firing X a') ? true : undefined))
}, 60_000)

test('missing data is told where it is asked for', async () => {
  rules(RULES)
  metrics.set('jobs{queue="a"}', 1)
  await start({ config: `rules: {no_data: [{match: '{alertname="TooMany"}', for: 1s}]}\n` })
  await until('samples', async () =>
    (await ask<Vector>('/api/v1/query?query=jobs')).result.length > 0 ? true : undefined,
  )
  metrics.clear()
  await until(
    'no data',
    () =>
      told().some((line) => line.startsWith('firing TooMany') && line.includes('no_data="true"')) ? true : undefined,
    60_000,
  )
}, 60_000)
