import { describe, expect, test } from 'vitest'
import { labelsOf } from '../labels.ts'
import {
  CUSTOM_SCHEMA,
  type FloatHistogram,
  formatHistogram,
  GAUGE,
  NOT_RESET,
  UNKNOWN_RESET,
} from '../native-histogram/index.ts'
import { histogramOf } from '../testkit/histograms.ts'
import { createMemorySource, type MemorySeries, STALE } from '../testkit/memory-source.ts'
import { evaluateInstant, evaluateRange } from './index.ts'

const MINUTE = 60_000
const signal = { aborted: false, reason: undefined }

/** A sample every minute from 0 on: numbers, histograms, `stale`, or nothing (undefined). */
function series(
  labels: Record<string, string>,
  samples: readonly (number | FloatHistogram | 'stale' | undefined)[],
): MemorySeries {
  const there = samples.flatMap((sample, i) => (sample === undefined ? [] : [{ sample, t: i * MINUTE }]))
  const values = Float64Array.from(there, ({ sample }) => (typeof sample === 'number' ? sample : 0))
  there.forEach(({ sample }, i) => {
    if (sample === 'stale') values.set(STALE, i)
  })
  return {
    labels: labelsOf(labels),
    ts: there.map(({ t }) => t),
    values,
    histograms: there.map(({ sample }) => (typeof sample === 'object' ? sample : undefined)),
  }
}

/** A counter that has observed `k` times 0.7, `2k` times 1.5 and `k` times 3. */
const counter = (k: number, resetHint: FloatHistogram['resetHint'] = UNKNOWN_RESET) =>
  histogramOf({ count: 4 * k, sum: 6.7 * k, resetHint }, [k, 2 * k, k])
const customOf = (bounds: readonly number[], counts: readonly number[]) => {
  const count = counts.reduce((sum, one) => sum + one, 0)
  return histogramOf({ schema: CUSTOM_SCHEMA, customValues: Float64Array.from(bounds), count, sum: count }, counts)
}

const source = createMemorySource([
  series(
    { __name__: 'h', job: 'a' },
    [0, 1, 2, 3, 4, 5].map((k) => counter(k)),
  ),
  series(
    { __name__: 'h', job: 'b' },
    [6, 8, 10, 1, 3, 5].map((k) => counter(k)),
  ),
  series(
    { __name__: 'g' },
    [1, 5, 2].map((k) => counter(k, GAUGE)),
  ),
  series({ __name__: 'mixed' }, [1, 2, counter(1), counter(2), 'stale', 7]),
  series({ __name__: 'f', job: 'a' }, [2, 2, 2, 2, 2, 2]),
  series({ __name__: 'custom', job: 'a' }, Array(6).fill(customOf([1, 5], [1, 2, 3]))),
  series({ __name__: 'custom', job: 'b' }, Array(6).fill(customOf([5, 9], [4, 5, 6]))),
])

/** Elements of an instant query as text, by labels. */
async function ask(query: string, timeMs = 5 * MINUTE): Promise<Record<string, string>> {
  const result = await evaluateInstant(query, { timeMs, source, signal })
  if (result.kind !== 'vector') throw new Error(`a ${result.kind}`)
  const remarks = [...result.warnings, ...result.infos]
  const samples = result.labels.map((labels, i) => {
    const histogram = result.histograms?.[i]
    return [labels.join(' '), histogram === undefined ? String(result.values[i]) : formatHistogram(histogram)]
  })
  return Object.fromEntries([...samples, ...remarks.map((remark, i) => [`remark ${i}`, remark])])
}

describe('samples of a series with both kinds', () => {
  const range = { startMs: 0, endMs: 5 * MINUTE, stepMs: MINUTE, source, signal }

  test('histograms stand by the places of the values, and staleness ends them', async () => {
    const { series: result } = await evaluateRange('mixed', range)
    expect(result).toHaveLength(1)
    expect([...result[0]!.ts]).toEqual([0, 1, 2, 3, 5].map((k) => k * MINUTE))
    expect(result[0]!.histograms?.map((one) => one?.count)).toEqual([undefined, undefined, 4, 8, undefined])
    expect([0, 1, 4].map((i) => result[0]!.values[i])).toEqual([1, 2, 7])
  })

  test('a result of plain numbers has no histograms', async () => {
    for (const query of ['f', 'count_over_time(mixed[3m])', 'histogram_count(h)', 'timestamp(h)']) {
      const { series: result } = await evaluateRange(query, range)
      expect(result.length).toBeGreaterThan(0)
      for (const one of result) expect(one).not.toHaveProperty('histograms')
    }
  })

  test('histograms count by their size against the limit of samples in memory', async () => {
    const limited = (query: string, maxSamples: number) => evaluateRange(query, { ...range, limits: { maxSamples } })
    // Twelve samples of 13 each are read, and as many kept.
    await expect(limited('h', 200)).rejects.toMatchObject({ code: 'max_samples' })
    expect((await limited('h', 400)).stats.peakSamples).toBeGreaterThan(300)
    expect((await limited('histogram_count(h)', 200)).series).toHaveLength(2)
  })

  test('a range vector gives the samples as they are', async () => {
    const result = await evaluateInstant('mixed[10m]', { timeMs: 5 * MINUTE, source, signal })
    expect(result).toMatchObject({ kind: 'matrix' })
    const [one] = (result as { series: readonly { histograms?: readonly unknown[]; ts: Float64Array }[] }).series
    expect(one!.ts).toHaveLength(5)
    expect(one!.histograms?.map((cell) => cell !== undefined)).toEqual([false, false, true, true, false])
  })

  test('a subquery forgets what hints say of resets', async () => {
    const hinted = createMemorySource([
      series(
        { __name__: 'r' },
        [4, 1, 2].map((k) => counter(k, NOT_RESET)),
      ),
    ])
    const times = { timeMs: 2 * MINUTE, source: hinted, signal }
    const direct = await evaluateInstant('resets(r[5m])', times)
    const through = await evaluateInstant('resets(r[5m:1m])', times)
    expect([direct, through].map((result) => (result as { values: Float64Array }).values[0])).toEqual([0, 1])
  })
})

