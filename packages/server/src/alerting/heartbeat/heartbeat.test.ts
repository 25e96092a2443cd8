import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Secret } from '../../config/index.ts'
import { createDrivenClock } from '../../metrics/intake/scrape/testkit/driven-clock.ts'
import { createRegistry, silentLogger } from '../../telemetry/index.ts'
import { createHeartbeat, type Heartbeat } from './index.ts'

let server: Server
let url: string
let heard: string[]
let status: number
let wrong: string[]
const open: Heartbeat[] = []

beforeEach(async () => {
  heard = []
  status = 200
  wrong = []
  server = createServer((request, response) => {
    heard.push(`${request.method} ${request.url}`)
    response.writeHead(status).end('fine')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((heartbeat) => heartbeat.stop()))
  server.closeAllConnections()
  server.close()
})

function start(path: string | undefined, over: { intervalMs?: number; timeoutMs?: number } = {}) {
  const clock = createDrivenClock(1_764_000_000_000)
  const registry = createRegistry()
  const optionsOf = (to: string) => ({ url: new Secret(`${url}${to}`), intervalMs: 30_000, timeoutMs: 5_000, ...over })
  const heartbeat = createHeartbeat(
    { clock, log: silentLogger, registry, fetch, check: () => wrong },
    path === undefined ? undefined : optionsOf(path),
  )
  open.push(heartbeat)
  heartbeat.start(new AbortController().signal)
  return { clock, registry, heartbeat, optionsOf }
}

const until = (what: () => boolean) => vi.waitFor(() => expect(what()).toBe(true), { timeout: 5_000, interval: 5 })

test('the watcher is called at once and then every interval', async () => {
  const { clock, heartbeat } = start('/ping/secret-token')
  await until(() => heartbeat.view().lastOkMs !== undefined)
  expect(heard).toEqual(['GET /ping/secret-token'])
  await clock.advance(29_000)
  expect(heard).toHaveLength(1)
  await clock.advance(1_000)
  await until(() => heard.length === 2)
})

test('no call goes out while something is wrong, and the view says what', async () => {
  wrong = ['group "api" was not evaluated for 5m']
  const { clock, heartbeat, registry } = start('/ping')
  await until(() => heartbeat.view().error !== undefined)
  expect(heartbeat.view()).toEqual({ configured: true, error: 'withheld: group "api" was not evaluated for 5m' })
  wrong = []
  await clock.advance(30_000)
  await until(() => heartbeat.view().error === undefined)
  expect(heard).toEqual(['GET /ping'])
  const text = registry.render('text')
  expect(text).toContain('binnacle_heartbeat_calls_total{result="withheld"} 1')
  expect(text).toContain('binnacle_heartbeat_calls_total{result="ok"} 1')
})

test('an answer that is not 2xx is told; the next good one clears it', async () => {
  status = 503
  const { clock, heartbeat } = start('/ping')
  await until(() => heartbeat.view().error !== undefined)
  expect(heartbeat.view().error).toBe('the watcher answered 503')
  status = 204
  await clock.advance(30_000)
  await until(() => heartbeat.view().error === undefined)
})

test('neither the view nor a failure shows the address', async () => {
  server.close()
  server.closeAllConnections()
  const { heartbeat } = start('/secret-token')
  await until(() => heartbeat.view().error !== undefined)
  expect(JSON.stringify(heartbeat.view())).not.toContain('secret-token')
  expect(heartbeat.view().error).toContain('ECONNREFUSED')
})

test('a watcher that does not answer is given up at the deadline', async () => {
  server.removeAllListeners('request')
  server.on('request', (request) => heard.push(request.url ?? ''))
  const { clock, heartbeat } = start('/ping', { timeoutMs: 2_000 })
  await until(() => heard.length === 1)
  await clock.advance(2_000)
  await until(() => heartbeat.view().error !== undefined)
  expect(heartbeat.view().error).toBe('no answer within 2000 ms')
})

test('new settings take effect at once, the same ones change nothing, none ends it', async () => {
  const { clock, heartbeat, optionsOf } = start(undefined)
  expect(heartbeat.view()).toEqual({ configured: false })
  heartbeat.apply(optionsOf('/a'))
  await until(() => heartbeat.view().lastOkMs !== undefined)
  heartbeat.apply(optionsOf('/a'))
  heartbeat.apply(optionsOf('/b'))
  await until(() => heard.length === 2)
  expect(heard).toEqual(['GET /a', 'GET /b'])
  await until(() => heartbeat.view().lastOkMs !== undefined)
  heartbeat.apply(undefined)
  await clock.advance(120_000)
  expect(heard).toHaveLength(2)
  expect(heartbeat.view()).toEqual({ configured: false })
})
