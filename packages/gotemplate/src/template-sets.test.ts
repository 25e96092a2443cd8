import { describe, expect, test } from 'vitest'
import {
  alertmanagerData,
  alertmanagerDefaults,
  alertmanagerFunctions,
  compileText,
  createRuleTemplates,
  FunctionError,
  list,
  map,
  type PlainValue,
  parseTemplates,
  stringMap,
  type TemplateError,
  type Value,
  zoneNamed,
} from './index.ts'
import { notificationValue } from './testkit/notification.ts'
import { ANY, STRING } from './values/index.ts'

const functions = alertmanagerFunctions({ now: () => Date.parse('2024-05-01T12:00:00Z') })
const files = [
  ...alertmanagerDefaults,
  {
    name: 'a.tmpl',
    text: '{{ define "__subject" }}MINE {{ .Status }}{{ end }}\n{{ define "team.text" }}{{ template "__subject" . }}!{{ end }}',
  },
  {
    name: 'b.tmpl',
    text: 'top {{ define "team.text" }}B{{ end }}\n{{ define "bad" }}\n  {{ .Nope }}{{ end }}{{ define "__subject" }}  {{/* nothing */}} {{ end }}',
  },
]
const data = notificationValue('firing')

function failureOf(run: () => unknown): TemplateError {
  try {
    run()
  } catch (error) {
    return error as TemplateError
  }
  throw new Error('no error')
}

describe('files are parsed into one set, as amtool parses them', () => {
  const set = parseTemplates(files, { functions })
  test.for([
    [
      'a later definition replaces an earlier one, where defaults use it too',
      '{{ template "slack.default.title" . }}',
      'MINE firing',
    ],
    ['of two files the last one wins', '{{ template "team.text" . }}', 'B'],
    ['an empty definition replaces nothing', '{{ template "__subject" . }}', 'MINE firing'],
    ['a file is a definition of its text outside definitions', '{{ template "b.tmpl" . }}', 'top \n'],
    ['definitions in a text win in it', '{{ define "team.text" }}here{{ end }}{{ template "team.text" . }}', 'here'],
  ] as const)('%s', ([, text, expected]) => {
    expect(set.compileText('', text).execute(data)).toBe(expected)
  })

  test('definitions in a text hold for it alone', () => {
    set.compileText('', '{{ define "team.text" }}here{{ end }}')
    expect(set.execute('team.text', data)).toBe('B')
    expect(set.has('team.text')).toBe(true)
    expect(set.names).toContain('slack.default.fallback')
  })

  test('errors name the file in which the fault stands', () => {
    const error = failureOf(() => set.compileText('', '{{ template "bad" . }}').execute(data))
    expect(error).toMatchObject({ template: 'b.tmpl', line: 3, column: 6, kind: 'execute' })
    expect(error.message).toBe(
      'template: b.tmpl:3:5: executing "bad" at <.Nope>: can\'t evaluate field Nope in type template.Data',
    )
    const broken = failureOf(() =>
      parseTemplates([...files, { name: 'd.tmpl', text: 'a\n\n{{ nope }}' }], { functions }),
    )
    expect(broken).toMatchObject({ template: 'd.tmpl', line: 3, column: 4, kind: 'parse' })
    expect(broken.message).toBe('template: d.tmpl:3: function "nope" not defined')
    expect(broken.reason).toBe('function "nope" not defined')
  })

  test('a name that is not there is an error', () => {
    expect(failureOf(() => set.execute('nope', data)).message).toBe('template: no template "nope"')
  })
})

test.for([
  ['zero', '{{ .s.nope }}|{{ .a.nope }}', '|<no value>'],
  ['default', '{{ .s.nope }}|{{ .a.nope }}', '<no value>|<no value>'],
  ['error', '{{ .s.nope }}', 'map has no entry for key "nope"'],
  ['error', '{{ .a.nope }}', 'map has no entry for key "nope"'],
] as const)('with missingKey %s, %s gives %s', ([missingKey, text, expected]) => {
  const values = map(
    new Map<string, Value>([
      ['s', stringMap({ x: 'y' })],
      ['a', map(new Map())],
    ]),
  )
  const template = compileText('t', text, { missingKey })
  if (missingKey === 'error') expect(failureOf(() => template.execute(values)).reason).toBe(expected)
  else expect(template.execute(values)).toBe(expected)
})

test('plain data is taken as JSON has it', () => {
  const render = (text: string, values: PlainValue) => compileText('t', text).execute(values)
  const nested = { a: 1.5, b: 'x', c: [1, 'y', null, true], d: { e: {} } }
  expect(render('{{ . }}', nested)).toBe('map[a:1.5 b:x c:[1 y <nil> true] d:map[e:map[]]]')
  expect(render('{{ printf "%T %T" .n .f }} {{ eq .n 5 }}', { n: 5n, f: 5 })).toBe('int float64 true')
  expect(render('{{ . }}', null)).toBe('<no value>')
  expect(render('{{ . | len }}', 'text')).toBe('4')
  expect(render('{{ range . }}{{ . }},{{ end }}', list([1n, 2n]))).toBe('1,2,')
})

