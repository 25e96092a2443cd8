import { type ChildProcess, spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createRegistry, silentLogger, systemClock } from '../../telemetry/index.ts'
import { sql } from '../sql.ts'
import { LIMITS, NEVER } from '../testkit/test-host.ts'
import { watchProgram } from '../testkit/watch-process.ts'
import { createBatchWriter } from '../writer/index.ts'
import { createEngine, type Engine } from './index.ts'
import { identityOf } from './process-identity.ts'

const clock = systemClock
const DIST = new URL('../../../dist/', import.meta.url).href

let dir: string
const ends: (() => Promise<void>)[] = []
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'binnacle-supervisor-'))
})
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
  rmSync(dir, { recursive: true, force: true })
})

function engineAt(dataDir: string): { engine: Engine; registry: ReturnType<typeof createRegistry> } {
  const registry = createRegistry()
  const engine = createEngine({ clock, log: silentLogger, registry }, { dataDir })
  ends.push(() => engine.stop())
  return { engine, registry }
}

async function countOf(engine: Engine): Promise<{ rows: number; distinct: number }> {
  const statement = sql`SELECT count() AS a, uniqExact(id) AS b FROM rows`
  const [block] = await engine.client.queryAll(statement, { signal: NEVER, limits: LIMITS })
  const [a, b] = block!.columns
  if (a?.type !== 'UInt64' || b?.type !== 'UInt64') throw new Error('other types came')
  return { rows: a.data[0]!, distinct: b.data[0]! }
}

/** A watch in a process of its own; resolves with the first line it says. */
async function startWatch(dataDir: string, dist = DIST): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', watchProgram(dist, dataDir)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  ends.push(async () => void child.kill('SIGKILL'))
  const said = await new Promise<string>((resolve) => {
    createInterface({ input: child.stdout! }).once('line', resolve)
  })
  return { child, said }
}

test('starts on a new directory, answers, and leaves nothing running when stopped', async () => {
  const dataDir = join(dir, 'made by start')
  const { engine, registry } = engineAt(dataDir)
  expect(engine.state()).toBe('starting')
  await engine.start(NEVER)
  expect(engine.state()).toBe('up')
  await engine.client.ping(NEVER)
  expect(statSync(dataDir).mode & 0o777).toBe(0o700)
  expect(statSync(join(dataDir, 'engine.sock')).mode & 0o777).toBe(0o600)
  expect(engine.memoryBytes).toBeGreaterThan(50_000_000)
  expect(registry.render('text')).toContain('binnacle_engine_up 1')
  const pid = engine.pid!
  await Promise.all([engine.stop(), engine.stop()])
  expect(identityOf(pid)).toBeUndefined()
  expect(existsSync(join(dataDir, 'binnacle.lock'))).toBe(false)
  expect(engine.state()).toBe('down')
})

test('what the environment of the watch holds does not reach the host', async () => {
  process.env.BINNACLE_TEST_SECRET = 'hidden'
  const { engine } = engineAt(dir)
  await engine.start(NEVER)
  expect(readFileSync(`/proc/${engine.pid}/environ`, 'utf8')).not.toContain('hidden')
})

test.for(["it's *{a,b} [?]", 'ü spaces'])('inserts and reads work in a directory named %s', async (name) => {
  const { engine } = engineAt(join(dir, name))
  await engine.start(NEVER)
  await engine.client.command(sql`CREATE TABLE rows (id UInt64) ENGINE = MergeTree ORDER BY id`, { signal: NEVER })
  const columns = [{ name: 'id', type: 'UInt64', data: new Uint32Array(20) }] as const
  await engine.client.insert({ table: 'rows', columns: { rows: 10, columns }, signal: NEVER })
  expect(await countOf(engine)).toEqual({ rows: 10, distinct: 1 })
})

test('a host that holds too much memory is replaced', async () => {
  const registry = createRegistry()
  const engine = createEngine({ clock, log: silentLogger, registry }, { dataDir: dir, maxHostBytes: 1 })
  ends.push(() => engine.stop())
  await engine.start(NEVER)
  const before = engine.pid
  await new Promise<void>((resolve) => void engine.onUp(resolve))
  expect(engine.pid).not.toBe(before)
  expect(registry.render('text')).toContain('binnacle_engine_restarts_total{reason="memory"} 1')
})

test('without the native engine the start says to set engine.url', async () => {
  // A copy of the program beside every package but chdb.
  const root = fileURLToPath(new URL('../../../../../', import.meta.url))
  cpSync(join(root, 'packages/server/dist'), join(dir, 'dist'), { recursive: true })
  cpSync(join(root, 'packages/server/package.json'), join(dir, 'package.json'))
  mkdirSync(join(dir, 'node_modules'))
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (!/^(chdb|@chdb|\..*)$/.test(name))
      symlinkSync(join(root, 'node_modules', name), join(dir, 'node_modules', name))
  }
  const { said } = await startWatch(join(dir, 'data'), `${pathToFileURL(join(dir, 'dist')).href}/`)
  expect(said).toContain('failed engine.no_embedded')
})

