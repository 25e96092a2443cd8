import { describe, expect, test } from 'vitest'
import { createReferences, TemplateError } from './index.ts'

const of = (text: string, ...files: { name: string; text: string }[]) =>
  createReferences(files)
    .of(text)
    .map(
      ({ names, isTested, template, line, column }) =>
        `${template}:${line}:${column} ${names.join('.')}${isTested ? ' tested' : ''}`,
    )

describe('what a text asks for', () => {
  test.for<[string, string[]]>([
    ['no template', []],
    ['{{ .Status }}', [':1:4 Status']],
    ['a\n {{ .CommonLabels.severity | toUpper }}', [':2:5 CommonLabels.severity']],
    ['{{ nobodyKnows .A.B }}', [':1:16 A.B']],
    ['{{ index .Labels "a b" }}', [':1:10 Labels.a b']],
    ['{{ index .Alerts 0 }}', [':1:10 Alerts']],
    ['{{ (index .Alerts 0).Labels.job }}', [':1:11 Alerts', ':1:21 Labels.job']],
    [
      '{{ range .Alerts }}{{ .Labels.job }}{{ else }}{{ .Status }}{{ end }}',
      [':1:10 Alerts', ':1:23 Labels.job', ':1:50 Status'],
    ],
    [
      '{{ range $i, $a := .Alerts }}{{ $a.Labels.job }}{{ $.Status }}{{ $a }}{{ end }}',
      [':1:20 Alerts', ':1:33 Labels.job', ':1:52 Status'],
    ],
    ['{{ if .A.B }}{{ .A.B }}{{ end }}', [':1:7 A.B tested', ':1:17 A.B']],
    ['{{ if eq .A "x" }}{{ end }}', [':1:10 A tested']],
    ['{{ with .A }}{{ . }}{{ end }}', [':1:9 A tested']],
    ['{{ or .A .B }}', [':1:7 A tested', ':1:10 B tested']],
    ['{{ printf "%s" (join "," .A) }}', [':1:26 A']],
    ['{{ define "x" }}{{ .A }}{{ end }}{{ .B }}', [':1:37 B']],
    ['{{ define "x" }}{{ .A }}{{ end }}{{ template "x" .B }}', [':1:50 B', ':1:20 A']],
  ])('%s', ([text, found]) => {
    expect(of(text)).toEqual(found)
  })
})

test('definitions are followed through files, each once', () => {
  const files = [
    { name: 'old.tmpl', text: '{{ define "a" }}{{ .Old }}{{ end }}' },
    {
      name: 'new.tmpl',
      text: '{{ define "a" }}\n{{ .New }}{{ template "b" . }}{{ end }}{{ define "b" }}{{ .B }}{{ template "a" . }}{{ end }}',
    },
  ]
  expect(of('{{ template "a" . }}{{ template "gone" . }}', ...files)).toEqual(['new.tmpl:2:4 New', 'new.tmpl:2:59 B'])
  expect(Object.fromEntries(createReferences(files).calls)).toEqual({
    a: new Set(['b']),
    b: new Set(['a']),
    'old.tmpl': new Set(),
    'new.tmpl': new Set(),
  })
})

test('what does not parse is told with its place', () => {
  expect(() => of('{{ if }}')).toThrow(TemplateError)
  expect(() => of('', { name: 'a.tmpl', text: '{{' })).toThrow(TemplateError)
})
