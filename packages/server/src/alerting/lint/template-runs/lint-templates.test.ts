import { describe, expect, test } from 'vitest'
import { checkPrometheusConfig } from '../../../metrics/intake/prometheus-config/index.ts'
import { checkRuleFile } from '../../../rules/rule-file/index.ts'
import { checkAlertmanagerConfig } from '../../config/index.ts'
import { alertFactsOf, lintDefinitions, lintTemplates, type Sending } from '../index.ts'

type Given = {
  readonly rules?: string
  readonly files?: Readonly<Record<string, string>>
  readonly environment?: Readonly<Record<string, string>>
  readonly externalLabels?: Readonly<Record<string, string>>
  readonly relabelRules?: Sending['relabelRules']
  readonly escalated?: readonly string[]
}

/** `file:line:column check message`, of all findings. */
async function lint(text: string, given: Given = {}): Promise<string[]> {
  const checked = checkAlertmanagerConfig(text, 'am.yml', { environment: given.environment ?? {} })
  if (checked.errors.length > 0) throw new Error(checked.errors.map(({ message }) => message).join('\n'))
  const ruleFile = given.rules === undefined ? undefined : checkRuleFile(given.rules, 'rules.yml').ruleFile
  if (given.rules !== undefined && ruleFile === undefined) throw new Error('bad rules')
  const found = await lintTemplates(text, checked, {
    files: Object.entries(given.files ?? {}).map(([path, content]) => ({ path, text: content })),
    alerts:
      ruleFile &&
      alertFactsOf(
        [ruleFile],
        given.externalLabels && [{ externalLabels: given.externalLabels, relabelRules: given.relabelRules ?? [] }],
      ),
    escalated: given.escalated,
    nowMs: 1_700_000_000_000,
  })
  return found.map(
    ({ check, place, message }) => `${place.file}:${place.line}:${place.column} ${check.slice(10)} ${message}`,
  )
}

const RULES = `
groups:
- name: a
  rules:
  - alert: Down
    expr: up == 0
    labels: {severity: warning}
    annotations: {summary: '{{ $labels.instance }} is down'}
  - alert: Errors
    expr: sum by (job) (rate(errors_total[5m])) > 3
    labels: {severity: critical}
    annotations: {summary: Errors, description: '{{ $labels.job }} has errors'}
`

/** A Slack receiver with a title; its texts begin in line 7. */
const slack = (...lines: string[]) =>
  [
    'route: {receiver: a, group_by: [alertname]}',
    'receivers:',
    '- name: a',
    '  slack_configs:',
    '  - api_url: https://h/x',
    '    channel: c',
    ...lines.map((line) => `    ${line}`),
    '',
  ].join('\n')

