import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkPrometheusConfig, NO_ALERTMANAGERS } from '../../metrics/intake/prometheus-config/index.ts'
import type { IncomingAlert } from '../../rules/index.ts'
import { createRegistry, type Registry, silentLogger, systemClock } from '../../telemetry/index.ts'
import { alertmanagerMissing, startAlertmanager } from '../testkit/index.ts'
import { createExternalAlertmanagers, type ExternalAlertmanagers } from './index.ts'

type Taken = { path: string; headers: IncomingHttpHeaders; alerts: { labels: Record<string, string> }[] }

let folder: string
let external: ExternalAlertmanagers
let registry: Registry
let taken: Taken[]
let status: number
let hold: Promise<void> | undefined
let port: number
const server = createServer(async (request, response) => {
  let body = ''
  for await (const part of request) body += part
  await hold
  taken.push({ path: request.url ?? '', headers: request.headers, alerts: JSON.parse(body) })
  response.writeHead(status).end('no')
})

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'binnacle-external-'))
  taken = []
  status = 200
  hold = undefined
  registry = createRegistry()
  external = createExternalAlertmanagers({
    clock: systemClock,
    log: silentLogger,
    registry,
    userAgent: 'Binnacle/test',
    environment: {},
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterEach(async () => {
  await external.stop()
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  rmSync(folder, { recursive: true, force: true })
})

function start(yaml: string): void {
  apply(yaml)
  external.start(new AbortController().signal)
}
function apply(yaml: string): void {
  const { config, errors } = checkPrometheusConfig(yaml, join(folder, 'prometheus.yml'))
  if (config === undefined) throw errors[0]
  external.apply(config.alerting)
}
const alert = (name: string, more: Partial<IncomingAlert> = {}): IncomingAlert => ({
  labels: ['alertname', name, 'replica', 'a'],
  annotations: ['summary', 'text'],
  startsAtMs: Date.UTC(2026, 0, 5),
  endsAtMs: Date.UTC(2026, 0, 6),
  generatorUrl: 'http://binnacle/graph',
  ...more,
})
async function until(done: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !done(); ) {
    if (Date.now() > end) throw new Error('it did not come')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
const names = () => taken.flatMap(({ alerts }) => alerts.map(({ labels }) => labels.alertname))
const metric = (line: string) => registry.render('text').includes(line)

test('alerts are posted as Prometheus posts them, with path, credentials and relabelled labels', async () => {
  start(`
alerting:
  alert_relabel_configs:
    - {action: labeldrop, regex: replica}
    - {source_labels: [alertname], regex: Private, action: drop}
  alertmanagers:
    - path_prefix: /am/
      basic_auth: {username: me, password: pass}
      alert_relabel_configs: [{target_label: via, replacement: binnacle}]
      static_configs: [{targets: ['127.0.0.1:${port}']}]
`)
  const relabelled = external.relabelled([alert('A'), alert('Private')])
  expect(relabelled.map(({ labels }) => labels)).toEqual([['alertname', 'A']])
  external.send(relabelled)
  await until(() => taken.length === 1)
  expect(taken[0]).toMatchObject({
    path: '/am/api/v2/alerts',
    headers: {
      authorization: `Basic ${Buffer.from('me:pass').toString('base64')}`,
      'content-type': 'application/json',
    },
    alerts: [
      {
        labels: { alertname: 'A', via: 'binnacle' },
        annotations: { summary: 'text' },
        startsAt: '2026-01-05T00:00:00.000Z',
        endsAt: '2026-01-06T00:00:00.000Z',
        generatorURL: 'http://binnacle/graph',
      },
    ],
  })
  expect(external.view()).toEqual({ active: [`http://127.0.0.1:${port}/am/api/v2/alerts`], dropped: [] })
  await until(() =>
    metric(`prometheus_notifications_sent_total{alertmanager="http://127.0.0.1:${port}/am/api/v2/alerts"} 1`),
  )
})

test('they are found by files and relabelling, and followed as files change', async () => {
  const file = join(folder, 'am.json')
  writeFileSync(file, JSON.stringify([{ targets: ['a:1', 'b'], labels: { zone: 'x' } }]))
  start(`
alerting:
  alertmanagers:
    - scheme: https
      file_sd_configs: [{files: [am.json], refresh_interval: 1s}]
      relabel_configs: [{source_labels: [__address__], regex: 'a:1', action: drop}]
`)
  await until(() => external.view().active.length === 1)
  expect(external.view()).toEqual({ active: ['https://b:443/api/v2/alerts'], dropped: ['https://a:1/api/v2/alerts'] })
  writeFileSync(file, JSON.stringify([{ targets: ['c:9', 'b'] }]))
  await until(() => external.view().active.length === 2)
  expect(external.view().active).toEqual(['https://b:443/api/v2/alerts', 'https://c:9/api/v2/alerts'])
})

const PLAIN = () => `alerting: {alertmanagers: [{static_configs: [{targets: ['127.0.0.1:${port}']}]}]}`

test('while one hangs the newest word on each alert waits, at most 10,000, and nobody else does', async () => {
  start(PLAIN())
  let release = () => {}
  hold = new Promise((resolve) => {
    release = resolve
  })
  external.send([alert('First')])
  await new Promise((resolve) => setTimeout(resolve, 50))
  external.send([alert('Twice', { value: 1 })])
  external.send([alert('Twice', { annotations: ['summary', 'newer'] })])
  external.send(Array.from({ length: 10_100 }, (_, i) => alert(`N${i}`)))
  expect(metric('prometheus_notifications_dropped_total 101')).toBe(true)
  hold = undefined
  release()
  await until(() => names().length === 10_001)
  expect(names()).not.toContain('Twice')
  expect(Math.max(...taken.map(({ alerts }) => alerts.length))).toBe(256)
})

test('an answer that is no success counts as an error, and the next alerts are tried again', async () => {
  start(PLAIN())
  status = 500
  external.send([alert('A')])
  await until(() =>
    metric(`prometheus_notifications_errors_total{alertmanager="http://127.0.0.1:${port}/api/v2/alerts"} 1`),
  )
  status = 200
  external.send([alert('B')])
  await until(() => names().includes('B'))
})

test('stopping sends what waits; another configuration leaves what has gone alone', async () => {
  start(PLAIN())
  external.apply(NO_ALERTMANAGERS)
  external.send([alert('Nobody')])
  apply(PLAIN())
  external.send([alert('Last')])
  await external.stop()
  expect(names()).toEqual(['Last'])
})

test.skipIf(alertmanagerMissing !== '')(`the real Alertmanager takes them${alertmanagerMissing}`, async () => {
  await using judge = await startAlertmanager()
  start(`alerting: {alertmanagers: [{static_configs: [{targets: ['${new URL(judge.url).host}']}]}]}`)
  external.send([alert('A', { startsAtMs: Date.now(), endsAtMs: Date.now() + 60_000 })])
  let found: { labels: Record<string, string> }[] = []
  for (let i = 0; i < 100 && found.length === 0; i++) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    found = await (await fetch(`${judge.url}/api/v2/alerts`)).json()
  }
  expect(found).toMatchObject([{ labels: { alertname: 'A', replica: 'a' }, annotations: { summary: 'text' } }])
})

test.for([
  ['api_version: v1', 'expected Alertmanager api version to be one of [v2] but got v1'],
  ['scheem: https', 'unknown key "scheem"'],
  ["static_configs: [{targets: ['http://x/y']}]", '"http://x/y" is not a valid hostname'],
  ['relabel_configs: [{action: nope}]', 'nope'],
  ['bearer_token: a, basic_auth: {username: b}', 'at most one of'],
] as const)('%s is refused with its place', ([text, message]) => {
  const { errors } = checkPrometheusConfig(`alerting:\n  alertmanagers:\n    - {${text}}\n`, 'prometheus.yml')
  expect(errors[0]).toMatchObject({ message: expect.stringContaining(message), place: { line: 3 } })
})

test('where none is configured the built-in one counts, so that rules about a missing Alertmanager keep quiet', () => {
  const discovered = () =>
    /^prometheus_notifications_alertmanagers_discovered (\d+)$/m.exec(registry.render('text'))?.[1]
  expect(discovered()).toBe('1')
  start(`alerting: {alertmanagers: [{file_sd_configs: [{files: [${JSON.stringify(join(folder, 'none.yml'))}]}]}]}\n`)
  expect(discovered()).toBe('0')
})
