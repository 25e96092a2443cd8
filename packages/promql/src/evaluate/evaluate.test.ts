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

test('a native histogram function says that it is not implemented', async () => {
  const asked = evaluateInstant('histogram_count(hits_total)', { timeMs: 0, source, signal })
  await expect(asked).rejects.toMatchObject({ code: 'not_implemented', offset: 0 })
})
