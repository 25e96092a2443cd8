import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatLabels } from '../labels.ts'
import { PromqlError } from '../promql-error.ts'
import { formatHistogramLiteral, parseHistogramLiteral, storedAfter } from './histogram-literal.ts'
import { isHistogramPoint, parseMetric, parseSeriesDescription } from './parse-series.ts'

const told = (text: string) =>
  parseSeriesDescription(text).points.map((point) =>
    isHistogramPoint(point) ? formatHistogramLiteral(point.histogram) : String(point),
  )

test.for([
  ['x', []],
  ['x ', []],
  ['x 1 2  3', ['1', '2', '3']],
  ['x -2+4x3', ['-2', '2', '6', '10']],
  ['x 1-2x4', ['1', '-1', '-3', '-5', '-7']],
  ['x 1x4', ['1', '1', '1', '1', '1']],
  ['x 1 _x3 stale', ['1', 'absent', 'absent', 'absent', 'stale']],
  ['x _ _x0 1', ['absent', '1']],
  ['x NaN Inf -Inf +5 1e3 .5 1.', ['NaN', 'Infinity', '-Infinity', '5', '1000', '0.5', '1']],
  ['x 0+1e-1x2', ['0', '0.1', '0.2']],
  ['x 1-1x0', ['1']],
  ['x {{}} {{count:1 sum:2}}', ['{{}}', '{{count:1 sum:2}}']],
  [
    'x {{count:1 buckets:[1]}}+{{count:2 buckets:[2]}}x2',
    ['{{count:1 buckets:[1]}}', '{{count:3 buckets:[3]}}', '{{count:5 buckets:[5]}}'],
  ],
  ['x {{count:1}}x1', ['{{count:1}}', '{{count:1}}']],
  ['{} 1', ['1']],
  ['x{a="b c", d="}"} 1', ['1']],
  ['x {a="b"} 1', ['1']],
] as const)('points of %s', ([text, points]) => expect(told(text)).toEqual(points))

test.for([
  ['x', 'x'],
  ['x{}', 'x'],
  ['{}', '{}'],
  ['x{a="b",}', 'x{a="b"}'],
  ['{__name__="x", a="b"}', 'x{a="b"}'],
  ['{"a.b", c="d"}', '{"a.b", c="d"}'],
  ['sum{by="c"}', 'sum{by="c"}'],
  ["x{a='\\'', b=`\\`}", 'x{a="\'", b="\\\\"}'],
  ['x{a=""}', 'x'],
] as const)('the metric %s', ([text, labels]) => expect(formatLabels(parseMetric(text))).toBe(labels))

test.for([
  ['x 1 foo', '1:5: parse error: unexpected identifier "foo" in series values, expected number or "stale"'],
  ['x stalex3', '1:3: parse error: unexpected identifier "stalex3" in series values, expected number or "stale"'],
  ['x NaNx3', '1:3: parse error: unexpected identifier "NaNx3" in series values, expected number or "stale"'],
  ['x 1+2', '1:3: parse error: unexpected "1+2" in series values'],
  ['x 1x', '1:3: parse error: unexpected "1x" in series values'],
  ['x 0x1f', '1:3: parse error: unexpected "0x1f" in series values'],
  ['x {{foo:1}}', '1:3: parse error: bad histogram descriptor found: "foo"'],
  ['x {{count}}', '1:3: parse error: bad histogram descriptor found: "count"'],
  ['x {{buckets:1}}', '1:3: parse error: unexpected value "1" of "buckets"'],
  ['x {{counter_reset_hint:soon}}', '1:3: parse error: bad histogram descriptor found: "soon"'],
  ['x{a!="b"} 1', '1:4: parse error: unexpected <op:!=> in label set, expected "="'],
  ['x{', '1:3: parse error: unexpected end of input inside braces'],
  ['x 1x100000000', '1:2: parse error: a series has more than 10000000 points'],
] as const)('%s is refused', ([text, message]) => {
  expect(() => parseSeriesDescription(text)).toThrow(PromqlError)
  expect(() => parseSeriesDescription(text)).toThrow(message)
})

test('a histogram prints as it is read', () => {
  const text =
    '{{schema:1 count:3.1 sum:-0.3 z_bucket:7.1 z_bucket_w:0.05 counter_reset_hint:gauge offset:-3 buckets:[5.1 10 7] n_offset:-5 n_buckets:[4.1 5]}}'
  expect(formatHistogramLiteral(parseHistogramLiteral(text.slice(2, -2)).histogram)).toBe(text)
  const gap = 'schema:0 count:1234567 buckets:[1 0 0 0 2]'
  expect(formatHistogramLiteral(parseHistogramLiteral(gap).histogram)).toBe(
    '{{count:1.234567e+06 buckets:[1 0 0 0 2]}}',
  )
  const custom = 'schema:-53 count:3 custom_values:[0.5 1] buckets:[1 2]'
  expect(formatHistogramLiteral(parseHistogramLiteral(custom).histogram)).toBe(
    '{{schema:-53 count:3 custom_values:[0.5 1] buckets:[1 2]}}',
  )
})

test('a histogram that goes on is read back as no reset', () => {
  const at = (count: number, hint = '') => parseHistogramLiteral(`count:${count} buckets:[${count}]${hint}`).histogram
  const hintOf = (text: string) => /hint:(\w+)/.exec(text)?.[1] ?? 'unknown'
  expect(hintOf(formatHistogramLiteral(storedAfter(at(2), undefined)))).toBe('unknown')
  expect(hintOf(formatHistogramLiteral(storedAfter(at(2), at(1))))).toBe('not_reset')
  expect(hintOf(formatHistogramLiteral(storedAfter(at(1), at(2))))).toBe('unknown')
  expect(hintOf(formatHistogramLiteral(storedAfter(at(2, ' counter_reset_hint:gauge'), at(1))))).toBe('gauge')
})

test('whatever the text is, it is a series or a PromqlError', () => {
  const piece = fc.constantFrom(
    'x',
    '1',
    '+2x3',
    '-1',
    '_',
    'x3',
    ' ',
    '{',
    '}',
    '{{',
    '}}',
    'stale',
    'a="b"',
    ',',
    'count:1',
    'NaN',
    'Inf',
    '.',
    'e5',
    '"',
    '\\',
    'buckets:[1 2]',
    'ü',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      try {
        parseSeriesDescription(pieces.join(''))
      } catch (error) {
        expect(error).toBeInstanceOf(PromqlError)
      }
    }),
    { numRuns: 2000 },
  )
})
