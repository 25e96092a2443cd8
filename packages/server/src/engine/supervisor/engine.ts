import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve as resolvePath } from 'node:path'
import { BinnacleError, messageOf } from '../../config/index.ts'
import { type Clock, type Logger, type Registry, withDeadline } from '../../telemetry/index.ts'
import { createEngineClient, describeEndpoint, type EngineClient, type EngineEndpoint } from '../client/index.ts'
import { EXIT } from '../host/orders.ts'
import { type SnapshotOptions, takeSnapshot } from '../snapshot/index.ts'
import { lockDirectory } from './directory-lock.ts'
import { createEngineMetrics } from './engine-metrics.ts'
import { type HostExit, type HostProcess, startHost } from './host-process.ts'
import { preparePrivateDirectory, removeTemporary, socketPathOf, spoolPathOf } from './private-paths.ts'
import { identityOf, isAlive, type ProcessIdentity, residentBytes } from './process-identity.ts'

export type EngineState = 'starting' | 'up' | 'down'

export type EngineDeps = { readonly clock: Clock; readonly log: Logger; readonly registry: Registry }

export type EngineOptions = {
  /** Made if missing, and private (0700). A relative path counts from the working directory. */
  readonly dataDir: string
  /** A ClickHouse server instead of the embedded engine; the data directory is locked all the same. */
  readonly remote?: Extract<EngineEndpoint, { kind: 'url' }>
  /** Resident memory from which the host is replaced. Default 1.5 GiB. */
  readonly maxHostBytes?: number
  /** What the engine itself may allocate. Default 700 MiB. */
  readonly maxServerMemoryBytes?: number
}

export type Engine = {
  /**
   * Resolves once the engine answers. Rejects with `engine.directory_locked` (another Binnacle holds the directory),
   * `engine.no_embedded` (no binary for this machine), `engine.start_failed` (it ended several times before it
   * answered), or `signal.reason`. Afterwards the engine is looked after until `stop()`.
   */
  start(signal: AbortSignal): Promise<void>
  /** Ends the host within 5 s and gives the directory back. Safe twice, and after a failed start. */
  stop(): Promise<void>
  readonly client: EngineClient
  /** Plain data, for clients in worker threads. Never log it: it may hold a password. */
  readonly endpoint: EngineEndpoint
  state(): EngineState
  /** Calls back each time the engine comes up, after restarts too; the returned function ends that. */
  onUp(callback: () => void): () => void
  /**
   * Copies tables into a data directory of its own. Rejects with `engine.snapshot_remote` for a server, which takes its
   * own backups, and `engine.snapshot_failed`.
   */
  snapshot(options: SnapshotOptions, signal: AbortSignal): Promise<void>
  /** Of the host process; undefined while there is none. */
  readonly pid: number | undefined
  /** Resident memory of the host, its mapped library included; undefined where unknown. */
  readonly memoryBytes: number | undefined
}

const BEAT_EVERY_MS = 1_000
/** After a beat without an answer the next comes at once, so that three of them take 5 s and a host that hangs is back
 * within 8 s. Beats are counted, not time, so that a watch that was itself stopped does not take its gap for the host's. */
const BEAT_AGAIN_MS = 100
const BEAT_TIMEOUT_MS = 1_200
const BEATS_MISSED = 3
const READY_WITHIN_MS = 120_000
const STOP_WITHIN_MS = 4_000
const STARTS_BEFORE_GIVING_UP = 5
const FIRST_BACKOFF_MS = 200
const LONGEST_BACKOFF_MS = 10_000
/** A host that answered and then died is back within 3 s, however often; only starts that fail wait longer. */
const LONGEST_PAUSE_AFTER_DEATH_MS = 800
/** After this long without trouble a death counts as the first one again. */
const CALM_MS = 60_000

const MIB = 1024 * 1024

type EndReason = 'died' | 'hung' | 'memory'

