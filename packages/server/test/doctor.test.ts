import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { DoctorReport } from '../src/doctor/index.ts'
import { runCli } from './run-cli.ts'
import { type RunningBinnacle, startBinnacle } from './start-binnacle.ts'

let folder: string
let target: Server
let binnacle: RunningBinnacle | undefined
let page = ''

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'binnacle-doctor-test-'))
  target = createServer((_, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.end(page)
  })
  await new Promise<void>((done) => target.listen(0, '127.0.0.1', done))
})

afterEach(async () => {
  await binnacle?.stop()
  binnacle = undefined
  target.close()
  target.closeAllConnections()
  rmSync(folder, { recursive: true, force: true })
})

const RULES = `groups:
- name: app
  rules:
  - {record: 'job:requests:sum', expr: sum by (job) (requests_total)}
  - {alert: Errors, expr: 'requests_total{status=~"5.."} > 1'}
  - {alert: NoErrorYet, expr: 'requests_total{status_code="500"} > 1', labels: {severity: page}}
  - {alert: ManyRequests, expr: 'job:requests:sum > 10', labels: {severity: page}}
  - {alert: Full, expr: used / limit > 0.9}
  - {alert: Down, expr: 'up{job="api"} == 0'}
`
const ROUTING = `route:
  receiver: all
  routes:
  - {matchers: [severity = critical], receiver: pager}
receivers:
- {name: all}
- {name: pager}
`

async function look(): Promise<DoctorReport> {
  const answer = await fetch(`${binnacle!.url}/api/app/doctor/run`, { method: 'POST' })
  const body = (await answer.json()) as DoctorReport
  expect(answer.status, JSON.stringify(body)).toBe(200)
  return body
}

const verdicts = ({ rules }: DoctorReport) => Object.fromEntries(rules.map(({ name, verdict }) => [name, verdict]))

test('the running program tells what cannot fire over what it scrapes', {
  timeout: 180_000,
}, async () => {
  page = 'requests_total{status_code="200"} 4\nused 3\nlimit 0\n'
  writeFileSync(join(folder, 'rules.yml'), RULES)
  writeFileSync(join(folder, 'alertmanager.yml'), ROUTING)
  binnacle = await startBinnacle({
    dataDir: join(folder, 'data'),
    prometheusConfig: `global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: ["${folder}/rules.yml"]
scrape_configs: [{job_name: app, static_configs: [{targets: ["127.0.0.1:${(target.address() as AddressInfo).port}"]}]}]
`,
    config: `alertmanager_config: ${folder}/alertmanager.yml
collectors: {host: {enabled: false}, process: {enabled: false}}
`,
  })
  const early = await look()
  expect(early.isEarly).toBe(true)
  expect(
    early.rules
      .flatMap(({ reasons }) => reasons)
      .filter(({ severity, kind }) => severity !== 'note' && kind !== 'always'),
  ).toEqual([])

  let report = early
  while (report.isEarly) {
    await new Promise((done) => setTimeout(done, 1000))
    report = await look()
  }
  expect(verdicts(report)).toEqual({
    'job:requests:sum': 'can_fire',
    Errors: 'cannot_fire',
    NoErrorYet: 'unknown',
    ManyRequests: 'can_fire',
    Full: 'always_fires',
    Down: 'cannot_fire',
  })
  expect(report.rules[1]?.reasons[0]).toMatchObject({
    kind: 'label',
    message: 'no series of requests_total has the label status',
    hint: expect.stringContaining('did you mean "status_code"?'),
    place: { file: join(folder, 'rules.yml'), line: 5 },
  })
  expect(report.routing.map(({ message }) => message)).toEqual([expect.stringContaining('receiver "pager"')])
  expect(report.tookMs).toBeLessThan(5000)

  // What another sender brings makes the route useful.
  const sent = await fetch(`${binnacle.url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ labels: { alertname: 'Elsewhere', severity: 'critical' } }]),
  })
  expect(sent.status).toBe(200)
  report = await look()
  expect(report.routing).toEqual([])

  const view = (await (await fetch(`${binnacle.url}/api/app/doctor`)).json()) as { report: DoctorReport }
  expect(view.report.findings).toBe(report.findings)
  const summary = (await (await fetch(`${binnacle.url}/api/app/doctor/summary`)).json()) as object
  expect(summary).toMatchObject({ findings: report.findings, alerts: report.alerts, isRunning: false })

  const printed = await runCli(['doctor', '--url', binnacle.url])
  expect(printed.code).toBe(1)
  expect(printed.stdout).toContain('rules.yml:5: Errors: cannot fire')
  expect(printed.stdout).toContain('5 alerts: 1 can fire, 1 always fires, 1 unknown, 2 cannot fire')
})

test('no finding on the rules that come with Binnacle, over what it collects by itself', {
  timeout: 120_000,
}, async () => {
  binnacle = await startBinnacle({ dataDir: join(folder, 'data') })
  let report = await look()
  expect(report.rules.length).toBeGreaterThan(15)
  while (report.isEarly) {
    await new Promise((done) => setTimeout(done, 1000))
    report = await look()
  }
  const told = report.rules.flatMap(({ name, reasons, remarks }) =>
    [...reasons, ...remarks].filter(({ severity }) => severity !== 'note').map(({ message }) => `${name}: ${message}`),
  )
  expect(told).toEqual([])
  expect(report.findings).toBe(0)
  expect(report.rules.find(({ name }) => name === 'Watchdog')?.verdict).toBe('always_fires')
})
