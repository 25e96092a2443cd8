import { expect, test } from 'vitest'
import { labelsOf } from '../labels.ts'
import { CUSTOM_SCHEMA, eachBucket, type FloatHistogram } from '../native-histogram/index.ts'
import { parseExpr } from '../parse/index.ts'
import { histogramOf } from '../testkit/histograms.ts'
import { createMemorySource, type MemorySeries, STALE } from '../testkit/memory-source.ts'
import { createTestSlicer } from '../testkit/test-slicer.ts'
import { evaluateInstant, evaluateRange, type RangeOptions, type Slicer } from './index.ts'

const signal = { aborted: false, reason: undefined }
const STEP = 15_000

/** Counters with resets, gaps, markers and large numbers on four instances of three jobs, and gauges beside them. */
const series: MemorySeries[] = []
let seed = 7
const random = () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 2 ** 32
}
for (let i = 0; i < 24; i++) {
  const name = i < 12 ? 'requests_total' : 'load'
  const labels = labelsOf({
    __name__: name,
    job: `job-${i % 3}`,
    instance: `host-${i % 4}`,
    ...(i < 12 && { le: '1' }),
  })
  const ts: number[] = []
  const values: number[] = []
  let value = i * 1e15
  for (let k = 0; k < 80; k++) {
    value = random() < 0.05 ? 0 : value + random() * 10
    if (random() < 0.1) continue
    ts.push(k * STEP)
    values.push(random() < 0.03 ? STALE[0]! : value)
  }
  const column = Float64Array.from(values)
  // A marker's bits do not survive a plain array.
  values.forEach((one, at) => {
    if (Number.isNaN(one)) column.set(STALE, at)
  })
  series.push({ labels, ts, values: column })
}
// Native histograms on the same labels, some of one job plain numbers at times, one of other bounds.
for (let i = 0; i < 9; i++) {
  const labels = labelsOf({ __name__: 'latency', job: `job-${i % 3}`, instance: `host-${i % 4}` })
  const ts = Array.from({ length: 80 }, (_, k) => k * STEP)
  const plain = (k: number) => i === 8 && k > 60
  series.push({
    labels,
    ts,
    values: Float64Array.from(ts, (_, k) => (plain(k) ? k : 0)),
    histograms: ts.map((_, k) =>
      plain(k) ? undefined : histogramOf({ schema: i === 7 ? 1 : 0, count: 6 * k, sum: 10 * k }, [k, 2 * k, 0, 3 * k]),
    ),
  })
}
for (let i = 0; i < 3; i++) {
  const ts = Array.from({ length: 80 }, (_, k) => k * STEP)
  const custom = { schema: CUSTOM_SCHEMA, customValues: Float64Array.of(1, 2) }
  series.push({
    labels: labelsOf({ __name__: 'custom', job: `job-${i}` }),
    ts,
    values: new Float64Array(80),
    histograms: ts.map((_, k) => histogramOf({ ...custom, count: 3 * k, sum: k }, [k, k, k])),
  })
}
const source = createMemorySource(series)

function slicerOf(query: string, options: Omit<RangeOptions, 'source' | 'signal'>, asked: number[]): Slicer {
  const more = { ...options, source, signal, queryText: query }
  return createTestSlicer(parseExpr(query), more, (part) => asked.push(part))
}

