import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { nodeExporterMissing, startNodeExporter } from './differential/start-node-exporter.ts'
import { prometheusMissing, type RunningPrometheus, startPrometheus } from './differential/start-prometheus.ts'
import { LOAD, startService } from './differential/start-service.ts'
import { type RunningBinnacle, startBinnacle } from './start-binnacle.ts'

/*
 * A real Prometheus 3.5 and Binnacle scrape the same real targets with the same prometheus.yml.
 *
 * Both scrape every 2 s, each at moments of its own, so that the same window holds other samples: at each of its ends
 * the two are up to an interval apart. Three kinds of equality follow:
 * - exactly, what does not depend on the moment: label sets, health, constants, metadata;
 * - within STEADY, what moves evenly: the service gets 40 requests a second from start to end. A busy machine answers a
 *   scrape up to 0.3 s after its timestamp, which is 2.5 % of the window at each end; irate sees 2 s only: IRATE;
 * - for everything else that counts, within what the series itself moved in an interval at each end (`allowanceOf`).
 */
const INTERVAL_S = 2
const WINDOW_S = 12
const STEADY = 0.05
const IRATE = 0.3
const missing = prometheusMissing || nodeExporterMissing

type Labels = Readonly<Record<string, string>>
type Vector = readonly { readonly metric: Labels; readonly value: readonly [number, string] }[]
type Matrix = readonly { readonly metric: Labels; readonly values: readonly (readonly [number, string])[] }[]
type Metadata = Readonly<Record<string, readonly { type: string; help: string; unit: string }[]>>
type Targets = {
  readonly activeTargets: readonly Readonly<Record<string, unknown>>[]
  readonly droppedTargets: readonly Readonly<Record<string, unknown>>[]
}

const textOf = (labels: Labels) =>
  `{${Object.keys(labels)
    .sort()
    .map((name) => `${name}=${JSON.stringify(labels[name])}`)
    .join(', ')}}`

/** Finished samples only: the newest that may still be under way are left out. */
const now = () => Math.floor(Date.now() / 1000) - 1