test('a path too long for a socket gets a private directory elsewhere', async () => {
  const { engine } = engineAt(join(dir, 'x'.repeat(120)))
  await engine.start(NEVER)
  if (engine.endpoint.kind !== 'socket') throw new Error('no socket')
  const { path } = engine.endpoint
  expect(path.length).toBeLessThan(100)
  await engine.client.ping(NEVER)
  await engine.stop()
  expect(existsSync(dirname(path))).toBe(false)
})

describe.for([
  ['dies (SIGKILL)', 'SIGKILL', 3_000],
  ['hangs (SIGSTOP)', 'SIGSTOP', 8_000],
] as const)('while a writer inserts, the host %s', ([, signal, within]) => {
  test(`and is back within ${within} ms: nothing acknowledged is lost, nothing is there twice`, async () => {
    const { engine, registry } = engineAt(dir)
    await engine.start(NEVER)
    await engine.client.command(
      sql`CREATE TABLE rows (id UInt64) ENGINE = MergeTree PARTITION BY id % 3 ORDER BY id
        SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1`,
      { signal: NEVER },
    )
    const writer = createBatchWriter(
      { client: engine.client, clock, log: silentLogger, registry },
      { name: 'test', maxPendingBytes: 64_000_000 },
    )
    let next = 0
    let running = true
    const insertOn = async () => {
      while (running) {
        const first = next
        next += 500
        const data = new Uint32Array(1000)
        for (let i = 0; i < 500; i++) data[i * 2] = first + i
        await writer.add({ table: 'rows', block: { rows: 500, columns: [{ name: 'id', type: 'UInt64', data }] } })
      }
    }
    const inserting = [insertOn(), insertOn()]
    for (let round = 0; round < 2; round++) {
      await clock.sleep(300)
      const before = engine.pid
      const back = new Promise<void>((resolve) => {
        const off = engine.onUp(() => {
          off()
          resolve()
        })
      })
      const struckAt = clock.monotonic()
      process.kill(before!, signal)
      await back
      expect(clock.monotonic() - struckAt).toBeLessThan(within)
      expect(engine.pid).not.toBe(before)
    }
    await clock.sleep(300)
    running = false
    await Promise.all(inserting)
    expect(await countOf(engine)).toEqual({ rows: next, distinct: next })
    expect(registry.render('text')).toMatch(/binnacle_engine_restarts_total\{reason="(died|hung)"\} 2/)
  })
})

test('a second start on the same directory is refused and names the process that holds it', async () => {
  const { engine } = engineAt(dir)
  await engine.start(NEVER)
  const { engine: second } = engineAt(dir)
  await expect(second.start(NEVER)).rejects.toMatchObject({
    code: 'engine.directory_locked',
    message: expect.stringMatching(new RegExp(`process ${process.pid}, since \\d{4}-`)),
  })
  await second.stop()
  // The refused one took nothing from the first.
  await engine.client.ping(NEVER)
  const { said } = await startWatch(dir)
  expect(said).toContain(`engine.directory_locked`)
  expect(said).toContain(`process ${process.pid}`)
})

test('the host ends when its watch is killed, and the next start takes the directory over', async () => {
  const { child, said } = await startWatch(dir)
  const pid = Number(said.split(' ')[1])
  expect(identityOf(pid)).toBeDefined()
  child.kill('SIGKILL')
  await expect.poll(() => identityOf(pid), { timeout: 5_000 }).toBeUndefined()
  const { engine } = engineAt(dir)
  await engine.start(NEVER)
  await engine.client.ping(NEVER)
})

test('a hanging host whose watch is gone is found and killed by the next start', async () => {
  const { child, said } = await startWatch(dir)
  const pid = Number(said.split(' ')[1])
  process.kill(pid, 'SIGSTOP')
  child.kill('SIGKILL')
  await clock.sleep(300)
  expect(identityOf(pid)).toBeDefined()
  const { engine } = engineAt(dir)
  await engine.start(NEVER)
  expect(identityOf(pid)).toBeUndefined()
  await engine.client.ping(NEVER)
})

test('a start that is aborted ends its host', async () => {
  const { engine } = engineAt(dir)
  const stop = new AbortController()
  const starting = engine.start(stop.signal)
  await clock.sleep(30)
  stop.abort(new Error('not wanted'))
  await expect(starting).rejects.toThrow('not wanted')
  expect(engine.pid).toBeUndefined()
})
