import { expect, test } from 'vitest'
import {
  alertmanagerData,
  alertmanagerDataInSlices,
  alertmanagerDefaults,
  alertmanagerFunctions,
} from '../alertmanager/index.ts'
import { TemplateError } from '../template-error.ts'
import { parseTemplates, type TemplateFunction } from './index.ts'

const plain = {
  receiver: 'r',
  status: 'firing',
  alerts: Array.from({ length: 700 }, (_, i) => ({
    status: i % 3 === 0 ? 'resolved' : 'firing',
    labels: { alertname: 'Down', unit: `u<${i}>`, zone: `z${i % 7}` },
    annotations: { summary: `${i} is down` },
    startsAtMs: 1_700_000_000_000 + i,
    generatorURL: `http://prometheus/${i}`,
    fingerprint: String(i),
  })),
  groupLabels: { alertname: 'Down' },
  commonLabels: { alertname: 'Down' },
  commonAnnotations: {},
  externalURL: 'http://b',
}
const data = alertmanagerData(plain)
const slowly: TemplateFunction = {
  params: [],
  call: (_, context) => context.wait('k', () => Promise.resolve('waited')),
}

const texts: readonly (readonly [name: string, text: string])[] = [
  ['default text of a chat', '{{ template "slack.default.text" . }}{{ template "__text_alert_list" .Alerts.Firing }}'],
  ['default mail', '{{ template "email.default.html" . }}'],
  [
    'break, continue, with, variables',
    `{{ range $i, $a := .Alerts }}{{ if eq $i 650 }}{{ break }}{{ end }}{{ if eq .Status "resolved" }}{{ continue }}{{ end }}{{ with .Labels }}{{ range .SortedPairs }}{{ .Name }}={{ .Value }} {{ end }}{{ end }}{{ $a.Fingerprint }}{{ else }}nothing{{ end }}{{ .Receiver }}`,
  ],
  [
    'a map and a number',
    '{{ range $k, $v := .CommonLabels }}{{ range $.Alerts }}{{ $k }}{{ $v }}{{ .Fingerprint }}{{ end }}{{ end }}{{ range 2000 }}{{ . }}{{ end }}',
  ],
  [
    'an empty list',
    '{{ range .CommonAnnotations.SortedPairs }}x{{ else }}{{ range .Alerts }}{{ .StartsAt }}{{ end }}{{ end }}',
  ],
  [
    'a function that waits',
    '{{ range .Alerts }}{{ .Fingerprint }}{{ end }}{{ slowly }}{{ range .Alerts }}{{ .Status }}{{ end }}',
  ],
]

test.for([false, true])('what is made in slices is what is made in one go (HTML %s)', async (html) => {
  const set = parseTemplates(alertmanagerDefaults, {
    html,
    functions: { ...alertmanagerFunctions({ now: () => 0 }), slowly },
  })
  for (const [name, text] of texts) {
    const template = set.compileText('', text)
    let pauses = 0
    let inside = false
    const sliced = await template.executeInSlices(data, () => {
      expect(inside).toBe(false)
      inside = true
      pauses++
      return Promise.resolve().then(() => {
        inside = false
      })
    })
    expect(sliced, name).toBe(await template.execute(data))
    expect(sliced.length, name).toBeGreaterThan(1000)
    expect(pauses, name).toBeGreaterThan(1)
  }
})

test('errors and limits are the same in slices, place and all', async () => {
  const set = parseTemplates([], { functions: alertmanagerFunctions({ now: () => 0 }) })
  for (const [text, options] of [
    ['{{ range $i, $a := .Alerts }}\n{{ if eq $i 600 }}{{ .Nope }}{{ end }}{{ end }}', {}],
    ['{{ define "deep" }}{{ range .Alerts }}{{ template "none" . }}{{ end }}{{ end }}{{ template "deep" . }}', {}],
    ['{{ range .Alerts }}{{ range $.Alerts }}{{ .Status }}{{ end }}{{ end }}', { maxSteps: 5000 }],
    ['{{ range .Alerts }}{{ .Labels }}{{ end }}', { maxOutputBytes: 5000 }],
    ['{{ define "a" }}{{ range .Alerts }}{{ template "a" $ }}{{ end }}{{ end }}{{ template "a" . }}', { maxDepth: 20 }],
  ] as const) {
    const template = set.compileText('t', text)
    const thrown = (() => {
      try {
        return template.execute(data, options)
      } catch (error) {
        return error
      }
    })()
    expect(thrown).toBeInstanceOf(TemplateError)
    const rejected: unknown = await template.executeInSlices(data, () => undefined, options).catch((error) => error)
    expect(rejected).toEqual(thrown)
    expect(rejected).toMatchObject({ line: (thrown as TemplateError).line, column: (thrown as TemplateError).column })
  }
})

test('data made in slices are the same data', async () => {
  let pauses = 0
  const made = await alertmanagerDataInSlices(plain, () => {
    pauses++
    return undefined
  })
  expect(pauses).toBe(plain.alerts.length)
  expect(made).toEqual(data)
})
