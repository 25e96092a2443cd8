// The data of the system benchmark: 20 hosts of 1,000 series (other sizes by argument), one sample each every 15 s.
//   30 % counters (integers that grow), 20 % gauges (walks with two decimals), 40 % classic histograms (8 buckets, sum and
//   count each), 10 % flags (0 or 1, seldom changing)
// Of the counters 60 and of the gauges 20 a host have the names and labels of dashboards: CPU seconds by mode, requests by
// code and handler, memory, file systems, and an info metric that others are joined with. The past has `up` as well, which
// later every system makes for itself.
// The same seed gives the same numbers at every run. The past is written by remote write, the present is served as text
// pages: a page goes on where the past ended, because both step the same state.

import { encodeRemoteWrite } from '../../packages/server/src/metrics/intake/remote-write/testkit/index.ts'

export const INTERVAL_MS = 15_000
const BOUNDS = ['0.01', '0.05', '0.1', '0.5', '1', '5', '10', '+Inf']

export type Workload = {
  readonly hosts: readonly string[]
  readonly seriesCount: number
  /** Label sets (names and values in turn, by name) of all series. */
  readonly labels: readonly (readonly string[])[]
  /** Values of all series as they stand; a new array. */
  values(): Float64Array
  /** Moves all series on by one interval. */
  step(): void
  /** Steps through `count` intervals from `fromMs` on; calls back with remote write bodies of up to 500 series each. */
  past(fromMs: number, count: number, send: (body: Buffer, samples: number) => Promise<void>): Promise<void>
  /** What a host answers to a scrape, as it stands. Text format 0.0.4. */
  page(host: number): Buffer
}

type Series = {
  readonly name: string
  readonly text: string
  readonly labels: readonly string[]
  /** What scraping makes by itself: not in the pages. */
  readonly pastOnly: boolean
}

/** Counters and gauges a host with the labels of dashboards. */
const NAMED_COUNTERS = 60
const NAMED_GAUGES = 20
const MODES = ['idle', 'iowait', 'irq', 'nice', 'softirq', 'steal', 'system', 'user']
const GIGABYTE = 2 ** 30

