// The same questions about native histograms to a real Prometheus and to us, over the same data.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  evaluateInstant,
  evaluateRange,
  type InstantResult,
  labelsOf,
  type MatrixResult,
  PromqlError,
  type PromqlFeature,
} from './index.ts'
import {
  CUSTOM_SCHEMA,
  type FloatHistogram,
  GAUGE,
  HistogramSum,
  UNKNOWN_RESET,
  upperBound,
} from './native-histogram/index.ts'
import { asStored } from './series-notation/index.ts'
import { compareAnswers } from './testkit/compare-answers.ts'
import { histogramOf } from './testkit/histograms.ts'
import { createMemorySource, type MemorySeries } from './testkit/memory-source.ts'
import { type Prometheus, startPrometheus } from './testkit/prometheus.ts'
import { queries } from './testkit/queries.ts'

const bin = join(process.env.JUDGES_DIR ?? '', 'root/usr/bin')
const present = process.env.JUDGES_DIR !== undefined && existsSync(join(bin, 'prometheus'))
const T0 = 1_700_000_000_000
const features = new Set<PromqlFeature>(['promql-experimental-functions'])
const signal = { aborted: false, reason: undefined }

function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 4294967296
  }
}

type Kind = { readonly schema: number; readonly bounds?: readonly number[]; readonly zeroThreshold?: number }

/** What some new observations are as a histogram: log-normal, one in ten negative, some in the zero bucket. */
function observe(next: () => number, count: number, kind: Kind): FloatHistogram {
  const { schema, bounds = [], zeroThreshold = 0 } = kind
  const values = Array.from({ length: count }, () => {
    const size = Math.exp(2.5 * (next() + next() + next() - 1.8))
    return schema !== CUSTOM_SCHEMA && next() < 0.1 ? -size : size
  })
  const up = new Map<number, number>()
  const down = new Map<number, number>()
  let zeroCount = 0
  for (const value of values) {
    const size = Math.abs(value)
    const side = value < 0 ? down : up
    if (schema !== CUSTOM_SCHEMA && size <= zeroThreshold) zeroCount++
    else {
      let index = bounds.findIndex((bound) => value <= bound)
      if (schema === CUSTOM_SCHEMA) index = index < 0 ? bounds.length : index
      else {
        index = Math.ceil(Math.log2(size) * 2 ** schema)
        if (size > upperBound(index, schema, NO_BOUNDS)) index++
      }
      side.set(index, (side.get(index) ?? 0) + 1)
    }
  }
  const dense = (side: Map<number, number>) => {
    const indexes = [...side.keys()].sort((a, b) => a - b)
    const spans = indexes.flatMap((index, i) => [i === 0 ? index : index - indexes[i - 1]! - 1, 1])
    return { spans: Int32Array.from(spans), buckets: Float64Array.from(indexes, (index) => side.get(index)!) }
  }
  const [positive, negative] = [dense(up), dense(down)]
  return histogramOf({
    schema,
    zeroThreshold,
    zeroCount,
    customValues: Float64Array.from(bounds),
    count,
    sum: values.reduce((sum, value) => sum + value, 0),
    positiveSpans: positive.spans,
    positiveBuckets: positive.buckets,
    negativeSpans: negative.spans,
    negativeBuckets: negative.buckets,
  })
}

/**
 * Newer than 3.5, other than it, or (dates of what is no time) whatever the processor makes of it. `timestamp()` of a
 * selector with `@` and an offset reads outside of what it has selected in Prometheus.
 */