describe('texts that fail', () => {
  test.for<[string, string[], string[]]>([
    [
      'a field that notifications do not have',
      [`title: 'x {{ .Statuss }}'`],
      [`am.yml:7:18 template_runs the text cannot be filled in: can't evaluate field Statuss in type template.Data`],
    ],
    [
      'a place in a block',
      ['text: |', '  first', '  {{ range .Alerts }}{{ .Label.x }}{{ end }}'],
      [`am.yml:9:35 template_runs the text cannot be filled in: can't evaluate field Label in type template.Alert`],
    ],
    [
      'a definition that is not there',
      [`title: '{{ template "nope" . }}'`],
      ['am.yml:7:25 template_runs the text cannot be filled in: template "nope" not defined'],
    ],
    [
      'when the alert has ended only',
      ['send_resolved: true', `title: 'x {{ if eq .Status "resolved" }}{{ .Nope }}{{ end }}'`],
      [
        `am.yml:8:48 template_runs the text cannot be filled in when an alert has ended: can't evaluate field Nope in type template.Data`,
      ],
    ],
    ['ended alerts that are not told', [`title: 'x {{ if eq .Status "resolved" }}{{ .Nope }}{{ end }}'`], []],
    [
      'a format that does not fit',
      [`title: 'n {{ printf "%d" .Status }}'`],
      ['am.yml:7:15 template_runs the text becomes "n %!d(string=firing)"'],
    ],
    [
      'a value that is not there',
      [`title: 'n {{ (dict "a" 1).b }}'`],
      ['am.yml:7:15 template_runs the text becomes "n <no value>"'],
    ],
    [
      'all fields, not the first only',
      [`title: '{{ .A }}'`, `text: '{{ .B }}'`, `fields: [{title: '{{ .C }}', value: v}]`, `footer: '{{ .D }}'`],
      ['7:16', '8:15', '9:26', '10:17'].map((at) => expect.stringContaining(`am.yml:${at} template_runs`)),
    ],
  ])('%s', async ([, lines, found]) => {
    expect(await lint(slack(...lines))).toEqual(found)
  })

  test('a limit that is met', async () => {
    const files = { 'a.tmpl': '{{ define "x" }}\n{{ template "x" . }}{{ end }}{{ define "y" }}{{ .Status }}{{ end }}' }
    expect(await lint(slack(`title: '{{ template "x" . }}'`, `text: '{{ template "y" . }}'`), { files })).toEqual([
      expect.stringMatching(/^a\.tmpl:2:13 template_runs the text cannot be filled in for "a": .*maxDepth/),
    ])
    expect(await lint(slack(`title: '{{ range 100000 }}{{ range 100000 }}{{ end }}{{ end }}'`))).toEqual([
      expect.stringMatching(/^am\.yml:7:\d+ template_runs the text cannot be filled in: .*maxSteps/),
    ])
    expect(await lint(slack(`title: '{{ range 20000000 }}{{ printf "%1000d" 1 }}{{ end }}'`))).toEqual([
      expect.stringMatching(/^am\.yml:7:\d+ template_runs the text cannot be filled in: .*maxOutputBytes/),
    ])
  })

  test('a definition in a file is told once, in its line, whoever comes to it', async () => {
    const files = { 'a.tmpl': '{{ define "slack.default.title" }}\n  {{ .Nope }}\n{{ end }}' }
    expect(await lint(slack(`text: '{{ template "slack.default.title" . }}'`), { files })).toEqual([
      `a.tmpl:2:6 template_runs the text cannot be filled in for "a": can't evaluate field Nope in type template.Data`,
    ])
  })

  test('what is HTML is escaped by where it stands', async () => {
    const mail = (html: string) =>
      `route: {receiver: a}\nreceivers:\n- name: a\n  email_configs:\n  - {to: a@b, from: c@d, smarthost: 'h:25', html: '${html}'}\n`
    expect(await lint(mail('<a href="{{ .ExternalURL }}">x</a>'))).toEqual([])
    expect(await lint(mail('<a href="{{ if .Status }}"{{ else }}x{{ end }}>y</a>'))).toEqual([
      expect.stringMatching(/^am\.yml:5:\d+ template_runs the text cannot be filled in: .*branches end in different/),
    ])
  })

  test('a value from the environment is told where the variable stands, a secret one without its text', async () => {
    const text = slack(`title: 'x \${TITLE}'`)
    expect(await lint(text, { environment: { TITLE: '{{ .Nope }}' } })).toEqual([
      expect.stringContaining('am.yml:7:12 template_runs'),
    ])
    const hook = `route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'https://h/secret?x={{ .Nope }}'}]}]\n`
    const found = await lint(hook)
    expect(found).toEqual([expect.stringMatching(/^am\.yml:2:\d+ template_runs .*can't evaluate field Nope/)])
    expect(found.join()).not.toContain('secret')
  })
})

describe('texts that are empty', () => {
  test.for<[string, string, string | undefined, string[]]>([
    [
      'always',
      `title: '{{ range .Alerts.Resolved }}x{{ end }}'`,
      undefined,
      ['am.yml:7:13 template_empty the text is empty for every alert that comes to "a"'],
    ],
    ['on a condition that may be met', `title: '{{ if eq .CommonLabels.x "y" }}x{{ end }}'`, undefined, []],
    [
      'on a condition that no rule meets',
      `title: '{{ if eq .CommonLabels.severity "page" }}x{{ end }}'`,
      RULES,
      ['am.yml:7:13 template_empty the text is empty for every alert that comes to "a"'],
    ],
    ['on a condition that a rule meets', `title: '{{ if eq .CommonLabels.severity "critical" }}x{{ end }}'`, RULES, []],
    ['a default that prints nothing', `text: '{{ template "slack.default.text" . }}'`, RULES, []],
    [
      'with two alerts',
      `text: '{{ .CommonAnnotations.summary }}'`,
      RULES,
      [
        'am.yml:7:12 template_empty the text is empty as soon as two alerts of Down are in one group: .CommonAnnotations.summary differs between them',
      ],
    ],
    ['with two alerts that have it alike', `text: '{{ .CommonLabels.severity }}'`, RULES, []],
    ['two alerts of rules that nobody knows', `text: '{{ .CommonAnnotations.summary }}'`, undefined, []],
  ])('%s', async ([, line, rules, found]) => {
    expect(await lint(slack(line), rules === undefined ? {} : { rules })).toEqual(found)
  })
})

describe('labels and annotations that are asked for', () => {
  test('are those of the rules that come to the receiver', async () => {
    const text = `
route: {receiver: a, group_by: [alertname], routes: [{matchers: [severity="critical"], receiver: b}]}
receivers:
- name: a
  webhook_configs:
  - url: http://x
    payload: {text: 'x {{ .CommonLabels.instance }} {{ .CommonAnnotations.description }}'}
- name: b
  webhook_configs:
  - url: http://x
    payload: {text: 'x {{ .CommonLabels.instance }} {{ .CommonAnnotations.description }}'}
`
    expect(await lint(text, { rules: RULES, externalLabels: {} })).toEqual([
      'am.yml:7:56 template_labels .CommonAnnotations.description is always empty: no rule whose alerts come to "a" has that annotation',
      'am.yml:11:27 template_labels .CommonLabels.instance is always empty: no alert that comes to "b" has that label',
    ])
    // External labels may bring it, as may whoever else sends to an escalation's receiver.
    expect(await lint(text, { rules: RULES, externalLabels: { instance: 'x' }, escalated: ['a'] })).toEqual([])
    expect(await lint(text)).toEqual([])
  })

  test.for<[string, string, string[]]>([
    [
      'labels of the group without group_by',
      `'x {{ .GroupLabels.job }}'`,
      ['am.yml:7:18 template_labels .GroupLabels.job is always empty: no route to "a" groups by it'],
    ],
    ['labels of the group with it', `'x {{ .GroupLabels.alertname }}'`, []],
    ['what is tested for', `'x {{ with .GroupLabels.job }}{{ . }}{{ end }}'`, []],
    ['a usual external label', `'x {{ .CommonLabels.cluster }}'`, []],
    [
      'labels of one alert',
      `'x {{ range .Alerts }}{{ .Labels.job }}{{ .Annotations.nope }}{{ end }}'`,
      [
        'am.yml:7:54 template_labels .Annotations.nope is always empty: no rule whose alerts come to "a" has that annotation',
      ],
    ],
    [
      'by index',
      `'x {{ index .CommonAnnotations "no-pe" }}'`,
      [
        'am.yml:7:24 template_labels .CommonAnnotations.no-pe is always empty: no rule whose alerts come to "a" has that annotation',
      ],
    ],
    ['methods', `'x {{ .CommonLabels.SortedPairs }}'`, []],
  ])('%s', async ([, title, found]) => {
    expect(await lint(slack(`title: ${title}`), { rules: RULES })).toEqual(found)
  })

  test('are those after relabelling', async () => {
    const { config } = checkPrometheusConfig(
      'alerting: {alert_relabel_configs: [{target_label: nope, replacement: x}, {action: labeldrop, regex: job}]}',
      'p.yml',
    )
    const relabelRules = config!.alerting.alertRelabelRules
    const given = { rules: RULES, externalLabels: {}, relabelRules }
    expect(await lint(slack(`title: '{{ .CommonLabels.nope }}'`, `text: 'x {{ .CommonLabels.job }}'`), given)).toEqual([
      'am.yml:8:17 template_labels .CommonLabels.job is always empty: no alert that comes to "a" has that label',
    ])
  })

  test('a definition in a file may ask for what only one of its receivers gets', async () => {
    const files = { 'a.tmpl': '{{ define "x" }}x {{ .CommonLabels.instance }}{{ .CommonAnnotations.nope }}{{ end }}' }
    const one = (name: string) =>
      `{name: ${name}, webhook_configs: [{url: 'http://x', payload: '{{ template "x" . }}'}]}`
    const text = `route: {receiver: a, routes: [{matchers: [severity=critical], receiver: b}]}\nreceivers: [${one('a')}, ${one('b')}]\n`
    expect(await lint(text, { rules: RULES, files, externalLabels: {} })).toEqual([
      'a.tmpl:1:50 template_labels .CommonAnnotations.nope is always empty: no rule whose alerts come to "a" has that annotation; the same holds for b',
    ])
  })
})

test('a template sees the labels that the route asks for', async () => {
  const text = `
route:
  receiver: a
  routes: [{matchers: ['team=~"db-[0-9]+"', 'kind!="x"'], group_by: [zone], receiver: b}]
receivers:
- name: a
- name: b
  webhook_configs:
  - url: http://x
    payload: {text: '{{ if match "^db-" .CommonLabels.team }}{{ with .GroupLabels.zone }}{{ $.Nope }}{{ end }}{{ end }}'}
`
  expect(await lint(text)).toEqual([expect.stringContaining(`am.yml:10:`)])
})

describe('definitions without a configuration', () => {
  test.for<[string, string, string[]]>([
    ['of a notification', '{{ .Status }}{{ range .Alerts }}{{ .Labels.x }}{{ end }}', []],
    ['of one alert', '{{ .Labels.x }}{{ .StartsAt }}', []],
    ['of all alerts', '{{ range . }}{{ .Labels.x }}{{ end }}', []],
    ['of labels', '{{ .SortedPairs.Names }}', []],
    ['of a map that is made', '{{ .Indent }}', []],
    [
      'a slip of the pen',
      '{{ .Statsu }}',
      ['1:20 "x" cannot be filled in: can\'t evaluate field Statsu in type template.Data'],
    ],
    [
      'what no data allows',
      '{{ index "a" 5 }}',
      ['1:20 "x" cannot be filled in: error calling index: index out of range: 5'],
    ],
  ])('%s', ([, body, found]) => {
    const text = `{{ define "x" }}${body}{{ end }}`
    expect(
      lintDefinitions([{ path: 'a.tmpl', text }], 0).map(
        ({ place, message }) => `${place.line}:${place.column} ${message}`,
      ),
    ).toEqual(found)
  })
})
