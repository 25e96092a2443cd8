import { expect, test } from 'vitest'
import { acceptsGzip } from './compress.ts'
import { prefersOpenMetrics } from './prometheus/lifecycle.ts'

test.for([
  [undefined, false],
  ['', false],
  ['gzip', true],
  ['deflate, GZIP ; q=0.5', true],
  ['gzip;q=0', false],
  ['gzip ; q = 0.000, br', false],
  ['*', true],
  ['*, gzip;q=0', false],
] as const)('Accept-Encoding %j allows gzip: %s', ([header, allowed]) => {
  expect(acceptsGzip(header)).toBe(allowed)
})

test('headers of very many spaces are read in no time', () => {
  const spaces = ' '.repeat(300_000)
  expect(acceptsGzip(`gzip${spaces}x`)).toBe(false)
  expect(prefersOpenMetrics(`application/openmetrics-text${spaces}x`)).toBe(false)
})
