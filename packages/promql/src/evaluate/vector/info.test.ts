import { expect, test } from 'vitest'
import { formatLabels } from '../../labels.ts'
import { PromqlError } from '../../promql-error.ts'
import { createMemorySource, regularSeries } from '../../testkit/memory-source.ts'
import { evaluateInstant, evaluateRange } from '../evaluate.ts'

const signal = { aborted: false, reason: undefined }
const features = new Set(['promql-experimental-functions'] as const)

test('labels of the newest info series are added, step by step', async () => {
  const old = regularSeries({ __name__: 'target_info', job: 'a', instance: 'x', version: '1' }, 60_000, [1, 1])
  const young = regularSeries({ __name__: 'target_info', job: 'a', instance: 'x', version: '2' }, 60_000, [1, 1])
  const source = createMemorySource([
    regularSeries({ __name__: 'up', job: 'a', instance: 'x' }, 60_000, [1, 2, 3, 4]),
    old,
    { ...young, ts: [120_000, 180_000] },
  ])
  const range = { source, signal, features, startMs: 0, endMs: 180_000, stepMs: 60_000 }
  const { series } = await evaluateRange('info(up)', range)
  expect(series.map(({ labels, values }) => [formatLabels(labels), [...values]])).toEqual([
    ['up{instance="x", job="a", version="1"}', [1, 2]],
    ['up{instance="x", job="a", version="2"}', [3, 4]],
  ])
})

test('very many targets each find their own info series', async () => {
  const targets = Array.from({ length: 120 }, (_, i) => `10.0.0.${i}:9100`)
  const source = createMemorySource([
    ...targets.map((instance) => regularSeries({ __name__: 'up', job: 'a', instance }, 60_000, [1])),
    ...[...targets, 'nobody:1'].map((instance) =>
      regularSeries({ __name__: 'target_info', job: 'a', instance, host: `host of ${instance}` }, 60_000, [1]),
    ),
  ])
  for (const query of ['info(up)', 'info(up{instance=~"10.0.0.1.*"})']) {
    const result = await evaluateInstant(query, { source, signal, features, timeMs: 0 })
    if (result.kind !== 'vector') throw new Error(result.kind)
    expect(result.labels.length).toBeGreaterThan(20)
    for (const labels of result.labels) {
      expect(formatLabels(labels)).toMatch(/host="host of (\S+)", instance="\1"/)
    }
  }
})

test('two info series of one time are a conflict', async () => {
  const source = createMemorySource([
    regularSeries({ __name__: 'up', job: 'a' }, 60_000, [1]),
    regularSeries({ __name__: 'target_info', job: 'a', x: '1' }, 60_000, [1]),
    regularSeries({ __name__: 'target_info', job: 'a', x: '2' }, 60_000, [1]),
  ])
  const asked = evaluateInstant('info(up)', { source, signal, features, timeMs: 0 })
  await expect(asked).rejects.toThrow(PromqlError)
  await expect(asked).rejects.toThrow('found duplicate series for info metric')
})
