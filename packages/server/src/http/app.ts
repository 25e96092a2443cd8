import { Hono } from 'hono'
import { mountAppApi } from './app/index.ts'
import { createBodyReader } from './body.ts'
import { hostGuard, localCors, securityHeaders } from './guard.ts'
import type { HttpLimits } from './limits.ts'
import { createPages, webBuildFolder } from './pages/index.ts'
import { type HttpApp, type HttpEnv, mountPrometheusApi } from './prometheus/index.ts'
import { requestMetrics } from './request-metrics.ts'
import type { HttpServerDeps } from './server-deps.ts'

/** All routes with what stands before each: metrics, security headers, the host guard. */
export function createApp(
  { parts, log, registry, clock }: HttpServerDeps,
  options: { listenHost: string; limits: HttpLimits; webFolder?: string },
): HttpApp {
  const app = new Hono<HttpEnv>({ strict: false })
  const bodies = createBodyReader(options.limits.maxBufferedBytes)
  registry.observe('binnacle_http_body_bytes', 'Bytes of request bodies held in memory.', 'gauge', [], () => [
    [[], bodies.heldBytes()],
  ])
  const deps = { log, clock, bodies, limits: options.limits }
  app.onError((error, c) => {
    log.error({ error, path: c.req.path }, 'request failed')
    return c.text('internal error; the log of Binnacle has the details\n', 500)
  })
  app.use('*', requestMetrics(registry, clock), securityHeaders, hostGuard(options.listenHost))
  app.use('/api/v1/*', localCors)
  mountPrometheusApi(app, deps, parts, registry)
  mountAppApi(app, deps, parts)
  // What looks like an API but is none must not answer with a page.
  for (const path of ['/api/*', '/-/*']) app.all(path, (c) => c.text('404 page not found\n', 404))
  app.all('*', createPages(options.webFolder ?? webBuildFolder()).handle)
  return app
}
