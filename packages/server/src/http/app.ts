import type { IncomingMessage, ServerResponse } from 'node:http'
import { BinnacleError } from '../config/index.ts'
import { mountAlertIntake } from './alert-intake/index.ts'
import { mountAlertmanagerApi } from './alertmanager/index.ts'
import { mountAppApi } from './app/index.ts'
import { createBodyReader } from './body.ts'
import { addCorsHeaders, createHostGuard, sameSiteGuard, securityHeaders } from './guard.ts'
import { type HttpAnswer, textAnswer } from './http-answer.ts'
import { HttpRequest } from './http-request.ts'
import type { HttpLimits } from './limits.ts'
import { createPages, webBuildFolder } from './pages/index.ts'
import { mountPrometheusApi } from './prometheus/index.ts'
import { createRequestMetrics } from './request-metrics.ts'
import { createRouter, type Route } from './router.ts'
import { cut, discard, sendAnswer } from './send-answer.ts'
import type { HttpServerDeps } from './server-deps.ts'

/** Below these, pages of this machine may read, and ask beforehand whether they may. */
const CORS_PREFIXES = ['/api/v1/', '/api/v2/', '/alertmanager/api/v2/']
const hasCors = (path: string) => CORS_PREFIXES.some((prefix) => path.startsWith(prefix))
/** What counts for requests that no route answers. */
const NO_ROUTE = 'pages'

/** All routes with what stands before each: the host guard, CORS, metrics, security headers. */
export function createApp(
  { parts, log, registry, clock }: HttpServerDeps,
  options: { listenHost: string; limits: HttpLimits; rehearsalSecret: string; webFolder?: string },
): (incoming: IncomingMessage, response: ServerResponse) => void {
  const app = createRouter()
  const hostGuard = createHostGuard(options.listenHost)
  const metrics = createRequestMetrics(registry, clock)
  const bodies = createBodyReader(options.limits.maxBufferedBytes)
  registry.observe('binnacle_http_body_bytes', 'Bytes of request bodies held in memory.', 'gauge', [], () => [
    [[], bodies.heldBytes()],
  ])
  const deps = { log, clock, bodies, limits: options.limits }
  const patience = { clock, stallTimeoutMs: options.limits.stallTimeoutMs }
  mountPrometheusApi(app, deps, parts, registry)
  mountAlertmanagerApi(app, deps, parts)
  mountAppApi(app, deps, parts)
  if (parts.alertIntake !== undefined) mountAlertIntake(app, deps, parts.alertIntake)
  // What looks like an API but is none must not answer with a page.
  for (const prefix of ['/api/', '/-/', '/alertmanager/'])
    app.otherwise(prefix, () => textAnswer('404 page not found\n', 404))
  app.otherwise('/', createPages(options.webFolder ?? webBuildFolder()).handle)

  function answerOf(request: HttpRequest, found: Route | undefined): HttpAnswer | Promise<HttpAnswer> {
    const { method, path } = request
    if (method === 'OPTIONS' && hasCors(path)) return { status: 204 }
    if (!found) return app.fallback(path)(request)
    const action = found.actions.get(method)
    if (!action) return textAnswer('Method Not Allowed\n', 405, { allow: found.allow })
    return (action.sameSite ? sameSiteGuard(request) : undefined) ?? action.handle(request)
  }

  function failed(request: HttpRequest, error: unknown): HttpAnswer {
    log.error({ error, path: request.path }, 'request failed')
    return textAnswer('internal error; the log of Binnacle has the details\n', 500)
  }

  async function serve(request: HttpRequest, response: ServerResponse, found: Route | undefined): Promise<void> {
    const refusal = hostGuard(request)
    let answer: HttpAnswer
    try {
      answer = refusal ?? (await answerOf(request, found))
    } catch (error) {
      answer = failed(request, error)
    }
    const headers = securityHeaders(answer)
    if (!refusal && hasCors(request.path)) addCorsHeaders(request, headers)
    try {
      const sending = sendAnswer(request, response, { answer, headers, patience })
      if (sending !== undefined) await sending
    } catch (error) {
      // Status and some bytes are out: only a cut tells the client that its answer is not whole.
      const gone = request.signal.aborted
      cut(response)
      await discard(answer.body).catch((left: unknown) =>
        log.error({ error: left, path: request.path }, 'request failed'),
      )
      const told = error instanceof BinnacleError ? 'warn' : 'error'
      if (!gone) log[told]({ error, path: request.path }, 'an answer was cut off on its way')
    }
  }

  return (incoming, response) => {
    const request = new HttpRequest(incoming, response, options.rehearsalSecret)
    const done = request.isRehearsal ? undefined : metrics.begin()
    const found = app.find(request)
    // Once: an answer closes only once, and what `once` wraps around a listener would cost more than the listener.
    response.on('close', () => {
      request.closed()
      done?.(found?.pattern ?? NO_ROUTE, response.statusCode)
    })
    void serve(request, response, found)
  }
}
