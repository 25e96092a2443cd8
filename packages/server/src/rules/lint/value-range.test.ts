import { evaluateInstant, labelsOf, PromqlError, parseExpr } from '@binnacle/promql'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTestStorage } from '../rule-test/test-storage.ts'
import { constancyOf } from './value-range.ts'

const number = fc.constantFrom('0', '1', '2', '-1', '0.5', '100')

const { vector } = fc.letrec<{ vector: string }>((tie) => ({
  vector: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(
      'up',
      'a_total',
      'b_count',
      'gauge',
      'absent(nobody)',
      'vector(1)',
      'vector(-2)',
      'rate(a_total[5m])',
      'changes(gauge[5m])',
      'count_over_time(gauge[5m])',
      'present_over_time(up[5m])',
    ),
    fc
      .tuple(
        fc.constantFrom('sum', 'count', 'group', 'max', 'min', 'avg', 'stddev'),
        fc.constantFrom('', ' by (i)'),
        tie('vector'),
      )
      .map(([op, by, one]) => `${op}${by}(${one})`),
    fc
      .tuple(tie('vector'), fc.constantFrom('+', '-', '*', '/', 'or', 'and', 'unless', '> bool'), tie('vector'))
      .map(([a, op, b]) => `(${a}) ${op} (${b})`),
    fc
      .tuple(tie('vector'), fc.constantFrom('+', '*', '>', '<=', '== bool'), number)
      .map(([a, op, b]) => `(${a}) ${op} ${b}`),
    tie('vector').map((one) => `-(${one})`),
    tie('vector').map((one) => `abs(${one})`),
  ),
}))
const comparison = fc.tuple(vector, fc.constantFrom('>', '<', '>=', '<=', '==', '!='), number)

const storage = createTestStorage()
for (const [i, [up, total, gauge]] of [
  [1, 0, -3],
  [0, 5, 0],
  [1, 100, 0.5],
].entries()) {
  const add = (name: string, ...points: number[]) =>
    storage.addInput(labelsOf({ __name__: name, i: String(i) }), points, { startMs: 0, stepMs: 60_000 })
  add('up', up!, 1 - up!, up!)
  add('a_total', total!, total! * 2, total! * 2)
  add('b_count', total!, total!, total! + i)
  add('gauge', gauge!, gauge! + 1, gauge!)
}
storage.appendTill(120_000)

async function valuesOf(query: string): Promise<Float64Array | undefined> {
  try {
    const { source } = storage
    const result = await evaluateInstant(query, { source, signal: new AbortController().signal, timeMs: 120_000 })
    return result.kind === 'vector' ? result.values : undefined
  } catch (error) {
    if (error instanceof PromqlError) return undefined
    throw error
  }
}

test('what is told to be never true gives nothing, what is always true leaves everything', async () => {
  let compared = 0
  await fc.assert(
    fc.asyncProperty(comparison, async ([left, op, right]) => {
      const query = `(${left}) ${op} ${right}`
      const expr = parseExpr(query)
      const constancy = expr.kind === 'binary' ? constancyOf(expr) : undefined
      const all = await valuesOf(left)
      const kept = await valuesOf(query)
      if (constancy === undefined || all === undefined || kept === undefined) return
      compared++
      const count = constancy.truth === 'never' ? 0 : all.filter((value) => op === '!=' || !Number.isNaN(value)).length
      expect({ query, kept: kept.length }).toEqual({ query, kept: count })
    }),
    { numRuns: 4000 },
  )
  expect(compared).toBeGreaterThan(300)
})
