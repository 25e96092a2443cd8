import { expect, test } from 'vitest'
import { jsonInSlices } from './json-in-slices.ts'

test('JSON in slices is JSON', async () => {
  const many = Array.from({ length: 321 }, (_, i) => ({ i, text: `"${i}"\u2028`, none: undefined, nothing: null }))
  const values = [
    { alerts: many, empty: [], object: {}, left: undefined, deep: { a: { b: { c: { d: many } } } }, number: 1.5 },
    many,
    [many, [undefined, Number.NaN]],
    'a "text"',
    { at: new Date(0), 'a "key"': true },
    null,
    0,
  ]
  let pauses = 0
  const pace = () => {
    pauses++
    return undefined
  }
  for (const value of values) expect(await jsonInSlices(value, pace)).toBe(JSON.stringify(value))
  expect(pauses).toBeGreaterThan(10)
})
