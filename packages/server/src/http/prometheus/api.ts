import { messageOf } from '../../config/index.ts'
import type { JsonPieces } from '../../metrics/query/index.ts'
import type { Clock, Logger } from '../../telemetry/index.ts'
import type { BodyReader, HeldBody } from '../body.ts'
import { type HttpAnswer, textAnswer } from '../http-answer.ts'
import type { HttpRequest } from '../http-request.ts'
import type { HttpLimits } from '../limits.ts'
import type { Handler } from '../router.ts'
import { failureHeaders, toApiFailure } from './errors.ts'
import { envelope } from './json.ts'
import { badRequest } from './params.ts'

export { type HttpApp, route } from '../router.ts'

export type ApiDeps = {
  readonly log: Logger
  readonly clock: Clock
  readonly bodies: BodyReader
  readonly limits: HttpLimits
}

export type ApiRequest = {
  /** Form fields and query of the address together, the form first, as Go's `r.Form`. */
  readonly params: URLSearchParams
  /** Query of the address alone. */
  readonly search: URLSearchParams
  /** A decoded part of the path. */
  path(name: string): string
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal
  /** One of our own, which counts in no metric (rehearsal.ts). */
  readonly isRehearsal: boolean
}

/** `json` is the content of `data`. */
export type ApiAnswer = {
  readonly json: string | JsonPieces
  readonly warnings?: readonly string[]
  readonly infos?: readonly string[]
}

export const TRUNCATED = 'results truncated due to limit'

/** Answer without any body, 204: what Prometheus says where there is nothing to give. */
export const NO_CONTENT: ApiAnswer = { json: '' }

const JSON_HEADERS = { 'content-type': 'application/json' }

/** Answer whose data is some plain value. */
export function dataAnswer(data: unknown): ApiAnswer {
  return { json: JSON.stringify(data) }
}

/** Makes an API function a handler: reads the form, wraps the answer, turns what is thrown into Prometheus's error. */
export function api(deps: ApiDeps, handle: (request: ApiRequest) => ApiAnswer | Promise<ApiAnswer>): Handler {
  const bound = { maxBytes: deps.limits.maxFormBytes, limitName: 'limits.max_form_size' }
  return async (request) => {
    let form: HeldBody | undefined
    try {
      const type = formType(request)
      let params: URLSearchParams
      if (type === undefined) params = request.search
      else {
        form = await deps.bodies.read(request.incoming, bound)
        params = await formFields(form.bytes, type)
        if (request.hasQuery) for (const [name, value] of request.search) params.append(name, value)
      }
      const answer = await handle(new OwnApiRequest(request, params))
      if (answer === NO_CONTENT) return { status: 204 }
      return { status: 200, body: envelope(answer.json, answer), headers: JSON_HEADERS, compress: true }
    } catch (error) {
      return failureAnswer(deps, request, error)
    } finally {
      form?.release()
    }
  }
}

/** Prometheus's error answer. */
export function failureAnswer(deps: ApiDeps, request: HttpRequest, error: unknown): HttpAnswer {
  const failure = toApiFailure(error, request.signal)
  if (failure.bug) deps.log.error({ error, path: request.path }, 'request failed')
  const body = JSON.stringify({ status: 'error', errorType: failure.errorType, error: failure.message })
  return { status: failure.status, body, headers: { ...JSON_HEADERS, ...failureHeaders(failure) } }
}

/** The same as plain text, where Prometheus answers so. */
export function failureText(deps: ApiDeps, request: HttpRequest, error: unknown): HttpAnswer {
  const failure = toApiFailure(error, request.signal)
  if (failure.bug) deps.log.error({ error, path: request.path }, 'request failed')
  return textAnswer(`${failure.message}\n`, failure.status, failureHeaders(failure))
}

// A class: an object with getters is costly to make.
class OwnApiRequest implements ApiRequest {
  readonly #request: HttpRequest
  readonly params: URLSearchParams

  constructor(request: HttpRequest, params: URLSearchParams) {
    this.#request = request
    this.params = params
  }

  get search(): URLSearchParams {
    return this.#request.search
  }

  get path(): (name: string) => string {
    return (name) => this.#request.param(name)
  }

  get signal(): AbortSignal {
    return this.#request.signal
  }

  get isRehearsal(): boolean {
    return this.#request.isRehearsal
  }
}

function formType(request: HttpRequest): string | undefined {
  if (request.method !== 'POST' && request.method !== 'PUT') return undefined
  const type = request.header('content-type') ?? ''
  return /^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type) ? type : undefined
}

function formFields(body: Buffer, type: string): URLSearchParams | Promise<URLSearchParams> {
  return /^multipart/i.test(type) ? multipartFields(body, type) : new URLSearchParams(body.toString('utf8'))
}

/** Text fields of a form as `curl -F` sends it; files are no parameters. */
async function multipartFields(body: Buffer, type: string): Promise<URLSearchParams> {
  const params = new URLSearchParams()
  try {
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
    for (const [name, value] of form) if (typeof value === 'string') params.append(name, value)
  } catch (error) {
    throw badRequest(`error parsing form values: ${messageOf(error)}`)
  }
  return params
}
