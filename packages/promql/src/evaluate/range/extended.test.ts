import fc from 'fast-check'
import { expect, test } from 'vitest'
import { labelsOf } from '../../labels.ts'
import { createMemorySource, regularSeries, STALE } from '../../testkit/memory-source.ts'
import { evaluateInstant, evaluateRange } from '../evaluate.ts'

const signal = { aborted: false, reason: undefined }
const features = new Set(['promql-extended-range-selectors', 'promql-experimental-functions'] as const)

async function answerOf(query: string, source: ReturnType<typeof createMemorySource>, timeMs: number) {
  const result = await evaluateInstant(query, { source, signal, features, timeMs })
  return result.kind === 'vector' && result.values.length > 0 ? result.values[0] : undefined
}

test('an anchored increase is the difference of two samples, without extrapolation', async () => {
  const source = createMemorySource([regularSeries({ __name__: 'm_total' }, 15_000, [1, 2, 4, 8, 16])])
  expect(await answerOf('increase(m_total[30s] anchored)', source, 50_000)).toBe(8 - 2)
  expect(await answerOf('increase(m_total[30s] anchored)', source, 1_000)).toBe(0)
  expect(await answerOf('changes(m_total[30s] anchored)', source, 50_000)).toBe(2)
  // What lies behind the window's end is not looked at, nor what lies further back than the lookback.
  expect(await answerOf('increase(m_total[1s] anchored)', source, 400_000)).toBeUndefined()
})

test('a smoothed value lies between its neighbours, at a reset too', async () => {
  const source = createMemorySource([regularSeries({ __name__: 'm_total' }, 10_000, [0, 10, 4])])
  expect(await answerOf('m_total smoothed', source, 5_000)).toBe(5)
  expect(await answerOf('m_total smoothed', source, 15_000)).toBe(7)
  expect(await answerOf('m_total smoothed', source, 25_000)).toBe(4)
  // As a counter it has come from zero after the reset: 10 at 10 s, 2 at 15 s.
  expect(await answerOf('increase(m_total[10s] smoothed)', source, 15_000)).toBe(5 + 2)
  expect(await answerOf('delta(m_total[10s] smoothed)', source, 15_000)).toBe(7 - 5)
})

test('samples of an extended range are given with values at both ends', async () => {
  const source = createMemorySource([regularSeries({ __name__: 'm' }, 10_000, [0, 10, 40])])
  const samples = async (query: string) => {
    const result = await evaluateInstant(query, { source, signal, features, timeMs: 15_000 })
    return result.kind === 'matrix' ? result.series.map(({ ts, values }) => [[...ts], [...values]]) : []
  }
  const times = [5_000, 10_000, 15_000]
  expect(await samples('m[10s] anchored')).toEqual([[times, [0, 10, 10]]])
  expect(await samples('m[10s] smoothed')).toEqual([[times, [5, 10, 25]]])
})

test('a range query gives at each step what an instant query gives there', async () => {
  const sample = fc.record({
    gapMs: fc.integer({ min: 1, max: 90_000 }),
    value: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 9 }) }, fc.constant('stale' as const)),
  })
  const queries = [
    'rate(m[1m] anchored)',
    'increase(m[1m] smoothed offset -20s)',
    'delta(m[2m] smoothed)',
    'resets(m[90s] anchored)',
    'changes(m[90s] anchored)',
    'm smoothed',
    'max_over_time((m smoothed)[2m:10s])',
  ]
  await fc.assert(
    fc.asyncProperty(fc.array(sample, { maxLength: 30 }), fc.constantFrom(...queries), async (samples, query) => {
      let at = 0
      const ts = samples.map(({ gapMs }) => {
        at += gapMs
        return at
      })
      const values = new Float64Array(samples.length)
      samples.forEach(({ value }, i) => {
        if (value === 'stale') values.set(STALE, i)
        else values[i] = value
      })
      const source = createMemorySource([{ labels: labelsOf({ __name__: 'm' }), ts, values }])
      const options = { source, signal, features, lookbackMs: 60_000 }
      const range = await evaluateRange(query, { ...options, startMs: 0, endMs: 300_000, stepMs: 13_000 })
      const found = new Map([...(range.series[0]?.ts ?? [])].map((t, i) => [t, range.series[0]!.values[i]]))
      for (let timeMs = 0; timeMs <= 300_000; timeMs += 13_000) {
        const instant = await evaluateInstant(query, { ...options, timeMs })
        expect(found.get(timeMs)).toBe(instant.kind === 'vector' ? instant.values[0] : undefined)
      }
    }),
    { numRuns: 150 },
  )
})
