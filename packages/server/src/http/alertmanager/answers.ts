import type { BinnacleError } from '../../config/index.ts'
import type { HttpAnswer } from '../http-answer.ts'

const HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store' }

/** A refusal of a request's form, before anybody looks at what it means: `{"code": 602, "message": "..."}`. */
export class BadForm extends Error {
  readonly status: number
  /** Of go-openapi: 601 wrong format, 602 missing, 612 too few; else the status. */
  readonly code: number

  constructor(status: number, message: string, code = status) {
    super(message)
    this.status = status
    this.code = code
  }
}

export function jsonAnswer(
  body: NonNullable<HttpAnswer['body']>,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  return { status, body, headers: { ...HEADERS, ...headers }, compress: true }
}

export function formAnswer(error: BadForm, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return jsonAnswer(JSON.stringify({ code: error.code, message: error.message }), error.status, headers)
}

/** No body at all. */
export const emptyAnswer = (status: number): HttpAnswer => ({ status, headers: { 'cache-control': 'no-store' } })

const STATUS: Readonly<Record<BinnacleError['kind'], number>> = {
  input: 400,
  missing: 404,
  limit: 400,
  // Prometheus and other senders send again what got a 5xx.
  overload: 503,
  unavailable: 503,
  forbidden: 403,
}

/** Status of a `BinnacleError` in this API; its message is the body, a JSON text. */
export const statusOf = (error: BinnacleError): number =>
  error.code === 'http.body_too_large' ? 413 : STATUS[error.kind]
