import { parseExpr } from '@binnacle/promql'
import { expect, test } from 'vitest'
import { createMemoryStore } from '../../metrics/intake/testkit/index.ts'
import { histogramOf } from '../../metrics/store/testkit/histogram-of.ts'
import { createSeriesOutput } from '../output/index.ts'
import type { RuleVector } from '../rule-query.ts'
import { createRecordingRule } from './recording-rule.ts'

const signal = new AbortController().signal

function world(labels: readonly string[] = []) {
  const store = createMemoryStore()
  const output = createSeriesOutput(store, () => {})
  let vector: RuleVector = { labels: [], values: new Float64Array() }
  const rule = createRecordingRule(
    {
      evaluate: async () => vector,
      inputs: async () => ({ has: () => true, isFresh: () => true, any: true }),
      arrivals: () => [],
    },
    { kind: 'recording', record: 'made', expr: 'x', ast: parseExpr('x'), labels, place: {} },
    labels,
  )
  return {
    store,
    at(queryMs: number, next: RuleVector) {
      vector = next
      return rule.evaluate({ queryMs, limit: 0, signal }, output)
    },
  }
}

test('the name is the rule’s, its labels win, and an empty one takes a label away', async () => {
  const { store, at } = world(['disk', '', 'kind', 'rule'])
  await at(1_000, { labels: [['__name__', 'x', 'disk', 'sda', 'kind', 'own']], values: Float64Array.of(5) })
  expect(store.seriesNames()).toEqual(['made{kind="rule"}'])
})

test('native histograms are recorded as such, beside numbers', async () => {
  const { store, at } = world()
  const histogram = histogramOf(3)
  const labels = [
    ['job', 'a'],
    ['job', 'b'],
    ['job', 'c'],
  ]
  await at(1_000, { labels, values: Float64Array.of(1, Number.NaN, 3), histograms: [undefined, histogram, undefined] })
  expect(store.histogramsOf('made{job="b"}')).toEqual([{ ts: 1_000, histogram }])
  expect(store.samplesOf('made{job="c"}')).toEqual([{ ts: 1_000, value: 3, stale: false }])
  // The next evaluation has none: nothing of the batch before is left.
  await at(2_000, { labels: [['job', 'b']], values: Float64Array.of(7) })
  expect(store.samplesOf('made{job="b"}').at(-1)).toEqual({ ts: 2_000, value: 7, stale: false })
  expect(store.histogramsOf('made{job="b"}')).toHaveLength(1)
})

test('series whose numbers the store has changed are looked up again', async () => {
  const { store, at } = world()
  const vector = { labels: [['job', 'a']], values: Float64Array.of(1) }
  await at(1_000, vector)
  store.changeEpoch()
  await at(2_000, vector)
  await at(3_000, { labels: [], values: new Float64Array() })
  expect(store.samplesOf('made{job="a"}').map(({ ts, stale }) => [ts, stale])).toEqual([
    [1_000, false],
    [2_000, false],
    [3_000, true],
  ])
})

test('what the store does not take is told', async () => {
  const store = createMemoryStore({ maxSeries: 1 })
  const rule = createRecordingRule(
    {
      evaluate: async () => ({
        labels: [
          ['job', 'a'],
          ['job', 'b'],
        ],
        values: Float64Array.of(1, 2),
      }),
      inputs: async () => ({ has: () => true, isFresh: () => true, any: true }),
      arrivals: () => [],
    },
    { kind: 'recording', record: 'made', expr: 'x', ast: parseExpr('x'), labels: [], place: {} },
    [],
  )
  const { error } = await rule.evaluate(
    { queryMs: 1_000, limit: 0, signal },
    createSeriesOutput(store, () => {}),
  )
  expect(error?.message).toBe('no room for another series')
})
