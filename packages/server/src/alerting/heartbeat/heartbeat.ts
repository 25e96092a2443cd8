import { messageOf, type Secret } from '../../config/index.ts'
import { type Clock, type Logger, type Registry, withDeadline } from '../../telemetry/index.ts'

export type HeartbeatOptions = {
  /** http:// or https://. */
  readonly url: Secret
  readonly intervalMs: number
  readonly timeoutMs: number
}

/** How it went so far. Times are Unix ms. */
export type HeartbeatView = {
  readonly configured: boolean
  /** When the other side last said that it had heard. */
  readonly lastOkMs?: number
  /** Why there is no heartbeat at the moment: what is wrong here, or what the call came to. */
  readonly error?: string
}

export type HeartbeatDeps = {
  readonly clock: Clock
  readonly log: Logger
  readonly registry: Registry
  readonly fetch: typeof fetch
  /** What hinders that somebody is told of an alert, in words; empty when all is well. */
  readonly check: () => readonly string[]
}

export type Heartbeat = {
  start(signal: AbortSignal): void
  /** Other settings from now on; the first call to a new address follows at once. */
  apply(options: HeartbeatOptions | undefined): void
  view(): HeartbeatView
  stop(): Promise<void>
}

/**
 * Calls `url` (GET, any 2xx counts) every interval while `check` finds nothing. At most one call is under way. What such
 * watchers expect: healthchecks.io "Pinging API", Uptime Kuma "Push", Dead Man's Snitch, Opsgenie "Heartbeat ping".
 */
export function createHeartbeat(deps: HeartbeatDeps, initial: HeartbeatOptions | undefined): Heartbeat {
  const { clock, log, registry, check } = deps
  const calls = registry.counters(
    'binnacle_heartbeat_calls_total',
    'Calls to the watcher outside, by what came of them.',
    ['result'],
  )
  registry.observe(
    'binnacle_heartbeat_last_success_timestamp_seconds',
    'When the watcher outside last answered well; 0 before.',
    'gauge',
    [],
    () => (options === undefined ? [] : [[[], (lastOkMs ?? 0) / 1000]]),
  )

  let options = initial
  let lastOkMs: number | undefined
  let error: string | undefined
  /** Ends the rounds of the settings that were applied last. */
  let round = new AbortController()
  let life: AbortSignal | undefined
  let running: Promise<void> = Promise.resolve()

  async function beat({ url, timeoutMs }: HeartbeatOptions, signal: AbortSignal): Promise<void> {
    const wrong = check()
    if (wrong.length > 0) {
      calls.with('withheld').inc()
      fail(`withheld: ${wrong.join('; ')}`)
      return
    }
    try {
      const status = await withDeadline(clock, signal, timeoutMs, async (deadline) => {
        const answer = await deps.fetch(url.reveal(), { signal: deadline, headers: { 'user-agent': 'Binnacle' } })
        await answer.body?.cancel()
        return answer.status
      })
      if (status < 200 || status > 299) throw new Error(`the watcher answered ${status}`)
      calls.with('ok').inc()
      lastOkMs = clock.now()
      if (error !== undefined) log.info({}, 'heartbeat goes out again')
      error = undefined
    } catch (cause) {
      if (signal.aborted) return
      calls.with('failed').inc()
      fail(reasonOf(cause))
    }
  }

  function fail(text: string): void {
    if (error !== text) log.warn({ problem: text }, 'heartbeat does not go out')
    error = text
  }

  async function rounds(settings: HeartbeatOptions, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const startedMs = clock.monotonic()
      await beat(settings, signal)
      const restMs = Math.max(0, settings.intervalMs - (clock.monotonic() - startedMs))
      await clock.sleep(restMs, signal).catch(() => {})
    }
  }

  function begin(): void {
    round.abort(new Error('other settings'))
    round = new AbortController()
    if (life?.aborted !== false || options === undefined) return
    const settings = options
    const { signal } = round
    running = running.then(() => rounds(settings, signal))
  }

  return {
    start(signal) {
      life = signal
      signal.addEventListener('abort', () => round.abort(signal.reason), { once: true })
      begin()
    },
    apply(next) {
      if (same(options, next)) return
      options = next
      lastOkMs = undefined
      error = undefined
      begin()
    },
    view: () => ({
      configured: options !== undefined,
      ...(lastOkMs === undefined ? {} : { lastOkMs }),
      ...(error === undefined ? {} : { error }),
    }),
    stop() {
      round.abort(new Error('stopped'))
      life = undefined
      return running
    },
  }
}

/** Node hides the reason of a failed fetch in `cause`; an invalid address would come back in the message. */
function reasonOf(error: unknown): string {
  if (error instanceof DOMException) return error.message
  const { cause } = error as { cause?: unknown }
  if (cause instanceof Error) {
    const { code } = cause as { code?: unknown }
    return `the watcher cannot be reached: ${typeof code === 'string' ? code : 'no connection'}`
  }
  return error instanceof TypeError ? 'the watcher cannot be reached' : messageOf(error)
}

function same(a: HeartbeatOptions | undefined, b: HeartbeatOptions | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a.url.reveal() === b.url.reveal() && a.intervalMs === b.intervalMs && a.timeoutMs === b.timeoutMs
}