export function createEngine({ clock, log, registry }: EngineDeps, options: EngineOptions): Engine {
  const dataDir = resolvePath(options.dataDir)
  const maxHostBytes = options.maxHostBytes ?? 1536 * MIB
  const endpoint: EngineEndpoint = options.remote ?? { kind: 'socket', path: socketPathOf(dataDir) }
  const pidFile = join(dataDir, 'engine.pid')
  const metrics = createEngineMetrics(registry, () => ({ up: state === 'up', memoryBytes: memoryBytes() }))
  const client = createEngineClient({ endpoint, clock, onCall: metrics.observe })
  // Its own connections: a beat must not wait behind the queries of everybody else.
  const beats = createEngineClient({ endpoint, clock, maxConnections: 2 })
  const callbacks = new Set<() => void>()
  const life = new AbortController()
  let state: EngineState = 'starting'
  let host: HostProcess | undefined
  let unlock: (() => void) | undefined
  let looking: Promise<void> | undefined
  let stopping: Promise<void> | undefined

  const memoryBytes = () => (host?.pid === undefined ? undefined : residentBytes(host.pid))

  function up(): void {
    state = 'up'
    for (const callback of callbacks) {
      try {
        callback()
      } catch (error) {
        log.error({ error }, 'a callback of the engine failed')
      }
    }
  }

  async function beat(): Promise<boolean> {
    try {
      await withDeadline(clock, life.signal, BEAT_TIMEOUT_MS, (signal) => beats.ping(signal))
      return true
    } catch {
      return false
    }
  }

  /** Resolves when the host must be replaced, or when we stop. */
  async function lookAfter(current: HostProcess): Promise<EndReason> {
    let ended = false
    // One signal for the sleeps of this host's whole life: racing each sleep against its death would leave a listener
    // on that promise every second.
    const wake = new AbortController()
    const onStop = () => wake.abort()
    life.signal.addEventListener('abort', onStop, { once: true })
    void current.exited.then(() => {
      ended = true
      wake.abort()
      life.signal.removeEventListener('abort', onStop)
    })
    if (life.signal.aborted) wake.abort()
    let missed = 0
    for (;;) {
      await clock.sleep(missed === 0 ? BEAT_EVERY_MS : BEAT_AGAIN_MS, wake.signal).catch(() => {})
      if (ended || life.signal.aborted) return 'died'
      missed = (await beat()) ? 0 : missed + 1
      if (ended || life.signal.aborted) return 'died'
      if (missed >= BEATS_MISSED) return 'hung'
      const resident = memoryBytes()
      if (resident !== undefined && resident > maxHostBytes) {
        log.warn({ residentBytes: resident, maxHostBytes }, 'the engine host holds too much memory and is replaced')
        return 'memory'
      }
    }
  }

  /** A host that answers. Throws `HostFailed`, or `signal.reason`. */
  async function launch(signal: AbortSignal): Promise<HostProcess> {
    signal.throwIfAborted()
    if (endpoint.kind !== 'socket') throw new Error('a remote engine is not launched')
    const spoolDir = spoolPathOf(dataDir)
    // The parents first: they are made on the way, and must be private as well.
    for (const path of [dirname(endpoint.path), dirname(spoolDir), spoolDir]) preparePrivateDirectory(path)
    const orders = {
      dataDir,
      spoolDir,
      listen: { kind: 'socket', path: endpoint.path },
      maxServerMemoryBytes: options.maxServerMemoryBytes ?? 700 * MIB,
    } as const
    const current = startHost(orders, (line) => log.warn({ line }, 'the engine host says'))
    host = current
    if (current.pid !== undefined) rememberHost(pidFile, current.pid)
    try {
      const first = await withDeadline(clock, signal, READY_WITHIN_MS, (deadline) =>
        Promise.race([current.ready, current.exited, rejection(deadline)]),
      )
      if (!('ready' in first)) throw new HostFailed(first)
      log.info({ pid: current.pid, version: first.engine }, 'the engine is up')
      return current
    } catch (error) {
      await end(current, false)
      throw error
    }
  }

  /** Ends a host, in good order first if there is time, and waits until it is gone. */
  async function end(current: HostProcess, gently: boolean): Promise<void> {
    if (gently) {
      current.ask()
      const patience = new AbortController()
      await Promise.race([current.exited, clock.sleep(STOP_WITHIN_MS, patience.signal).catch(() => {})])
      patience.abort()
    }
    current.kill()
    await current.exited
    if (host === current) host = undefined
    rmSync(pidFile, { force: true })
  }

  /** Keeps an embedded host running until we stop. */
  async function keep(first: HostProcess): Promise<void> {
    let current = first
    let backoff = 0
    while (!life.signal.aborted) {
      const since = clock.monotonic()
      const reason = await lookAfter(current)
      if (life.signal.aborted) break
      state = 'down'
      metrics.restarts.with(reason).inc()
      const exit = reason === 'died' ? await current.exited : undefined
      log.error({ reason, ...exit }, 'the engine host is being replaced')
      await end(current, reason === 'memory')
      if (clock.monotonic() - since > CALM_MS) backoff = 0
      const next = await relaunch(backoff)
      if (!next) break
      current = next.host
      backoff = Math.min(next.backoff, LONGEST_PAUSE_AFTER_DEATH_MS)
      up()
    }
    if (host) await end(host, true)
  }

  async function relaunch(backoff: number): Promise<{ host: HostProcess; backoff: number } | undefined> {
    let pause = backoff
    for (;;) {
      await clock.sleep(pause, life.signal).catch(() => {})
      if (life.signal.aborted) return undefined
      pause = pause === 0 ? FIRST_BACKOFF_MS : Math.min(pause * 2, LONGEST_BACKOFF_MS)
      try {
        return { host: await launch(life.signal), backoff: pause }
      } catch (error) {
        if (life.signal.aborted) return undefined
        log.error({ error: messageOf(error), againInMs: pause }, 'the engine host did not start')
      }
    }
  }

  async function startEmbedded(signal: AbortSignal): Promise<void> {
    await killStaleHost(pidFile, clock, log)
    let pause = FIRST_BACKOFF_MS
    for (let tries = 1; ; tries++) {
      try {
        const first = await launch(signal)
        up()
        looking = keep(first)
        return
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof HostFailed && error.exit.code === EXIT.noEngine) throw noEmbedded(error.exit)
        if (tries >= STARTS_BEFORE_GIVING_UP) throw startFailed(error)
        log.warn({ error: messageOf(error), againInMs: pause }, 'the engine host did not start')
      }
      await clock.sleep(pause, signal)
      pause *= 2
    }
  }

  /** A remote engine: all we can do is ask whether it is there. */
  async function startRemote(signal: AbortSignal): Promise<void> {
    let pause = FIRST_BACKOFF_MS
    while (!(await beat())) {
      signal.throwIfAborted()
      log.warn({ engine: describeEndpoint(endpoint), againInMs: pause }, 'the engine does not answer')
      await clock.sleep(pause, signal)
      pause = Math.min(pause * 2, LONGEST_BACKOFF_MS)
    }
    up()
    looking = (async () => {
      let missed = 0
      while (!life.signal.aborted) {
        await clock.sleep(BEAT_EVERY_MS, life.signal).catch(() => {})
        if (life.signal.aborted) return
        missed = (await beat()) ? 0 : missed + 1
        if (missed === 0 && state === 'down') up()
        if (missed === BEATS_MISSED) {
          state = 'down'
          log.error({ engine: describeEndpoint(endpoint) }, 'the engine does not answer')
        }
      }
    })()
  }

  return {
    async start(signal) {
      // `stop()` during a start ends the start.
      const own = new AbortController()
      const follow = () => own.abort(signal.reason)
      const halt = () => own.abort(life.signal.reason)
      signal.addEventListener('abort', follow, { once: true })
      life.signal.addEventListener('abort', halt, { once: true })
      try {
        signal.throwIfAborted()
        life.signal.throwIfAborted()
        mkdirSync(dataDir, { recursive: true, mode: 0o700 })
        chmodSync(dataDir, 0o700)
        unlock = lockDirectory(dataDir, clock.now())
        await (endpoint.kind === 'socket' ? startEmbedded(own.signal) : startRemote(own.signal))
      } catch (error) {
        state = 'down'
        throw error
      } finally {
        signal.removeEventListener('abort', follow)
        life.signal.removeEventListener('abort', halt)
      }
    },
    stop() {
      stopping ??= (async () => {
        life.abort(new BinnacleError('engine.stopped', 'the engine is stopping', { kind: 'unavailable' }))
        await looking
        if (host) await end(host, true)
        state = 'down'
        await Promise.all([client.close(), beats.close()])
        if (unlock) removeTemporary(dataDir)
        unlock?.()
      })()
      return stopping
    },
    client,
    endpoint,
    state: () => state,
    async snapshot(snapshot, signal) {
      if (options.remote === undefined) {
        return takeSnapshot({ client, engineDir: join(dataDir, 'engine') }, snapshot, signal)
      }
      throw new BinnacleError('engine.snapshot_remote', 'snapshots are taken of the embedded engine only', {
        hint: 'use BACKUP of the ClickHouse server that engine.url names',
      })
    },
    onUp(callback) {
      callbacks.add(callback)
      return () => void callbacks.delete(callback)
    },
    get pid() {
      return host?.pid
    },
    get memoryBytes() {
      return memoryBytes()
    },
  }
}

