import { expect, test } from 'vitest'
import { formatDuration, formatNumber, formatValue, toPromDuration, unitOfMetric, unitOfQuery } from './index.ts'

test.for([
  [1284, '1,284'],
  [0.6342, '0.634'],
  [12.44, '12.4'],
  [123.44, '123.4'],
  [0, '0'],
  [-3.5, '−3.5'],
  [1e18, '1.00e18'],
  [Number.POSITIVE_INFINITY, '+Inf'],
] as const)('the number %f reads %s', ([value, text]) => expect(formatNumber(value)).toBe(text))

test.for([
  [388 * 1024 * 1024, 'bytes', '388\u00a0MiB'],
  [1023.9, 'bytes', '1\u00a0KiB'],
  [12_400_000, 'bytes/s', '12.4\u00a0MB/s'],
  [0.3142, 'ratio', '31.4\u202f%'],
  [0.00042, 'ratio', '0.042\u202f%'],
  [1, 'ratio', '100\u202f%'],
  [0.184, 'seconds', '184\u00a0ms'],
  [0, 'seconds', '0\u00a0s'],
  [1342, '/s', '1,342\u202f/s'],
  [2_500_000, 'number', '2.5\u00a0M'],
  [Number.NaN, 'bytes', '–'],
] as const)('%f in %s reads %s', ([value, unit, text]) => expect(formatValue(value, unit)).toBe(text))

test.for([
  [0.34, '340 µs'],
  [4200, '4.2 s'],
  [59_999, '60 s'],
  [125 * 60_000, '2 h 5 min'],
  [3_599_900, '1 h'.replace('1 h', '60 min')],
  [76 * 3_600_000, '3 d 4 h'],
] as const)('%f ms read %s', ([ms, text]) => expect(formatDuration(ms)).toBe(text))

test('a duration is written as PromQL reads it', () => {
  expect(toPromDuration(90_000)).toBe('1m30s')
  expect(toPromDuration(13 * 3_600_000)).toBe('13h')
  expect(toPromDuration(10)).toBe('1s')
  expect(toPromDuration(0)).toBe('0s')
})

test.for([
  ['node_memory_MemFree_bytes', false, 'bytes'],
  ['node_network_receive_bytes_total', true, 'bytes/s'],
  ['node_cpu_seconds_total', true, 'ratio'],
  ['http_request_duration_seconds_count', true, '/s'],
  ['node_boot_time_seconds', false, 'timestamp'],
  ['node_load1', false, 'number'],
] as const)('%s (rate: %s) is in %s', ([name, rate, unit]) => expect(unitOfMetric(name, '', rate)).toBe(unit))

test.for([
  ['rate(node_network_receive_bytes_total{device="eth0"}[1m])', 'bytes/s'],
  ['sum by (mode) (rate(node_cpu_seconds_total[1m]))', 'ratio'],
  ['node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes', 'ratio'],
  ['histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))', 'seconds'],
  ['node_memory_MemFree_bytes', 'bytes'],
  ['count(node_memory_MemFree_bytes)', 'number'],
  ['up', 'number'],
] as const)('the answer of %s is in %s', ([expr, unit]) => expect(unitOfQuery(expr)).toBe(unit))
