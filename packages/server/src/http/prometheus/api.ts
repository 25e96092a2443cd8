import type { HttpBindings } from '@hono/node-server'
import type { Context, Hono } from 'hono'
import type { JsonPieces } from '../../metrics/query/index.ts'
import type { Clock, Logger } from '../../telemetry/index.ts'
import type { BodyReader } from '../body.ts'
import { sendPieces } from '../compress.ts'
import type { HttpLimits } from '../limits.ts'
import { failureHeaders, toApiFailure } from './errors.ts'
import { envelope } from './json.ts'

export type HttpEnv = { Bindings: HttpBindings }
export type HttpApp = Hono<HttpEnv>
export type HttpContext = Context<HttpEnv>

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

/** Answer whose data is some plain value. */
export function dataAnswer(data: unknown): ApiAnswer {
  return { json: JSON.stringify(data) }
}

/** Registers a handler for exactly these methods; others get 405 with `Allow`, as HTTP wants it. */
export function route(
  app: HttpApp,
  methods: readonly string[],
  path: string,
  handler: (c: HttpContext) => Response | Promise<Response>,
): void {
  app.on([...methods], path, handler)
  const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ')
  app.all(path, (c) => c.text('Method Not Allowed\n', 405, { allow }))
}

/** Makes an API function a handler: reads the form, wraps the answer, turns what is thrown into Prometheus's error. */
export function api(deps: ApiDeps, handle: (request: ApiRequest) => ApiAnswer | Promise<ApiAnswer>) {
  return async (c: HttpContext): Promise<Response> => {
    const signal = c.req.raw.signal
    try {
      const search = new URL(c.req.url).searchParams
      const answer = await withForm(deps, c, search, async (params) =>
        handle({ params, search, signal, path: (name) => c.req.param(name) ?? '' }),
      )
      if (answer === NO_CONTENT) return c.body(null, 204)
      return await sendPieces(c, envelope(answer.json, answer), { contentType: 'application/json' })
    } catch (error) {
      return sendFailure(deps, c, error)
    }
  }
}

/** Prometheus's error answer. */
export function sendFailure(deps: ApiDeps, c: HttpContext, error: unknown): Response {
  const failure = toApiFailure(error, c.req.raw.signal)
  if (failure.bug) deps.log.error({ error, path: c.req.path }, 'request failed')
  const body = JSON.stringify({ status: 'error', errorType: failure.errorType, error: failure.message })
  return new Response(body, {
    status: failure.status,
    headers: { 'content-type': 'application/json', ...failureHeaders(failure) },
  })
}

async function withForm<T>(
  deps: ApiDeps,
  c: HttpContext,
  search: URLSearchParams,
  use: (params: URLSearchParams) => Promise<T>,
): Promise<T> {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(c.req.header('content-type') ?? '')
  if (c.req.method !== 'POST' || !isForm) return use(search)
  const bound = { maxBytes: deps.limits.maxFormBytes, limitName: 'limits.max_form_size' }
  return deps.bodies.withBody(c.env.incoming, bound, async (body) => {
    const params = new URLSearchParams(body.toString('utf8'))
    for (const [name, value] of search) params.append(name, value)
    return use(params)
  })
}
