// How fast are native histograms written and read, and how long do they get? Data (same seed each run): services whose
// histograms of schema 3 are quiet (1 observation each scrape), usual (40) or busy (3,000), and one of ten custom buckets;
// every 15 s. Chunks of one sample are what the head's tail and the log hold, of 32 a piece of the head, of 480 two hours.
// zlib level 1 over 256 KiB of chunks stands for the engine's ZSTD(1), which Node 20 has not; it takes a little more.
// Times are of this process's CPU.
// Run: node scripts/bench.mjs bench/chunk/histograms.bench.ts [samples of each kind, default 9600]

import { deflateSync } from 'node:zlib'
import { CUSTOM_SCHEMA, type FloatHistogram, NO_BUCKETS, NO_SPANS } from '../../packages/promql/src/index.ts'
import { decodeHistograms, encodeHistograms } from '../../packages/server/src/metrics/store/chunk/index.ts'

const total = Number(process.argv[2] ?? 9600)
const PER_SERIES = 480

let state = 42
function random(): number {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}
/** About normal, mean 0, deviation 1. */
const normal = () => (random() + random() + random() + random() - 2) * Math.sqrt(3)

/** Request times around 80 ms, seconds. */
const observe = () => Math.exp(Math.log(0.08) + normal() * 0.7)

function exponentialSeries(perScrape: number): FloatHistogram[] {
  const counts = new Map<number, number>()
  let sum = 0
  let count = 0
  return Array.from({ length: PER_SERIES }, () => {
    for (let k = 0; k < perScrape; k++) {
      const seconds = observe()
      const index = Math.ceil(Math.log2(seconds) * 8)
      counts.set(index, (counts.get(index) ?? 0) + 1)
      sum += seconds
      count++
    }
    const indices = [...counts.keys()].sort((a, b) => a - b)
    const spans: number[] = []
    indices.forEach((index, i) => {
      if (i > 0 && index === indices[i - 1]! + 1) spans[spans.length - 1]!++
      else spans.push(i === 0 ? index : index - indices[i - 1]! - 1, 1)
    })
    return {
      resetHint: 0,
      schema: 3,
      zeroThreshold: 2 ** -128,
      zeroCount: 0,
      count,
      sum,
      positiveSpans: Int32Array.from(spans),
      positiveBuckets: Float64Array.from(indices, (index) => counts.get(index)!),
      negativeSpans: NO_SPANS,
      negativeBuckets: NO_BUCKETS,
      customValues: NO_BUCKETS,
    }
  })
}

function customSeries(perScrape: number): FloatHistogram[] {
  const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
  const counts = new Float64Array(bounds.length + 1)
  let sum = 0
  let count = 0
  return Array.from({ length: PER_SERIES }, () => {
    for (let k = 0; k < perScrape; k++) {
      const seconds = observe()
      const place = bounds.findIndex((bound) => seconds <= bound)
      counts[place < 0 ? bounds.length : place]!++
      sum += seconds
      count++
    }
    return {
      resetHint: 0,
      schema: CUSTOM_SCHEMA,
      zeroThreshold: 0,
      zeroCount: 0,
      count,
      sum,
      positiveSpans: Int32Array.of(0, counts.length),
      positiveBuckets: counts.slice(),
      negativeSpans: NO_SPANS,
      negativeBuckets: NO_BUCKETS,
      customValues: Float64Array.from(bounds),
    }
  })
}

function cpuMs(run: () => void): number {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < 5; i++) {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, (user + system) / 1000)
  }
  return best
}

const rows: Record<string, string | number>[] = []
const kinds = {
  quiet: () => exponentialSeries(1),
  usual: () => exponentialSeries(40),
  busy: () => exponentialSeries(3000),
  custom: () => customSeries(40),
}
for (const [kind, seriesOf] of Object.entries(kinds)) {
  const histograms = Array.from({ length: total / PER_SERIES }, seriesOf).flat()
  const ts = Float64Array.from(histograms, (_, i) => 1_767_225_600_000 + (i % PER_SERIES) * 15_000)
  const buckets = histograms.reduce((sum, h) => sum + h.positiveBuckets.length, 0) / histograms.length
  for (const n of [1, 32, 480]) {
    let chunks: Uint8Array[] = []
    const encodeMs = cpuMs(() => {
      chunks = []
      for (let from = 0; from < histograms.length; ) {
        const { bytes, end } = encodeHistograms(ts, histograms, from, from + n - (from % n))
        chunks.push(bytes.slice())
        from = end
      }
    })
    const back = new Float64Array(n)
    const decodeMs = cpuMs(() => {
      for (const chunk of chunks) decodeHistograms(chunk, 0, back, [], 0)
    })
    const all = Buffer.concat(chunks)
    let deflated = 0
    for (let at = 0; at < all.length; at += 1 << 18) {
      deflated += deflateSync(all.subarray(at, Math.min(all.length, at + (1 << 18))), { level: 1 }).length
    }
    rows.push({
      kind,
      buckets: buckets.toFixed(0),
      'samples/chunk': n,
      'encode us/sample': ((encodeMs * 1000) / histograms.length).toFixed(2),
      'decode us/sample': ((decodeMs * 1000) / histograms.length).toFixed(2),
      'B/sample': (all.length / histograms.length).toFixed(1),
      'B/sample deflated': (deflated / histograms.length).toFixed(1),
    })
  }
}
console.log(`Node ${process.version}, ${total} samples of each kind`)
console.table(rows)
