import { BinnacleError, messageOf } from '../../config/index.ts'
import type { HttpAnswer } from '../http-answer.ts'
import type { HttpRequest } from '../http-request.ts'
import type { HttpParts, RawScrape, TargetsPart } from '../parts.ts'
import { type ApiDeps, failureHeaders, toApiFailure } from '../prometheus/index.ts'
import { type Handler, type HttpApp, route } from '../router.ts'
import { mountAlerting } from './alerting/index.ts'
import { mountDoctor } from './doctor.ts'
import { mountExplain } from './explain.ts'

const JSON_HEADERS = { 'content-type': 'application/json' }

export function mountAppApi(
  app: HttpApp,
  deps: ApiDeps,
  parts: Pick<HttpParts, 'self' | 'targets' | 'querier' | 'alerting' | 'rules' | 'checks' | 'heartbeat' | 'doctor'>,
): void {
  const json =
    (handle: (request: HttpRequest) => unknown): Handler =>
    async (request) => {
      try {
        const body = JSON.stringify(await handle(request))
        return { status: 200, body, headers: { ...JSON_HEADERS, 'cache-control': 'no-store' }, compress: true }
      } catch (error) {
        return failed(request, error)
      }
    }
  const guarded =
    (handle: Handler): Handler =>
    async (request) => {
      try {
        return await handle(request)
      } catch (error) {
        return failed(request, error)
      }
    }
  function failed(request: HttpRequest, error: unknown): HttpAnswer {
    const failure = toApiFailure(error, request.signal)
    if (failure.bug) deps.log.error({ error, path: request.path }, 'request failed')
    const place = error instanceof BinnacleError ? error.place : undefined
    const body = { error: { code: failure.code, message: failure.message, hint: failure.hint, place } }
    const headers = { ...JSON_HEADERS, ...failureHeaders(failure) }
    return { status: failure.status, body: JSON.stringify(body), headers }
  }
  route(
    app,
    ['GET'],
    '/api/app/self',
    json(() => parts.self()),
  )
  route(
    app,
    ['POST'],
    '/api/app/targets/:id/scrape',
    json((request) => scrapeNow(parts.targets, request.param('id'), request.signal)),
    { sameSite: true },
  )
  mountExplain(app, deps, parts.querier)
  mountDoctor(app, parts.doctor, json)
  mountAlerting(app, deps, parts, { json, guarded })
  app.otherwise('/api/app/', () => ({
    status: 404,
    body: JSON.stringify({ error: { code: 'http.unknown_path', message: 'no such API' } }),
    headers: JSON_HEADERS,
  }))
}

/** A target that does not answer is what the reader wants to see, not a failure of this request. */
async function scrapeNow(targets: TargetsPart, id: string, signal: AbortSignal): Promise<RawScrape> {
  try {
    return await targets.scrapeNow(id, signal)
  } catch (error) {
    if (signal.aborted || (error instanceof BinnacleError && error.kind === 'missing')) throw error
    return { status: 0, durationMs: 0, contentType: '', body: '', truncated: false, error: messageOf(error) }
  }
}
