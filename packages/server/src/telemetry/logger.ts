import { pino } from 'pino'
import { ConfigErrors, Secret } from '../config/index.ts'

type Facts = Readonly<Record<string, unknown>>

/**
 * Facts as fields, a constant message. `error`: somebody must act; `warn`: we coped; `info`: life-cycle; `debug`: the rest.
 * Repeats of one message beyond `REPEATS_PER_MINUTE` are dropped, and counted in the next line of that message.
 */
export type Logger = {
  error(facts: Facts, message: string): void
  warn(facts: Facts, message: string): void
  info(facts: Facts, message: string): void
  debug(facts: Facts, message: string): void
  /** The same log with facts that stand in every line. */
  child(facts: Facts): Logger
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'silent'

const REPEATS_PER_MINUTE = 20
/** Of a file with many mistakes; what was asked for the file (`check`, a reload) tells all of them. */
const MOST_FINDINGS = 10

/** JSON lines on stderr (stdout is for answers). Errors under `error` are printed with code and stack of bugs only. */
export function createLogger(options: { level: LogLevel; now?: () => number; write?: (line: string) => void }): Logger {
  const now = options.now ?? Date.now
  const destination = options.write ? { write: options.write } : pino.destination({ fd: 2, sync: true })
  const root = pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: serializeError },
    },
    destination,
  )
  const seen = new Map<string, { minute: number; count: number; dropped: number }>()

  function admit(message: string): number | undefined {
    const minute = Math.floor(now() / 60_000)
    let entry = seen.get(message)
    if (!entry || entry.minute !== minute) {
      const dropped = entry?.dropped ?? 0
      if (seen.size > 1000) seen.clear()
      entry = { minute, count: 0, dropped: 0 }
      seen.set(message, entry)
      entry.count = 1
      return dropped
    }
    entry.count++
    if (entry.count <= REPEATS_PER_MINUTE) return 0
    entry.dropped++
    return undefined
  }

  function build(log: pino.Logger): Logger {
    const at = (level: 'error' | 'warn' | 'info' | 'debug') => (facts: Facts, message: string) => {
      if (!log.isLevelEnabled(level)) return
      const dropped = admit(message)
      if (dropped === undefined) return
      log[level](dropped > 0 ? { ...facts, repeatsDropped: dropped } : facts, message)
    }
    return {
      error: at('error'),
      warn: at('warn'),
      info: at('info'),
      debug: at('debug'),
      child: (facts) => build(log.child(facts)),
    }
  }
  return build(root)
}

/** Swallows everything: for tests and tools. */
export const silentLogger: Logger = {
  error: () => {},
  warn: () => {},
  info: () => {},
  debug: () => {},
  child: () => silentLogger,
}

function serializeError(error: unknown): unknown {
  if (error instanceof Secret) return String(error)
  if (!(error instanceof Error)) return error
  if (error instanceof ConfigErrors)
    return {
      message: error.message,
      findings: error.errors
        .slice(0, MOST_FINDINGS)
        .map(({ message, code, place, hint }) => ({ message, code, place, hint })),
    }
  const code = (error as { code?: unknown }).code
  const place = (error as { place?: unknown }).place
  const known = error.name === 'BinnacleError' || error.name === 'AbortError' || error.name === 'TimeoutError'
  return { message: error.message, code, place, stack: known ? undefined : error.stack }
}
