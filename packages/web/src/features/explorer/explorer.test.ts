import { expect, test } from 'vitest'
import type { Frame, MetricMeta } from '../../api/index.ts'
import { asCurl } from './as-curl.ts'
import { defaultQuery, parseFilter, queryBy, toEntries } from './default-query.ts'
import { mergeFrames, namesOf } from './merge-frames.ts'
import { nearestNames, problemOf, selectorsOf, selectorText } from './selectors.ts'

const meta = (type: MetricMeta['type']): MetricMeta => ({ type, help: '', unit: '' })

test.for([
  ['http_requests_total', 'counter', 'rate(http_requests_total[5m])'],
  ['http_seconds', 'histogram', 'histogram_quantile(0.95, sum by (le) (rate(http_seconds_bucket[5m])))'],
  ['node_load1', 'gauge', 'node_load1'],
  ['rpc_seconds', 'summary', 'rpc_seconds'],
] as const)('%s, a %s, is first seen as %s', ([name, type, query]) =>
  expect(defaultQuery({ name, meta: meta(type) })).toBe(query),
)

test('without metadata the name decides', () => {
  expect(defaultQuery({ name: 'x_total', meta: undefined })).toBe('rate(x_total[5m])')
  expect(defaultQuery({ name: 'a.b', meta: undefined })).toBe('{"a.b"}')
})

test('a split keeps the sense of the default', () => {
  expect(queryBy({ name: 'x_total', meta: meta('counter') }, 'job')).toBe('sum by (job) (rate(x_total[5m]))')
  expect(queryBy({ name: 'load', meta: meta('gauge') }, 'job')).toBe('avg by (job) (load)')
})

test('the series of a histogram are one metric in the browser', () => {
  const families = new Map([
    ['d', meta('histogram')],
    ['c', meta('counter')],
  ])
  expect(toEntries(['c_total', 'd_bucket', 'd_count', 'd_sum', 'e_count'], families).map((e) => e.name)).toEqual([
    'c_total',
    'd',
    'e_count',
  ])
})

test('a filter tells matchers from words', () => {
  expect(parseFilter('cpu job=host mode!="idle"')).toEqual({ words: ['cpu'], selector: '{job="host",mode!="idle"}' })
  expect(parseFilter('')).toEqual({ words: [], selector: undefined })
})

test('a parse error has its place', () => {
  const problem = problemOf('sum(rate(x[5m])')
  expect(problem?.message).toMatch(/parse error/)
  expect(problem!.to).toBeGreaterThan(problem!.from)
  expect(problemOf('up')).toBeUndefined()
  expect(problemOf('  ')).toBeUndefined()
})

test('selectors are found wherever they stand, and can lose a matcher', () => {
  const found = selectorsOf('sum(rate(a{x="1",y=~"2"}[5m] offset 1h)) / on (z) (b > 1)')
  expect(found.map((s) => selectorText(s))).toEqual(['a{x="1",y=~"2"}', 'b'])
  const x = found[0]!.matchers.findIndex((m) => m.name === 'x')
  expect(selectorText(found[0]!, x)).toBe('a{y=~"2"}')
})

test('the nearest names come first', () => {
  expect(nearestNames('node_cpu_second_total', ['node_cpu_seconds_total', 'node_load1', 'up'])).toEqual([
    'node_cpu_seconds_total',
  ])
})

const frame = (from: number, columns: Record<string, (number | null)[]>): Frame => {
  const length = Object.values(columns)[0]?.length ?? 0
  return {
    fromMs: from * 1000,
    toMs: (from + (length - 1) * 5) * 1000,
    stepS: 5,
    times: Array.from({ length }, (_x, i) => from + i * 5),
    series: Object.entries(columns).map(([instance, values]) => ({
      labels: { __name__: 'm', job: 'j', instance },
      values,
    })),
    notes: [],
    durationMs: 1,
  }
}

test('answers that were asked a moment apart share one grid', () => {
  const merged = mergeFrames(
    [
      { letter: 'A', expr: 'm', frame: frame(100, { a: [1, 2] }) },
      { letter: 'B', expr: 'n', frame: frame(105, { b: [3, 4] }) },
    ],
    10,
  )
  expect(merged.frame.times).toEqual([100, 105, 110])
  expect(merged.frame.series.map((s) => s.values)).toEqual([
    [1, 2, null],
    [null, 3, 4],
  ])
})

test('past the limit the highest series are drawn', () => {
  const merged = mergeFrames([{ letter: 'A', expr: 'm', frame: frame(0, { a: [1], b: [9], c: [5] }) }], 2)
  expect(merged.total).toBe(3)
  expect(merged.frame.series.map((s) => s.values[0])).toEqual([9, 5])
})

test('a legend names what tells the series apart', () => {
  expect(namesOf(frame(0, { a: [1], b: [2] }).series, 'm')).toEqual(['instance="a"', 'instance="b"'])
  expect(namesOf(frame(0, { a: [1] }).series, 'm')).toEqual(['m'])
})

test('a curl line keeps its quotes from the shell', () => {
  const asked = { fromMs: 1_000_000, toMs: 1_600_000 }
  const line = asCurl(["up{a='b'}"], { origin: 'http://127.0.0.1:7070', asked, widthPx: 600, view: 'lines' })
  expect(line).toBe(
    `curl -sG 'http://127.0.0.1:7070/api/v1/query_range?start=1000&end=1600&step=5' --data-urlencode 'query=up{a='\\''b'\\''}'`,
  )
})