class HostFailed extends Error {
  readonly exit: HostExit
  constructor(exit: HostExit) {
    super(`it ended with ${exit.signal ?? `code ${exit.code}`} before it answered: ${exit.lastWords}`)
    this.exit = exit
  }
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

function noEmbedded(exit: HostExit): BinnacleError {
  return new BinnacleError(
    'engine.no_embedded',
    `the embedded engine does not run on this machine: ${exit.lastWords || 'the package chdb is not installed'}`,
    {
      kind: 'unavailable',
      hint: 'set engine.url to a ClickHouse server, or run on Linux with glibc or on macOS, where chdb has binaries',
    },
  )
}

function startFailed(error: unknown): BinnacleError {
  return new BinnacleError(
    'engine.start_failed',
    `the embedded engine did not start, ${STARTS_BEFORE_GIVING_UP} times: ${messageOf(error)}`,
    { kind: 'unavailable', hint: 'look at the lines of the engine host in the log', cause: error },
  )
}

function rememberHost(pidFile: string, pid: number): void {
  const identity = identityOf(pid)
  if (identity) writeFileSync(pidFile, `${JSON.stringify(identity)}\n`, { mode: 0o600 })
}

/** A host whose watch is gone but which did not end, because it hangs: it would hold the engine's files. */
async function killStaleHost(pidFile: string, clock: Clock, log: Logger): Promise<void> {
  let stale: ProcessIdentity
  try {
    stale = JSON.parse(readFileSync(pidFile, 'utf8'))
  } catch {
    return
  }
  for (let waited = 0; isAlive(stale); waited += 20) {
    if (waited === 0) {
      log.warn({ pid: stale.pid }, 'an engine host without its watch is killed')
      process.kill(stale.pid, 'SIGKILL')
    }
    if (waited > 5_000) throw startFailed(new Error(`process ${stale.pid}, an older engine host, does not end`))
    await clock.sleep(20)
  }
  rmSync(pidFile, { force: true })
}
