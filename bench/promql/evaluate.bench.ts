// How fast are queries over decoded columns? 1000 counters, 6 hours, a sample every 15 s (1.44 million samples), held in
// memory as one batch per 100 series: what is measured is the evaluator alone, without decoding, on one core.
// Run: node scripts/bench.mjs bench/promql/evaluate.bench.ts

import { evaluateRange, labelsOf, parseExpr, type SeriesBatch, type SeriesSource } from '@binnacle/promql'

const SERIES = 1000
const STEP_MS = 15_000
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

function counters(): SeriesBatch[] {
  const next = random(42)
  const batches: SeriesBatch[] = []
  for (let first = 0; first < SERIES; first += 100) {
    const labels = []
    const starts = new Uint32Array(101)
    const ts = new Float64Array(100 * SAMPLES)
    const values = new Float64Array(100 * SAMPLES)
    for (let i = 0; i < 100; i++) {
      const n = first + i
      labels.push(
        labelsOf({
          __name__: 'http_requests_total',
          job: `job-${n % 10}`,
          instance: `host-${Math.floor(n / 100)}:9100`,
          path: `/p/${Math.floor(n / 10) % 10}`,
        }),
      )
      starts[i + 1] = (i + 1) * SAMPLES
      let value = 0
      for (let k = 0; k < SAMPLES; k++) {
        value += next() * 50
        if (next() < 0.0005) value = 0
        ts[i * SAMPLES + k] = k * STEP_MS + Math.floor(next() * 20)
        values[i * SAMPLES + k] = value
      }
    }
    batches.push({ count: 100, labels, starts, ts, values })
  }
  return batches
}

/** 100 histograms of 10 buckets. */
function buckets(): SeriesBatch[] {
  const next = random(7)
  const bounds = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '+Inf']
  const labels = []
  const starts = new Uint32Array(SERIES + 1)
  const ts = new Float64Array(SERIES * SAMPLES)
  const values = new Float64Array(SERIES * SAMPLES)
  for (let n = 0; n < SERIES; n++) {
    const bucket = n % 10
    labels.push(
      labelsOf({ __name__: 'latency_seconds_bucket', le: bounds[bucket]!, instance: `host-${Math.floor(n / 10)}` }),
    )
    starts[n + 1] = (n + 1) * SAMPLES
    for (let k = 0; k < SAMPLES; k++) {
      ts[n * SAMPLES + k] = k * STEP_MS
      values[n * SAMPLES + k] = k * (bucket + 1) * 3 + Math.floor(next() * 2)
    }
  }
  return [{ count: SERIES, labels, starts, ts, values }]
}

const data: Record<string, SeriesBatch[]> = { http_requests_total: counters(), latency_seconds_bucket: buckets() }
const source: SeriesSource = {
  async *select({ matchers }) {
    for (const batch of data[matchers.find(({ name }) => name === '__name__')!.value]!) yield batch
  },
}
const signal = { aborted: false, reason: undefined }

const QUESTIONS: readonly (readonly [string, number])[] = [
  ['http_requests_total', 15_000],
  ['http_requests_total', 60_000],
  ['rate(http_requests_total[5m])', 15_000],
  ['rate(http_requests_total[5m])', 60_000],
  ['sum by (job) (rate(http_requests_total[5m]))', 15_000],
  ['sum by (job) (rate(http_requests_total[5m]))', 60_000],
  ['sum by (job) (rate(http_requests_total[5m]))', 300_000],
  ['count(http_requests_total)', 60_000],
  ['avg_over_time(http_requests_total[1h])', 60_000],
  ['max_over_time(http_requests_total[1h])', 60_000],
  ['quantile_over_time(0.9, http_requests_total[10m])', 60_000],
  ['topk(5, rate(http_requests_total[5m]))', 60_000],
  ['http_requests_total / on (job, instance, path) http_requests_total', 60_000],
  ['histogram_quantile(0.9, sum by (le) (rate(latency_seconds_bucket[5m])))', 60_000],
  ['histogram_quantile(0.9, rate(latency_seconds_bucket[5m]))', 60_000],
]

console.log(
  `${SERIES} series, ${HOURS} h at ${STEP_MS / 1000} s: ${(SERIES * SAMPLES) / 1e6} M samples; Node ${process.version}`,
)
console.log('   ms  M samples/s  step  query')
for (const [query, stepMs] of QUESTIONS) {
  const expr = parseExpr(query)
  const options = { startMs: 300_000, endMs: HOURS * 3_600_000, stepMs, source, signal }
  const times: number[] = []
  for (let i = 0; i < 12; i++) {
    const start = performance.now()
    const { series } = await evaluateRange(expr, options)
    times.push(performance.now() - start)
    if (series.length === 0) throw new Error(`no answer: ${query}`)
  }
  times.sort((a, b) => a - b)
  const ms = times[3]!
  const rate = (SERIES * SAMPLES) / ms / 1000
  console.log(
    `${ms.toFixed(1).padStart(5)}  ${rate.toFixed(0).padStart(11)}  ${`${stepMs / 1000}s`.padStart(4)}  ${query}`,
  )
}