export function createWorkload(hostCount: number, seriesPerHost: number): Workload {
  const random = randomFrom(11)
  const hosts = Array.from({ length: hostCount }, (_, i) => `host-${String(i + 1).padStart(2, '0')}:9100`)
  const unit = Math.max(1, Math.round(seriesPerHost / 100))
  const series: Series[] = []
  const headers = new Map<string, string>()
  const starts: number[] = []
  const values: number[] = []
  const steppers: ((value: number, at: number) => number)[] = []

  for (const instance of hosts) {
    starts.push(series.length)
    const add = (
      name: string,
      pairs: readonly [string, string][],
      value: number,
      next: (v: number, at: number) => number,
      pastOnly = false,
    ) => {
      const all: [string, string][] = [['__name__', name], ['instance', instance], ['job', 'bench'], ...pairs]
      all.sort((a, b) => (a[0] < b[0] ? -1 : 1))
      const text = `${name}{${pairs.map(([key, val]) => `${key}="${val}"`).join(',')}}`
      series.push({ name, text, labels: all.flat(), pastOnly })
      values.push(value)
      steppers.push(next)
    }
    for (let i = 0; i < Math.max(30, unit * 30 - NAMED_COUNTERS); i++) {
      const name = `app_requests_${i % 30}_total`
      headers.set(name, 'counter')
      const pace = 1 + Math.floor(random() * 100)
      const method = Math.floor(i / 30) % 2 ? 'GET' : 'POST'
      // Distinct, so that `rate` over several names meets no label set twice.
      const path = `/api/v1/resource${i}`
      add(
        name,
        [
          ['method', method],
          ['path', path],
        ],
        Math.floor(random() * 1e6),
        (v) => v + Math.floor(random() * pace),
      )
    }
    for (let i = 0; i < Math.max(20, unit * 20 - NAMED_GAUGES); i++) {
      const name = `app_load_${i % 20}_ratio`
      headers.set(name, 'gauge')
      const core = String(Math.floor(i / 20))
      add(name, [['core', core]], 50, (v) => Math.round(Math.min(100, Math.max(0, v + random() * 4 - 2)) * 100) / 100)
    }
    for (let i = 0; i < unit * 4; i++) {
      const base = `app_duration_${i % 4}_seconds`
      headers.set(base, 'histogram')
      const route: [string, string] = ['route', `/route${Math.floor(i / 4)}`]
      const first = values.length
      let seen = 0
      BOUNDS.forEach((le, bound) => {
        add(`${base}_bucket`, [['le', le], route], 0, (v, at) => {
          // How many requests fell at or below this bound: more the higher the bound, so that buckets stay cumulative.
          if (at === first) seen = 0
          seen += Math.floor(random() * (6 - Math.abs(bound - 3)))
          return v + seen
        })
      })
      add(`${base}_sum`, [route], 0, (v) => Math.round((v + seen * 0.3 + random()) * 1000) / 1000)
      add(`${base}_count`, [route], 0, (v) => v + seen)
    }
    for (let i = 0; i < unit * 10; i++) {
      const name = `app_ready_${i % 10}`
      headers.set(name, 'gauge')
      add(name, [['unit', String(Math.floor(i / 10))]], 1, (v) => (random() < 0.002 ? 1 - v : v))
    }
    const count = (name: string, pairs: readonly [string, string][], next: (v: number) => number) => {
      headers.set(name, 'counter')
      add(name, pairs, 0, next)
    }
    const gauge = (name: string, pairs: readonly [string, string][], value: number, next: (v: number) => number) => {
      headers.set(name, 'gauge')
      add(name, pairs, value, next)
    }
    for (let cpu = 0; cpu < 4; cpu++) {
      for (const mode of MODES) {
        const most = mode === 'idle' ? 1400 : 20
        const next = (v: number) => Math.round(v * 100 + random() * most) / 100
        count(
          'node_cpu_seconds_total',
          [
            ['cpu', String(cpu)],
            ['mode', mode],
          ],
          next,
        )
      }
    }
    for (const handler of ['/', '/api/v1/orders', '/api/v1/users', '/login']) {
      for (const method of ['GET', 'POST']) {
        for (const [code, pace] of [
          ['200', 300],
          ['404', 10],
          ['500', 3],
        ] as const) {
          const next = (v: number) => v + Math.floor(random() * pace)
          count(
            'app_http_requests_total',
            [
              ['code', code],
              ['handler', handler],
              ['method', method],
            ],
            next,
          )
        }
      }
    }
    for (const device of ['eth0', 'lo']) {
      for (const way of ['receive', 'transmit']) {
        const next = (v: number) => v + Math.floor(random() * 1e6)
        count(`node_network_${way}_bytes_total`, [['device', device]], next)
      }
    }
    const walk =
      (least: number, most: number, by: number, digits = 1) =>
      (v: number) =>
        Math.round(Math.min(most, Math.max(least, v + (random() * 2 - 1) * by)) * digits) / digits
    const memory = 16 * GIGABYTE
    const same = (v: number) => v
    gauge('node_memory_MemTotal_bytes', [], memory, same)
    gauge('node_memory_MemAvailable_bytes', [], memory / 2, walk(memory / 8, memory, memory / 200))
    gauge('node_memory_Buffers_bytes', [], memory / 64, walk(0, memory / 16, memory / 2000))
    gauge('node_memory_Cached_bytes', [], memory / 4, walk(0, memory / 2, memory / 500))
    for (const [mountpoint, fstype, size] of [
      ['/', 'ext4', 64],
      ['/data', 'xfs', 512],
      ['/run', 'tmpfs', 2],
    ] as const) {
      const bytes = size * GIGABYTE
      const pairs: [string, string][] = [
        ['device', `${fstype}-0`],
        ['fstype', fstype],
        ['mountpoint', mountpoint],
      ]
      gauge('node_filesystem_size_bytes', pairs, bytes, same)
      gauge('node_filesystem_avail_bytes', pairs, bytes * 0.6, walk(0, bytes, bytes / 5000))
    }
    for (const minutes of [1, 5, 15]) gauge(`node_load${minutes}`, [], 1, walk(0, 8, 1 / minutes, 100))
    for (let sensor = 0; sensor < 3; sensor++) {
      gauge('node_hwmon_temp_celsius', [['sensor', `temp${sensor}`]], 50, walk(30, 90, 1, 10))
    }
    gauge('node_boot_time_seconds', [], 1_700_000_000 + starts.length, same)
    gauge('process_resident_memory_bytes', [], 2e8, walk(1e8, 1e9, 1e6))
    gauge('go_goroutines', [], 100, walk(10, 500, 5))
    const version = `1.${starts.length % 3}.0`
    gauge(
      'app_build_info',
      [
        ['revision', `r${starts.length % 5}`],
        ['version', version],
      ],
      1,
      same,
    )
    add('up', [], 1, (v) => (v === 0 || random() < 0.0005 ? 1 - v : v), true)
  }
  starts.push(series.length)

  const step = () => {
    for (let i = 0; i < values.length; i++) values[i] = steppers[i]!(values[i]!, i)
  }

  return {
    hosts,
    seriesCount: series.length,
    labels: series.map(({ labels }) => labels),
    values: () => Float64Array.from(values),
    step,
    async past(fromMs, count, send) {
      const ts = Float64Array.from({ length: count }, (_, at) => fromMs + at * INTERVAL_MS)
      const columns = series.map(() => new Float64Array(count))
      for (let at = 0; at < count; at++) {
        step()
        for (let i = 0; i < columns.length; i++) columns[i]![at] = values[i]!
      }
      for (let from = 0; from < series.length; from += 500) {
        const part = series.slice(from, from + 500)
        const written = part.map(({ labels }, i) => ({ labels, ts, values: columns[from + i]! }))
        await send(encodeRemoteWrite(written), part.length * count)
      }
    },
    page(host) {
      const lines: string[] = []
      let family = ''
      // A family's lines stand together, as every client library writes them.
      const order = orderOf(series, starts[host]!, starts[host + 1]!)
      for (const i of order) {
        const { name, text } = series[i]!
        const base = name.replace(/_(bucket|sum|count)$/, '')
        const shown = headers.has(base) ? base : name
        if (shown !== family) {
          family = shown
          lines.push(`# HELP ${family} A family of the benchmark.`, `# TYPE ${family} ${headers.get(family)}`)
        }
        lines.push(`${text} ${values[i]}`)
      }
      lines.push('')
      return Buffer.from(lines.join('\n'))
    },
  }
}

const orders = new WeakMap<readonly Series[], Map<number, number[]>>()

/** Places of a host's series, family by family; found once. */
function orderOf(series: readonly Series[], from: number, to: number): number[] {
  const known = orders.get(series) ?? new Map<number, number[]>()
  orders.set(series, known)
  let order = known.get(from)
  if (order === undefined) {
    const family = (i: number) => series[i]!.name.replace(/_(bucket|sum|count)$/, '')
    order = Array.from({ length: to - from }, (_, i) => from + i).filter((i) => !series[i]!.pastOnly)
    order.sort((a, b) => (family(a) < family(b) ? -1 : family(a) > family(b) ? 1 : a - b))
    known.set(from, order)
  }
  return order
}

function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
