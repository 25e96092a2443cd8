import type { Clock, Counter, Histogram, Registry } from '../telemetry/index.ts'

const BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60]

/** Counts and times requests by route pattern, so that the label's values are bounded by our routes. */
export type RequestMetrics = {
  /** A request has come; call what it returns once, with the pattern of its route and its status, when it is done. */
  begin(): (pattern: string, status: number) => void
}

type OfRoute = { readonly seconds: Histogram; readonly byStatus: Map<number, Counter> }

export function createRequestMetrics(registry: Registry, clock: Clock): RequestMetrics {
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
  const routes = new Map<string, OfRoute>()

  return {
    begin() {
      const began = clock.monotonic()
      inFlight++
      return (pattern, status) => {
        inFlight--
        let route = routes.get(pattern)
        if (!route) {
          route = { seconds: seconds.with(pattern), byStatus: new Map() }
          routes.set(pattern, route)
        }
        let counter = route.byStatus.get(status)
        if (!counter) {
          counter = total.with(pattern, String(status))
          route.byStatus.set(status, counter)
        }
        counter.inc()
        route.seconds.observe((clock.monotonic() - began) / 1000)
      }
    },
  }
}
