import { messageOf } from '../../config/index.ts'
import type { JsonPieces } from '../../metrics/query/index.ts'
import type { Clock, Logger } from '../../telemetry/index.ts'
import type { BodyReader } from '../body.ts'
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
  return async (request) => {
    try {
      const type = formType(request)
      const answer =
        type === undefined
          ? await handle(apiRequest(request, request.search))
          : await withForm(deps, request, { type, use: async (params) => handle(apiRequest(request, params)) })
      if (answer === NO_CONTENT) return { status: 204 }
      return { status: 200, body: envelope(answer.json, answer), headers: JSON_HEADERS, compress: true }
    } catch (error) {
      return failureAnswer(deps, request, error)
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

function apiRequest(request: HttpRequest, params: URLSearchParams): ApiRequest {
  return {
    params,
    get search() {
      return request.search
    },
    path: (name) => request.param(name),
    get signal() {
      return request.signal
    },
  }
}

function formType(request: HttpRequest): string | undefined {
  if (request.method !== 'POST' && request.method !== 'PUT') return undefined
  const type = request.header('content-type') ?? ''
  return /^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type) ? type : undefined
}

async function withForm<T>(
  deps: ApiDeps,
  request: HttpRequest,
  { type, use }: { readonly type: string; readonly use: (params: URLSearchParams) => Promise<T> },
): Promise<T> {
  const bound = { maxBytes: deps.limits.maxFormBytes, limitName: 'limits.max_form_size' }
  return deps.bodies.withBody(request.incoming, bound, async (body) => {
    const params = /^multipart/i.test(type)
      ? await multipartFields(body, type)
      : new URLSearchParams(body.toString('utf8'))
    for (const [name, value] of request.search) params.append(name, value)
    return use(params)
  })
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
