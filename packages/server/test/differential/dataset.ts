import { type Labels, labelsOf } from '@binnacle/promql'
import { createRandom } from './random.ts'

/*
 * The data that both sides get: every shape of series that the float language treats in its own way.
 * What a name stands for is in `generate-query.ts`, which knows which labels belong to which metric.
 */

export type DataSeries = { readonly labels: Labels; readonly ts: number[]; readonly values: Float64Array }
export type Dataset = {
  readonly series: readonly DataSeries[]
  readonly samples: number
  /** Unix ms of the first and the last slot of 15 s. */
  readonly startMs: number
  readonly endMs: number
}

const INTERVAL_MS = 15_000
export const JOBS = ['api', 'db', 'web']
export const INSTANCES = ['a:1', 'b:1', 'c:2', 'd:2', 'é:3']
export const BOUNDS = ['0.005', '0.01', '0.05', '0.1', '0.5', '1', '5', '+Inf']

/** The bits by which Prometheus says that a series has ended. Source: prometheus `model/value/value.go`. */
const STALE = new Float64Array(BigUint64Array.of(0x7ff0000000000002n).buffer)

const GAP = Symbol('nothing was scraped')
const ENDED = Symbol('a staleness marker')
type Sample = number | typeof GAP | typeof ENDED

export function createDataset(startMs: number, endMs: number, seed: number): Dataset {
  const random = createRandom(seed)
  const slots = Math.floor((endMs - startMs) / INTERVAL_MS) + 1
  const series: DataSeries[] = []

  /** Slots are 15 s apart unless `every` says otherwise; `jitterMs` moves each sample a little. */
  function add(
    labels: Record<string, string>,
    sample: (slot: number) => Sample,
    { jitterMs = 0, every = 1 }: { jitterMs?: number; every?: number } = {},
  ): void {
    const ts: number[] = []
    const values = new Float64Array(slots)
    const offset = random.below(INTERVAL_MS - jitterMs)
    for (let slot = 0; slot < slots; slot += every) {
      const value = sample(slot)
      const at = startMs + slot * INTERVAL_MS + offset + random.below(jitterMs + 1)
      if (value === GAP || at > endMs) continue
      // set() moves the marker's bits as they are, which an assignment need not.
      if (value === ENDED) values.set(STALE, ts.length)
      else values[ts.length] = value
      ts.push(at)
    }
    if (ts.length > 0) series.push({ labels: labelsOf(labels), ts, values: values.slice(0, ts.length) })
  }

  function counter(step: () => number, resetRatio = 0.002, gapRatio = 0.01): (slot: number) => Sample {
    let total = random.chance(0.5) ? 0 : random.below(1e6)
    let gap = 0
    return () => {
      total = random.chance(resetRatio) ? 0 : total + step()
      if (random.chance(gapRatio / 10)) gap = 5 + random.below(40)
      return gap-- > 0 || random.chance(gapRatio) ? GAP : total
    }
  }

  for (const job of JOBS) {
    for (const instance of INSTANCES) {
      for (const code of ['200', '404', '500', '503']) {
        const most = code === '200' ? 40 : 3
        add(
          { __name__: 'requests_total', job, instance, code },
          counter(() => random.below(most)),
          {
            jitterMs: instance === 'a:1' ? 0 : 8,
          },
        )
      }
      add(
        { __name__: 'work_seconds_total', job, instance },
        counter(() => random.unit() * 3),
      )
      let drops = 0
      add({ __name__: 'up', job, instance }, () => {
        if (drops === 0 && random.chance(0.01)) drops = 1 + random.below(30)
        if (drops > 0) drops--
        return drops > 0 ? 0 : 1
      })
      add({ __name__: 'build_info', job, instance, version: `1.${INSTANCES.indexOf(instance) % 3}` }, () => 1)
      let length = 0
      let gap = 0
      add({ __name__: 'queue_length', job, instance }, () => {
        length += random.below(9) - 4
        if (random.chance(0.01)) gap = random.below(60)
        return gap-- > 0 ? GAP : length
      })
    }
    for (const instance of INSTANCES.slice(0, 3)) {
      const counts = BOUNDS.map(() => 0)
      let sum = 0
      const rows: number[][] = []
      const sums: number[] = []
      for (let slot = 0; slot < slots; slot++) {
        if (random.chance(0.001)) {
          counts.fill(0)
          sum = 0
        }
        for (let n = random.below(6); n > 0; n--) {
          const bucket = random.below(BOUNDS.length)
          for (let b = bucket; b < BOUNDS.length; b++) counts[b]!++
          sum += bucket / 16
        }
        rows.push([...counts])
        sums.push(sum)
      }
      // Buckets of one scrape carry one time: a quantile is never taken from two scrapes.
      for (const [b, le] of BOUNDS.entries())
        add({ __name__: 'latency_seconds_bucket', job, instance, le }, (slot) => rows[slot]![b]!)
      add({ __name__: 'latency_seconds_sum', job, instance }, (slot) => sums[slot]!)
      add({ __name__: 'latency_seconds_count', job, instance }, (slot) => rows[slot]!.at(-1)!)
    }
  }

  for (let room = 0; room < 24; room++) {
    let degrees = 15 + random.unit() * 10
    add(
      { __name__: 'temperature', room: String(room), floor: String(room % 4), building: room < 12 ? 'north' : 'south' },
      () => {
        degrees += random.unit() - 0.5
        return random.chance(0.005) ? Number.NaN : degrees
      },
      { jitterMs: 900 },
    )
  }

  const odd: Record<string, (slot: number) => Sample> = {
    nan: () => Number.NaN,
    inf: () => Number.POSITIVE_INFINITY,
    minus_inf: () => Number.NEGATIVE_INFINITY,
    signs: (slot) => (slot % 2 === 0 ? 0 : -0),
    huge: (slot) => 1e300 * (1 + (slot % 7)),
    tiny: (slot) => 3e-300 * (1 + (slot % 9)),
    mixed: (slot) => [1, Number.NaN, Number.POSITIVE_INFINITY, -2.5, Number.NEGATIVE_INFINITY, 0][slot % 6]!,
    integer: (slot) => 2 ** 53 - (slot % 5),
    constant: () => 0.1,
    decimals: (slot) => (slot % 1000) / 100,
  }
  for (const [kind, value] of Object.entries(odd)) add({ __name__: 'odd', kind }, value)

  for (let n = 0; n < 2; n++) add({ __name__: 'subnormal', n: String(n) }, (slot) => 5e-324 * (slot % 9) * 10 ** n)

  // Some end with a marker and come back, in rhythm or not; some just go missing.
  for (let n = 0; n < 8; n++) {
    let alive = true
    add({ __name__: 'flapping', n: String(n), how: n % 2 === 0 ? 'marked' : 'silent' }, (slot) => {
      const was = alive
      if (random.chance(n < 4 ? 0.02 : 0.1)) alive = !alive
      if (alive) return slot + n
      return was && n % 2 === 0 ? ENDED : GAP
    })
  }
  for (let n = 0; n < 8; n++) {
    // Up to beyond the lookback of five minutes: 1, 5, 9, 13, 17, 21, 25 and 29 slots.
    add({ __name__: 'sparse', n: String(n) }, (slot) => slot * (n + 1) + random.unit(), {
      every: 1 + n * 4,
      jitterMs: 5000,
    })
  }

  const awkward = ['', 'line\nbreak', 'quote"s', 'back\\slash', '日本', '🦀', ' space ', 'a|b', '.*', '{}']
  for (const [n, value] of awkward.entries()) {
    add({ __name__: 'awkward', value, n: String(n) }, (slot) => n * 10 + (slot % 10))
    if (n < 5) add({ __name__: 'http.server/länge', 'pod.name': value, n: String(n) }, (slot) => slot * n)
  }
  // What is born late, and what dies early.
  add({ __name__: 'born', when: 'late' }, (slot) => (slot < slots * 0.8 ? GAP : slot))
  add({ __name__: 'born', when: 'early' }, (slot) => (slot > slots * 0.3 ? GAP : slot))

  return { series, samples: series.reduce((sum, { ts }) => sum + ts.length, 0), startMs, endMs }
}
