// How fast are native histograms taken into the head, and read back from it? 500 series of 50 buckets, 40 observations
// a scrape, every 15 s for two hours; beside them as many series of numbers in the same batches. Times are of this
// process's CPU, with the encoding of each sample for head and log.
// Run: node scripts/bench.mjs bench/head/histograms.bench.ts

import { type FloatHistogram, NO_BUCKETS, NO_SPANS } from '../../packages/promql/src/index.ts'
import {
  clear,
  createHead,
  createSampleBuffer,
  lateByRow,
  readHeadSeries,
} from '../../packages/server/src/metrics/store/head/index.ts'
import { recordsOf } from '../../packages/server/src/metrics/store/histogram-records.ts'
import type { SampleBatch } from '../../packages/server/src/metrics/store/sample-batch.ts'

const SERIES = 500
const STEPS = 480
const BUCKETS = 50
const START = 100 * 7_200_000

let state = 7
const random = () => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0
  return (state >>> 8) / 2 ** 24
}
const counts = Array.from({ length: SERIES }, () => new Float64Array(BUCKETS))
const totals = new Float64Array(SERIES)
const sums = new Float64Array(SERIES)
const spans = Int32Array.of(-20, BUCKETS)

function nextOf(series: number): FloatHistogram {
  for (let k = 0; k < 40; k++) {
    const place = Math.min(BUCKETS - 1, Math.floor((random() + random() + random()) * (BUCKETS / 3)))
    counts[series]![place]!++
    sums[series]! += place * 0.013 + random() * 0.01
  }
  totals[series]! += 40
  return {
    resetHint: 0,
    schema: 3,
    zeroThreshold: 2 ** -128,
    zeroCount: 0,
    count: totals[series]!,
    sum: sums[series]!,
    positiveSpans: spans,
    positiveBuckets: counts[series]!.slice(),
    negativeSpans: NO_SPANS,
    negativeBuckets: NO_BUCKETS,
    customValues: NO_BUCKETS,
  }
}

const cpuMs = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const head = createHead({ maxBytes: 1 << 30, lowestBucket: 100 })
const empty = head.usedBytes
const verdicts = new Uint8Array(SERIES * 2)
let recordsMs = 0
let appendMs = 0
for (let step = 0; step < STEPS; step++) {
  const batch: SampleBatch = {
    length: SERIES * 2,
    refs: Uint32Array.from({ length: SERIES * 2 }, (_, i) => i),
    ts: new Float64Array(SERIES * 2).fill(START + step * 15_000),
    values: Float64Array.from({ length: SERIES * 2 }, (_, i) => step * i),
    histograms: Array.from({ length: SERIES }, (_, i) => nextOf(i)),
  }
  const before = cpuMs()
  const records = recordsOf(batch)
  const between = cpuMs()
  head.append(batch, verdicts, 0, Number.MAX_SAFE_INTEGER, records)
  recordsMs += between - before
  appendMs += cpuMs() - between
}
const samples = SERIES * STEPS
const usedMb = (head.usedBytes - empty) / 1e6

const refs = Uint32Array.from({ length: SERIES }, (_, i) => i)
const out = createSampleBuffer()
function readAll(fromMs: number): { ms: number; samples: number } {
  const before = cpuMs()
  const snapshot = head.snapshot(refs, fromMs, Number.MAX_SAFE_INTEGER)
  const late = lateByRow(snapshot)
  let read = 0
  for (let row = 0; row < SERIES; row++) {
    clear(out)
    readHeadSeries(head.views, snapshot, late, row, fromMs, Number.MAX_SAFE_INTEGER, out)
    read += out.length
  }
  return { ms: cpuMs() - before, samples: read }
}
const end = START + (STEPS - 1) * 15_000
readAll(0)
const whole = readAll(0)
const recent = readAll(end - 300_000)
const perSample = (ms: number, n: number) => ((ms * 1000) / n).toFixed(2)
console.table([
  { what: 'encode one by one', 'us/sample': perSample(recordsMs, samples), note: '' },
  {
    what: 'append, pieces compressed on the way',
    'us/sample': perSample(appendMs, samples),
    note: 'as many numbers included',
  },
  {
    what: 'read two hours of all series',
    'us/sample': perSample(whole.ms, whole.samples),
    note: `${whole.ms.toFixed(0)} ms`,
  },
  {
    what: 'read the last five minutes of all series',
    'us/sample': perSample(recent.ms, recent.samples),
    note: `${recent.ms.toFixed(0)} ms`,
  },
  {
    what: 'memory',
    'us/sample': '',
    note: `${usedMb.toFixed(1)} MB, ${((usedMb * 1e6) / samples).toFixed(0)} B/histogram`,
  },
])
