import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWebhookRecorder, type WebhookRecorder } from '../src/alerting/testkit/index.ts'
import { type RunningBinnacle, startBinnacle } from './start-binnacle.ts'

// The whole way, once: a target is scraped, its rule fires, the receiver hears of it, and hears of its end.

let recorder: WebhookRecorder
let app: RunningBinnacle
const ended: RunningBinnacle[] = []
let value = 0
const target = createServer((_request, response) => {
  response.setHeader('content-type', 'text/plain; version=0.0.4')
  response.end(`# TYPE room_temperature gauge
room_temperature ${value}
`)
})

const alertmanager = (receiver: string) => `
route:
  receiver: ${receiver}
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
receivers:
  - name: ${receiver}
    webhook_configs: [{url: "${recorder.url}/${receiver}"}]
`
const RULES = `
groups:
  - name: room
    interval: 1s
    rules:
      - alert: TooHot
        expr: room_temperature > 30
        labels: {severity: page}
        annotations: {summary: 'it has {{ $value }} degrees'}
`

beforeAll(async () => {
  recorder = await startWebhookRecorder()
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve))
  const { port } = target.address() as AddressInfo
  app = await startBinnacle({
    prometheusConfig: `
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [rules.yml]
scrape_configs:
  - job_name: room
    static_configs: [{targets: ['127.0.0.1:${port}']}]
`,
    config: 'alertmanager_config: routing.yml\n',
    files: { 'routing.yml': alertmanager('team'), 'rules.yml': RULES },
  })
}, 60_000)
afterAll(async () => {
  for (const one of [app, ...ended]) await one?.[Symbol.asyncDispose]()
  await recorder?.[Symbol.asyncDispose]()
  target.close()
})

async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + 20_000; Date.now() < end; ) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${what} did not come\n${app.stderr}`)
}

const heard = (path: string, status: string) =>
  until(`${path} ${status}`, () => recorder.calls.find((call) => call.path === path && call.status === status))
const get = async (path: string) => (await fetch(app.url + path)).json()

test('a rule that comes true on a scraped target is told, once, and so is its end', async () => {
  await until('the rule', async () => {
    const { data } = await get('/api/v1/rules')
    return data.groups[0]?.rules[0]?.health === 'ok' ? true : undefined
  })
  expect(await get('/api/v2/alerts')).toEqual([])
  value = 35
  const call = await heard('/team', 'firing')
  expect(call.alerts[0]).toMatch(/^firing TooHot\{.*severity="page"\}$/)
  expect(await get('/api/v2/alerts')).toMatchObject([
    {
      labels: { alertname: 'TooHot', job: 'room' },
      annotations: { summary: 'it has 35 degrees' },
      receivers: [{ name: 'team' }],
    },
  ])
  value = 20
  await heard('/team', 'resolved')
  await new Promise((resolve) => setTimeout(resolve, 2_500))
  expect(recorder.calls.map(({ path, status }) => `${path} ${status}`)).toEqual(['/team firing', '/team resolved'])
}, 60_000)

test('a restart by kill -9 tells nobody what they know', async () => {
  value = 40
  const before = recorder.calls.length
  await until('the alert', () => (recorder.calls.length > before ? true : undefined))
  // Killed between the call and its record, it would tell once more, by the same Idempotency-Key.
  await until('its record', async () => {
    const { items } = await get('/api/app/alerts/notifications')
    return items.length > before && items[0].delivered ? true : undefined
  })
  const { dataDir, folder } = app
  ended.push(app)
  await app.kill()
  app = await startBinnacle({
    dataDir,
    args: ['--config', join(folder, 'binnacle.yml'), '--prometheus-config', join(folder, 'prometheus.yml')],
  })
  await until('the alert', async () => ((await get('/api/v2/alerts')).length === 1 ? true : undefined))
  await new Promise((resolve) => setTimeout(resolve, 3_000))
  expect(recorder.calls.length).toBe(before + 1)
  value = 20
  await until('its end', () => (recorder.calls.at(-1)?.status === 'resolved' ? true : undefined))
}, 60_000)

test('a reload with a bad alertmanager.yml changes nothing and is told; a good one counts at once', async () => {
  const file = join(ended[0]!.folder, 'routing.yml')
  const reload = () => fetch(`${app.url}/-/reload`, { method: 'POST' })
  await writeFile(file, alertmanager('others').replace('receiver: others', 'receiver: nobody'))
  const refused = await reload()
  expect(refused.status).toBe(500)
  expect(await refused.text()).toContain('undefined receiver "nobody" used in route')
  const metrics = async () => (await fetch(`${app.url}/metrics`)).text()
  expect(await metrics()).toContain('\nalertmanager_config_last_reload_successful 0\n')
  await writeFile(file, alertmanager('others'))
  expect((await reload()).status).toBe(200)
  expect(await metrics()).toContain('\nalertmanager_config_last_reload_successful 1\n')
  value = 50
  await heard('/others', 'firing')
  value = 20
  await heard('/others', 'resolved')
}, 60_000)
