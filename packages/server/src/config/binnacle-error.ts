/** Where in some input a thing stands. Lines and columns count from 1; `offset` and `length` are for queries (UTF-16). */
export type Place = {
  readonly file?: string
  readonly line?: number
  readonly column?: number
  /** Dotted path of the field, such as `scrape_configs.0.job_name`. */
  readonly path?: string
  readonly offset?: number
  readonly length?: number
}

/**
 * Who has to do something: `input` the sender (wrong content), `missing` (no such thing), `limit` (a named limit was
 * met), `overload` (try later), `unavailable` (a part is down, try later), `forbidden`.
 */
export type ErrorKind = 'input' | 'missing' | 'limit' | 'overload' | 'unavailable' | 'forbidden'

export type BinnacleErrorOptions = {
  readonly kind?: ErrorKind
  readonly place?: Place
  /** What to do about it; a limit names its setting and its value. */
  readonly hint?: string
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

/**
 * The one error class for what a user or client can answer to. `code` is `area.what`, stable, never reused.
 * Bugs are plain `Error`s.
 */
export class BinnacleError extends Error {
  readonly code: string
  readonly kind: ErrorKind
  readonly place: Place | undefined
  readonly hint: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(code: string, message: string, options: BinnacleErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'BinnacleError'
    this.code = code
    this.kind = options.kind ?? 'input'
    this.place = options.place
    this.hint = options.hint
    this.retryAfterMs = options.retryAfterMs
  }
}

/** `prometheus.yml:3:5: unknown key "x" (config.unknown_key)`, the source line with a caret where it is given, the hint. */
export function formatError(error: BinnacleError, source?: string): string {
  const at = error.place
  const where = at?.file
    ? `${at.file}${at.line === undefined ? '' : `:${at.line}${at.column === undefined ? '' : `:${at.column}`}`}: `
    : ''
  const lines = [`${where}${error.message} (${error.code})`]
  const text = at?.line === undefined ? undefined : source?.split('\n')[at.line - 1]
  if (text !== undefined && text.length <= 400) {
    lines.push(`  ${text}`)
    if (at?.column !== undefined) lines.push(`  ${text.slice(0, at.column - 1).replace(/[^\t]/g, ' ')}^`)
  }
  if (error.hint !== undefined) lines.push(`  ${error.hint}`)
  return lines.join('\n')
}

/** Message of anything thrown, for logs. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
