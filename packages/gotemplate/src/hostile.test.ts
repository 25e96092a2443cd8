// Templates that want too much, or that nobody meant: they end in time, with an error that names the limit or the place.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  alertmanagerDefaults,
  alertmanagerFunctions,
  compileText,
  createRuleTemplates,
  type ExecuteOptions,
  parseTemplates,
  TemplateError,
} from './index.ts'
import { notificationValue } from './testkit/notification.ts'
import { randomTemplate, randomText } from './testkit/random-templates.ts'

const functions = alertmanagerFunctions({ now: () => 0 })
const text = parseTemplates(alertmanagerDefaults, { functions })
const html = parseTemplates(alertmanagerDefaults, { functions, html: true })
const data = notificationValue('firing')
const small = { maxSteps: 100_000, maxOutputBytes: 100_000, maxDepth: 50 } as const

function errorOf(template: string, options: ExecuteOptions = small): TemplateError {
  try {
    text.compileText('t', template).execute(data, options)
  } catch (error) {
    if (error instanceof TemplateError) return error
    throw error
  }
  throw new Error(`no error: ${template}`)
}

const million = '{{ range 1000000 }}'
const doubling = '{{ $x := "0123456789" }}{{ range 40 }}{{ $x = printf "%s%s" $x $x }}{{ end }}{{ len $x }}'

test.for([
  ['an endless loop', `${million}${million}{{ end }}{{ end }}`, 'maxSteps'],
  ['an endless loop over nothing', '{{ range 9223372036854775807 }}{{ end }}', 'maxSteps'],
  ['much output', `${million}0123456789{{ end }}`, 'maxOutputBytes'],
  ['much output of three bytes a character', `{{ range 40000 }}日{{ end }}`, 'maxOutputBytes'],
  ['a text that doubles', doubling, 'maxOutputBytes'],
  ['a width without measure', '{{ printf "%1000000d" 1 }}', 'maxOutputBytes'],
  ['a width from outside', '{{ printf "%*d" 900000 1 }}', 'maxOutputBytes'],
  ['many widths', '{{ range 1000 }}{{ $x := printf "%90000d" 1 }}{{ end }}', 'maxSteps'],
  ['a list in itself', '{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ $x }}', 'maxOutputBytes'],
  [
    'a list in itself as JSON',
    '{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ toJson $x }}',
    'maxOutputBytes',
  ],
  ['a deep list', '{{ $x := list 1 }}{{ range 5000 }}{{ $x = list $x }}{{ end }}{{ $x }}', 'maxDepth'],
  ['a deep list as JSON', '{{ $x := list 1 }}{{ range 5000 }}{{ $x = list $x }}{{ end }}{{ toJson $x }}', 'maxDepth'],
  ['a template that calls itself', '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}', 'maxDepth'],
  [
    'replacements that grow',
    '{{ $x := "aaaaaaaaaa" }}{{ range 20 }}{{ $x = reReplaceAll "a" "aaaaaaaaaa" $x }}{{ end }}',
    'maxOutputBytes',
  ],
  ['join with a long separator', '{{ join (printf "%90000d" 1) (stringSlice "a" "b" "c") }}', 'maxOutputBytes'],
  [
    'a list that grows',
    '{{ $x := list 1 }}{{ range 100000 }}{{ $x = append $x 1 2 3 4 5 6 7 8 }}{{ end }}',
    'maxSteps',
  ],
  [
    'regexes over long texts',
    '{{ $x := printf "%90000d" 1 }}{{ range 10000 }}{{ if match "(a|b)+c$" $x }}{{ end }}{{ end }}',
    'maxSteps',
  ],
] as const)('%s ends with the limit %s', ([, template, limit]) => {
  const began = performance.now()
  const error = errorOf(template)
  expect(error.kind).toBe('limit')
  expect(error.limit).toBe(limit)
  expect(error.message).toContain(`limit ${limit}`)
  expect(error.line).toBe(1)
  expect(performance.now() - began).toBeLessThan(10_000)
})

test('limits count bytes exactly', () => {
  const execute = (template: string, maxOutputBytes: number) =>
    compileText('', template).execute({}, { maxOutputBytes })
  expect(execute('12345日', 8)).toBe('12345日')
  expect(() => execute('12345日x', 8)).toThrow(/larger than 8 bytes/)
  expect(execute('{{ range 10 }}ab{{ end }}', 20)).toHaveLength(20)
  expect(() => execute('{{ range 11 }}ab{{ end }}', 20)).toThrow(/maxOutputBytes/)
})

