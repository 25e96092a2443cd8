import { expect, test } from 'vitest'
import type { ExploredFrame, MetricMeta } from '../../api/index.ts'
import { highestOfEach } from './answer/exemplars.ts'
import { mergeFrames, namesOf, selectorOf } from './answer/merge-frames.ts'
import { asCurl } from './as-curl.ts'
import { asRules } from './as-rule.ts'
import { defaultQuery, parseFilter, queryBy, toEntries } from './default-query.ts'
import { problemOf } from './editor/problems.ts'
import { instantCsv, rangeCsv, rangeJson } from './export-data.ts'
import { formatLegend } from './legend-format.ts'
import { withRecent } from './recent-queries.ts'
import { bucketsOf, splitBy, withMatcher } from './rewrite.ts'
import { appliedOf, duplicate, followAddress, move, toSearch } from './rows.ts'
import { selectorsOf, selectorText } from './selectors.ts'
import { rulesWith } from './used-in.tsx'

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

const frame = (from: number, columns: Record<string, (number | null)[]>): ExploredFrame => {
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
    total: Object.keys(columns).length,
    truncated: false,
    spread: undefined,
    histograms: [],
    sources: [],
    cachedPoints: 0,
  }
}

test('answers that were asked a moment apart share one grid', () => {
  const merged = mergeFrames(
    [
      { letter: 'A', expr: 'm', legend: '', frame: frame(100, { a: [1, 2] }) },
      { letter: 'B', expr: 'n', legend: '', frame: frame(105, { b: [3, 4] }) },
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
  const merged = mergeFrames([{ letter: 'A', expr: 'm', legend: '', frame: frame(0, { a: [1], b: [9], c: [5] }) }], 2)
  expect(merged.total).toBe(3)
  expect(merged.frame.series.map((s) => s.values[0])).toEqual([9, 5])
})

test('a legend names what tells the series apart', () => {
  expect(namesOf(frame(0, { a: [1], b: [2] }).series, 'm')).toEqual(['instance="a"', 'instance="b"'])
  expect(namesOf(frame(0, { a: [1] }).series, 'm')).toEqual(['m'])
})

test('a curl line keeps its quotes from the shell', () => {
  const grid = { origin: 'http://127.0.0.1:7070', fromMs: 1_000_000, toMs: 1_600_000, stepS: 5 }
  expect(asCurl("up{a='b'}", 'range', grid)).toBe(
    `curl -s 'http://127.0.0.1:7070/api/v1/query_range' \\
  --data-urlencode 'query=up{a='\\''b'\\''}' \\
  -d start=1000 \\
  -d end=1600 \\
  -d step=5`,
  )
  expect(asCurl('up', 'instant', grid)).toContain("/api/v1/query' ")
})

test('rows come from the address and go into it', () => {
  const search = { q: ['a', 'b', 'c'], hide: ['1'], legend: ['C:{{job}}'] }
  const applied = appliedOf(search)
  expect(applied.map(({ letter, hidden, legend }) => [letter, hidden, legend])).toEqual([
    ['A', false, ''],
    ['B', true, ''],
    ['C', false, '{{job}}'],
  ])
  let id = 0
  const rows = followAddress([], applied, () => id++)
  expect(toSearch(rows)).toEqual(search)
  expect(toSearch(move(rows, rows[2]!.id, -1))).toEqual({ q: ['a', 'c', 'b'], hide: ['2'], legend: ['B:{{job}}'] })
  expect(toSearch(duplicate(rows, rows[0]!.id, 9))).toMatchObject({ q: ['a', 'a', 'b', 'c'], hide: ['2'] })
  expect(move(rows, rows[0]!.id, -1)).toEqual(rows)
  expect(toSearch(followAddress(rows, [], () => id++))).toEqual({})
})

test('a legend is written by its format', () => {
  const labels = { route: '/', code: '200' }
  expect(formatLegend('{{ route }} ({{code}}){{nothing}}', labels)).toBe('/ (200)')
  expect(formatLegend('{{nothing}}', labels)).toBeUndefined()
  expect(formatLegend('', labels)).toBeUndefined()
})

test('what was asked lately comes first, once', () => {
  expect(withRecent(['b', 'a'], ['a', ' ', 'c'])).toEqual(['c', 'a', 'b'])
  expect(
    withRecent(
      Array.from({ length: 90 }, (_x, i) => `${i}`),
      [],
    ),
  ).toHaveLength(40)
})

test.for([
  ['rate(x[5m])', 'job', 'sum by (job) (rate(x[5m]))'],
  ['x', 'job', 'avg by (job) (x)'],
  ['sum by (a) (rate(x[5m]))', 'job', 'sum by (job) (rate(x[5m]))'],
  ['sum by (le, a) (rate(x_bucket[5m]))', 'job', 'sum by (le, job) (rate(x_bucket[5m]))'],
  ['topk(3, rate(x[5m]))', 'job', 'sum by (job) (rate(x[5m]))'],
  [
    'histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m])))',
    'job',
    'histogram_quantile(0.9, sum by (le, job) (rate(x_bucket[5m])))',
  ],
] as const)('%s is taken apart by %s', ([query, label, split]) => expect(splitBy(query, label)).toBe(split))

test('a matcher goes to every selector of the metric, in the place of what was said before', () => {
  const only = (query: string, value: string) => withMatcher(query, { name: 'job', op: '=', value })
  const without = (query: string, value: string) => withMatcher(query, { name: 'job', op: '!=', value })
  expect(only('rate(x[5m]) / y', 'a')).toBe('rate(x{job="a"}[5m]) / y')
  expect(only('x{job="b",z="1"} offset 1h', 'a')).toBe('x{job="a",z="1"} offset 1h')
  expect(without(without('x', 'a'), 'b')).toBe('x{job!="a",job!="b"}')
  expect(only(without('x', 'a'), 'b')).toBe('x{job="b"}')
  expect(only('{z="1"}', 'a "q"')).toBe('{job="a \\"q\\"",z="1"}')
})

test('a heatmap of a quantile shows what it is taken of', () => {
  expect(bucketsOf('histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m])))')).toBe(
    'sum by (le) (rate(x_bucket[5m]))',
  )
  expect(bucketsOf('up')).toBe('up')
})

test('a series is copied as the selector that finds it', () => {
  expect(selectorOf({ __name__: 'up', job: 'a "b"' })).toBe('up{job="a \\"b\\""}')
  expect(selectorOf({ __name__: 'up' })).toBe('up')
  expect(selectorOf({ __name__: 'a.b', 'c.d': 'e' })).toBe('{"a.b", "c.d"="e"}')
  expect(selectorOf({ job: 'a' })).toBe('{job="a"}')
})

test('files hold what is shown, one row a time, and no formulas', () => {
  const series = [{ query: 'q', labels: { a: 'b' }, name: '=a,"b"', values: [1.5, null] }]
  expect(rangeCsv([0, 10], series).split('\r\n')).toEqual([
    `time,"'=a,""b"""`,
    '1970-01-01T00:00:00.000Z,1.5',
    '1970-01-01T00:00:10.000Z,',
    '',
  ])
  expect(JSON.parse(rangeJson([0, 10], series))).toEqual([{ query: 'q', metric: { a: 'b' }, values: [[0, 1.5]] }])
  expect(instantCsv([{ labels: { job: 'j' }, value: Number.NaN, atMs: 0 }])).toBe(
    'job,time,value\r\nj,1970-01-01T00:00:00.000Z,NaN\r\n',
  )
})

test('of many exemplars the highest of each moment are shown', () => {
  const all = Array.from({ length: 1000 }, (_x, i) => ({ seriesLabels: {}, labels: {}, value: i % 10, atMs: i }))
  const shown = highestOfEach(all, 30)
  expect(shown).toHaveLength(30)
  expect(shown.every(({ value }) => value === 9)).toBe(true)
  expect(shown.map(({ atMs }) => atMs)).toEqual([...shown.map(({ atMs }) => atMs)].sort((a, b) => a - b))
})

test('the rules of a metric are those that ask for it or for a part of it, not those whose names begin alike', () => {
  const rule = (name: string, query: string) => ({ name, query }) as never
  const groups = [
    {
      rules: [
        rule('P95', 'histogram_quantile(0.95, sum by (le) (rate(latency_seconds_bucket[5m]))) > 1'),
        rule('Other', 'rate(latency_seconds_of_something[5m]) > 1'),
        rule('ByName', '{__name__="latency_seconds_sum"}'),
        rule('Broken', 'latency_seconds_sum +'),
        rule('Text', 'label_replace(up, "a", "latency_seconds", "", "")'),
      ],
    },
  ] as never
  expect(rulesWith(groups, 'latency_seconds').map((one) => one.name)).toEqual(['P95', 'ByName'])
})

test('queries as alerting rules keep their lines, and each has a name of its own', () => {
  const lines = asRules(['up\n  == 0', 'x > 1']).split('\n')
  expect(lines.slice(0, 5)).toEqual(['- alert: NewAlert1', '  expr: |-', '    up', '      == 0', '  for: 5m'])
  expect(lines).toContain('- alert: NewAlert2')
  expect(asRules(['up'])).toContain('- alert: NewAlert\n')
})
