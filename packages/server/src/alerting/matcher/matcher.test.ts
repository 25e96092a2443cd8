import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { labelsOf } from '@binnacle/promql'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BinnacleError } from '../../config/index.ts'
import { alertmanagerMissing, amtool, type RunningAlertmanager, startAlertmanager } from '../testkit/index.ts'
import { compareMatchers, createMatcher, formatMatchers, matchesAll, parseMatcher, parseMatchers } from './index.ts'

test.for([
  ['', '{}'],
  ['{}', '{}'],
  [' { } ', '{}'],
  ['a=b', '{a="b"}'],
  ['a = b , c!=d,', '{a="b",c!="d"}'],
  ['{a="b",c=~"d|e",f!~"g.*"}', '{a="b",c=~"d|e",f!~"g.*"}'],
  ['{a=b', '{a="b"}'],
  ['a=b}', '{a="b"}'],
  ['alertname=~"a|b"', '{alertname=~"a|b"}'],
  ['severity=~critical|warning', '{severity=~"critical|warning"}'],
  ['a="x\\"y\\\\z\\nq"', '{a="x\\"y\\\\z\\nq"}'],
  ['a="\\d"', '{a="\\\\d"}'],
  ['a=\\d', '{a="\\\\d"}'],
  ['a="\\t"', '{a="\\\\t"}'],
  ['"a b"="c d"', '{"a b"="c d"}'],
  ['"é"=ü', '{é="ü"}'],
  ['a.b=c', '{a.b="c"}'],
  ['"foo\\u0021"=bar', '{"foo!"="bar"}'],
  ['a="b,c"', '{a="b,c"}'],
  ['a=', '{a=""}'],
  ['a=""', '{a=""}'],
  ['a==b', '{a="=b"}'],
  ['__name__:x=1', '{__name__:x="1"}'],
] as const)('%j is read as %s', ([text, canonical]) => {
  expect(formatMatchers(parseMatchers(text))).toBe(canonical)
})