describe.skipIf(missing !== '')(`beside a Prometheus that scrapes the same targets${missing}`, () => {
  const cleanups: AsyncDisposable[] = []
  let prometheus: RunningPrometheus
  let binnacle: RunningBinnacle
  let startedAt: number

  beforeAll(async () => {
    const exporter = await startNodeExporter()
    cleanups.push(exporter)
    const service = await startService()
    cleanups.push(service)
    const config = configText(exporter.address, service.address)
    prometheus = await startPrometheus(config)
    cleanups.push(prometheus)
    binnacle = await startBinnacle({
      prometheusConfig: config,
      config: 'collectors:\n  host: {enabled: false}\n  process: {enabled: false}\n',
    })
    cleanups.push(binnacle)
    startedAt = Date.now() / 1000
    // A full window after the first scrapes of both, and the seconds in which those were spread.
    await new Promise((resolve) => setTimeout(resolve, (WINDOW_S + 3 * INTERVAL_S) * 1000))
  })
  afterAll(async () => {
    for (const one of cleanups.reverse()) await one[Symbol.asyncDispose]()
  })

  async function get<T>(url: string, path: string, params: Record<string, string> = {}): Promise<T> {
    const answer = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(params)}`)
    const body = (await answer.json()) as { error?: string; data: T }
    expect(body.error, path).toBeUndefined()
    return body.data
  }

  /** The same request to both. */
  const both = <T>(path: string, params: Record<string, string> = {}): Promise<[ours: T, theirs: T]> =>
    Promise.all([get<T>(binnacle.url, path, params), get<T>(prometheus.url, path, params)])

  async function vectors(query: string, time = now()): Promise<[Map<string, number>, Map<string, number>]> {
    const toMap = ({ result }: { result: Vector }) =>
      new Map(result.map(({ metric, value }) => [textOf(metric), Number(value[1].replace('Inf', 'Infinity'))]))
    const [ours, theirs] = await both<{ result: Vector }>('query', { query, time: String(time) })
    return [toMap(ours), toMap(theirs)]
  }

  const matching = { 'match[]': '{job=~".+"}' }

  test('the same series: every label set of both', async () => {
    // Devices and file systems come and go while other tests run; both have seen the same a scrape later.
    await vi.waitFor(
      async () => {
        const range = { ...matching, start: String(startedAt - 10), end: String(now()) }
        const [ours, theirs] = await both<Labels[]>('series', range)
        expect(theirs.length).toBeGreaterThan(500)
        expect(ours.map(textOf).sort()).toEqual(theirs.map(textOf).sort())
      },
      { timeout: 15_000, interval: 1_000 },
    )
  })

  test('the same label names and values', async () => {
    const [ours, theirs] = await both<string[]>('labels')
    expect(ours).toEqual(theirs)
    for (const label of ['__name__', 'job', 'instance', 'le', 'code', 'mode', 'version', 'team', 'collector']) {
      // Node has this one only while a request is under way, which one of the two may see and the other not.
      const lasting = (values: readonly string[]) => values.filter((value) => value !== 'nodejs_active_requests')
      const [our, their] = (await both<string[]>(`label/${label}/values`)).map(lasting) as [string[], string[]]
      expect(our, label).toEqual(their)
      expect(our.length, label).toBeGreaterThan(0)
    }
  })

  test('the same metadata', async () => {
    const [ours, theirs] = await both<Metadata>('metadata')
    expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort())
    for (const [metric, entries] of Object.entries(theirs)) {
      // Prometheus has an entry for each wording that it met; Binnacle keeps the newest of a family.
      expect(entries, metric).toEqual(expect.arrayContaining([...ours[metric]!]))
      if (entries.length === 1) expect(ours[metric], metric).toEqual(entries)
    }
  })

  test('the same targets', async () => {
    const kept = ['discoveredLabels', 'labels', 'scrapePool', 'scrapeUrl', 'health', 'scrapeInterval', 'scrapeTimeout']
    const [ours, theirs] = await both<Targets>('targets')
    const comparable = ({ activeTargets }: Targets) =>
      activeTargets
        .map((target) => Object.fromEntries(kept.map((name) => [name, target[name]])))
        .sort((a, b) => String(a.scrapeUrl).localeCompare(String(b.scrapeUrl)))
    expect(comparable(ours)).toEqual(comparable(theirs))
    expect(
      comparable(ours)
        .map(({ health }) => health)
        .sort(),
    ).toEqual(['down', 'up', 'up'])
    const dropped = ({ droppedTargets }: Targets) => droppedTargets.map(({ discoveredLabels }) => discoveredLabels)
    expect(dropped(ours)).toEqual(dropped(theirs))
    expect(dropped(ours)).toHaveLength(1)
  })

  test.for([
    'up',
    `avg_over_time(up[${WINDOW_S}s])`,
    `max_over_time(up[${WINDOW_S}s])`,
    `present_over_time(http_requests_total[${WINDOW_S}s])`,
    'absent(up{job="nobody"})',
    'count by (job, le) (http_request_duration_seconds_bucket)',
    'group by (__name__) ({job="service"})',
    'build_info * on (job) group_left () up',
    'node_uname_info',
    'node_memory_MemTotal_bytes',
    'node_time_zone_offset_seconds',
    'process_start_time_seconds',
    'node_boot_time_seconds',
    `resets(http_requests_total[${WINDOW_S}s])`,
    'count(count by (cpu) (node_cpu_seconds_total))',
    'label_replace(up{job="service"}, "port", "$1", "instance", ".*:(.*)")',
  ])('exactly: %s', async (query) => {
    const [ours, theirs] = await vectors(query)
    expect(ours).toEqual(theirs)
    expect(ours.size).toBeGreaterThan(0)
  })

  /** Asks until both are near; the machine may be too busy for an even load for a while. */
  async function expectNear(query: string, tolerance: number): Promise<Map<string, number>> {
    return vi.waitFor(
      async () => {
        const [ours, theirs] = await vectors(query)
        expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort())
        expect(ours.size).toBeGreaterThan(0)
        for (const [labels, value] of theirs) {
          const off = Math.abs(ours.get(labels)! - value)
          expect(off, `${query} ${labels}: ${ours.get(labels)} and ${value}`).toBeLessThanOrEqual(
            tolerance * Math.max(Math.abs(value), Math.abs(ours.get(labels)!)),
          )
        }
        return ours
      },
      { timeout: 20_000, interval: 1_000 },
    )
  }

  const W = `[${WINDOW_S}s]`
  test.for([
    `rate(http_requests_total{code!="500"}${W})`,
    `increase(http_requests_total{code!="500"}${W})`,
    `sum by (code) (rate(http_requests_total{code!="500"}${W}))`,
    `sum(rate(http_requests_total${W}))`,
    `sum without (code, route) (increase(http_request_duration_seconds_count${W}))`,
    `histogram_quantile(0.5, sum by (le) (rate(http_request_duration_seconds_bucket${W})))`,
    `histogram_quantile(0.9, sum by (le, job) (rate(http_request_duration_seconds_bucket${W})))`,
    `histogram_quantile(0.99, rate(http_request_duration_seconds_bucket{code="200"}${W}))`,
    `sum(rate(http_request_duration_seconds_sum${W})) / sum(rate(http_request_duration_seconds_count${W}))`,
    `sum(rate(http_requests_total{code="404"}${W})) / sum(rate(http_requests_total${W}))`,
    `avg_over_time(sum(rate(http_requests_total${W}))[4s:1s])`,
    `deriv(http_requests_total{code="200"}${W})`,
    `delta(node_time_seconds${W})`,
    `sum(rate(node_cpu_seconds_total${W}))`,
    `max_over_time(node_time_seconds${W})`,
  ])(`within ${STEADY * 100} %%: %s`, async (query) => {
    await expectNear(query, STEADY)
  })

  test.for(['sum(irate(http_requests_total[6s]))', 'sum(idelta(http_requests_total[6s]))'])(
    `within ${IRATE * 100} %%: %s`,
    async (query) => {
      await expectNear(query, IRATE)
    },
  )

  test('the rates are the true ones, not only equal', async () => {
    const rates = await expectNear(`sum by (code) (rate(http_requests_total{code!="500"}${W}))`, STEADY)
    for (const code of ['200', '404'] as const) {
      const rate = rates.get(`{code="${code}"}`)!
      expect(Math.abs(rate - LOAD[code]), `${code}: ${rate}`).toBeLessThan(LOAD[code] * 0.1)
    }
  })

  test('a range query has the same steps, and near values at each', async () => {
    await vi.waitFor(
      async () => {
        const end = now()
        const params = { start: String(end - 4), end: String(end), step: '1' }
        const query = `sum by (job) (rate(http_requests_total${W}))`
        const [ours, theirs] = await both<{ result: Matrix }>('query_range', { query, ...params })
        expect(ours.result.map(({ metric }) => metric)).toEqual(theirs.result.map(({ metric }) => metric))
        const [our, their] = [ours.result[0]!.values, theirs.result[0]!.values]
        expect(our.map(([time]) => time)).toEqual(their.map(([time]) => time))
        expect(our).toHaveLength(5)
        for (const [i, [, value]] of their.entries()) {
          expect(Math.abs(Number(our[i]![1]) / Number(value) - 1)).toBeLessThan(STEADY)
        }
      },
      { timeout: 20_000, interval: 1_000 },
    )
  })

  test('every counter of the node exporter and the service: the same increase within its own movement', async () => {
    const time = now()
    const counters = Object.entries(await get<Metadata>(prometheus.url, 'metadata'))
      .filter(([, entries]) => entries.every(({ type }) => type === 'counter'))
      .map(([name]) => name)
    expect(counters.length).toBeGreaterThan(50)
    let compared = 0
    let unpaired = 0
    for (const name of counters) {
      const range = `${name}[${WINDOW_S + 2 * INTERVAL_S}s]`
      const raw = await both<{ result: Matrix }>('query', { query: range, time: String(time + 1) })
      const allowed = new Map<string, number>()
      for (const { metric, values } of raw.flatMap(({ result }) => result)) {
        const key = textOf({ ...metric, __name__: '' })
        allowed.set(key, Math.max(allowed.get(key) ?? 0, allowanceOf(values)))
      }
      const [ours, theirs] = await both<{ result: Vector }>('query', {
        query: `increase(${name}[${WINDOW_S}s])`,
        time: String(time),
      })
      const mine = new Map(ours.result.map(({ metric, value }) => [textOf({ ...metric, __name__: '' }), value[1]]))
      for (const { metric, value } of theirs.result) {
        const key = textOf({ ...metric, __name__: '' })
        const our = Number(mine.get(key) ?? Number.NaN)
        // A device that came or went in the window may have been seen by one scrape more of the one than of the other.
        if (Number.isNaN(our)) {
          unpaired++
          continue
        }
        const off = Math.abs(our - Number(value[1]))
        expect(off, `${name}${key}: ${our} and ${value[1]}`).toBeLessThanOrEqual(
          allowed.get(key)! + 1e-9 * Math.abs(our),
        )
        compared++
      }
    }
    expect(unpaired).toBeLessThan(compared * 0.05)
    console.log(`against Prometheus: ${compared} counters compared over ${WINDOW_S} s`)
    expect(compared).toBeGreaterThan(100)
  })
})

/**
 * How far two increases over the window may be apart: at each end up to an interval of movement, as steep as the series
 * ever moved between two samples, stretched by the extrapolation (at most 1.1 intervals on each side).
 */
function allowanceOf(values: readonly (readonly [number, string])[]): number {
  let steepest = 0
  for (let i = 1; i < values.length; i++) {
    const seconds = values[i]![0] - values[i - 1]![0]
    steepest = Math.max(steepest, Math.abs(Number(values[i]![1]) - Number(values[i - 1]![1])) / seconds)
  }
  return 2 * (INTERVAL_S + 1.1 * INTERVAL_S) * steepest
}

function configText(exporter: string, service: string): string {
  return `global: {scrape_interval: ${INTERVAL_S}s, scrape_timeout: 1500ms}
scrape_configs:
  - job_name: node
    static_configs: [{targets: ['${exporter}'], labels: {team: infra}}]
    metric_relabel_configs:
      - {source_labels: [__name__], regex: 'node_scrape_collector_duration_seconds', action: drop}
  - job_name: service
    static_configs: [{targets: ['${service}', 'dropped:80'], labels: {team: orders}}]
    relabel_configs:
      - {source_labels: [__address__], regex: 'dropped.*', action: drop}
  - job_name: gone
    static_configs: [{targets: ['127.0.0.1:1']}]
`
}
