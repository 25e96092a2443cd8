import { expect, test } from 'vitest'
import { labelsOf } from '../labels.ts'
import { createMemorySource, regularSeries } from '../testkit/memory-source.ts'
import { evaluateInstant, evaluateRange } from './index.ts'

const signal = { aborted: false, reason: undefined }
const source = createMemorySource([
  regularSeries(
    { __name__: 'hits_total', job: 'a', instance: '1' },
    15_000,
    Array.from({ length: 41 }, (_, i) => i * 15),
  ),
  regularSeries(
    { __name__: 'hits_total', job: 'a', instance: '2' },
    15_000,
    Array.from({ length: 41 }, (_, i) => i * 30),
  ),
  regularSeries(
    { __name__: 'hits_total', job: 'b', instance: '1' },
    15_000,
    Array.from({ length: 41 }, (_, i) => i * 45),
  ),
])

test('sum by (job) of a rate adds the rates of the series of each job', async () => {
  const sixThrees = Array.from({ length: 6 }, () => expect.closeTo(3, 9))
  const result = await evaluateRange('sum by (job) (rate(hits_total[1m]))', {
    startMs: 300_000,
    endMs: 600_000,
    stepMs: 60_000,
    source,
    signal,
  })
  expect(result.series.map(({ labels, values }) => [labels, [...values]])).toEqual([
    [labelsOf({ job: 'a' }), sixThrees],
    [labelsOf({ job: 'b' }), sixThrees],
  ])
  expect(result.stats).toMatchObject({ series: 3, samples: 72 })
})

test('an aborted signal stops an evaluation with its reason', async () => {
  const reason = new Error('closed')
  await expect(evaluateInstant('hits_total', { timeMs: 0, source, signal: { aborted: true, reason } })).rejects.toBe(
    reason,
  )
})

test('more values at once than the limit are refused by name', async () => {
  const asked = evaluateInstant('hits_total[10m]', { timeMs: 600_000, source, signal, limits: { maxSamples: 50 } })
  await expect(asked).rejects.toMatchObject({ name: 'PromqlError', code: 'max_samples' })
})

test('a clamp between limits the wrong way round leaves no series, and infinite limits win over NaN', async () => {
  expect(await evaluateInstant('clamp(hits_total, 2, 3 > bool 4)', { timeMs: 0, source, signal })).toMatchObject({
    labels: [],
  })
  const range = { startMs: 0, endMs: 60_000, stepMs: 15_000, source, signal }
  expect((await evaluateRange('clamp(hits_total, 2, 1)', range)).series).toEqual([])
  const clamped = async (query: string) => {
    const result = await evaluateInstant(query, { timeMs: 0, source, signal })
    return result.kind === 'vector' ? result.values[0] : undefined
  }
  expect(await clamped('clamp_min(vector(NaN), Inf)')).toBe(Number.POSITIVE_INFINITY)
  expect(await clamped('clamp_max(vector(NaN), -Inf)')).toBe(Number.NEGATIVE_INFINITY)
  expect(await clamped('clamp_min(vector(NaN), 1)')).toBeNaN()
})

test('count_values counts all together when `without` takes its own label away', async () => {
  const query = 'count_values without (job, instance) ("job", hits_total)'
  const result = await evaluateInstant(query, { timeMs: 0, source, signal })
  expect(result).toMatchObject({ labels: [[]], values: Float64Array.of(3) })
})

test('absent_over_time does not mind series that only differ by name', async () => {
  const twins = createMemorySource([
    regularSeries({ __name__: 'up', job: 'a' }, 15_000, [1, 1]),
    regularSeries({ __name__: 'down', job: 'a' }, 15_000, [0, 0]),
  ])
  const asked = { startMs: 15_000, endMs: 615_000, stepMs: 300_000, source: twins, signal }
  const { series } = await evaluateRange('absent_over_time({job="a"}[1m])', asked)
  expect(series.map(({ labels, ts }) => [labels, [...ts]])).toEqual([[labelsOf({ job: 'a' }), [315_000, 615_000]]])
})

test('remarks with the same words are told once, with the place of the part that is evaluated last', async () => {
  const gauges = createMemorySource([regularSeries({ __name__: 'depth' }, 15_000, [1, 2, 3, 4, 5])])
  const query = 'rate(depth[1m]) + (rate(depth[30s])) + sum(increase(depth[45s]))'
  const { infos } = await evaluateInstant(query, { timeMs: 60_000, source: gauges, signal })
  expect(infos).toEqual([
    'PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "depth" (1:53)',
  ])
})

test('of equal values topk keeps those that the heap of Prometheus keeps', async () => {
  const equals = createMemorySource(
    Array.from('abcdef', (job) => regularSeries({ __name__: 'up', job }, 15_000, [job === 'b' ? 0 : 1])),
  )
  const jobs = async (query: string) => {
    const result = await evaluateInstant(query, { timeMs: 0, source: equals, signal })
    return result.kind === 'vector' ? result.labels.map((labels) => labels.at(-1)) : []
  }
  expect(await jobs('topk(3, up)')).toEqual(['d', 'a', 'c'])
  expect(await jobs('bottomk(2, up)')).toEqual(['b', 'a'])
})