test.for([
  ['a', 'bad matcher format: a', 'end of input: expected an operator'],
  ['a=b,,c=d', 'bad matcher format: ', 'unexpected ,: expected a matcher or close brace after comma'],
  ['a="b', 'matcher value contains unescaped double quote: "b', 'missing end "'],
  ['a=b"c', 'matcher value contains unescaped double quote: b"c', '3:5: "c: missing end "'],
  ['0a=~"("', 'bad matcher format: 0a=~"("', 'failed to create matcher: error parsing regexp'],
  ['a=~"("', 'error parsing regexp: missing closing ): `^(?:()$`', 'failed to create matcher'],
  ['"a=b', 'bad matcher format: "a=b', '0:4: "a=b: missing end "'],
  ['!', 'bad matcher format: !', "expected one of '=~'"],
] as const)('%j is refused in the words of both forms', ([text, message, hint]) => {
  let error: unknown
  try {
    parseMatchers(text)
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(BinnacleError)
  expect((error as BinnacleError).message).toBe(message)
  expect((error as BinnacleError).hint).toContain(hint)
})

test('one matcher is expected where one is asked for', () => {
  expect(parseMatcher('a="b"')).toMatchObject({ name: 'a', kind: '=', value: 'b' })
  expect(() => parseMatcher('{a="b"}')).toThrow('unexpected open or close brace: {a="b"}')
  // The classic form takes the rest of the line for the value.
  expect(parseMatcher('a=b,c=d').value).toBe('b,c=d')
})

test.for([
  ['=', 'x', ['x'], ['', 'y']],
  ['!=', 'x', ['', 'y'], ['x']],
  ['=~', 'a|b', ['a', 'b'], ['', 'ab', 'xa']],
  ['=~', '', [''], ['x']],
  ['=~', 'a.*', ['a', 'ab'], ['xa', 'a\nb']],
  ['=~', '(?s:a.*)', ['a\nb'], ['xa']],
  ['!~', 'a.*', ['', 'xa', 'a\nb'], ['a', 'ab']],
] as const)('%s %j takes %j and not %j', ([kind, value, yes, no]) => {
  const matcher = createMatcher(kind, 'l', value)
  expect(yes.filter((one) => !matcher.matches(labelsOf({ a: 'b', l: one })))).toEqual([])
  expect(no.filter((one) => matcher.matchesValue(one))).toEqual([])
})

test('matchers have to hold all, and have an order', () => {
  const matchers = parseMatchers('b=~"1|2",a!="x",a="x",a="w"')
  expect(formatMatchers([...matchers].sort(compareMatchers))).toBe('{a="w",a="x",a!="x",b=~"1|2"}')
  expect(matchesAll(parseMatchers('b=~"1|2",a!="x"'), labelsOf({ b: '2' }))).toBe(true)
  expect(matchesAll(parseMatchers('b=~"1|2",a!="x"'), labelsOf({ b: '2', a: 'x' }))).toBe(false)
})

test('a text of a million characters is answered at once', () => {
  const start = performance.now()
  for (const text of [
    `a=x${' '.repeat(1_000_000)}y`,
    '{'.repeat(1_000_000),
    `a="${'\\'.repeat(999_999)}`,
    ' '.repeat(1_000_000),
  ])
    try {
      parseMatchers(text)
    } catch (error) {
      expect(error).toBeInstanceOf(BinnacleError)
    }
  expect(performance.now() - start).toBeLessThan(5000)
})

const piece = fc.constantFrom(
  ...[
    'a',
    'b1',
    '_c',
    'é',
    '0',
    '=',
    '=~',
    '!=',
    '!~',
    '!',
    '~',
    ',',
    '{',
    '}',
    '"',
    '"x"',
    '"y z"',
    '\\',
    '\\n',
    '\\"',
  ],
  ...[
    ' ',
    '\t',
    '\n',
    '\u00a0',
    '.',
    '.*',
    '|',
    '(',
    ')',
    '[a]',
    "'",
    '`',
    '\\d',
    '\\u00e9',
    '\\x41',
    'a=b',
    'c="d"',
    ':',
    '-',
    '😀',
  ],
)
const text = fc.oneof(
  fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
  fc
    .tuple(
      fc.constantFrom('a', '"a b"', 'é', '0'),
      fc.constantFrom('=', '!=', '=~', '!~', ' = '),
      fc.array(piece, { maxLength: 4 }),
    )
    .map(([name, op, value]) => `${name}${op}${value.join('')}`),
  fc
    .tuple(fc.constantFrom('a', 'a.b'), fc.array(piece, { maxLength: 4 }))
    .map(([name, value]) => `{${name}="${value.join('')}"}`),
)

describe.skipIf(alertmanagerMissing !== '')(`beside Alertmanager${alertmanagerMissing}`, () => {
  let judge: RunningAlertmanager
  const folder = mkdtempSync(join(tmpdir(), 'binnacle-matchers-'))
  beforeAll(async () => {
    judge = await startAlertmanager()
  })
  afterAll(async () => {
    await judge?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  test('one matcher of a filter is taken or refused with the same words', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (given) => {
        const answer = await fetch(`${judge.url}/api/v2/alerts?filter=${encodeURIComponent(given)}`)
        const body = (await answer.json()) as unknown
        let ours: string | undefined
        try {
          parseMatcher(given)
        } catch (error) {
          ours = (error as Error).message
        }
        // An empty parameter is none at all.
        if (given !== '') expect(answer.ok ? undefined : body).toBe(ours)
      }),
      { numRuns: 1_500 },
    )
  })

  test('lists of a configuration give the same matchers or the same error', async () => {
    const texts = fc.sample(text, 400)
    const said = new Map<string, string | undefined>()
    for (const given of texts) {
      try {
        said.set(given, formatMatchers([...parseMatchers(given)].sort(compareMatchers)))
      } catch (error) {
        said.set(given, `! ${(error as Error).message}`)
      }
    }
    const config = (matchers: readonly string[]) =>
      JSON.stringify({
        route: { receiver: 'none', routes: matchers.map((one) => ({ matchers: [one] })) },
        receivers: [{ name: 'none' }],
      })
    const good = [...said].filter(([, ours]) => !ours?.startsWith('! '))
    expect(good.length).toBeGreaterThan(30)
    const bad = [...said].filter(([, ours]) => ours?.startsWith('! '))
    expect(bad.length).toBeGreaterThan(30)
    writeFileSync(join(folder, 'good.yml'), config(good.map(([given]) => given)))
    const shown = await amtool(['config', 'routes', 'show', `--config.file=${join(folder, 'good.yml')}`])
    expect(shown.code).toBe(0)
    for (const [given, ours] of good) {
      const line = ours === '{}' ? 'default-route' : `── ${ours}  receiver: none`
      expect(shown.stdout, JSON.stringify(given)).toContain(line)
    }
    bad.forEach(([given], i) => {
      writeFileSync(join(folder, `bad${i}.yml`), config([given]))
    })
    const refused = await amtool(['check-config', ...bad.map((_, i) => join(folder, `bad${i}.yml`))])
    bad.forEach(([given, ours], i) => {
      const from = refused.stdout.indexOf(`bad${i}.yml'`)
      const to = refused.stdout.indexOf('Checking ', from)
      const said = refused.stdout.slice(from, to < 0 ? undefined : to)
      expect(said, JSON.stringify(given)).toContain('FAILED')
      expect(said, JSON.stringify(given)).toContain(ours?.slice(2))
    })
  })
})
