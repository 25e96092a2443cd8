import { expect, test } from 'vitest'
import { valueText } from './alert-text.ts'
import { addMatcher, formatMatcher, parseMatcher, parseMatchers } from './matcher-text.ts'
import { safeUrl } from './safe-url.ts'
import { toneOfState } from './transition-words.tsx'

test.for([
  ['a="b"', { name: 'a', kind: '=', value: 'b' }],
  ['a =~ "x|y"', { name: 'a', kind: '=~', value: 'x|y' }],
  ['a!=b', { name: 'a', kind: '!=', value: 'b' }],
  ['a!~"say \\"x\\"\\n"', { name: 'a', kind: '!~', value: 'say "x"\n' }],
  ['"my label"="b"', { name: 'my label', kind: '=', value: 'b' }],
  ['a=""', { name: 'a', kind: '=', value: '' }],
  ['a', undefined],
  ['="b"', undefined],
  ['a="b" x', undefined],
] as const)('the matcher %s is read', ([text, matcher]) => {
  expect(parseMatcher(text)).toEqual(matcher)
  if (matcher !== undefined) expect(parseMatcher(formatMatcher(matcher))).toEqual(matcher)
})

test('commas part matchers, but not inside of quotes', () => {
  expect(parseMatchers('{a="x,y", b=~"p|q",}')?.map(formatMatcher)).toEqual(['a="x,y"', 'b=~"p|q"'])
  expect(parseMatchers('a="b", nonsense')).toBeUndefined()
})

test.for([
  ['', 'a="b"'],
  ['c="d"', 'c="d", a="b"'],
  ['{c="d",}', 'c="d", a="b"'],
  ['a="b"', 'a="b"'],
] as const)('a chip added to the filter "%s" gives %s', ([filter, text]) =>
  expect(addMatcher(filter, { name: 'a', kind: '=', value: 'b' })).toBe(text),
)

test.for([
  ['https://wiki.example.com/x', 'https://wiki.example.com/x'],
  ['javascript:alert(1)', undefined],
  ['data:text/html,x', undefined],
  ['/relative', undefined],
  [undefined, undefined],
] as const)('the link %s leads to %s', ([text, url]) => expect(safeUrl(text)).toBe(url))

test('a value is told with the bound that it broke, in the unit of the query', () => {
  const measured = 'rate(errors_total[5m]) / rate(requests_total[5m])'
  expect(valueText('0.0231', { measured, limits: [{ op: '>', value: 0.01 }], partial: false })).toBe(
    '2.3\u202f% (fires above 1\u202f%)',
  )
  expect(valueText('0', { measured: 'up', limits: [{ op: '==', value: 0 }], partial: false })).toBe('0 (fires at 0)')
  expect(valueText('NaN', undefined)).toBe('NaN')
  expect(valueText(undefined, undefined)).toBe('')
})

test.for([
  ['firing', 'critical', 'critical'],
  ['firing', '', 'warning'],
  ['firing', 'none', 'unknown'],
  ['pending', 'critical', 'info'],
  ['inactive', 'critical', 'ok'],
] as const)('%s of severity "%s" has the tone %s', ([state, severity, tone]) =>
  expect(toneOfState(state, severity)).toBe(tone),
)
