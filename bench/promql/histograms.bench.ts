// What do native histograms cost the evaluator? 1000 series of 24 to 32 buckets, 6 hours, a sample a minute (360,000
// histograms), decoded and held in memory in batches of 100 series, spans shared as chunks share them; one core.
// CPU time, as other work may run beside: the third fastest of 12 runs.
// Run: node scripts/bench.mjs bench/promql/histograms.bench.ts

import {
  evaluateRange,
  type FloatHistogram,
  labelsOf,
  NO_BUCKETS,
  NO_SPANS,
  NOT_RESET,
  parseExpr,
  type SeriesBatch,
  type SeriesSource,
  UNKNOWN_RESET,
} from '@binnacle/promql'

const SERIES = 1000
const STEP_MS = 60_000
const HOURS = 6
const SAMPLES = (HOURS * 3_600_000) / STEP_MS

/** Deterministic, so that runs compare. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 4294967296
  }
}

/** Counters whose later half has eight buckets more, and that are reset now and then. */
function histograms(next: () => number): (FloatHistogram | undefined)[] {
  const layouts = [Int32Array.of(-12, 24), Int32Array.of(-16, 32)]
  let counts = new Float64Array(24)
  let sum = 0
  return Array.from({ length: SAMPLES }, (_, k) => {
    const wide = k >= SAMPLES / 2
    if (wide && counts.length === 24) {
      const wider = new Float64Array(32)
      wider.set(counts, 4)
      counts = wider
    }
    const reset = next() < 0.002
    if (reset) counts.fill(0)
    for (let i = 0; i < counts.length; i++) if (next() < 0.5) counts[i]! += Math.floor(next() * 6)
    sum += next()
    return {
      resetHint: k === 0 || reset ? UNKNOWN_RESET : NOT_RESET,
      schema: 3,
      zeroThreshold: 2 ** -128,
      zeroCount: 0,
      count: counts.reduce((total, count) => total + count, 0),
      sum,
      positiveSpans: layouts[wide ? 1 : 0]!,
      positiveBuckets: counts.slice(),
      negativeSpans: NO_SPANS,
      negativeBuckets: NO_BUCKETS,
      customValues: NO_BUCKETS,
    }
  })
}

const next = random(42)
const batches: SeriesBatch[] = []
for (let first = 0; first < SERIES; first += 100) {
  const labels = []
  const starts = new Uint32Array(101)
  const ts = new Float64Array(100 * SAMPLES)
  const cells: (FloatHistogram | undefined)[] = []
  for (let i = 0; i < 100; i++) {
    const n = first + i
    labels.push(labelsOf({ __name__: 'latency', job: `job-${n % 10}`, instance: `host-${Math.floor(n / 10)}` }))
    starts[i + 1] = (i + 1) * SAMPLES
    for (let k = 0; k < SAMPLES; k++) ts[i * SAMPLES + k] = k * STEP_MS + Math.floor(next() * 20)
    cells.push(...histograms(next))
  }
  batches.push({ count: 100, labels, starts, ts, values: new Float64Array(100 * SAMPLES), histograms: cells })
}
const source: SeriesSource = {
  async *select() {
    for (const batch of batches) yield batch
  },
}
const signal = { aborted: false, reason: undefined }

const QUESTIONS: readonly (readonly [string, number])[] = [
  ['latency', 60_000],
  ['rate(latency[5m])', 60_000],
  ['increase(latency[1h])', 60_000],
  ['sum by (job) (latency)', 60_000],
  ['sum by (job) (rate(latency[5m]))', 60_000],
  ['avg(rate(latency[5m]))', 60_000],
  ['histogram_quantile(0.9, latency)', 60_000],
  ['histogram_quantile(0.9, rate(latency[5m]))', 60_000],
  ['histogram_quantile(0.9, sum by (job) (rate(latency[5m])))', 60_000],
  ['histogram_count(sum by (job) (rate(latency[5m])))', 60_000],
  ['sum_over_time(latency[30m])', 60_000],
  ['avg_over_time(latency[30m])', 300_000],
]

console.log(`${SERIES} series, ${HOURS} h: ${(SERIES * SAMPLES) / 1000} thousand histograms; Node ${process.version}`)
console.log('     ms  us/histogram  step  query')
for (const [query, stepMs] of QUESTIONS) {
  const expr = parseExpr(query)
  const options = { startMs: 300_000, endMs: HOURS * 3_600_000, stepMs, source, signal, limits: { maxSamples: 1e9 } }
  const times: number[] = []
  for (let i = 0; i < 12; i++) {
    const start = process.cpuUsage()
    const { series } = await evaluateRange(expr, options)
    const { user, system } = process.cpuUsage(start)
    times.push((user + system) / 1000)
    if (series.length === 0) throw new Error(`no answer: ${query}`)
  }
  times.sort((a, b) => a - b)
  const ms = times[2]!
  const each = (1000 * ms) / (SERIES * SAMPLES)
  console.log(
    `${ms.toFixed(1).padStart(7)}  ${each.toFixed(2).padStart(12)}  ${`${stepMs / 1000}s`.padStart(4)}  ${query}`,
  )
}
