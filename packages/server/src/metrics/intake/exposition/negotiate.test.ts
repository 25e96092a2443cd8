import { expect, test } from 'vitest'
import { acceptHeader, formatOf } from './index.ts'

test('the Accept header is what Prometheus 3.5.3 sends (recorded 2026-11-21)', () => {
  expect(acceptHeader()).toBe(
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
  )
  expect(acceptHeader(['PrometheusText0.0.4', 'OpenMetricsText1.0.0'], 'underscores')).toBe(
    'text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.5,*/*;q=0.4',
  )
})

test.for([
  ['text/plain; version=0.0.4; charset=utf-8; escaping=underscores', 'text'],
  ['text/plain', 'text'],
  ['TEXT/Plain;', 'text'],
  ['application/openmetrics-text; version=1.0.0; charset="utf-8"', 'openmetrics'],
] as const)('%s is read as %s', ([type, format]) => {
  expect(formatOf(type, 'PrometheusText0.0.4')).toBe(format)
})

test.for([undefined, '', 'text/html', 'application/json; charset=utf-8', 'text', 'text/plain; ='])(
  'Content-Type %s fails the scrape unless there is a fallback',
  (type) => {
    expect(() => formatOf(type)).toThrow(expect.objectContaining({ code: 'exposition.content_type' }))
    expect(formatOf(type, 'OpenMetricsText1.0.0')).toBe('openmetrics')
    expect(formatOf(type, 'PrometheusText1.0.0')).toBe('text')
  },
)

test('protobuf, which nobody asked for, is named', () => {
  expect(() => formatOf('application/vnd.google.protobuf; encoding=delimited', 'PrometheusText0.0.4')).toThrow(
    /protobuf/,
  )
})
