import fc from 'fast-check'
import { RE2JS } from 're2js'
import { expect, test } from 'vitest'
import { labelsOf } from '../labels.ts'
import { compileMatcher, compileMatchers, literalAlternatives, regexProblem } from './index.ts'

test.for([
  ['=', 'a', ['a'], ['', 'b', 'aa']],
  ['!=', 'a', ['', 'b'], ['a']],
  ['=~', 'a|b', ['a', 'b'], ['', 'ab', 'c']],
  ['=~', '', [''], ['a']],
  ['=~', 'ab.*', ['ab', 'abc', 'ab\nc'], ['a', 'xab']],
  ['=~', 'ab.+', ['abc'], ['ab']],
  ['=~', '.*ab', ['ab', 'xab'], ['abx']],
  ['=~', '.+ab', ['xab', 'abab'], ['ab']],
  ['=~', '.*ab.*', ['ab', 'xaby'], ['ba']],
  ['=~', '.+ab.+', ['xaby', 'ababab'], ['ab', 'xab', 'aby', 'abab'.slice(0, 3)]],
  ['=~', '(?i:AB)c', ['abc', 'Abc'], ['abC']],
  ['=~', '5..', ['500', '5\n0'], ['50', '5000']],
  ['!~', 'a.*', ['', 'b'], ['a', 'ab']],
] as const)('%s %j takes %j and not %j', ([op, value, yes, no]) => {
  const matches = compileMatcher({ name: 'x', op, value })
  expect(yes.filter((text) => !matches(text))).toEqual([])
  expect(no.filter((text) => matches(text))).toEqual([])
})

test('patterns that run without a regex answer as the regex would', () => {
  const piece = fc.constantFrom(
    ...[
      'a',
      'b',
      'ab',
      '.*',
      '.+',
      '|',
      'é',
      '😀',
      '(a|b)',
      '(?:ab|)',
      '(',
      ')',
      '?',
      '*',
      '+',
      '\\.',
      '\\-',
      '^',
      '$',
    ],
    ...['.', '.*?', '[ab]', '{2}', '\\d', '(?i)', 'b?', 'a+', '(?s:a)', '(b)?'],
  )
  const pattern = fc.array(piece, { maxLength: 7 }).map((pieces) => pieces.join(''))
  const char = fc.constantFrom('a', 'b', 'é', '😀', '\n', '.', '-', 'A')
  const text = fc.array(char, { maxLength: 6 }).map((chars) => chars.join(''))
  fc.assert(
    fc.property(
      pattern.filter((one) => regexProblem(one) === undefined),
      text,
      (value, candidate) => {
        expect(compileMatcher({ name: 'x', op: '=~', value })(candidate)).toBe(
          RE2JS.compile(`^(?s:${value})$`).test(candidate),
        )
      },
    ),
    { numRuns: 4_000 },
  )
})

test('a label set has to satisfy all matchers, an absent label as empty text', () => {
  const matches = compileMatchers([
    { name: '__name__', op: '=', value: 'up' },
    { name: 'env', op: '!=', value: 'test' },
    { name: 'zone', op: '=', value: '' },
  ])
  expect(matches(labelsOf({ __name__: 'up' }))).toBe(true)
  expect(matches(labelsOf({ __name__: 'up', env: 'test' }))).toBe(false)
  expect(matches(labelsOf({ __name__: 'up', zone: 'a' }))).toBe(false)
})

test('only alternations of literals have alternatives', () => {
  expect(literalAlternatives('a|b-c')).toEqual(['a', 'b-c'])
  expect(literalAlternatives('a.*|b')).toBeUndefined()
  expect(literalAlternatives('host-(1|2)\\.example:9100')).toEqual(['host-1.example:9100', 'host-2.example:9100'])
  expect(literalAlternatives('^https?$')).toEqual(['https', 'http'])
  expect(literalAlternatives('a\\d')).toBeUndefined()
  expect(literalAlternatives('(a|b|c|d)'.repeat(6))).toBeUndefined()
})

test('what is no regex is told, however plain it looks', () => {
  for (const wrong of ['a(', 'a)', '?a', 'a|*', '(?x)', 'a\\', 'a**', '(a', '[a'])
    expect(regexProblem(wrong)).toBeDefined()
  for (const right of ['a|', '(a|)b?', '^a$|^b.*', 'a\\.b', '.*?a']) expect(regexProblem(right)).toBeUndefined()
})

test('a regex that would take exponential time elsewhere answers at once', () => {
  const start = performance.now()
  expect(compileMatcher({ name: 'x', op: '=~', value: '(a+)+b' })('a'.repeat(5000))).toBe(false)
  expect(performance.now() - start).toBeLessThan(1000)
})
