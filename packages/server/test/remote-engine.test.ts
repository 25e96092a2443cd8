import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { encodeRemoteWrite } from '../src/metrics/intake/remote-write/testkit/index.ts'
import { type RemoteHost, startRemoteHost } from './remote-host.ts'
import { type RunningBinnacle, startBinnacle } from './start-binnacle.ts'
import { installWithoutChdb } from './without-chdb.ts'

/*
 * The whole program against an engine that runs elsewhere: our own host, on a TCP port that asks for a password.
 */

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-watch-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

async function until(what: string, ask: () => Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const end = performance.now() + timeoutMs
  while (performance.now() < end) {
    if (await ask().catch(() => false)) return
    await sleep(100)
  }
  throw new Error(`${what}: not within ${timeoutMs} ms`)
}

const statusOf = async (url: string) => {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) })
  await answer.arrayBuffer()
  return answer.status
}

async function write(it: RunningBinnacle, name: string, ts: number, value: number): Promise<number> {
  const body = encodeRemoteWrite([{ labels: ['__name__', name, 'ship', 'Vasa'], ts: [ts], values: [value] }])
  const answer = await fetch(`${it.url}/api/v1/write`, {
    method: 'POST',
    body: new Uint8Array(body),
    signal: AbortSignal.timeout(20_000),
  })
  await answer.arrayBuffer()
  return answer.status
}

type Series = { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }

async function query(it: RunningBinnacle, promql: string): Promise<Series[]> {
  const answer = await fetch(`${it.url}/api/v1/query?${new URLSearchParams({ query: promql })}`)
  const body = (await answer.json()) as { error?: string; data: { result: Series[] } }
  expect(body.error).toBeUndefined()
  return body.data.result
}

/** What Binnacle tells anybody about itself, and what it printed. */
async function everythingTold(it: RunningBinnacle): Promise<string> {
  const pages = [
    '/metrics',
    '/-/ready',
    '/api/v1/status/config',
    '/api/v1/status/flags',
    '/api/v1/status/runtimeinfo',
    '/api/v1/status/tsdb',
    '/api/v1/targets',
    '/api/app/self',
    '/api/app/storage',
  ]
  const texts = await Promise.all(pages.map(async (page) => (await fetch(it.url + page)).text()))
  return [...texts, it.stdout, it.stderr].join('\n')
}

/** The password in the clear, in URLs and in JSON, or as basic authentication carries it. */
function formsOf({ user, password }: RemoteHost): string[] {
  return [
    password,
    encodeURIComponent(password),
    JSON.stringify(password).slice(1, -1),
    Buffer.from(password).toString('base64'),
    Buffer.from(`${user}:${password}`).toString('base64'),
  ]
}

function expectNoSecret(text: string, remote: RemoteHost): void {
  for (const form of formsOf(remote)) expect(text).not.toContain(form)
}

const byEnvironment = (remote: RemoteHost) =>
  `engine:\n  url: ${remote.url}\n  user: ${remote.user}\n  password: \${ENGINE_PASSWORD}\nlog: {level: debug}\n`

test('scraping, pushing, asking, cutting and a restart work as on the embedded engine, and no secret shows', async () => {
  await using remote = await startRemoteHost()
  const dataDir = await freshFolder()
  const now = Date.now()
  let told = ''
  {
    await using it = await startBinnacle({
      dataDir,
      config: byEnvironment(remote),
      env: { ENGINE_PASSWORD: remote.password },
    })
    expect(it.enginePid()).toBeUndefined()
    expect(await statusOf(`${it.url}/-/ready`)).toBe(200)
    expect(await write(it, 'cargo_tons', now - 60_000, 42)).toBe(204)
    expect(await query(it, 'cargo_tons')).toMatchObject([{ value: [expect.anything(), '42'] }])
    await until('its own metrics', async () => (await query(it, 'up{job="binnacle"} == 1')).length === 1)
    await until('those of the host', async () => (await query(it, 'node_load1')).length === 1)
    const cut = await fetch(`${it.url}/api/v1/admin/storage/cut`, { method: 'POST' })
    expect(cut.status).toBe(200)
    expect(await write(it, 'cargo_tons', now - 30_000, 43)).toBe(204)
    told += await everythingTold(it)
    expect(told).toContain('<secret>')
    expect(await it.stop()).toBe(0)
    told += it.stdout + it.stderr
  }
  const passwordFile = join(dataDir, 'engine-password')
  writeFileSync(passwordFile, `${remote.password}\n`, { mode: 0o600 })
  await using again = await startBinnacle({
    dataDir,
    config: `engine: {url: "${remote.url}", user: ${remote.user}, password_file: ${passwordFile}}\nlog: {level: debug}\n`,
  })
  const kept = await query(again, 'cargo_tons[10m]')
  expect(kept).toHaveLength(1)
  expect(kept[0]?.values?.map(([, value]) => value)).toEqual(['42', '43'])
  expect((await query(again, 'count_over_time(node_load1[10m])')).length).toBe(1)
  told += await everythingTold(again)
  expect(await again.stop()).toBe(0)
  expectNoSecret(told + again.stdout + again.stderr, remote)
}, 60_000)

