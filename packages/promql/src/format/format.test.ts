import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PromqlFeature } from '../features.ts'
import { type Expr, parseExpr } from '../parse/index.ts'
import { queries } from '../testkit/queries.ts'
import { formatExpr, formatPretty } from './index.ts'

const features = new Set<PromqlFeature>([
  'promql-experimental-functions',
  'promql-duration-expr',
  'promql-binop-fill-modifiers',
  'promql-extended-range-selectors',
])

/** The tree without positions and order of matchers; numbers as text, so that NaN and -0 compare. */
function shape(expr: Expr): unknown {
  const places = new Set(['start', 'end', 'opSpan'])
  const plain = (key: string, value: unknown) => {
    if (places.has(key)) return undefined
    if (key === 'matchers') return (value as object[]).map((one) => JSON.stringify(one)).sort()
    return typeof value === 'number' ? (Object.is(value, -0) ? '-0' : String(value)) : value
  }
  return JSON.parse(JSON.stringify(expr, plain))
}

test('a formatted query parses to the same tree', () => {
  fc.assert(
    fc.property(fc.oneof(queries.vector, queries.scalar, queries.matrix), (query) => {
      const expr = parseExpr(query, { features })
      expect(shape(parseExpr(formatExpr(expr), { features }))).toEqual(shape(expr))
      expect(shape(parseExpr(formatPretty(expr), { features }))).toEqual(shape(expr))
    }),
    { numRuns: 1500 },
  )
})

test('an infinite base stays a number in the indented form too', () => {
  const query = `Inf ^ scalar(${'a'.repeat(120)})`
  expect(shape(parseExpr(formatPretty(parseExpr(query))))).toEqual(shape(parseExpr(query)))
})

test.for([
  ['SUM(x) BY (job)', 'sum by (job) (x)'],
  ['sum without() (x)', 'sum without () (x)'],
  ['topk (5,x)by(a)', 'topk by (a) (5, x)'],
  ['a{b="c",d!~"e"}[5m] offset 1h@3', 'a{b="c",d!~"e"}[5m] @ 3.000 offset 1h'],
  ['{"my.metric",b="c"}', '{__name__="my.metric",b="c"}'],
  ['a{d="1","b c"="2",a="3"}', 'a{"b c"="2",a="3",d="1"}'],
  ['a and ignoring() b', 'a and b'],
  ['offset offset 5m', 'offset offset 5m'],
  ['sum by (a:b, "c d") (x)', 'sum by (a:b, "c d") (x)'],
  ['a offset 0s', 'a'],
  ['a anchored offset 5m@3', 'a @ 3.000 anchored offset 5m'],
  ['a[5m] offset 5m smoothed @3', 'a[5m] smoothed @ 3.000 offset 5m'],
  ['a[1h:] offset -5m', 'a[1h:] offset -5m'],
  ['a*on(x)group_left(y)b', 'a * on (x) group_left (y) b'],
  ['a > bool 2', 'a > bool 2'],
  ['-2^2', '-2 ^ 2'],
  ['-a offset 5m', '-a offset 5m'],
  ["label_replace(a, 'x', '$1', \"y\", `(.*)`)", 'label_replace(a, "x", "$1", "y", "(.*)")'],
  ['sum by ("my.label") (a)', 'sum by ("my.label") (a)'],
  ['a[2*step()+1m]', 'a[2 * step() + 1m]'],
  ['a + fill_left(1) b', 'a + fill_left (1) b'],
  ['0x1F + 1_000 + .5 + 1e3 + 5m', '31 + 1000 + 0.5 + 1000 + 5m'],
])('%s is written as %s', ([query, text]) => {
  expect(formatExpr(parseExpr(query!, { features }))).toBe(text)
})

test('a long query is broken into indented lines', () => {
  const query =
    'sum by (job, instance) (rate(http_requests_total{job="api",status=~"5.."}[5m])) / on (job) group_left () sum by (job) (rate(http_requests_total{job="api"}[5m]))'
  expect(formatPretty(parseExpr(query))).toBe(
    [
      '  sum by (job, instance) (rate(http_requests_total{job="api",status=~"5.."}[5m]))',
      '/ on (job) group_left ()',
      '  sum by (job) (rate(http_requests_total{job="api"}[5m]))',
    ].join('\n'),
  )
})
