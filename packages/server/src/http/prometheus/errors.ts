import { BinnacleError } from '../../config/index.ts'

/** How a failure looks in Prometheus's API. */
export type ApiFailure = {
  readonly status: number
  readonly errorType: string
  readonly message: string
  /** Our stable code and hint, which Prometheus's shape has no place for: they travel as headers. */
  readonly code: string
  readonly hint: string | undefined
  readonly retryAfterMs: number | undefined
  /** True for what nobody expected: to be logged with its stack. */
  readonly bug: boolean
}

// Codes whose kind alone does not say what Prometheus would answer.
const BY_CODE: Readonly<Record<string, { status: number; errorType: string; message?: (text: string) => string }>> = {
  'promql.parse': { status: 400, errorType: 'bad_data', message: (text) => `invalid parameter "query": ${text}` },
  'promql.execution': { status: 422, errorType: 'execution' },
  'query.timeout': { status: 503, errorType: 'timeout' },
  'query.canceled': { status: 499, errorType: 'canceled' },
  // Prometheus knows no better status for it.
  'http.not_offered': { status: 500, errorType: 'unavailable' },
  'query.max_steps': { status: 400, errorType: 'bad_data' },
  'http.body_too_large': { status: 413, errorType: 'bad_data' },
}

const BY_KIND = {
  input: { status: 400, errorType: 'bad_data' },
  missing: { status: 404, errorType: 'not_found' },
  limit: { status: 422, errorType: 'execution' },
  // Not 429: Prometheus as a remote write client throws samples away on 429 unless told otherwise, and sends them again on 5xx.
  overload: { status: 503, errorType: 'unavailable' },
  unavailable: { status: 503, errorType: 'unavailable' },
  forbidden: { status: 403, errorType: 'forbidden' },
} as const

/** The one place where an error becomes a status and a type of Prometheus's API. `signal` is the request's. */
export function toApiFailure(error: unknown, signal: AbortSignal): ApiFailure {
  if (error instanceof BinnacleError) {
    const shape = BY_CODE[error.code] ?? BY_KIND[error.kind]
    const message = BY_CODE[error.code]?.message?.(error.message) ?? error.message
    const { code, hint } = error
    const retryAfterMs =
      error.retryAfterMs ?? (shape.status === 503 && shape.errorType === 'unavailable' ? 1000 : undefined)
    return { status: shape.status, errorType: shape.errorType, message, code, hint, retryAfterMs, bug: false }
  }
  const none = { hint: undefined, retryAfterMs: undefined, bug: false }
  if (signal.aborted) {
    return { ...none, status: 499, errorType: 'canceled', message: 'the request was canceled', code: 'query.canceled' }
  }
  if (error instanceof Error && error.name === 'TimeoutError') {
    return { ...none, status: 503, errorType: 'timeout', message: error.message, code: 'query.timeout' }
  }
  const message = 'internal error; the log of Binnacle has the details'
  return { ...none, status: 500, errorType: 'internal', message, code: 'http.internal', bug: true }
}

/** Headers that go with a failure. */
export function failureHeaders(failure: ApiFailure): Record<string, string> {
  const headers: Record<string, string> = { 'binnacle-error-code': failure.code }
  if (failure.hint !== undefined) headers['binnacle-error-hint'] = encodeURIComponent(failure.hint)
  if (failure.retryAfterMs !== undefined)
    headers['retry-after'] = String(Math.max(1, Math.ceil(failure.retryAfterMs / 1000)))
  return headers
}