test('a wrong password ends the start with one clear line that does not show it', async () => {
  await using remote = await startRemoteHost()
  const wrong = { ...remote, password: 'not-the-w0rd' }
  const failure = await startBinnacle({ config: byEnvironment(remote), env: { ENGINE_PASSWORD: wrong.password } }).then(
    () => '',
    (error: Error) => error.message,
  )
  expect(failure).toContain('ended with code 1 before it was ready')
  const said = /^stderr: ([\s\S]*)/m.exec(failure)?.[1] ?? ''
  const lines = said.split('\n').filter((line) => line !== '' && !line.startsWith('{'))
  expect(lines).toHaveLength(2)
  expect(lines[0]).toMatch(/^binnacle: .*\(engine\.access_denied\)$/)
  for (const setting of ['engine.url', 'engine.user', 'engine.password']) expect(lines[1]).toContain(setting)
  expectNoSecret(failure, remote)
  expectNoSecret(failure, wrong)
}, 60_000)

test('an engine that is not there yet is waited for', async () => {
  await using remote = await startRemoteHost()
  await remote.goAway()
  let tried = () => {}
  const hasTried = new Promise<void>((resolve) => {
    tried = resolve
  })
  const starting = startBinnacle({
    config: byEnvironment(remote),
    env: { ENGINE_PASSWORD: remote.password },
    onStderr: (text) => text.includes('the engine does not answer') && tried(),
  })
  await Promise.race([hasTried, starting])
  await remote.comeBack()
  await using it = await starting
  expect(it.stderr).toContain('the engine does not answer')
  expect(await write(it, 'cargo_tons', Date.now(), 1)).toBe(204)
  expectNoSecret(await everythingTold(it), remote)
}, 60_000)

test('while the engine is away it is not ready and acknowledges nothing; what it acknowledged is there once it is back', async () => {
  await using remote = await startRemoteHost()
  const dataDir = await freshFolder()
  const baseMs = Date.now() - 120_000
  const acknowledged: number[] = []
  const refused: number[] = []
  let told = ''
  {
    await using it = await startBinnacle({
      dataDir,
      config: byEnvironment(remote),
      env: { ENGINE_PASSWORD: remote.password },
    })
    let pushing = true
    const pusher = (async () => {
      for (let n = 0; pushing; n++) {
        const status = await write(it, 'knots', baseMs + n * 20, n).catch(() => 0)
        if (status === 204) acknowledged.push(n)
        else refused.push(status)
        await sleep(20)
      }
    })()
    await until('some pushes', async () => acknowledged.length > 20)
    await remote.goAway()
    await until('not ready', async () => (await statusOf(`${it.url}/-/ready`)) === 503, 10_000)
    const before = acknowledged.length
    expect(await (await fetch(`${it.url}/-/ready`)).text()).toContain('engine')
    await sleep(1_000)
    expect(acknowledged.length - before).toBe(0)
    // What is in memory is still answered: alerts keep their sight.
    expect(await query(it, 'knots')).toHaveLength(1)
    await remote.comeBack()
    await until('ready again', async () => (await statusOf(`${it.url}/-/ready`)) === 200, 15_000)
    await until('pushes go on', async () => acknowledged.length > before + 20)
    pushing = false
    await pusher
    for (const status of refused) expect([429, 503]).toContain(status)
    told = await everythingTold(it)
    await it.kill()
    told += it.stdout + it.stderr
  }
  await using again = await startBinnacle({
    dataDir,
    config: byEnvironment(remote),
    env: { ENGINE_PASSWORD: remote.password },
  })
  const found = (await query(again, 'knots[1h]'))[0]?.values ?? []
  const numbers = found.map(([, value]) => Number(value))
  expect(new Set(numbers).size).toBe(numbers.length)
  const there = new Set(numbers)
  expect(acknowledged.filter((n) => !there.has(n))).toEqual([])
  for (const [time, value] of found) expect(Math.round(time * 1000)).toBe(baseMs + Number(value) * 20)
  expectNoSecret(told + (await everythingTold(again)), remote)
}, 90_000)

test('where the embedded engine is not installed it says that it needs engine.url, and starts with it', async () => {
  using installed = installWithoutChdb()
  const failure = await startBinnacle({ program: installed.program }).then(
    () => '',
    (error: Error) => error.message,
  )
  expect(failure).toContain('ended with code 1 before it was ready')
  const said = /^stderr: ([\s\S]*)/m.exec(failure)?.[1] ?? ''
  const lines = said.split('\n').filter((line) => line !== '' && !line.startsWith('{'))
  expect(lines).toHaveLength(2)
  expect(lines[0]).toMatch(/^binnacle: the embedded engine does not run on this machine.*\(engine\.no_embedded\)$/)
  expect(lines[1]).toContain('set engine.url to a ClickHouse server')

  await using remote = await startRemoteHost()
  await using it = await startBinnacle({
    program: installed.program,
    config: byEnvironment(remote),
    env: { ENGINE_PASSWORD: remote.password },
  })
  expect(await write(it, 'cargo_tons', Date.now(), 1)).toBe(204)
  expect(await query(it, 'cargo_tons')).toHaveLength(1)
}, 60_000)
