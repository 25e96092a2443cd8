import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runCli } from './run-cli.ts'
import { type RunningBinnacle, startBinnacle } from './start-binnacle.ts'

const PROGRAM = fileURLToPath(new URL('../bin/binnacle.mjs', import.meta.url))

async function until<T>(what: string, ask: () => Promise<T | undefined | false>, timeoutMs = 15_000): Promise<T> {
  const end = performance.now() + timeoutMs
  while (performance.now() < end) {
    const found = await ask().catch(() => undefined)
    if (found !== undefined && found !== false) return found
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${what}: not within ${timeoutMs} ms`)
}

async function data<T>(it: RunningBinnacle, path: string): Promise<T> {
  return ((await (await fetch(it.url + path)).json()) as { data: T }).data
}

/** A target that serves one metric. */
async function startTarget(): Promise<{ address: string; server: Server } & AsyncDisposable> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.end('# TYPE cargo_tons gauge\ncargo_tons 42\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    address,
    server,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const scrapeConfig = (job: string, address: string) =>
  `scrape_configs:\n- job_name: ${job}\n  scrape_interval: 1s\n  static_configs: [{targets: ["${address}"]}]\n`

test('without any configuration it says in one line where it is, collects the host and itself, and stops cleanly', async () => {
  await using it = await startBinnacle()
  expect(it.stdout).toMatch(/^Binnacle is ready: http:\/\/127\.0\.0\.1:\d+[^\n]*\n$/)
  expect(it.stderr).not.toContain('"level":"error"')
  expect((await fetch(`${it.url}/-/ready`)).status).toBe(200)
  expect(it.enginePid()).toBeTypeOf('number')
  const load = await until('host metrics', async () => {
    const { result } = await data<{ result: unknown[] }>(it, '/api/v1/query?query=node_load1')
    return result.length === 1
  })
  expect(load).toBe(true)
  const engine = it.enginePid()
  expect(await it.stop()).toBe(0)
  expect(it.stderr).not.toContain('"level":"error"')
  await until('the engine to be gone', async () => {
    try {
      process.kill(engine ?? 0, 0)
      return false
    } catch {
      return true
    }
  })
})

test('a prometheus.yml is scraped; a reload by signal and by HTTP takes what changed, and refuses what is bad', async () => {
  await using target = await startTarget()
  await using it = await startBinnacle({ prometheusConfig: scrapeConfig('first', target.address) })
  const poolIs = (name: string) => async () => {
    const { activeTargets } = await data<{ activeTargets: { scrapePool: string; health: string; id: string }[] }>(
      it,
      '/api/v1/targets',
    )
    return activeTargets.find((one) => one.scrapePool === name && one.health === 'up')
  }
  const first = await until('first target up', poolIs('first'))
  const raw = await fetch(`${it.url}/api/app/targets/${first.id}/scrape`, { method: 'POST' })
  expect(await raw.json()).toMatchObject({ status: 200, body: expect.stringContaining('cargo_tons 42') })

  const file = join(it.folder, 'prometheus.yml')
  writeFileSync(file, scrapeConfig('second', target.address))
  it.signal('SIGHUP')
  await until('second target up', poolIs('second'))

  writeFileSync(file, 'scrape_configs:\n- job_nane: third\n')
  const bad = await fetch(`${it.url}/-/reload`, { method: 'POST' })
  expect(bad.status).toBe(500)
  expect(await bad.text()).toContain('prometheus.yml:2:3: unknown key "job_nane"')
  expect(await poolIs('second')()).toBeDefined()
  const info = await data<{ reloadConfigSuccess: boolean }>(it, '/api/v1/status/runtimeinfo')
  expect(info.reloadConfigSuccess).toBe(false)

  writeFileSync(file, scrapeConfig('third', target.address))
  expect((await fetch(`${it.url}/-/reload`, { method: 'POST' })).status).toBe(200)
  await until('third target up', poolIs('third'))
})

test('a bad configuration at the start is told with its place, and nothing stays behind', async () => {
  await expect(startBinnacle({ prometheusConfig: 'scrape_configs:\n- job_nane: a\n' })).rejects.toThrow(
    /ended with code 1[\s\S]*prometheus\.yml:2:3: unknown key "job_nane"/,
  )
})

test('a taken port and a taken data folder are errors that say what to do', async () => {
  await using it = await startBinnacle()
  const address = new URL(it.url).host
  const port = await runCli(['--listen', address, '--data', join(it.folder, 'other')])
  expect([port.code, port.stdout]).toEqual([1, ''])
  expect(port.stderr).toContain(`${address} is already in use`)
  expect(port.stderr).toContain('--listen')
  const folder = await runCli(['--listen', '127.0.0.1:0', '--data', it.dataDir])
  expect([folder.code, folder.stdout]).toEqual([1, ''])
  expect(folder.stderr).toContain(String(it.pid))
  expect(folder.stderr).not.toMatch(/^\s+at /m)
})

test('query and storage answer from a running Binnacle', async () => {
  await using it = await startBinnacle()
  await until('something collected', async () =>
    (await runCli(['query', 'count(up)', '--url', it.url])).stdout.includes('2'),
  )
  const storage = await runCli(['storage', '--url', it.url])
  expect([storage.code, storage.stdout]).toEqual([0, expect.stringContaining(it.dataDir)])
  const cut = await runCli(['storage', 'cut', '--url', it.url])
  expect([cut.code, cut.stderr]).toEqual([0, ''])
  const wrong = await runCli(['query', 'rate(up', '--url', it.url])
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('parse error')])
})

test('a signal that arrives twice at once, as Ctrl-C under npm does, still stops cleanly', async () => {
  await using it = await startBinnacle()
  it.signal('SIGINT')
  it.signal('SIGINT')
  it.signal('SIGTERM')
  expect(await it.exited).toEqual({ code: 0, signal: null })
})

test('started by npm it ends when npm has gone, though no signal reached it', async () => {
  await using other = await startBinnacle()
  const script = `
    const { spawn } = require('node:child_process')
    const child = spawn(process.execPath, [${JSON.stringify(PROGRAM)}, '--listen', '127.0.0.1:0', '--data', ${JSON.stringify(join(other.folder, 'npm'))}], { stdio: ['ignore', 'pipe', 'inherit'] })
    child.stdout.once('data', (text) => console.log(child.pid + ' ' + text))`
  const parent = spawn(process.execPath, ['-e', script], {
    env: { ...process.env, npm_lifecycle_event: 'start' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const line = await new Promise<string>((resolve) => parent.stdout.setEncoding('utf8').once('data', resolve))
  const pid = Number(/^\d+/.exec(line)?.[0])
  parent.kill('SIGKILL')
  await until('the program to be gone', async () => {
    try {
      process.kill(pid, 0)
      return false
    } catch {
      return true
    }
  })
})
