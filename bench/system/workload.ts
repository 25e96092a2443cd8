// The data of the system benchmark: 20 hosts of 1,000 series (other sizes by argument), one sample each every 15 s.
//   30 % counters (integers that grow), 20 % gauges (walks with two decimals), 40 % classic histograms (8 buckets, sum and
//   count each), 10 % flags (0 or 1, seldom changing)
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

type Series = { readonly name: string; readonly text: string; readonly labels: readonly string[] }

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
    ) => {
      const all: [string, string][] = [['__name__', name], ['instance', instance], ['job', 'bench'], ...pairs]
      all.sort((a, b) => (a[0] < b[0] ? -1 : 1))
      const text = `${name}{${pairs.map(([key, val]) => `${key}="${val}"`).join(',')}}`
      series.push({ name, text, labels: all.flat() })
      values.push(value)
      steppers.push(next)
    }
    for (let i = 0; i < unit * 30; i++) {
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
    for (let i = 0; i < unit * 20; i++) {
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
    order = Array.from({ length: to - from }, (_, i) => from + i)
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
