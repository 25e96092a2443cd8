import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatLabels, labelsOf } from '@binnacle/promql'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry, Summary } from 'prom-client'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createRegistry, silentLogger, systemClock } from '../../../telemetry/index.ts'
import { checkPrometheusConfig } from '../prometheus-config/index.ts'
import { createMemoryStore } from '../testkit/index.ts'
import { createScrapeManager } from './index.ts'

const prometheus = join(process.env.JUDGES_DIR ?? '', 'root/usr/bin/prometheus')
const missing = existsSync(prometheus) ? '' : ' (skipped: prometheus is missing, set JUDGES_DIR)'

const TEXT = `# HELP plain_total Things with "quotes" and a backslash \\\\.
# TYPE plain_total counter
plain_total{code="200",path="/a\\\\b\\"c\\nd"} 1.5e3
plain_total{path="/",code="500"} 16
# TYPE latency histogram
latency_bucket{le="0.1"} 1
latency_bucket{le="1"} 2
latency_bucket{le="+Inf"} 3
latency_sum 4.25
latency_count 3
# TYPE rpc summary
rpc{quantile="0.5"} 1
rpc{quantile="1"} NaN
rpc_sum 10
rpc_count 2
conflict{job="mine",instance="me",exported_job="taken"} -7
infinite{sign="+"} +Inf
infinite{sign="-"} -Inf
{"utf8.metric","my.label"="é"} 12
empty_label{x=""} 1
no_newline_at_the_end 1`

const OPENMETRICS = `# TYPE requests counter
# HELP requests Requests.
requests_total{code="200"} 17 # {trace_id="abc"} 0.67
requests_created{code="200"} 1700000000.123
# TYPE size_bytes gauge
# UNIT size_bytes bytes
size_bytes 12
# TYPE wait histogram
wait_bucket{le="1"} 2 # {trace_id="x"} 0.5 1700000000.0
wait_bucket{le="+Inf"} 3
wait_sum 5
wait_count 3
# TYPE build info
build_info{version="1"} 1
# EOF
`