describe('functions and operators', () => {
  test.for<{ query: string; at?: number; answer: Record<string, string> }>([
    {
      query: 'increase(h[4m])',
      answer: {
        'job a': '{count:16, sum:26.8, (0.5,1]:4, (1,2]:8, (2,4]:4}',
        // From 10 over a reset to 1, 3 and 5: 5 more, within 3 of 4 minutes.
        'job b':
          '{count:26.666666666666664, sum:44.666666666666664, (0.5,1]:6.666666666666666, (1,2]:13.333333333333332, (2,4]:6.666666666666666}',
      },
    },
    { query: 'sum(h)', answer: { '': '{count:40, sum:67, (0.5,1]:10, (1,2]:20, (2,4]:10}' } },
    { query: 'avg(h)', answer: { '': '{count:20, sum:33.5, (0.5,1]:5, (1,2]:10, (2,4]:5}' } },
    { query: 'count(h)', answer: { '': '2' } },
    { query: 'h{job="a"} / 4', answer: { 'job a': '{count:5, sum:8.375, (0.5,1]:1.25, (1,2]:2.5, (2,4]:1.25}' } },
    { query: 'h - h{job="a"}', answer: { 'job a': '{count:0, sum:0}' } },
    { query: '-g', answer: { '': '{count:-8, sum:-13.4, (0.5,1]:-2, (1,2]:-4, (2,4]:-2}' } },
    {
      query: 'h{job="a"} </ 2',
      answer: { '__name__ h job a': '{count:15, sum:17.67766952966369, (0.5,1]:5, (1,2]:10}' },
    },
    { query: 'h{job="a"} == h', answer: { '__name__ h job a': formatHistogram(counter(5)) } },
    { query: 'h != bool h', answer: { 'job a': '0', 'job b': '0' } },
    { query: 'histogram_quantile(0.5, h{job="a"})', answer: { 'job a': '1.4142135623730951' } },
    { query: 'histogram_fraction(0, 2, h{job="a"})', answer: { 'job a': '0.75' } },
    { query: 'histogram_avg(h{job="a"})', answer: { 'job a': '1.675' } },
    { query: 'changes(h{job="b"}[10m])', answer: { 'job b': '5' } },
    { query: 'resets(h{job="b"}[10m])', answer: { 'job b': '1' } },
    { query: 'count_values("v", h{job="a"})', answer: { [`v ${formatHistogram(counter(5))}`]: '1' } },
    { query: 'abs(h)', answer: {} },
    { query: 'scalar(h) + vector(1)', answer: { '': 'NaN' } },
    { query: 'last_over_time(mixed[2m])', at: 4, answer: { '__name__ mixed': formatHistogram(counter(2)) } },
    {
      query: 'sum(custom)',
      answer: {
        '': '{count:21, sum:21, [-Inf,5]:7, (5,+Inf]:14}',
        'remark 0': 'PromQL info: mismatched custom buckets were reconciled during aggregation (1:5)',
      },
    },
    {
      query: 'rate(mixed[5m])',
      answer: {
        'remark 0': 'PromQL warning: encountered a mix of histograms and floats for metric name "mixed" (1:6)',
      },
    },
    {
      query: 'rate(g[5m])',
      at: 2,
      answer: {
        '': '{count:0.09333333333333334, sum:0.15633333333333335, (0.5,1]:0.023333333333333334, (1,2]:0.04666666666666667, (2,4]:0.023333333333333334}',
        'remark 0': 'PromQL warning: this native histogram metric is not a counter: "g" (1:6)',
      },
    },
    {
      query: 'max(h)',
      answer: { 'remark 0': 'PromQL info: ignored histogram in max aggregation (1:5)' },
    },
    {
      query: 'h + on (job) f',
      answer: {
        'remark 0':
          'PromQL info: incompatible sample types encountered for binary operator "+": histogram + float (1:1)',
      },
    },
    {
      query: 'h + on (job) custom',
      answer: { 'remark 0': 'PromQL warning: incompatible bucket layout encountered for binary operator + (1:1)' },
    },
    {
      query: 'sum({__name__=~"h|f"})',
      answer: { 'remark 0': 'PromQL warning: encountered a mix of histograms and floats for aggregation (1:5)' },
    },
  ])('$query', async ({ query, at, answer }) => {
    expect(await ask(query, (at ?? 5) * MINUTE)).toEqual(answer)
  })
})