test('functions of the caller are called with checked arguments, and may refuse them', () => {
  const own = {
    shout: { params: [STRING], call: ([text]: readonly Value[]) => `${text as string}!` },
    count: { params: [], rest: ANY, call: (args: readonly Value[]) => BigInt(args.length) },
    refuse: {
      params: [],
      call: () => {
        throw new FunctionError('not today')
      },
    },
    broken: {
      params: [],
      call: () => {
        throw new TypeError('a bug')
      },
    },
  }
  const render = (text: string) => compileText('t', text, { functions: own }).execute({})
  expect(render('{{ shout "a" | shout }} {{ count 1 nil "x" }}')).toBe('a!! 3')
  expect(() => render('{{ shout 1 }}')).toThrow('template: t:1:9: executing "t" at <1>: expected string; found 1')
  expect(() => render('{{ refuse }}')).toThrow(
    'template: t:1:3: executing "t" at <refuse>: error calling refuse: not today',
  )
  expect(() => render('{{ broken }}')).toThrow(TypeError)
})

// Functions that Alertmanager 0.33 lacks, after the sources of 0.34.
test.for([
  ['{{ base64encode "a?b~é" }} {{ base64decode "YT9ifsOp" }} {{ base64encode "" }}|', 'YT9ifsOp a?b~é |'],
  [
    '{{ base64encode "a" }} {{ base64encode "ab" }} {{ base64decode "YQ==" }} {{ base64decode "YWI=" }}',
    'YQ== YWI= a ab',
  ],
  ['{{ toDate "2006-01-02 15:04" "2024-02-29 13:14" }}', '2024-02-29 13:14:00 +0000 UTC'],
  ['{{ toDate "2006-01-02" "nope" }}', '0001-01-01 00:00:00 +0000 UTC'],
  ['{{ (mustToDate "Jan _2 2006 3:04PM -07:00" "Mar  7 2023 4:05PM +02:00").UTC }}', '2023-03-07 14:05:00 +0000 UTC'],
  ['{{ (mustToDate "2006-01-02T15:04:05Z07:00" "2023-03-07T01:02:03.5Z").Unix }}', '1678150923'],
  ['{{ (mustToDate "Monday, 02-Jan-06 15:04:05 MST" "Tuesday, 07-Mar-23 01:02:03 UTC").YearDay }}', '66'],
  ['{{ (mustToDate "2006 002" "2024 366").Format "01-02" }}', '12-31'],
  ['{{ since (toDate "2006-01-02" "2024-05-01") }} {{ now }}', '12h0m0s 2024-05-01 12:00:00 +0000 UTC'],
  ['{{ (.CommonLabels.Names.Join "-") }}', 'alertname-cluster-severity-team'],
  ['{{ routeLabels "nope" }}|', '|'],
] as const)('%s gives %s', ([text, expected]) => {
  expect(parseTemplates([], { functions }).compileText('', text).execute(data)).toBe(expected)
})

test.for([
  ['{{ mustToDate "2006-01-02" "2024-13-01" }}', 'parsing time "2024-13-01": month out of range'],
  ['{{ mustToDate "2006-01-02" "2023-02-29" }}', 'parsing time "2023-02-29": day out of range'],
  ['{{ mustToDate "2006-01-02" "2024-01-01x" }}', 'parsing time "2024-01-01x": extra text: "x"'],
  ['{{ mustToDate "2006-01-02" "x" }}', 'parsing time "x" as "2006-01-02": cannot parse "x" as "2006"'],
  ['{{ mustToDate "15:04" "25:00" }}', 'parsing time "25:00": hour out of range'],
  ['{{ base64decode "!" }}', 'illegal base64 data at input byte 0'],
] as const)('%s fails: %s', ([text, expected]) => {
  const error = failureOf(() => parseTemplates([], { functions }).compileText('', text).execute(data))
  expect(error.reason.replace(/^error calling \w+: /, '')).toBe(expected)
})

test.for([
  ['{{ toUper "x" }}', 'did you mean toUpper?'],
  ['{{ .Alert }}', 'did you mean .Alerts?'],
  ['{{ (index .Alerts 0).Anotations }}', 'did you mean .Annotations?'],
  ['{{ .commonlabels }}', 'did you mean .CommonLabels?'],
  ['{{ (index .Alerts 0).StartsAt.format "2006" }}', 'did you mean .Format?'],
  ['{{ gt (len .Alerts) 1.0 }}', 'a float is compared with a float: write the number with a point, such as 10.0'],
  ['{{ .Entirely }}', undefined],
  ['{{ entirely }}', undefined],
] as const)('%s fails with the hint %s', ([text, hint]) => {
  const error = failureOf(() => parseTemplates([], { functions }).compileText('', text).execute(data))
  expect(error.hint).toBe(hint)
})

test('a rule that calls a function of notifications is told so', () => {
  const error = failureOf(() => createRuleTemplates({ externalURL: '' }).compile('A', '{{ date "2006" 1 }}'))
  expect(error).toMatchObject({ line: 1, column: 4, hint: 'date is a function of notifications, not of rules' })
})

test('labels of a route are told by name where there are some', () => {
  const value = alertmanagerData({
    receiver: 'r',
    status: 'firing',
    alerts: [],
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: '',
    routeLabels: { team: 'db' },
  })
  const set = parseTemplates([], { functions })
  expect(set.compileText('', '{{ routeLabels "team" }} {{ .RouteLabels.team }}').execute(value)).toBe('db db')
})

test('times print in the zone of the host where a template asks for it', () => {
  const local = zoneNamed('Europe/Berlin')!
  const set = parseTemplates([], { functions, local })
  const text = '{{ with (index .Alerts 0).StartsAt }}{{ . }} {{ .Local }} {{ tz "Local" . }}{{ end }}'
  expect(set.compileText('', text).execute(data)).toBe(
    '2024-05-01 10:00:00.123 +0000 UTC 2024-05-01 12:00:00.123 +0200 CEST 2024-05-01 12:00:00.123 +0200 CEST',
  )
})
