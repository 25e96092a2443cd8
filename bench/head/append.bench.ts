// How fast are samples taken into the head, and read back from it? 20,000 series, scraped every 15 s for two hours.
// Node: `node scripts/bench.mjs bench/head/append.bench.ts`
import {
  createHead,
  createSampleBuffer,
  lateByRow,
  readHeadSeries,
} from '../../packages/server/src/metrics/store/head/index.ts'

const SERIES = 20_000
const STEPS = 480
const START = 100 * 7_200_000

const head = createHead({ maxBytes: 1 << 30, lowestBucket: 100 })
const batch = {
  length: SERIES,
  refs: Uint32Array.from({ length: SERIES }, (_, i) => i),
  ts: new Float64Array(SERIES),
  values: new Float64Array(SERIES),
}
const verdicts = new Uint8Array(SERIES)
const counters = Float64Array.from({ length: SERIES }, (_, i) => i * 1000)

let appendNs = 0
const batchMs: number[] = []
for (let step = 0; step < STEPS; step++) {
  for (let i = 0; i < SERIES; i++) {
    batch.ts[i] = START + step * 15_000
    if (i % 10 < 3) batch.values[i] = counters[i]! += i % 50
    else if (i % 10 < 5) batch.values[i] = Math.round(Math.sin(step / 20 + i) * 1000) / 100
    else if (i % 10 < 9) batch.values[i] = counters[i]! += i % 7
    else batch.values[i] = 1
  }
  const between = process.hrtime.bigint()
  head.append(batch, verdicts, 0, Number.MAX_SAFE_INTEGER)
  const after = process.hrtime.bigint()
  appendNs += Number(after - between)
  batchMs.push(Number(after - between) / 1e6)
}
const samples = SERIES * STEPS
const first = batchMs.shift()!
batchMs.sort((a, b) => a - b)

const all = Uint32Array.from({ length: SERIES }, (_, i) => i)
const out = createSampleBuffer()
const readAll = (fromMs: number): { ms: number; samples: number } => {
  const from = performance.now()
  const snapshot = head.snapshot(all, fromMs, Number.MAX_SAFE_INTEGER)
  const late = lateByRow(snapshot)
  let read = 0
  for (let row = 0; row < SERIES; row++) {
    out.length = 0
    readHeadSeries(head.views, snapshot, late, row, fromMs, Number.MAX_SAFE_INTEGER, out)
    read += out.length
  }
  return { ms: performance.now() - from, samples: read }
}
const end = START + (STEPS - 1) * 15_000
readAll(0)
const whole = readAll(0)
const latest = readAll(end - 300_000)

console.table({
  'append, pieces compressed on the way': {
    'ns/sample': (appendNs / samples).toFixed(1),
    'M samples/s': ((samples / appendNs) * 1000).toFixed(1),
    note: `batch of ${SERIES}: p50 ${batchMs[STEPS >> 1]!.toFixed(1)}, worst ${batchMs.at(-1)!.toFixed(1)}, first ${first.toFixed(1)} ms`,
  },
  'read two hours of all series': {
    'ns/sample': ((whole.ms * 1e6) / whole.samples).toFixed(1),
    'M samples/s': (whole.samples / whole.ms / 1000).toFixed(1),
    note: `${whole.ms.toFixed(0)} ms`,
  },
  'read the last five minutes of all series': {
    'ns/sample': ((latest.ms * 1e6) / latest.samples).toFixed(1),
    'M samples/s': (latest.samples / latest.ms / 1000).toFixed(1),
    note: `${latest.ms.toFixed(0)} ms`,
  },
  memory: {
    'ns/sample': '',
    'M samples/s': '',
    note: `${(head.usedBytes / 1e6).toFixed(1)} MB, ${(head.usedBytes / samples).toFixed(2)} B/sample`,
  },
})
