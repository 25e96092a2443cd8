import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PromqlFeature } from '../features.ts'
import { formatExpr } from '../format/index.ts'
import { PromqlError } from '../promql-error.ts'
import { mutatedQueries, words } from '../testkit/queries.ts'
import { describeFunctions, parseDurationMs, parseExpr, parseSelector, unquote } from './index.ts'

const features = new Set<PromqlFeature>([
  'promql-experimental-functions',
  'promql-duration-expr',
  'promql-binop-fill-modifiers',
  'promql-extended-range-selectors',
])

function messageOf(query: string): string {
  try {
    parseExpr(query)
  } catch (error) {
    return error instanceof PromqlError ? error.message : `no PromqlError: ${String(error)}`
  }
  return 'no error'
}

// Worded as Prometheus 3.5 words them (promtool promql format, or the query API).
test.for([
  ['', 'unknown position: parse error: no expression found in input'],
  ['  # only a comment', '1:1: parse error: no expression found in input'],
  ['foo(bar)', '1:1: parse error: unknown function with name "foo"'],
  ['sum(foo(bar))', '1:5: parse error: unknown function with name "foo"'],
  ['a b', '1:3: parse error: unexpected identifier "b"'],
  ['rate(a)', '1:6: parse error: expected type range vector in call to function "rate", got instant vector'],
  ['rate(a[5m], 1)', '1:1: parse error: expected 1 argument(s) in call to "rate", got 2'],
  ['sum(a[5m])', '1:5: parse error: expected type instant vector in aggregation expression, got range vector'],
  ['1 == 2', '1:3: parse error: comparisons between scalars must use BOOL modifier'],
  ['a + bool b', '1:3: parse error: bool modifier can only be used on comparison operators'],
  ['a and 1', '1:1: parse error: set operator "and" not allowed in binary scalar expression'],
  ['a and on(x) group_left b', '1:1: parse error: no grouping allowed for "and" operation'],
  ['a * on(x) group_left(x) b', '1:3: parse error: label "x" must not occur in ON and GROUP clause at once'],
  ['{}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
  ['{a=~".*"}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
  ['foo{__name__="bar"}', '1:1: parse error: metric name must not be set twice: "foo" or "bar"'],
  ['"a" + 1', '1:1: parse error: binary expression must contain only scalar and instant vector types'],
  ['a{b="c}', '1:5: parse error: unterminated quoted string'],
  ['a $ b', "1:3: parse error: unexpected character: '$'"],
  ['a[5m', '1:5: parse error: unclosed left bracket'],
  ['a{b}', '1:4: parse error: unexpected "}" in label matching, expected label matching operator'],
  ['a{b=}', '1:5: parse error: unexpected "}" in label matching, expected string'],
  [
    '1h offset 5m',
    '1:1: parse error: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery',
  ],
  ['a offset 5m offset 5m', '1:1: parse error: offset may not be set multiple times'],
  ['a offset 5m[5m]', '1:12: parse error: no offset modifiers allowed before range'],
  ['(a)[5m]', '1:4: parse error: ranges only allowed for vector selectors'],
  ['a[0]', '1:3: parse error: duration must be greater than 0'],
  [
    'limitk(2, a)',
    '1:1: parse error: limitk() is experimental and must be enabled with --enable-feature=promql-experimental-functions',
  ],
  ['mad_over_time(a[5m])', '1:1: parse error: function "mad_over_time" is not enabled'],
  ['sum()', '1:1: parse error: no arguments for aggregate expression provided'],
  ['topk(a)', '1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1'],
  [
    '-"a"',
    '1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, got "string"',
  ],
  ['a +\n  foo(b)', '2:3: parse error: unknown function with name "foo"'],
  ['ü', "1:1: parse error: unexpected character: 'ü'"],
  ['1.2.3', '1:1: parse error: bad number or duration syntax: "1.2."'],
  ['sum(', '1:5: parse error: unclosed left parenthesis'],
  ['a{b="c"', '1:8: parse error: unexpected end of input inside braces'],
  ['a{b="c",,}', '1:9: parse error: unexpected "," in label matching, expected identifier or "}"'],
  ['sum by (a b) (x)', '1:11: parse error: unexpected identifier "b" in grouping opts, expected "," or ")"'],
  ['sum by a (x)', '1:8: parse error: unexpected identifier "a" in grouping opts, expected "("'],
  ['sum(a,)', '1:6: parse error: trailing commas not allowed in function call args'],
  ['a[foo]', "1:3: parse error: unexpected character in duration expression: 'f'"],
  ['a offset foo', '1:10: parse error: unexpected identifier "foo" in offset, expected number or duration'],
  ['a]', "1:2: parse error: unexpected right bracket ']'"],
  ['a @ foo', '1:5: parse error: unexpected identifier "foo" in @, expected timestamp'],
  ['a @ start(5)', '1:11: parse error: unexpected number "5" in @, expected timestamp'],
  ['a @ Inf', '1:1: parse error: timestamp out of bounds for @ modifier: +Inf'],
  ['a)', "1:3: parse error: unexpected right parenthesis ')'"],
  ['a[]', '1:3: parse error: unexpected "]" in subquery selector, expected number or duration'],
  ['a[5m 1m]', '1:6: parse error: unexpected duration "1m" in subquery or range, expected ":" or "]"'],
  ['a[:1m]', '1:4: parse error: unexpected colon before duration in duration expression'],
  ['a[5y1hs]', '1:3: parse error: unknown unit "hs" in duration "5y1hs"'],
  ['a * on (b) group_left *', '1:23: parse error: unexpected <op:*> in grouping opts, expected "("'],
  ['a @ 1e22', '1:1: parse error: timestamp out of bounds for @ modifier: 10000000000000000000000.000000'],
  ['a offset 2.5s', '1:10: parse error: unknown unit "." in duration "2.5s"'],
  ['a[5m:*]', '1:6: parse error: unexpected <op:*> in subquery selector, expected number or duration or "]"'],
  ['a[5m1h]', '1:3: parse error: not a valid duration string: "5m1h"'],
  ['1e400', '1:1: parse error: error parsing number: strconv.ParseFloat: parsing "1e400": value out of range'],
  ['.5.5', '1:1: parse error: error parsing number: strconv.ParseFloat: parsing ".5.5": invalid syntax'],
  ['0x1e', '1:1: parse error: bad number or duration syntax: "0x1e"'],
  ['a !', "1:3: parse error: unexpected character after '!': '\ufffd'"],
  ['a =~ b', "1:3: parse error: unexpected character after '=': '~'"],
  ['"\\q"', "1:1: parse error: unknown escape sequence U+0071 'q'"],
  ['"\\xg0"', "1:1: parse error: illegal character U+0067 'g' in escape sequence"],
  ['"\\ud800"', '1:1: parse error: escape sequence is an invalid Unicode code point'],
  ['{1}', "1:2: parse error: unexpected character inside braces: '1'"],
  ['{"a" "b"}', '1:6: parse error: unexpected string "\\"b\\"" in label matching, expected "," or "}"'],
  [
    '{a="0123456789abc" "0123456789abc"}',
    '1:20: parse error: unexpected string "\\"012345678"... in label matching, expected "," or "}"',
  ],
  ['{a=~"["}', '1:2: parse error: error parsing regexp: missing closing ]: `[`'],
  ['foo{"bar"}', '1:1: parse error: metric name must not be set twice: "foo" or "bar"'],
  ['sum a', '1:5: parse error: unexpected identifier "a"'],
  ['sum(a b)', '1:7: parse error: unexpected identifier "b" in aggregation'],
  ['sum by (without) (a)', '1:9: parse error: unexpected <without> in grouping opts, expected label'],
  ['sum by ("") (a)', '1:9: parse error: invalid label name for grouping: ""'],
  ['a * on b', '1:8: parse error: unexpected identifier "b" in grouping opts, expected "("'],
  ['a * group_left b', '1:5: parse error: unexpected <group_left>'],
  ['on + 1', '1:1: parse error: unexpected <on>'],
  ['a:b(c)', '1:4: parse error: unexpected "("'],
  ['a anchored', '1:1: parse error: anchored modifier is experimental and not enabled'],
  ['a + fill(0) b', '1:1: parse error: binop fill modifiers are experimental and not enabled'],
  ['a[5m + 1m]', '1:3: parse error: experimental duration expression is not enabled'],
  ['a\u00a0b', "1:2: parse error: unexpected character: '\\u00a0'"],
])('%j is refused with %s', ([query, message]) => {
  expect(messageOf(query!)).toBe(message)
})

test.for([
  ['a + b offset 5m', { op: '+', right: { kind: 'selector', offset: { ms: 300_000 } } }],
  ['-2 ^ 2', { kind: 'unary', inner: { op: '^', left: { value: 2 } } }],
  ['2 ^ 3 ^ 2', { op: '^', right: { op: '^' } }],
  ['a or b and c', { op: 'or', right: { op: 'and' } }],
  ['a - b - c', { op: '-', left: { op: '-' } }],
  ['a[5m] @ 10 offset 1m', { kind: 'matrix', selector: { at: { ms: 10_000 }, offset: { ms: 60_000 } } }],
  ['010', { value: 8 }],
  ['2.', { value: 2 }],
  ['SUM BY (x) (a)', { kind: 'aggregate', op: 'sum', grouping: ['x'] }],
  ['rate', { kind: 'selector', name: 'rate' }],
  ['{"a b", c="d"}', { name: '', matchers: [{ name: '__name__', value: 'a b' }, { name: 'c' }] }],
  ['offset offset 5m', { name: 'offset', offset: { ms: 300_000 } }],
  ['and and or or unless', { op: 'or', left: { op: 'and', left: { name: 'and' }, right: { name: 'or' } } }],
  ['by{without="1"}', { name: 'by', matchers: [{ name: 'without' }, { name: '__name__' }] }],
  ['fill + fill_left', { left: { name: 'fill' }, right: { name: 'fill_left' } }],
  ['sum(sum)', { op: 'sum', inner: { name: 'sum' } }],
  ['-1', { kind: 'number', value: -1, start: 0, end: 2 }],
  ['2 ^ -a * b', { op: '*', left: { op: '^', right: { kind: 'unary' } } }],
  ['0x_1F', { value: 31 }],
  ['a offset 5m + 1', { op: '+', left: { offset: { ms: 300_000 } } }],
] as const)('%s has the tree that Prometheus gives it', ([query, tree]) => {
  expect(parseExpr(query)).toMatchObject(tree)
})

// Worded as Prometheus words them behind its flags (its source of August 2026).
test.for([
  [
    'a offset foo',
    '1:10: parse error: unexpected identifier "foo" in offset, expected number, duration, step(), or range()',
  ],
  ['a[5m:foo]', "1:6: parse error: unexpected character: 'f', expected ':'"],
  ['a[5m/0]', '1:5: parse error: division by zero'],
  ['(a) anchored', '1:1: parse error: anchored modifier not implemented'],
  ['a[5m:] smoothed', '1:1: parse error: smoothed modifier is not supported for subqueries'],
  ['a[5m] smoothed anchored', '1:1: parse error: anchored and smoothed modifiers cannot be used together'],
  ['info(a, b)', '1:9: parse error: expected label selectors only, got vector selector instead'],
  ['info(a, {b="c"} + 1)', '1:9: parse error: expected label selectors only'],
])('with all features %j is refused with %s', ([query, message]) => {
  expect(() => parseExpr(query!, { features })).toThrow(message!)
})

test('offsets of nodes count UTF-16 units of the query', () => {
  const expr = parseExpr('a{b="😀"} + c')
  expect(expr).toMatchObject({
    kind: 'binary',
    start: 0,
    end: 13,
    left: { start: 0, end: 9 },
    right: { start: 12, end: 13 },
  })
})

test('matchers of a series selector come in order, the name last', () => {
  expect(parseSelector('up{job="a"}')).toEqual([
    { name: 'job', op: '=', value: 'a' },
    { name: '__name__', op: '=', value: 'up' },
  ])
  expect(() => parseSelector('rate(up[5m])')).toThrow(PromqlError)
})

describe('hostile input', () => {
  /** A tree, or one error with its place in words and as range. */
  const isReadOrRefused = (query: string) => {
    try {
      parseExpr(query, { features })
    } catch (error) {
      if (!(error instanceof PromqlError)) throw error
      expect(error.message).toMatch(/^(\d+:\d+|unknown position): parse error: ./)
      expect(error.offset).toBeGreaterThanOrEqual(0)
      expect(error.length).toBeGreaterThanOrEqual(0)
      expect(error.offset + error.length).toBeLessThanOrEqual(query.length)
    }
  }

  test('random bytes are refused with a place', () => {
    const text = fc.uint8Array({ maxLength: 80 }).map((bytes) => new TextDecoder().decode(bytes))
    fc.assert(fc.property(fc.oneof(text, fc.string({ unit: 'binary', maxLength: 60 })), isReadOrRefused), {
      numRuns: 2000,
    })
  })

  test('random words of the language are read, or refused with a place', () => {
    const soup = fc.array(fc.constantFrom(...words), { maxLength: 20 }).map((parts) => parts.join(''))
    fc.assert(fc.property(soup, isReadOrRefused), { numRuns: 3000 })
  })

  test('queries with pieces cut out or put in are read, or refused with a place', () => {
    fc.assert(fc.property(mutatedQueries, isReadOrRefused), { numRuns: 2000 })
  })

  test('what is read is formatted, and that is read as the same', () => {
    const read = (query: string) => {
      try {
        return parseExpr(query, { features })
      } catch {
        return undefined
      }
    }
    fc.assert(
      fc.property(mutatedQueries, (query) => {
        const expr = read(query)
        if (expr === undefined) return
        const text = formatExpr(expr)
        expect(formatExpr(parseExpr(text, { features }))).toBe(text)
      }),
      { numRuns: 2000 },
    )
  })

  test.for([
    ['parentheses', `${'('.repeat(100_000)}a${')'.repeat(100_000)}`],
    ['signs', `${'-'.repeat(100_000)}a`],
    ['powers', `${'2^'.repeat(50_000)}2`],
    ['sums', `${'a+'.repeat(50_000)}a`],
    ['calls', `${'abs('.repeat(20_000)}a${')'.repeat(20_000)}`],
    ['brackets', `a${'[5m:]'.repeat(20_000)}`],
    ['durations', `a[${'('.repeat(50_000)}5m${')'.repeat(50_000)}]`],
    ['sums of durations', `a[${'5m+'.repeat(50_000)}5m]`],
    ['signs of durations', `a offset ${'-'.repeat(100_000)}5m`],
    ['sums of sums', '('.repeat(300) + '+a'.repeat(20_000) + ')'.repeat(300)],
    ['matchers', `a{${'b="c",'.repeat(20_000)}}`],
    ['labels', `sum by (${'b,'.repeat(50_000)}) (a)`],
    ['offsets', `a${' offset 0s'.repeat(20_000)}`],
    ['comments', '#\n'.repeat(100_000)],
    ['one string', `a{b="${'\\n'.repeat(100_000)}"}`],
    ['one number', '1'.repeat(200_000)],
    ['one duration', '1m'.repeat(100_000)],
    ['length', 'a'.repeat(1_000_000)],
  ])('%s without end are refused or read in time', ([, query]) => {
    const { user } = process.cpuUsage()
    isReadOrRefused(query!)
    expect(process.cpuUsage().user - user).toBeLessThan(2_000_000)
  })
})

test.for([
  ['"a\\tb"', 'a\tb'],
  ["'it\\'s'", "it's"],
  ['`raw\\n`', 'raw\\n'],
  ['"\\u00e9\\x41\\101"', 'éAA'],
  ['"\\xc3\\xa9"', 'é'],
  ['"\\xff"', '\ufffd'],
  ['"\\q"', undefined],
  ["'\\\"'", undefined],
] as const)('the literal %s means %j', ([literal, value]) => {
  expect(unquote(literal)).toBe(value)
})

test.for([
  ['1h30m', 5_400_000],
  ['1y2w3d', 31_536_000_000 + 14 * 86_400_000 + 3 * 86_400_000],
  ['5ms', 5],
  ['0s', 0],
  ['30m1h', undefined],
  ['5', undefined],
  ['', undefined],
] as const)('the duration %j is %j ms', ([text, ms]) => {
  expect(parseDurationMs(text)).toBe(ms)
})

test('every function has a signature and a sentence', () => {
  for (const { name, signature, doc } of describeFunctions()) {
    expect(signature).toMatch(new RegExp(`^${name}\\(.*\\)$`))
    expect(doc).toMatch(/^\S.*\.$/)
  }
  expect(describeFunctions().length).toBeGreaterThan(80)
})
