// What does a rule or a live panel cost: one moment, many series? 100,000 series with the last five minutes at 15 s, in
// batches of 1000, held in memory: the evaluator alone, without decoding, on one core. At one step the work is per
// series (labels, groups), not per sample.
// Run: node scripts/bench.mjs bench/promql/instant.bench.ts

import {
  evaluateInstant,
  type Labels,
  labelsOf,
  parseExpr,
  type SeriesBatch,
  type SeriesSource,
} from '@binnacle/promql'

const SERIES = 100_000
const SAMPLES = 20
const BATCH = 1000

const batches: SeriesBatch[] = []
for (let first = 0; first < SERIES; first += BATCH) {
  const labels: Labels[] = []
  const starts = new Uint32Array(BATCH + 1)
  const ts = new Float64Array(BATCH * SAMPLES)
  const values = new Float64Array(BATCH * SAMPLES)
  for (let i = 0; i < BATCH; i++) {
    const n = first + i
    labels.push(
      labelsOf({
        __name__: 'http_requests_total',
        job: `job-${n % 50}`,
        instance: `host-${Math.floor(n / 200)}:9100`,
        path: `/p/${n % 200}`,
        code: '200',
      }),
    )
    starts[i + 1] = (i + 1) * SAMPLES
    for (let k = 0; k < SAMPLES; k++) {
      ts[i * SAMPLES + k] = (k + 1) * 15_000
      values[i * SAMPLES + k] = k * (n % 17)
    }
  }
  batches.push({ count: BATCH, labels, starts, ts, values })
}
const source: SeriesSource = {
  async *select() {
    yield* batches
  },
}
const signal = { aborted: false, reason: undefined }

console.log(`${SERIES} series, one moment; Node ${process.version}`)
console.log('   ms  k series/s  query')
for (const query of [
  'http_requests_total',
  'count(http_requests_total)',
  'rate(http_requests_total[5m]) > 0.5',
  'sum(rate(http_requests_total[5m]))',
  'sum by (job) (rate(http_requests_total[5m]))',
  'sum by (instance, path) (rate(http_requests_total[5m]))',
  'sum without (path) (rate(http_requests_total[5m]))',
  'topk(10, rate(http_requests_total[5m]))',
  'http_requests_total / http_requests_total',
]) {
  const expr = parseExpr(query)
  const times: number[] = []
  for (let i = 0; i < 7; i++) {
    const start = performance.now()
    await evaluateInstant(expr, { timeMs: SAMPLES * 15_000, source, signal })
    times.push(performance.now() - start)
  }
  times.sort((a, b) => a - b)
  const ms = times[2]!
  console.log(`${ms.toFixed(0).padStart(5)}  ${(SERIES / ms).toFixed(0).padStart(10)}  ${query}`)
}