describe.skipIf(missing !== '')(`Prometheus 3.5 scraping the same targets stores the same${missing}`, () => {
  let page = TEXT
  let server: http.Server
  let child: ChildProcess
  let directory: string
  let api = ''
  let address = ''
  const store = createMemoryStore()
  const manager = createScrapeManager({
    store,
    clock: systemClock,
    log: silentLogger,
    registry: createRegistry(),
  })

  beforeAll(async () => {
    const registry = serviceRegistry()
    server = http.createServer(async (request, response) => {
      const openMetrics = request.url?.startsWith('/openmetrics') === true
      const service = request.url?.startsWith('/service') === true
      response.setHeader(
        'content-type',
        openMetrics ? 'application/openmetrics-text; version=1.0.0' : 'text/plain; version=0.0.4; charset=utf-8',
      )
      if (request.url?.startsWith('/broken')) response.end('a 1\nb b b\n')
      else if (request.url?.startsWith('/params')) {
        response.end(`asked{url=${JSON.stringify(request.url)},agent="${request.headers.host === undefined}"} 1\n`)
      } else response.end(openMetrics ? OPENMETRICS : service ? await registry.metrics() : page)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    directory = await mkdtemp(join(tmpdir(), 'binnacle-judge-'))
    const file = join(directory, 'prometheus.yml')
    const text = configText(address)
    await writeFile(file, text)
    await writeFile(join(directory, 'targets.yml'), `- targets: ['${address}']\n  labels: {zone: 1, __meta_kept: x}\n`)
    const { config } = checkPrometheusConfig(text, file)
    manager.apply(config!)
    manager.start(new AbortController().signal)
    child = spawn(prometheus, [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      '--web.listen-address=127.0.0.1:0',
    ])
    api = await new Promise<string>((resolve, reject) => {
      let log = ''
      child.stderr?.on('data', (chunk: Buffer) => {
        log += chunk.toString()
        const found = /msg="Listening on" component=web address=(127\.0\.0\.1:\d+)/.exec(log)
        if (found) resolve(`http://${found[1]}`)
      })
      child.once('exit', () => reject(new Error(`prometheus ended: ${log.slice(-2000)}`)))
    })
  })

  afterAll(async () => {
    await manager.stop()
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill()
    await ended
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await rm(directory, { recursive: true })
  })

  /** Newest value by series, without what went stale. Times and durations differ of course. */
  async function theirs(): Promise<Map<string, string>> {
    const answer = await fetch(`${api}/api/v1/query?query=${encodeURIComponent('{job!=""}')}`)
    const { data } = (await answer.json()) as {
      data: { result: { metric: Record<string, string>; value: [number, string] }[] }
    }
    return comparable(data.result.map(({ metric, value }) => [formatLabels(labelsOf(metric)), value[1]]))
  }

  function ours(): Map<string, string> {
    return comparable(
      store.seriesNames().flatMap((name) => {
        const last = store.samplesOf(name).at(-1)
        return last === undefined || last.stale ? [] : [[name, printed(last.value)]]
      }),
    )
  }

  test('series, labels and values are the same', async () => {
    await vi.waitFor(
      async () => {
        const all = await theirs()
        expect([...all.keys()].filter((name) => name.startsWith('up{'))).toHaveLength(8)
        expect(ours()).toEqual(all)
      },
      { timeout: 20_000, interval: 500 },
    )
    const health = manager.targets().active.map((target) => `${target.scrapePool} ${target.health} ${target.lastError}`)
    expect(health.filter((line) => !line.includes(' up ')).sort()).toEqual([
      'broken down line 2, column 3: expected a value, found "b b" (the whole scrape was dropped; correct what the target exposes)',
      'limited down sample_limit exceeded: 17 samples (sample_limit is 3)',
    ])
  })

  test('the same series go stale when the page changes', async () => {
    const gone = [...ours().keys()].filter((name) => name.startsWith('rpc'))
    expect(gone.length).toBeGreaterThan(0)
    page = TEXT.split('\n')
      .filter((line) => !line.startsWith('rpc'))
      .join('\n')
    await vi.waitFor(
      async () => {
        const all = await theirs()
        expect(all.size).toBeGreaterThan(100)
        for (const name of gone) expect(all.has(name)).toBe(false)
        expect(ours()).toEqual(all)
      },
      { timeout: 20_000, interval: 500 },
    )
  })

  test('targets have the same labels, URLs and health', async () => {
    const answer = await fetch(`${api}/api/v1/targets`)
    const { data } = (await answer.json()) as {
      data: {
        activeTargets: {
          scrapePool: string
          labels: Record<string, string>
          discoveredLabels: Record<string, string>
          scrapeUrl: string
          health: string
          scrapeInterval: string
        }[]
        droppedTargets: { discoveredLabels: Record<string, string>; scrapePool: string }[]
      }
    }
    const { active, dropped } = manager.targets()
    expect(
      active
        .map((t) => [t.scrapePool, formatLabels(t.labels), formatLabels(t.discoveredLabels), t.scrapeUrl, t.health])
        .sort(),
    ).toEqual(
      data.activeTargets
        .map((t) => [
          t.scrapePool,
          formatLabels(labelsOf(t.labels)),
          formatLabels(labelsOf(t.discoveredLabels)),
          t.scrapeUrl,
          t.health,
        ])
        .sort(),
    )
    expect(dropped.map((t) => [t.scrapePool, formatLabels(t.discoveredLabels)])).toEqual(
      data.droppedTargets.map((t) => [t.scrapePool, formatLabels(labelsOf(t.discoveredLabels))]),
    )
  })
})

function configText(address: string): string {
  return `
global: {scrape_interval: 1s, scrape_timeout: 900ms}
scrape_configs:
  - job_name: plain
    static_configs: [{targets: ['${address}'], labels: {service: api}}]
  - job_name: honor
    honor_labels: true
    static_configs: [{targets: ['${address}', 'dropped:1']}]
    relabel_configs:
      - {source_labels: [__address__], regex: dropped.*, action: drop}
  - job_name: relabelled
    static_configs: [{targets: ['${address}']}]
    relabel_configs:
      - {source_labels: [__address__], regex: '(.*):(.*)', target_label: port, replacement: '$2'}
      - {target_label: instance, replacement: me}
      - {source_labels: [port], modulus: 7, target_label: shard, action: hashmod}
    metric_relabel_configs:
      - {source_labels: [__name__], regex: 'rpc.*|utf8.*', action: drop}
      - {regex: code, action: labeldrop}
      - {source_labels: [path], regex: '/(.*)', target_label: 'page_\${1}', replacement: x}
      - {source_labels: [__name__], regex: 'latency_(.*)', target_label: __name__, replacement: 'delay_$1'}
      - {source_labels: [sign], target_label: sign, action: uppercase}
      - {regex: 'exported_(.*)', replacement: 'theirs_$1', action: labelmap}
  - job_name: openmetrics
    metrics_path: /openmetrics
    static_configs: [{targets: ['${address}']}]
  - job_name: service
    metrics_path: /service
    static_configs: [{targets: ['${address}']}]
  - job_name: params
    metrics_path: /params/a b
    params: {module: ['x y', z], target: ['http://h/?q=1&r']}
    static_configs: [{targets: ['${address}']}]
  - job_name: broken
    metrics_path: /broken
    file_sd_configs: [{files: [targets.yml]}]
  - job_name: limited
    sample_limit: 3
    static_configs: [{targets: ['${address}']}]
`
}

function serviceRegistry(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  new Counter({ name: 'http_requests_total', help: 'Requests', labelNames: ['code'], registers }).inc({ code: 200 }, 5)
  new Gauge({ name: 'in_flight', help: 'Now', registers }).set(-0.25)
  const histogram = new Histogram({ name: 'took_seconds', help: 'Time', buckets: [0.1, 1, 10], registers })
  for (const value of [0.05, 0.5, 5, 50]) histogram.observe(value)
  const summary = new Summary({ name: 'quantiles', help: 'Summary', percentiles: [0.5, 0.99, 1], registers })
  for (const value of [1, 2, 3]) summary.observe(value)
  return registry
}

/** What a running process changes between two scrapes is compared by labels only. */
function comparable(series: [string, string][]): Map<string, string> {
  const moving = /^(?:process_|nodejs_|scrape_duration_seconds|scrape_series_added)/
  return new Map(series.map(([name, value]): [string, string] => [name, moving.test(name) ? '' : value]).sort())
}

/** As Prometheus prints a float. */
function printed(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value)
}
