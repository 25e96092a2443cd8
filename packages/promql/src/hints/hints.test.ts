import { expect, test } from 'vitest'
import { parseExpr } from '../parse/index.ts'
import { findHints, nearestWords } from './index.ts'

const TYPES: Readonly<Record<string, string>> = {
  requests_total: 'counter',
  jobs_done: 'counter',
  temperature: 'gauge',
  latency_seconds: 'histogram',
}
const NAMES = new Set(['requests_total', 'jobs_done', 'temperature', 'latency_seconds_bucket', 'latency_seconds_count'])
const hintsOf = (query: string) =>
  findHints(parseExpr(query), { typeOf: (name) => TYPES[name], exists: (name) => NAMES.has(name) })

test.for([
  ['requests_total', 'counter_without_rate', 'rate(requests_total[5m])'],
  [
    'sum by (job) (jobs_done{a="b"} offset 1h)',
    'counter_without_rate',
    'sum by (job) (rate(jobs_done{a="b"}[5m] offset 1h))',
  ],
  ['latency_seconds_count > 3', 'counter_without_rate', 'rate(latency_seconds_count[5m]) > 3'],
  ['rate(temperature[5m])', 'rate_of_gauge', 'deriv(temperature[5m])'],
  ['increase(temperature[1h]) > 0', 'rate_of_gauge', 'delta(temperature[1h]) > 0'],
  [
    'histogram_quantile(0.9, sum(rate(latency_seconds_bucket[5m])))',
    'quantile_without_le',
    'histogram_quantile(0.9, sum by (le) (rate(latency_seconds_bucket[5m])))',
  ],
  [
    'histogram_quantile(0.9, sum by (job) (rate(latency_seconds_bucket[5m])))',
    'quantile_without_le',
    'histogram_quantile(0.9, sum by (job, le) (rate(latency_seconds_bucket[5m])))',
  ],
  [
    'histogram_quantile(0.9, sum without (le, pod) (rate(latency_seconds_bucket[5m])))',
    'quantile_without_le',
    'histogram_quantile(0.9, sum without (pod) (rate(latency_seconds_bucket[5m])))',
  ],
  [
    'histogram_quantile(0.9, rate(latency_seconds{a="b"}[5m]))',
    'histogram_family',
    'histogram_quantile(0.9, rate(latency_seconds_bucket{a="b"}[5m]))',
  ],
] as const)('%s is mended (%s)', ([query, code, mended]) => {
  const hints = hintsOf(query)
  expect(hints.map((hint) => hint.code)).toEqual([code])
  const { start, end, fix, text } = hints[0]!
  expect(query.slice(0, start) + fix!.text + query.slice(end)).toBe(mended)
  expect(text).not.toBe('')
  expect(hintsOf(mended)).toEqual([])
})

test('a rate of a sum loses restarts, which no edit in place would mend', () => {
  const hints = hintsOf('rate(sum(requests_total)[5m:])')
  expect(hints.map(({ code, fix }) => [code, fix])).toEqual([['rate_of_sum', undefined]])
})

test.for([
  'rate(requests_total[5m])',
  'count(requests_total)',
  'absent(requests_total)',
  'up unless requests_total',
  'temperature',
  'unknown_metric',
  'max_over_time(requests_total[1h])',
  'histogram_quantile(0.9, sum(rate(native_seconds[5m])))',
  'histogram_quantile(0.9, sum by (le) (rate(latency_seconds_bucket[5m])))',
])('%s is left alone', (query) => expect(hintsOf(query)).toEqual([]))

test('the nearest words come first, and words that are far away do not come', () => {
  expect(nearestWords('node_cpu_second_total', ['up', 'node_load1', 'node_cpu_seconds_total'])).toEqual([
    'node_cpu_seconds_total',
  ])
  expect(nearestWords('prdo', ['prod', 'staging', 'dev'])).toEqual([])
  expect(nearestWords('producton', ['production', 'staging', 'dev'])).toEqual(['production'])
})