test.for([
  ['parentheses', `{{ ${'('.repeat(100_000)}1${')'.repeat(100_000)} }}`],
  ['blocks', `${'{{ if true }}'.repeat(100_000)}${'{{ end }}'.repeat(100_000)}`],
  ['else-ifs', `{{ if true }}${'{{ else if true }}'.repeat(100_000)}{{ end }}`],
] as const)('%s nested without end are refused', ([, template]) => {
  expect(errorOf(template)).toMatchObject({ kind: 'limit', limit: 'maxNesting' })
})

test('long chains, pipes and lists of arguments are no nesting', () => {
  const execute = (template: string) => text.compileText('', template).execute(data)
  expect(execute(`{{ "a"${' | print'.repeat(20_000)} }}`)).toBe('a')
  expect(execute(`{{ len (list${' 1'.repeat(20_000)}) }}`)).toBe('20000')
  expect(() => execute(`{{ ${'.a'.repeat(20_000)} }}`)).toThrow(/can't evaluate field a/)
  expect(execute('{{ "x" }}'.repeat(20_000))).toHaveLength(20_000)
})

test('random templates and texts render or fail with a place, as text and as HTML', () => {
  fc.assert(
    fc.property(fc.oneof(randomTemplate, randomText), fc.boolean(), (template, asHtml) => {
      try {
        ;(asHtml ? html : text).compileText('t', template).execute(data, small)
      } catch (error) {
        expect(error).toBeInstanceOf(TemplateError)
        const { line, column, offset, template: name, message, reason } = error as TemplateError
        expect(message).toMatch(/^(html\/)?template:/)
        expect(reason.length).toBeGreaterThan(0)
        if (name !== 't') return
        expect(offset).toBeGreaterThanOrEqual(0)
        expect(offset).toBeLessThanOrEqual(template.length)
        const before = template.slice(0, offset).split('\n')
        expect([line, column]).toEqual([before.length, before.at(-1)!.length + 1])
      }
    }),
    { numRuns: 3000 },
  )
})

test('random texts of rules render or fail with a place within the text', () => {
  const rules = createRuleTemplates({ externalURL: 'http://x', query: () => [{ labels: { a: 'b' }, value: 1 }] })
  fc.assert(
    fc.property(fc.oneof(randomTemplate, randomText), (template) => {
      try {
        expect(typeof rules.compile('A', template)([['a', 'b']], 1.5, 0)).toBe('string')
      } catch (error) {
        expect(error).toBeInstanceOf(TemplateError)
        const { line, column, offset } = error as TemplateError
        expect(offset).toBeLessThanOrEqual(template.length)
        const before = template.slice(0, offset).split('\n')
        expect([line, column]).toEqual([before.length, before.at(-1)!.length + 1])
      }
    }),
    { numRuns: 1500 },
  )
})

test('the same data renders the same text, and is not changed by it', () => {
  fc.assert(
    fc.property(randomTemplate, (template) => {
      const render = () => {
        try {
          return text.compileText('t', template).execute(data, small)
        } catch (error) {
          return (error as Error).message
        }
      }
      expect(render()).toBe(render())
    }),
    { numRuns: 300 },
  )
})

test('no value opens a tag, ends an attribute or changes the scheme of a link', () => {
  const template = compileText(
    't',
    '<p title="{{ .x }}" style="color: {{ .x }}">{{ .x }}</p><a href="{{ .x }}" data-x=\'{{ .x }}\'>{{ .x }}</a><a href="/a?b={{ .x }}">x</a><title>{{ .x }}</title><script>let a = {{ .x }}; let b = "{{ .x }}"; let c = `{{ .x }}`; let d = /{{ .x }}/</script><img alt={{ .x }}>',
    { html: true },
  )
  const piece = fc.constantFrom(
    ...[
      '<',
      '>',
      '"',
      "'",
      '&',
      '<script>',
      '</script>',
      '</title>',
      'javascript:',
      'data:',
      ' ',
      '\n',
      '=',
      '`',
      '\\',
      '/*',
      '-->',
      '<!--',
    ],
    ...['expression(', 'url(', ';', '}', 'onload=', 'a', '1', '\0', 'é', '😀', '%00', '&lt;', '\u2028', '${'],
  )
  // The value in the script is JSON, whose quotes are escaped.
  const inScript = /let a = ([\s\S]*); let b/
  const shape = (html: string) => html.replace(inScript, '').replace(/[^<>"']/g, '').length
  const plain = template.execute({ x: 'a' }) as string
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), (pieces) => {
      const out = template.execute({ x: pieces.join('') }) as string
      expect(shape(out)).toBe(shape(plain))
      expect(JSON.parse(inScript.exec(out)![1]!)).toBe(pieces.join(''))
      expect(out).not.toMatch(/href="\s*(javascript|data):/i)
      expect(out.match(/<\/script>/g)).toHaveLength(1)
      expect(out).toMatch(/let c = `[^`$]*`; let d = \/[\w\\]*\/<\/script>/)
    }),
    { numRuns: 1000 },
  )
})
