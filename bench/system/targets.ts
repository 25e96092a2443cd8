// What all systems scrape: the hosts of the workload, each a path of one server, and a probe that counts its own scrapes.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { INTERVAL_MS, type Workload } from './workload.ts'

export type Targets = {
  /** prometheus.yml for one system; its probe is its own. */
  config(system: string): string
  /** When the probe last answered with this number, ms of `performance.now()`. */
  servedAt(system: string, value: number): number | undefined
  close(): void
}

/** Serves pages that change every interval; each page is made once, whoever asks. The probe is scraped every second. */
export async function startTargets(workload: Workload): Promise<Targets> {
  let slot = Math.floor(Date.now() / INTERVAL_MS)
  const pages = new Map<number, Buffer>()
  const probes = new Map<string, number[]>()

  const server = createServer((request, response) => {
    const path = request.url ?? ''
    response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8')
    const host = Number(/^\/host\/(\d+)/.exec(path)?.[1] ?? -1)
    if (host >= 0) {
      const now = Math.floor(Date.now() / INTERVAL_MS)
      if (now > slot) {
        slot = now
        pages.clear()
        workload.step()
      }
      let page = pages.get(host)
      if (page === undefined) {
        page = workload.page(host)
        pages.set(host, page)
      }
      response.end(page)
      return
    }
    const system = /^\/probe\/(\w+)/.exec(path)?.[1] ?? ''
    const served = probes.get(system) ?? []
    probes.set(system, served)
    response.end(`# TYPE bench_probe gauge\nbench_probe ${served.length}\n`, () => served.push(performance.now()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    config(system) {
      const hosts = workload.hosts.map((instance, i) =>
        [
          `      - targets: ['127.0.0.1:${port}']`,
          `        labels: { instance: '${instance}', __metrics_path__: /host/${i} }`,
        ].join('\n'),
      )
      return [
        `global: { scrape_interval: ${INTERVAL_MS / 1000}s, scrape_timeout: 10s }`,
        'scrape_configs:',
        '  - job_name: bench',
        '    static_configs:',
        ...hosts,
        '  - job_name: probe',
        '    scrape_interval: 1s',
        '    scrape_timeout: 1s',
        `    metrics_path: /probe/${system}`,
        `    static_configs: [{ targets: ['127.0.0.1:${port}'] }]`,
        '',
      ].join('\n')
    },
    servedAt: (system, value) => probes.get(system)?.[value],
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
