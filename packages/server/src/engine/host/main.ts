// Entry of the child process `binnacle-engine`: the only one that loads the native engine.
// It ends by itself when its standard input closes, which is when the watch has died, however it died.

import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { messageOf } from '../../config/index.ts'
import { systemClock } from '../../telemetry/index.ts'
import { type Chdb, loadChdb } from './chdb.ts'
import { engineConfig } from './engine-config.ts'
import { EXIT, type HostOrders, type HostReady } from './orders.ts'
import { createHostServer } from './server.ts'
import { createSessionPool, type SessionPool } from './session-pool.ts'

/** Past this long without an answer to `SELECT 1` on a session of its own, the engine counts as hung. */
const ENGINE_SILENT_MS = 30_000
const PROBE_EVERY_MS = 5_000
const PURGE_EVERY_MS = 30_000
/** Resident memory from which freed pages are given back. An idle engine has about 300 MB, most of it the library. */
const PURGE_ABOVE_BYTES = 350 * 1024 * 1024
/** Time for running queries when we stop; then the process ends, whatever they do. */
const STOP_WITHIN_MS = 3_000
const KILLED_WITHIN_MS = 2_000

const clock = systemClock
const NO_SETTINGS = new Map<string, string>()
const FOREVER = new AbortController().signal

process.title = 'binnacle-engine'
// Ctrl-C reaches the whole process group, and service managers send SIGTERM to all processes of a service. The watch
// decides when we stop (it closes our standard input): its last rows must still find us.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

const input = createInterface({ input: process.stdin })
input.once('line', (line) => {
  let orders: HostOrders
  try {
    orders = JSON.parse(line)
  } catch {
    leave(EXIT.badOrders, 'the orders on standard input are no JSON')
  }
  start(orders).catch((error: unknown) => leave(1, messageOf(error)))
})
input.once('close', () => stop(0))

let stopping = false
let halt: (() => Promise<void>) | undefined

function leave(code: number, reason: string): never {
  process.stderr.write(`${reason}\n`)
  process.exit(code)
}

function stop(code: number): void {
  if (stopping) return
  stopping = true
  // The engine's own threads may hold up an orderly exit; nothing acknowledged is lost by a kill.
  clock.after(STOP_WITHIN_MS, () => process.kill(process.pid, 'SIGKILL'))
  const end = () => process.exit(code)
  if (halt) halt().then(end, end)
  else end()
}

async function start(orders: HostOrders): Promise<void> {
  let chdb: Chdb
  try {
    chdb = loadChdb()
  } catch (error) {
    leave(EXIT.noEngine, messageOf(error))
  }
  const dir = join(orders.dataDir, 'engine')
  const { spoolDir } = orders
  for (const path of [dir, spoolDir]) mkdirSync(path, { recursive: true, mode: 0o700 })
  // Left over from a host that was killed.
  for (const name of readdirSync(spoolDir)) rmSync(join(spoolDir, name), { recursive: true, force: true })
  // Inserts name their file without its directory, so that no character of the path means anything in SQL.
  process.chdir(spoolDir)
  const configFile = join(orders.dataDir, 'engine.xml')
  writeFileSync(
    configFile,
    engineConfig({ maxServerMemoryBytes: orders.maxServerMemoryBytes, tempDir: join(spoolDir, 'tmp') }),
    { mode: 0o600 },
  )
  let pool: SessionPool
  try {
    pool = createSessionPool({
      chdb,
      dir,
      configFile,
      defaults: new Map([
        ['max_threads', '2'],
        ['max_query_size', String(64 * 1024 * 1024)],
        ['session_timezone', 'UTC'],
      ]),
    })
  } catch (error) {
    leave(EXIT.directoryTaken, messageOf(error))
  }
  const version = await pool.run('control', FOREVER, (s) => s.query('SELECT version()', 'TabSeparatedRaw', NO_SETTINGS))

  let answeredAt = clock.monotonic()
  const alive = () => clock.monotonic() - answeredAt < ENGINE_SILENT_MS
  const login =
    orders.listen.kind === 'tcp' ? { user: orders.listen.user, password: orders.listen.password } : undefined
  const server = createHostServer({ pool, clock, spoolDir, alive, ...(login === undefined ? {} : { login }) })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    if (orders.listen.kind === 'socket') {
      rmSync(orders.listen.path, { force: true })
      server.listen(orders.listen.path, () => resolve())
    } else server.listen(0, '127.0.0.1', () => resolve())
  })
  if (orders.listen.kind === 'socket') chmodSync(orders.listen.path, 0o600)

  halt = async () => {
    server.close()
    // Their queries are killed, as when any connection closes. The engine's own exit would wait for them, and block
    // our event loop while it does: what cannot be killed in time is left to SIGKILL.
    server.closeAllConnections()
    const until = clock.monotonic() + KILLED_WITHIN_MS
    while (pool.busy() > 0 && clock.monotonic() < until) await clock.sleep(20)
    if (pool.busy() > 0) process.kill(process.pid, 'SIGKILL')
    pool.close()
  }
  watchEngine()
  const address = server.address()
  const ready: HostReady = {
    ready: true,
    engine: Buffer.from(version).toString('utf8').trim(),
    ...(typeof address === 'object' && address !== null ? { port: address.port } : {}),
  }
  process.stdout.write(`${JSON.stringify(ready)}\n`)

  /** Asks the engine for a sign of life, and gives freed memory back after heavy work. */
  async function watchEngine(): Promise<void> {
    let purgedAt = Number.NEGATIVE_INFINITY
    while (!stopping) {
      try {
        await pool.run('control', FOREVER, (session) => session.query('SELECT 1', 'Null', NO_SETTINGS))
        answeredAt = clock.monotonic()
        const due = clock.monotonic() - purgedAt > PURGE_EVERY_MS
        if (due && process.memoryUsage.rss() > PURGE_ABOVE_BYTES && pool.busy() === 0) {
          purgedAt = clock.monotonic()
          // Results that were sent are garbage of Node's, outside its heap: it sees no need to collect on its own.
          globalThis.gc?.()
          await pool.run('control', FOREVER, (s) => s.query('SYSTEM JEMALLOC PURGE', 'Null', NO_SETTINGS))
        }
      } catch (error) {
        process.stderr.write(`the engine's sign of life failed: ${messageOf(error)}\n`)
      }
      await clock.sleep(PROBE_EVERY_MS)
    }
  }
}
