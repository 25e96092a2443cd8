import { expect, test } from 'vitest'
import { thresholdOf } from './threshold.ts'

test.for<[query: string, measured: string | undefined, limits: string, partial?: boolean]>([
  ['up == 0', 'up', '== 0'],
  ['rate(errors_total[5m]) > 0.5', 'rate(errors_total[5m])', '> 0.5'],
  ['(sum by (job) (up)) <= 2', '(sum by (job) (up))', '<= 2'],
  ['80 < load', 'load', '> 80'],
  ['100 * 1024 ^ 2 >= free', 'free', '<= 104857600'],
  ['temperature < -5', 'temperature', '< -5'],
  ['load > 1 < 5', 'load', '> 1, < 5'],
  ['rate(a[1h]) < 0.1 and rate(b[1h]) > 0', 'rate(a[1h])', '< 0.1', true],
  ['a > 5 unless on (job) b', 'a', '> 5', true],
  ['a > b', undefined, ''],
  ['a > bool 1', undefined, ''],
  ['absent(up)', undefined, ''],
  ['1 > 2', undefined, ''],
  ['rate(up', undefined, ''],
])('%s measures %s against %s', ([query, measured, limits, partial = false]) => {
  const found = thresholdOf(query)
  expect(found?.measured).toBe(measured)
  expect(found?.limits.map(({ op, value }) => `${op} ${value}`).join(', ') ?? '').toBe(limits)
  expect(found?.partial ?? false).toBe(partial)
})
