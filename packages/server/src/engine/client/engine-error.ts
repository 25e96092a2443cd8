import { BinnacleError, type ErrorKind, messageOf } from '../../config/index.ts'

/** Seconds are enough for a host to come back; pushers and readers may try again then. */
const RETRY_AFTER_MS = 1000

/** What ClickHouse said: code, name in brackets at the end of its message, and the message. */
export type EngineException = { readonly code: number; readonly name: string; readonly message: string }

const EXCEPTION = /Code: (\d+)\. DB::Exception: ([\s\S]*)/

/** Reads `Code: N. DB::Exception: message. (NAME)`; undefined when the text is none. */
export function parseException(text: string): EngineException | undefined {
  const found = EXCEPTION.exec(text)
  if (!found) return undefined
  const body = found[2]!.trim()
  const names = [...body.matchAll(/\(([A-Z][A-Z0-9_]{2,})\)/g)]
  const name = names.at(-1)?.[1] ?? 'UNKNOWN'
  return { code: Number(found[1]), name, message: body }
}

const LIMITS = new Map<number, readonly [code: string, hint: string]>([
  [158, ['engine.rows_limit', 'ask for less: a shorter time range or fewer series (limit max_rows_to_read)']],
  [159, ['engine.timeout', 'ask for less, or raise the time limit of the query (max_execution_time)']],
  [160, ['engine.timeout', 'ask for less, or raise the time limit of the query (max_execution_time)']],
  [241, ['engine.memory_limit', 'ask for less: a shorter time range or fewer series (limit max_memory_usage)']],
  [307, ['engine.rows_limit', 'ask for less: a shorter time range or fewer series (limit max_bytes_to_read)']],
  [396, ['engine.result_too_large', 'ask for less: a shorter time range or fewer series (limit max_result_bytes)']],
])

/** Codes after which the same statement may succeed: shutting down, no quorum, unknown fate of an insert, full disk … */
const UNAVAILABLE = new Set([209, 210, 225, 236, 242, 279, 285, 319, 999])
const FORBIDDEN = new Set([192, 193, 194, 497, 516])

/** The error that a user can answer to; the engine's own code and name stand in its message. */
export function toEngineError(exception: EngineException, status?: number): BinnacleError {
  const { code, name, message } = exception
  const said = `${message.length > 2000 ? `${message.slice(0, 2000)} …` : message} (ClickHouse code ${code})`
  const make = (id: string, kind: ErrorKind, hint?: string, retry = false) =>
    new BinnacleError(id, said, {
      kind,
      cause: new ClickHouseException(exception),
      ...(hint === undefined ? {} : { hint }),
      ...(retry ? { retryAfterMs: RETRY_AFTER_MS } : {}),
    })
  const limit = LIMITS.get(code)
  if (limit) return make(limit[0], 'limit', limit[1])
  if (code === 394) return make('engine.canceled', 'unavailable')
  if (code === 202) return make('engine.overloaded', 'overload', 'too many queries at once: try again later', true)
  if (code === 252 && !message.includes('single INSERT block')) {
    return make('engine.overloaded', 'overload', 'merges are behind inserts: try again later', true)
  }
  if (code === 243) return make('engine.disk_full', 'unavailable', 'free space on the disk of the data directory', true)
  if (UNAVAILABLE.has(code)) return make('engine.unavailable', 'unavailable', undefined, true)
  if (FORBIDDEN.has(code) || status === 401 || status === 403) {
    return make(
      'engine.access_denied',
      'forbidden',
      'check engine.user and engine.password (or engine.password_file): the server at engine.url refuses them',
    )
  }
  return make('engine.query_failed', name === 'UNKNOWN' && status === 503 ? 'unavailable' : 'input')
}

/** Cause of an engine's error: ClickHouse's code and name, for code that must tell one failure from another. */
export class ClickHouseException extends Error {
  readonly clickhouseCode: number
  readonly clickhouseName: string

  constructor(exception: EngineException) {
    super(exception.message)
    this.name = 'ClickHouseException'
    this.clickhouseCode = exception.code
    this.clickhouseName = exception.name
  }
}

/** The engine could not be reached, or went away in the middle. */
export function unavailable(where: string, cause: unknown): BinnacleError {
  return new BinnacleError('engine.unavailable', `the engine at ${where} does not answer: ${messageOf(cause)}`, {
    kind: 'unavailable',
    retryAfterMs: RETRY_AFTER_MS,
    cause,
  })
}

/** The caller's signal ended the query. A `BinnacleError` as reason goes through as it is. */
export function canceled(reason: unknown): BinnacleError {
  if (reason instanceof BinnacleError) return reason
  return new BinnacleError('engine.canceled', `the query was canceled: ${messageOf(reason)}`, {
    kind: 'unavailable',
    cause: reason,
  })
}

/** True when the same call may succeed later without any change. */
export function isRetryable(error: unknown): boolean {
  return error instanceof BinnacleError && error.code !== 'engine.canceled' && error.retryAfterMs !== undefined
}
