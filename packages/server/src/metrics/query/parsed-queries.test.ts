import { parseExpr } from '@binnacle/promql'
import { expect, test } from 'vitest'
import { createParsedQueries } from './parsed-queries.ts'

test('a query that is asked again keeps its tree', () => {
  const parsed = createParsedQueries()
  const first = parsed('sum(rate(a[5m]))', [])
  expect(first).toEqual(parseExpr('sum(rate(a[5m]))'))
  expect(parsed('sum(rate(a[5m]))', [])).toBe(first)
})

test('the query that was asked longest ago is forgotten first', () => {
  const parsed = createParsedQueries(2)
  const a = parsed('a', [])
  const b = parsed('b', [])
  parsed('a', [])
  parsed('c', [])
  expect(parsed('a', [])).toBe(a)
  expect(parsed('b', [])).not.toBe(b)
})

test('a mistake is told every time, with its place', () => {
  const parsed = createParsedQueries()
  for (let i = 0; i < 2; i++) expect(() => parsed('sum(', [])).toThrow(/parse error/)
})

test('very long queries are not kept', () => {
  const parsed = createParsedQueries()
  const long = `a{b="${'x'.repeat(1_000)}"}`
  expect(parsed(long, [])).not.toBe(parsed(long, []))
})

test('what one feature allows is not allowed without it', () => {
  const parsed = createParsedQueries()
  const query = 'mad_over_time(a[5m])'
  expect(() => parsed(query, [])).toThrow()
  expect(parsed(query, ['promql-experimental-functions']).kind).toBe('call')
  expect(() => parsed(query, [])).toThrow()
})
