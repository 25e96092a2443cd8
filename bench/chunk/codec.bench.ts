// How fast are chunks written and read, and how long do they get, for series as they are met in practice?
// Data (same seed each run): 30 % counters, 20 % gauges with decimals, 40 % histogram buckets, 10 % flags; every 15 s, on
// the grid and with 0 to 5 ms of jitter. zlib level 1 over 256 KiB of chunks stands for the engine's ZSTD(1), which
// Node 20 has not; it takes a little more.
// Run: node scripts/bench.mjs bench/chunk/codec.bench.ts [samples in all, default 2000000]

import { deflateSync } from 'node:zlib'
import { decodeChunk, encodeChunk, maxChunkBytes } from '../../packages/server/src/metrics/store/chunk/index.ts'

const total = Number(process.argv[2] ?? 2_000_000)

function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
const random = randomFrom(42)
const normal = () => random() + random() + random() + random() - 2

type Kind = 'counter' | 'gauge' | 'bucket' | 'flag'
const KINDS: readonly Kind[] = [
  ...Array<Kind>(3).fill('counter'),
  ...Array<Kind>(2).fill('gauge'),
  ...Array<Kind>(4).fill('bucket'),
  'flag',
]

/** Values of one series: the next one at each call. */
function seriesOf(kind: Kind, number: number): () => number {
  let v = 0
  switch (kind) {
    case 'counter': {
      // A third bytes, a third requests, a third seconds of CPU with two decimals or with the noise of summed floats.
      const rate = 10 ** (random() * 5)
      v = Math.floor(random() * 1e9)
      if (number % 3 === 0) {
        const step = number % 2 === 0 ? 100 : 1e9 / 7
        return () => {
          v += rate * (1 + normal() * 0.2)
          return Math.round(v * 1) / step
        }
      }
      return () => {
        v += Math.max(0, Math.round(rate * (1 + normal() * 0.2)))
        return v
      }
    }
    case 'gauge': {
      v = random() * 100
      const digits = number % 4 === 0 ? 1e9 : number % 2 === 0 ? 100 : 1
      const size = number % 3 === 0 ? 4096 : 1
      return () => {
        v += normal()
        return (Math.round(v * digits) / digits) * size
      }
    }
    case 'bucket': {
      // Most buckets of a histogram move seldom.
      const rate = 10 ** (random() * 5 - 3)
      v = Math.floor(random() * 1e6)
      return () => {
        const expected = rate * (1 + normal() * 0.3)
        v += Math.floor(expected) + (random() < expected - Math.floor(expected) ? 1 : 0)
        return v
      }
    }
    case 'flag':
      v = 1
      return () => {
        if (random() < 0.002) v = 1 - v
        return v
      }
  }
}

function columnsOf(jitterMs: number, perSeries: number) {
  const count = Math.floor(total / perSeries)
  const ts = new Float64Array(count * perSeries)
  const values = new Float64Array(count * perSeries)
  for (let s = 0, i = 0; s < count; s++) {
    const next = seriesOf(KINDS[s % KINDS.length]!, Math.floor(s / KINDS.length))
    const offset = Math.floor(random() * 15_000)
    for (let k = 0; k < perSeries; k++, i++) {
      ts[i] = 1_767_225_600_000 + offset + k * 15_000 + (jitterMs > 0 ? Math.floor(random() * (jitterMs + 1)) : 0)
      values[i] = next()
    }
  }
  return { ts, values, length: count * perSeries }
}

function bestOf(times: number, run: () => void): number {
  let best = Infinity
  for (let i = 0; i < times; i++) {
    const start = performance.now()
    run()
    best = Math.min(best, performance.now() - start)
  }
  return best
}

const rows: Record<string, string | number>[] = []
for (const jitterMs of [0, 5]) {
  const { ts, values, length } = columnsOf(jitterMs, 480)
  for (const n of [32, 240, 480]) {
    const chunks = Math.floor(length / n)
    const out = new Uint8Array(chunks * maxChunkBytes(n))
    const starts = new Uint32Array(chunks + 1)
    const encodeMs = bestOf(5, () => {
      let at = 0
      for (let c = 0; c < chunks; c++) {
        starts[c] = at
        at += encodeChunk(ts, values, c * n, (c + 1) * n, out, at)
      }
      starts[chunks] = at
    })
    const backTs = new Float64Array(n * 256)
    const backValues = new Float64Array(n * 256)
    const decodeMs = bestOf(7, () => {
      for (let c = 0, to = 0; c < chunks; c++) {
        to += decodeChunk(out, starts[c]!, backTs, backValues, to)
        if (to + n > backTs.length) to = 0
      }
    })
    for (let c = 0; c < chunks; c++) {
      decodeChunk(out, starts[c]!, backTs, backValues, 0)
      for (let k = 0; k < n; k++)
        if (backTs[k] !== ts[c * n + k] || !Object.is(backValues[k], values[c * n + k])) throw new Error('not the same')
    }
    const size = starts[chunks]!
    let deflated = 0
    for (let at = 0; at < size; at += 1 << 18) {
      deflated += deflateSync(out.subarray(at, Math.min(size, at + (1 << 18))), { level: 1 }).length
    }
    const samples = chunks * n
    rows.push({
      times: jitterMs === 0 ? 'grid' : `0-${jitterMs} ms jitter`,
      'samples/chunk': n,
      'encode ns/sample': ((encodeMs * 1e6) / samples).toFixed(1),
      'decode M/s': (samples / decodeMs / 1e3).toFixed(1),
      'B/sample': (size / samples).toFixed(3),
      'B/sample deflated': (deflated / samples).toFixed(3),
    })
  }
}
console.log(`Node ${process.version}, ${total} samples`)
console.table(rows)
