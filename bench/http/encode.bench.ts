// How long does it take to write an answer as JSON?
// Data (same every run): a matrix of `series` x 720 points at 15 s of whole numbers (counters), numbers with two decimals
// (gauges) and long ones (rates), one with times in ms, and a vector of 50 x `series` elements.
// Run: node scripts/bench.mjs bench/http/encode.bench.ts [series, default 200]

import type { InstantResult, Labels } from '@binnacle/promql'
import { encodeResult } from '../../packages/server/src/metrics/query/encode-result.ts'

const count = Number(process.argv[2] ?? 200)
const POINTS = 720
const START = 1_700_000_000_000

let state = 7
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}
const labelsAt = (i: number): Labels => [
  ...['__name__', 'app_requests_total', 'instance', `host-${i % 20}:9100`, 'job', 'bench'],
  ...['method', i % 2 === 0 ? 'GET' : 'POST', 'path', `/api/v1/resource${i}`],
]
const remarks = { warnings: [], infos: [], stats: { series: 0, samples: 0, peakSamples: 0 } }
const ts = Float64Array.from({ length: POINTS }, (_, i) => START + i * 15_000)
function matrix(valueAt: (i: number) => number, times = ts): InstantResult {
  const series = Array.from({ length: count }, (_, i) => ({
    labels: labelsAt(i),
    ts: times,
    values: Float64Array.from({ length: POINTS }, (_, at) => valueAt(at)),
  }))
  return { kind: 'matrix', series, ...remarks }
}
let total = 1_000_000
const cases: [string, InstantResult][] = [
  ['counters', matrix(() => (total += Math.floor(random() * 100)))],
  ['gauges, two decimals', matrix(() => Math.round(random() * 10_000) / 100)],
  ['rates, all digits', matrix(() => random() * 100)],
  ['flags', matrix(() => (random() < 0.9 ? 1 : 0))],
  [
    'raw samples, times in ms',
    matrix(
      () => Math.floor(random() * 1000),
      ts.map((t, i) => t + (i % 7)),
    ),
  ],
  [
    'vector',
    {
      kind: 'vector',
      timeMs: START,
      labels: Array.from({ length: count * 50 }, (_, i) => labelsAt(i)),
      values: Float64Array.from({ length: count * 50 }, () => random() * 100),
      ...remarks,
    },
  ],
]

const rows: Record<string, string | number>[] = []
for (const [what, result] of cases) {
  const points = result.kind === 'matrix' ? count * POINTS : count * 50
  let best = Infinity
  let bytes = 0
  for (let run = 0; run < 40; run++) {
    const from = performance.now()
    bytes = 0
    for (const piece of encodeResult(result, { limit: 0, maxBytes: 2 ** 30 }).pieces) bytes += piece.length
    best = Math.min(best, performance.now() - from)
  }
  rows.push({
    what,
    points,
    MB: (bytes / 1e6).toFixed(2),
    ms: best.toFixed(2),
    'ns a point': ((best * 1e6) / points).toFixed(0),
  })
}
console.log(`Node ${process.version}, ${count} series`)
console.table(rows)
