import { describe, expect, test } from 'vitest'
import { labelsOf, type SeriesSource } from '../index.ts'
import { createMemorySource, regularSeries, STALE } from '../testkit/memory-source.ts'
import { evaluateInstant, evaluateRange } from './index.ts'

const signal = { aborted: false, reason: undefined }
const ramp = (count: number, step: number) => Array.from({ length: count }, (_, i) => i * step)
const hosts = createMemorySource(
  Array.from({ length: 200 }, (_, i) =>
    regularSeries({ __name__: 'load', job: `j${i % 2}`, host: `h${i}` }, 1000, ramp(600, i)),
  ),
  20,
)

describe('memory', () => {
  test('an aggregation holds its groups and a batch, not the series that flow through', async () => {
    const range = { startMs: 0, endMs: 599_000, stepMs: 1000, source: hosts, signal }
    const { stats } = await evaluateRange('sum by (job) (rate(load[1m]))', range)
    expect(stats.samples).toBe(200 * 600)
    expect(stats.peakSamples).toBeLessThan(20 * 600 + 2 * 5 * 600)
    const whole = await evaluateRange('rate(load[1m])', range)
    expect(whole.stats.peakSamples).toBeGreaterThan(199 * 600)
  })

  test.for([
    ['load', 'the answer'],
    ['load + load', 'both sides of an operator'],
    ['max_over_time(vector(1)[10y:1ms])', 'the steps of a subquery'],
    ['topk(150, load)', 'the series that topk looks at'],
  ])('%s is refused when it exceeds the limit (%s)', async ([query]) => {
    const asked = evaluateRange(query!, {
      startMs: 0,
      endMs: 599_000,
      stepMs: 1000,
      source: hosts,
      signal,
      limits: { maxSamples: 50_000 },
    })
    await expect(asked).rejects.toMatchObject({ code: 'max_samples' })
  })
})

describe('cancelling', () => {
  test('work pauses now and then, and stops at a pause once the signal is aborted', async () => {
    const cancel = { aborted: false, reason: new Error('enough') }
    let pauses = 0
    const asked = evaluateRange('avg_over_time((load * 1.5)[10m:1s])', {
      startMs: 0,
      endMs: 599_000,
      stepMs: 1000,
      source: hosts,
      signal: cancel,
      yieldNow: async () => {
        if (++pauses === 5) cancel.aborted = true
      },
    })
    await expect(asked).rejects.toBe(cancel.reason)
    expect(pauses).toBe(5)
  })

  test('an error of the source reaches the caller', async () => {
    const source: SeriesSource = {
      // biome-ignore lint/correctness/useYield: fails before the first batch
      async *select() {
        throw new Error('engine away')
      },
    }
    await expect(evaluateInstant('up', { timeMs: 0, source, signal })).rejects.toThrow('engine away')
  })
})

describe('answers', () => {
  const up = regularSeries({ __name__: 'up', job: 'a' }, 10_000, [1, 1, Number.NaN, 1])
  up.values.set(STALE, 2)
  const source = createMemorySource([up, regularSeries({ __name__: 'down', job: 'a' }, 10_000, [0, 0, 0, 0])])

  test('a staleness marker ends a series at once', async () => {
    const { series } = await evaluateRange('up', { startMs: 0, endMs: 30_000, stepMs: 5_000, source, signal })
    expect([...series[0]!.ts]).toEqual([0, 5_000, 10_000, 15_000, 30_000])
  })

  test('NaN that is no staleness marker is a value', async () => {
    const result = await evaluateInstant('up * NaN', { timeMs: 0, source, signal })
    expect(result).toMatchObject({ kind: 'vector', labels: [labelsOf({ job: 'a' })] })
  })

  test('an instant query for a range vector gives its samples', async () => {
    const result = await evaluateInstant('up[20s]', { timeMs: 30_000, source, signal })
    expect(result).toMatchObject({
      kind: 'matrix',
      series: [{ ts: Float64Array.of(30_000), values: Float64Array.of(1) }],
    })
  })

  test('a range query for a string or a range vector is refused', async () => {
    const range = { startMs: 0, endMs: 30_000, stepMs: 5_000, source, signal }
    await expect(evaluateRange('up[1m]', range)).rejects.toThrow(
      'invalid expression type "range vector" for range query, must be Scalar or instant Vector',
    )
    await expect(evaluateRange('"a"', range)).rejects.toThrow('invalid expression type "string"')
  })

  test('end() is the end of the query also where the last step lies before it', async () => {
    const range = { startMs: 0, endMs: 25_000, stepMs: 60_000, source, signal }
    const { series } = await evaluateRange('timestamp(down @ end())', range)
    expect([...series[0]!.values]).toEqual([20])
  })

  test('a scalar over a range is one series without labels', async () => {
    const { series } = await evaluateRange('time()', { startMs: 0, endMs: 2000, stepMs: 1000, source, signal })
    expect(series).toEqual([{ labels: [], ts: Float64Array.of(0, 1000, 2000), values: Float64Array.of(0, 1, 2) }])
  })

  test('series that differ but in name make a function fail, as it drops the name', async () => {
    const asked = evaluateInstant('abs({job="a"})', { timeMs: 0, source, signal })
    await expect(asked).rejects.toMatchObject({
      code: 'execution',
      message: 'vector cannot contain metrics with the same labelset',
    })
  })

  test('rate of what is not named like a counter is remarked on, with its place', async () => {
    const { infos } = await evaluateInstant('sum(rate(down[1m]))', { timeMs: 30_000, source, signal })
    expect(infos).toEqual([
      'PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "down" (1:10)',
    ])
  })
})

test.for([
  ['abs({job="a"})', false],
  ['abs({__name__="m1", job="a"})', true],
  ['{job="a"} * 2', false],
  ['{job="a"} > 0', true],
  ['abs({job="a"} > 0)', false],
  ['abs(last_over_time({job="a"}[1m]))', false],
  ['abs(m1 or m2)', true],
  ['abs(m1 and m1)', true],
  ['abs(sum by (__name__) ({job="a"}))', false],
  ['abs(sum by (job) ({job="a"}))', true],
  ['-(abs(m1) + 1)', true],
  ['abs(label_replace(m1, "__name__", "m3", "", ""))', true],
  ['abs(m1 * on (job) group_left (__name__) m2)', true],
] as const)('%s: names that go may not make two series one (fine: %j)', async ([query, fine]) => {
  const twins = createMemorySource(
    ['m1', 'm2'].map((name) => regularSeries({ __name__: name, job: 'a' }, 1000, [1, 2, 3])),
  )
  const asked = evaluateRange(query, { startMs: 0, endMs: 2000, stepMs: 1000, source: twins, signal })
  if (fine) expect((await asked).series.length).toBeGreaterThan(0)
  else await expect(asked).rejects.toThrow('vector cannot contain metrics with the same labelset')
})
