import type { MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import type { Clock, Registry } from '../telemetry/index.ts'

const BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60]

/** Counts and times requests by route pattern, so that the label's values are bounded by our routes. */
export function requestMetrics(registry: Registry, clock: Clock): MiddlewareHandler {
  const total = registry.counters('binnacle_http_requests_total', 'HTTP requests answered, by route and status code.', [
    'handler',
    'code',
  ])
  const seconds = registry.histograms(
    'binnacle_http_request_duration_seconds',
    'Time from request to complete answer handed to the socket, by route.',
    ['handler'],
    BUCKETS,
  )
  let inFlight = 0
  registry.observe('binnacle_http_requests_in_flight', 'HTTP requests being worked on.', 'gauge', [], () => [
    [[], inFlight],
  ])
  return async (c, next) => {
    const began = clock.monotonic()
    inFlight++
    try {
      await next()
    } finally {
      inFlight--
      // The last matching route is the most special one; middleware alone means that nothing was there.
      const pattern = matchedRoutes(c).findLast((r) => !r.path.endsWith('*'))?.path ?? 'pages'
      total.with(pattern, String(c.res.status)).inc()
      seconds.with(pattern).observe((clock.monotonic() - began) / 1000)
    }
  }
}
