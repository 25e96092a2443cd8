// How many samples a second does the remote write receiver take, for series that it knows and at first contact, in the
// versions 1.0 and 2.0, and of native histograms of 50 buckets?
// Data: 5,000 series with 5 labels in ten requests, one sample each (as Prometheus sends) or twenty (as a backfill sends).
// The consumer stores time and value per series, as the head's raw tail does.
// Run: node scripts/bench.mjs bench/exposition/remote-write.bench.ts [seconds per row, default 1]

import { createRemoteWriteReceiver } from '../../packages/server/src/metrics/intake/remote-write/index.ts'
import {
  encodeRemoteWrite,
  encodeRemoteWriteV2,
  toWritten,
  type WrittenSeries,
} from '../../packages/server/src/metrics/intake/remote-write/testkit/index.ts'
import { histogramOf } from '../../packages/server/src/metrics/store/testkit/histogram-of.ts'
import { createRegistry } from '../../packages/server/src/telemetry/index.ts'

const seconds = Number(process.argv[2] ?? 1)
const SERIES = 5000
const signal = new AbortController().signal

type Encode = (series: readonly WrittenSeries[]) => Buffer

function requests(perSeries: number, encode: Encode = encodeRemoteWrite, histograms = false): Buffer[] {
  const labels = (i: number) => [
    ...['__name__', `http_requests_total_${i % 50}`, 'instance', `10.0.0.${i % 20}:9100`, 'job', 'api'],
    ...['method', i % 2 ? 'GET' : 'POST', 'path', `/api/v1/resource/${i}`],
  ]
  const ts = Array.from({ length: perSeries }, (_, i) => 1_700_000_000_000 + i * 15_000)
  return Array.from({ length: 10 }, (_, part) =>
    encode(
      Array.from({ length: SERIES / 10 }, (_, i) => ({
        labels: labels(part * (SERIES / 10) + i),
        ...(histograms
          ? { ts: [], values: [], histograms: ts.map((ms, at) => toWritten(histogramOf(i + at * 7, 50), ms)) }
          : { ts, values: ts.map((_, at) => part * 1000 + i * 3 + at * 17) }),
      })),
    ),
  )
}

function createStore() {
  const known = new Map<string, number>()
  const ts = new Float64Array(1 << 16)
  const values = new Float64Array(1 << 16)
  return {
    epoch: 1,
    refOf(labels: readonly string[]) {
      const key = labels.join('\xff')
      const ref = known.get(key) ?? known.size + 1
      known.set(key, ref)
      return ref
    },
    labelsOf: () => [],
    append(batch: { length: number; refs: Uint32Array; ts: Float64Array; values: Float64Array }) {
      for (let i = 0; i < batch.length; i++) {
        const ref = batch.refs[i]!
        ts[ref] = batch.ts[i]!
        values[ref] = batch.values[i]!
      }
      return { accepted: batch.length, late: 0, duplicates: 0, repeated: 0, outOfBounds: 0, outOfBoundsHistograms: 0 }
    },
    admit() {},
    describe() {},
    addExemplar() {},
    flushed: () => Promise.resolve(),
  }
}

type Options = { readonly fresh?: boolean; readonly v2?: boolean }

async function measure(
  name: string,
  bodies: readonly Buffer[],
  perSeries: number,
  { fresh = false, v2 = false }: Options = {},
): Promise<void> {
  const start = () => createRemoteWriteReceiver({ store: createStore(), registry: createRegistry() })
  let receiver = start()
  const times: number[] = []
  const until = performance.now() + seconds * 1000
  for (let i = 0; performance.now() < until || i < 5; i++) {
    if (fresh) receiver = start()
    const from = performance.now()
    for (const body of bodies) await (v2 ? receiver.receiveV2(body, signal) : receiver.receive(body, signal))
    times.push(performance.now() - from)
  }
  times.sort((a, b) => a - b)
  const ms = times[Math.floor(times.length / 2)]!
  const bytes = bodies.reduce((sum, body) => sum + body.length, 0)
  const row = [
    name.padEnd(34),
    `${((SERIES * perSeries) / ms / 1000).toFixed(2)} M samples/s`.padStart(18),
    `${((ms * 1e6) / SERIES).toFixed(0)} ns/series`.padStart(15),
    `${(bytes / ms / 1000).toFixed(0)} MB/s packed`.padStart(18),
  ]
  console.log(row.join(' '))
}

console.log(`Node ${process.version}`)
await measure('known series, 1 sample each', requests(1), 1)
await measure('known series, 20 samples each', requests(20), 20)
await measure('first contact, 1 sample each', requests(1), 1, { fresh: true })
await measure('2.0, known series, 1 sample each', requests(1, encodeRemoteWriteV2), 1, { v2: true })
await measure('known series, 1 histogram each', requests(1, encodeRemoteWrite, true), 1)