const newer =
  /histogram_quantiles|ts_of_|first_over_time|start_timestamp|info\(|limit_ratio|year|month|day|hour|minute|<\/|>\/|timestamp.*@.*offset/

const NO_BOUNDS = new Float64Array(0)

/** Two hours, about every 15 s: counters with resets, whose buckets come one by one, gauges, custom buckets, gaps. */
function makeSeries(): MemorySeries[] {
  const next = random(11)
  const out: MemorySeries[] = []
  const add = (labels: Record<string, string>, sample: (k: number) => number | FloatHistogram | undefined) => {
    const ts: number[] = []
    const values: number[] = []
    const histograms: (FloatHistogram | undefined)[] = []
    for (let k = 0; k < 480; k++) {
      const one = sample(k)
      if (one === undefined) continue
      ts.push(T0 + k * 15_000 + Math.floor(next() * 30))
      values.push(typeof one === 'number' ? one : 0)
      histograms.push(typeof one === 'number' ? undefined : one)
    }
    const plain = { labels: labelsOf(labels), ts, values: Float64Array.from(values) }
    out.push(histograms.some((one) => one !== undefined) ? { ...plain, histograms } : plain)
  }
  const counter = (kindAt: (k: number) => Kind, resets: number) => {
    let total: FloatHistogram | undefined
    return (k: number) => {
      const kind = kindAt(k)
      // Never the same twice: which empty buckets a stored sample has depends on its neighbours in Prometheus's chunk.
      const more = observe(next, 1 + Math.floor(next() * 5), kind)
      // Begins with many at once: since 3.6 a rate is not extended to before the time when the counter was zero.
      if (total === undefined || total.schema !== kind.schema || next() < resets) total = observe(next, 60, kind)
      else {
        const sum = new HistogramSum(total)
        sum.add(more)
        total = sum.finish({ resetHint: UNKNOWN_RESET })
      }
      return next() < 0.03 ? undefined : total
    }
  }
  for (const [n, job] of ['x', 'x', 'y'].entries()) {
    const kind = { schema: [0, 3, 3][n]!, zeroThreshold: 0.01 }
    add(
      { __name__: 'latency', job, instance: `${n}` },
      counter(() => kind, 0.01),
    )
  }
  // Resolution goes down in the middle, without a restart in between.
  add(
    { __name__: 'coarser', job: 'x' },
    counter((k) => ({ schema: k < 240 ? 4 : 1, zeroThreshold: 0.001 }), 0),
  )
  for (const job of ['x', 'y']) {
    const kind = { schema: CUSTOM_SCHEMA, bounds: [0.1, 0.5, 1, 5, 10] }
    add(
      { __name__: 'custom', job },
      counter(() => kind, 0.01),
    )
  }
  for (const job of ['x', 'y']) {
    add({ __name__: 'queue', job }, () => {
      const some = observe(next, 20 + Math.floor(next() * 20), { schema: 1, zeroThreshold: 0.01 })
      return { ...some, resetHint: GAUGE }
    })
  }
  add({ __name__: 'requests', job: 'x' }, (k) => 3 * k)
  add({ __name__: 'requests', job: 'y' }, (k) => 5 * k)
  // An application that was moved from numbers to histograms.
  const later = counter(() => ({ schema: 2, zeroThreshold: 0.01 }), 0)
  add({ __name__: 'moved', job: 'x' }, (k) => (k < 200 ? k : later(k)))
  const counts = [0, 0, 0, 0]
  const rows = Array.from({ length: 480 }, () => {
    for (let b = Math.floor(next() * 4); b < 4; b++) counts[b]!++
    return [...counts]
  })
  for (const [b, le] of ['0.1', '1', '5', '+Inf'].entries()) {
    add({ __name__: 'latency_bucket', job: 'x', le }, (k) => rows[k]![b]!)
  }
  return out
}

const CURATED = `
latency
latency offset 7m
latency[2m]
-latency
rate(latency[5m])
rate(latency[1m])
increase(latency[10m])
rate(coarser[20m])
increase(coarser[2m])
rate(custom[5m])
irate(queue[2m])
rate(moved[5m])
increase(moved[20m])
delta(queue[5m])
delta(latency[5m])
irate(latency[2m])
irate(moved[2m])
idelta(queue[2m])
idelta(latency[2m])
resets(latency[30m])
resets(moved[30m])
resets(coarser[30m])
changes(latency[10m])
changes(moved[30m])
sum_over_time(latency[10m])
sum_over_time(queue[5m])
sum_over_time(custom[5m])
sum_over_time(moved[30m])
avg_over_time(queue[10m])
avg_over_time(latency[10m])
avg_over_time(custom[5m])
count_over_time(latency[10m])
present_over_time(latency[1m])
last_over_time(latency[2m])
last_over_time(moved[20m])
min_over_time(latency[10m])
max_over_time(moved[30m])
stddev_over_time(moved[30m])
quantile_over_time(0.3, moved[30m])
deriv(moved[30m])
predict_linear(moved[30m], 60)
absent_over_time(latency{job="z"}[5m])
sum(latency)
sum by (job) (rate(latency[5m]))
sum(rate({__name__=~"latency|coarser"}[5m]))
sum({__name__=~"latency|custom"})
sum({__name__=~"latency|requests"})
avg(latency)
avg by (job) (rate(custom[5m]))
count by (job) (latency)
group(latency)
min(latency)
max({__name__=~"latency|requests"})
stddev(latency)
quantile(0.5, {__name__=~"latency|requests"})
topk(1, {__name__=~"latency|requests"})
count_values("v", custom * 0)
histogram_count(latency)
histogram_sum(latency)
histogram_avg(latency)
histogram_stddev(latency)
histogram_stdvar(custom)
histogram_stdvar(queue)
histogram_count(rate(latency[5m]))
histogram_avg(rate(latency[5m]))
histogram_sum(sum(rate(custom[5m])))
histogram_quantile(0.9, latency)
histogram_quantile(0.1, latency)
histogram_quantile(0.5, queue)
histogram_quantile(0, custom)
histogram_quantile(0.99, rate(latency[5m]))
histogram_quantile(0.9, sum by (job) (rate(latency[5m])))
histogram_quantile(0.5, sum(rate(custom[5m])))
histogram_quantile(0.9, {__name__=~"latency|latency_bucket"})
histogram_quantile(0.9, rate({__name__=~"latency|latency_bucket"}[5m]))
histogram_quantile(2, latency)
histogram_fraction(0.1, 2, rate(latency[5m]))
histogram_fraction(-Inf, 0.005, queue)
histogram_fraction(0.3, +Inf, custom)
latency * 2
latency / 3
2 * latency
latency + latency
latency - latency
latency - on (instance) latency
queue + on (job) queue
latency * latency
latency + 1
1 / latency
latency + on (job) group_left () requests
latency * on (job) group_left () requests
requests * on (job) queue
custom + on (job) queue
latency == latency
latency != bool latency
latency > 2
latency == 2
latency and on (job) requests
requests or latency
latency unless on (job) requests{job="x"}
rate(latency[5m])[10m:1m]
sum_over_time(rate(latency[2m])[20m:1m])
rate(latency[10m:1m])
increase(moved[1h:5m])
histogram_count(increase(latency[10m:1m]))
last_over_time(sum(latency)[10m:])
abs(latency)
ceil({__name__=~"latency|requests"})
clamp_max({__name__=~"latency|requests"}, 5)
round(latency)
timestamp(latency)
timestamp(sum(latency))
scalar(latency)
scalar({__name__=~"queue|requests", job="x"})
absent(latency)
sort({__name__=~"latency|requests"})
sort_desc(latency)
sort_by_label(latency, "instance")
label_replace(latency, "n", "$1-x", "instance", "(.)")
limitk(2, latency)
vector(1) + on () group_left () histogram_count(latency)
latency @ 1700003600
sum(latency @ end())
mad_over_time(moved[30m])
double_exponential_smoothing(moved[30m], 0.3, 0.6)
`
  .trim()
  .split('\n')

describe.skipIf(!present)(
  present
    ? 'native histograms beside a real Prometheus'
    : 'native histograms beside a real Prometheus (absent: JUDGES_DIR)',
  () => {
    const series = makeSeries()
    const source = createMemorySource(
      series.map((one) => {
        const { histograms, values } = one
        return histograms === undefined
          ? one
          : { ...one, histograms: asStored(histograms.map((h, i) => h ?? values[i]!)) }
      }),
    )
    let prometheus: Prometheus
    beforeAll(async () => {
      prometheus = await startPrometheus(bin, series)
    })
    afterAll(() => prometheus?.stop())

    /** Says where the two differ, or nothing. */
    async function difference(query: string, instant: boolean, places = true): Promise<string | undefined> {
      const startMs = T0 + 1_200_000
      const endMs = T0 + 6_000_000
      const stepMs = 47_000
      let ours: InstantResult | MatrixResult | PromqlError
      try {
        ours = instant
          ? await evaluateInstant(query, { timeMs: endMs, source, signal, features })
          : await evaluateRange(query, { startMs, endMs, stepMs, source, signal, features })
      } catch (error) {
        if (!(error instanceof PromqlError)) throw error
        ours = error
      }
      const seconds = (ms: number) => String(ms / 1000)
      const range = { query, start: seconds(startMs), end: seconds(endMs), step: seconds(stepMs) }
      let found: string | undefined
      // 3.5 mixes up the buckets of histograms that it keeps for reuse now and then, and sees resets that are none: what
      // it answers differently when asked again counts for nothing.
      for (let attempt = 0; attempt < 3; attempt++) {
        const theirs = instant
          ? await prometheus.query('query', { query, time: seconds(endMs) })
          : await prometheus.query('query_range', range)
        found = compareAnswers(ours, theirs, { places })
        if (found === undefined) break
      }
      return found
    }

    test.for(CURATED)('%s', async (query) => {
      expect(await difference(query, true)).toBeUndefined()
      expect(await difference(query, false)).toBeUndefined()
    })

    test('random queries get the same answers and fail alike', async () => {
      const names = { up: 'requests', http_requests_total: 'latency', 'job:x:rate5m': 'custom' }
      const sample = fc
        .sample(queries.vector, { seed: 99, numRuns: 1500 })
        .map((query) =>
          query.replace(/(?<![\w"])(up|http_requests_total|job:x:rate5m)(?![\w"(])/g, (name) => names[name as 'up']),
        )
        .filter((query) => !newer.test(query) && /latency|custom/.test(query))
      const differences: string[] = []
      for (const query of sample) {
        const found = await difference(query, false, false)
        if (found !== undefined) differences.push(`${query}\n    ${found}`)
      }
      expect(sample.length).toBeGreaterThan(300)
      expect(differences.join('\n')).toBe('')
    })
  },
)
