import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Requests a second that the service gets, by status code. */
export const LOAD = { '200': 32, '404': 6, '500': 2 } as const
const TOTAL = 40
/** Seconds that requests say they took, one after the other: the shape of the histogram never changes. */
export const TOOK = [0.004, 0.008, 0.02, 0.03, 0.04, 0.07, 0.09, 0.2, 0.4, 0.9]

/**
 * A small web service measured by prom-client, and a client that asks it evenly: 40 requests a second, caught up with
 * when the machine was busy, so that its true rates are known.
 */
export async function startService(): Promise<AsyncDisposable & { readonly address: string }> {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const labelNames = ['method', 'route', 'code']
  const requests = new Counter({ name: 'http_requests_total', help: 'Requests answered.', labelNames, registers })
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time of a request.\nWith a "second" line.',
    labelNames,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
    registers,
  })
  new Gauge({ name: 'build_info', help: 'Always 1.', labelNames: ['version'], registers }).set(
    { version: '1.2.3-é' },
    1,
  )

  let answered = 0
  const server = http.createServer(async (request, response) => {
    if (request.url === '/metrics') {
      const body = await registry.metrics()
      response.setHeader('content-type', registry.contentType)
      response.end(body)
      return
    }
    const n = answered++
    const code = n % 20 === 0 ? '500' : n % 20 < 4 ? '404' : '200'
    const labels = { method: 'GET', route: '/orders/:id', code }
    requests.inc(labels)
    durations.observe(labels, TOOK[n % TOOK.length]!)
    response.statusCode = Number(code)
    response.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  const agent = new http.Agent({ keepAlive: true, maxSockets: 4 })
  const began = performance.now()
  let asked = 0
  const timer = setInterval(() => {
    for (const due = ((performance.now() - began) / 1000) * TOTAL; asked < due; asked++) {
      http.get({ port, host: '127.0.0.1', path: '/orders/7', agent }, (answer) => answer.resume()).on('error', () => {})
    }
  }, 5)
  return {
    address: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      agent.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