const RANGE = { startMs: 300_000, endMs: 1_200_000, stepMs: 30_000 }
const SLICED = [
  'sum(rate(requests_total[5m]))',
  'sum by (job) (rate(requests_total[5m]))',
  'avg without (instance) (load)',
  'avg(load * 1e308)',
  'min by (instance) (load) + max by (instance) (load)',
  'count(load > 1e16)',
  'group by (job) (-load)',
  'stddev by (job) (rate(requests_total[2m]))',
  'stdvar(load)',
  'topk(2, rate(requests_total[5m]) * 60)',
  'quantile(0.3, load)',
  'histogram_quantile(0.9, sum by (le) (rate(requests_total[5m])))',
  'load',
  'last_over_time(load[1m]) > bool 5',
  'clamp(load, 1, 1e16) / on (instance, job) group_left () last_over_time(requests_total[1m])',
  'max_over_time(rate(requests_total[1m])[5m:30s])',
  'sum(max_over_time(deriv(load[1m])[5m:30s]))',
  'sum(load @ 600) + sum(load offset 1m)',
  'sum(round(load, time()))',
  'sum(nothing)',
  'count({job="job-1"})',
  'sum(rate({job="job-1",__name__!="latency"}[5m]))',
  'quantile_over_time(1.5, load[5m])',
  'latency',
  'sum by (job) (rate(latency[5m]))',
  'sum by (job) (latency)',
  'sum(latency)',
  'avg(rate(latency[5m]))',
  'group by (job) (latency)',
  'stddev(latency)',
  'histogram_count(rate(latency[5m]))',
  'histogram_sum(sum(latency))',
  'sum by (job) (histogram_stddev(latency))',
  'sum({__name__=~"latency|custom"})',
  'histogram_quantile(0.9, avg by (instance) (latency))',
  'count(latency) + count(load)',
  'min(latency)',
  'sum({__name__=~"latency|load"})',
  'topk(2, latency * 2)',
  'latency >/ 4',
]
const WHOLE = ['absent(load)', 'label_replace(time() * vector(1), "a", "b", "", "")']

test.for(SLICED)('in slices as in one piece: %s', async (query) => {
  for (const options of [RANGE, { startMs: 600_000, endMs: 600_000, stepMs: 0 }]) {
    const asked: number[] = []
    const slicer = slicerOf(query, options, asked)
    const evaluate = (more: { slicer?: Slicer; countSamples?: boolean }) =>
      options.stepMs > 0
        ? evaluateRange(query, { ...options, source, signal, ...more })
        : evaluateInstant(query, { timeMs: options.startMs, source, signal, ...more })
    const whole = await evaluate({ countSamples: true })
    const sliced = await evaluate({ slicer, countSamples: true })
    expect(asked.length).toBeGreaterThan(0)
    expect(sliced.warnings).toEqual(whole.warnings)
    expect(sliced.infos).toEqual(whole.infos)
    expect(sliced.stats.samples).toBe(whole.stats.samples)
    expect(sliced.stats.queryableSamples).toEqual(whole.stats.queryableSamples)
    expect(plain(sliced)).toEqual(plain(whole))
  }
})

test.for(WHOLE)('a part that must see all its series at once is evaluated in one piece: %s', async (query) => {
  const whole = await evaluateRange(query, { ...RANGE, source, signal })
  const sliced = await evaluateRange(query, { ...RANGE, source, signal, slicer: slicerOf(query, RANGE, []) })
  expect(plain(sliced)).toEqual(plain(whole))
})

test('series that meet without their names are an error in whatever slices they are', async () => {
  const query = 'sum(rate({job="job-1",__name__=~"load|latency"}[5m]))'
  const asked: number[] = []
  const sliced = evaluateRange(query, { ...RANGE, source, signal, slicer: slicerOf(query, RANGE, asked) })
  await expect(sliced).rejects.toThrow('vector cannot contain metrics with the same labelset')
  expect(asked).not.toEqual([])
})

/** Values by labels and time, to twelve digits: sums in another order differ in the last bits. */
function plain(result: Awaited<ReturnType<typeof evaluateRange>> | Awaited<ReturnType<typeof evaluateInstant>>) {
  const short = (value: number) => (Number.isFinite(value) ? value.toPrecision(12) : String(value))
  const textOfHistogram = (h: FloatHistogram) => {
    const buckets: string[] = []
    eachBucket(h, (rule, lower, upper, count) => buckets.push(`${rule} ${lower} ${upper} ${short(count)}`))
    return [h.schema, h.resetHint, short(h.count), short(h.sum), ...buckets].join('; ')
  }
  if (result.kind === 'matrix') {
    return result.series.map(({ labels, ts, values, histograms }) => [
      labels,
      [...ts],
      [...values].map((value, i) => (histograms?.[i] === undefined ? short(value) : textOfHistogram(histograms[i]))),
    ])
  }
  if (result.kind !== 'vector') return result
  const { labels, values, histograms } = result
  const textOf = (i: number) => (histograms?.[i] === undefined ? short(values[i]!) : textOfHistogram(histograms[i]))
  return labels.map((own, i) => [own, textOf(i)]).sort()
}
