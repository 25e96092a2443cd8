import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BinnacleError, parseYaml } from '../../config/index.ts'
import { checkFiles } from './check-files.ts'
import type { CheckOptions } from './check-options.ts'
import { nearMiss } from './check-rules.ts'
import { kindOf } from './file-kind.ts'
import type { FileReport } from './report.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'check-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const OPTIONS: CheckOptions = {
  read: (path, shown) => {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      return new BinnacleError('config.unreadable', 'there is no such file', {
        place: { file: shown },
        kind: 'missing',
      })
    }
  },
  environment: {},
  nowMs: 0,
  features: new Set(),
  ignoreUnknownFields: false,
  syntaxOnly: false,
}

/** Writes files into a folder of their own and checks some of them; paths in the answer are without the folder. */
async function check(
  files: Readonly<Record<string, string>>,
  names: readonly string[],
  options: Partial<CheckOptions> = {},
): Promise<{ reports: FileReport[]; lines: string[] }> {
  const own = mkdtempSync(join(folder, 'x'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(own, name)), { recursive: true })
    writeFileSync(join(own, name), text)
  }
  const reports = await checkFiles(
    names.map((name) => join(own, name)),
    { ...OPTIONS, ...options },
  )
  const lines = reports.flatMap(({ errors, warnings }) => [
    ...errors.map(
      ({ place, message, hint }) =>
        `error ${place?.file}:${place?.line} ${message}${hint === undefined ? '' : ` (${hint})`}`,
    ),
    ...warnings.map(
      ({ place, message, hint, check }) =>
        `${check ?? 'warning'} ${place.file}:${place.line} ${message}${hint === undefined || check !== undefined ? '' : ` (${hint})`}`,
    ),
  ])
  return { reports, lines: lines.map((line) => line.replaceAll(`${own}/`, '')) }
}

const WATCHED =
  'groups:\n- name: watch\n  rules:\n  - {alert: Watchdog, expr: vector(1)}\n  - {alert: Down, expr: up == 0}\n'

test('rule files that a configuration names are checked with it', async () => {
  const { reports, lines } = await check(
    {
      'prometheus.yml': 'rule_files: ["rules/*.yml"]\n',
      'rules/a.yml': WATCHED,
      'rules/b.yml': 'groups:\n- name: b\n  rules:\n  - {alert: Down, expr: absent(x)}\n  - {record: y, expr: sum(}\n',
    },
    ['prometheus.yml'],
  )
  expect(reports.map(({ kind }) => kind)).toEqual(['prometheus'])
  expect(lines.filter((line) => line.startsWith('error'))).toEqual([
    'error rules/b.yml:5 "expr" is no valid PromQL: unclosed left parenthesis',
  ])
})

test('rule files that are named with their configuration are looked at once', async () => {
  const files = {
    'prometheus.yml': 'rule_files: ["*.rules.yml"]\n',
    'a.rules.yml': WATCHED,
    'b.rules.yml': WATCHED.replace('vector(1)', 'vector(2)').replace('up == 0', 'up < 1'),
  }
  const { lines } = await check(files, ['prometheus.yml', 'a.rules.yml', 'b.rules.yml'])
  expect(lines.filter((line) => line.startsWith('alerts/same_name'))).toHaveLength(2)
  const alone = await check(files, ['a.rules.yml', 'b.rules.yml'])
  expect(alone.lines.filter((line) => line.startsWith('alerts/same_name'))).toHaveLength(2)
  expect(alone.reports[0]?.warnings).toEqual([])
})

test('a pattern that matches nothing is a warning that names what is near', async () => {
  const { lines } = await check(
    {
      'prometheus.yml': 'rule_files:\n  - "alerts/*.yml"\n  - "recording/*.yml"\n',
      'alerts/application-alerts.yaml': WATCHED,
    },
    ['prometheus.yml'],
  )
  expect(lines.filter((line) => line.startsWith('warning') && line.includes('matches'))).toEqual([
    'warning prometheus.yml:2 rule_files: no file matches "alerts/*.yml", so that no rule of it is loaded (there is "alerts/application-alerts.yaml")',
    expect.stringContaining(
      'warning prometheus.yml:3 rule_files: no file matches "recording/*.yml", so that no rule of it is loaded (there is no folder "recording"',
    ),
  ])
})

test('a rule file that is named and not there is an error', async () => {
  const { lines } = await check({ 'prometheus.yml': 'rule_files: [rule.yml]\n', 'rules.yml': WATCHED }, [
    'prometheus.yml',
  ])
  expect(lines).toContain('error prometheus.yml:1 rule_files: there is no file "rule.yml" (there is "rules.yml")')
})

test('a configuration without a watchdog is told, one file of rules is not', async () => {
  const files = {
    'prometheus.yml': 'rule_files: [a.yml]\n',
    'a.yml': WATCHED.replace('vector(1)', 'x > 1').replace('Watchdog', 'A'),
  }
  expect((await check(files, ['prometheus.yml'])).lines.join('\n')).toContain('alerts/watchdog prometheus.yml:1')
  expect((await check(files, ['a.yml'])).lines).toEqual([])
  expect((await check(files, ['prometheus.yml'], { syntaxOnly: true })).lines.join('\n')).not.toContain('alerts/')
})

test('the range of a rate is compared with the interval of the scrapes', async () => {
  const { lines } = await check(
    {
      'prometheus.yml': 'global: {scrape_interval: 1m}\nrule_files: [a.yml]\nscrape_configs: [{job_name: a}]\n',
      'a.yml': `${WATCHED}  - {record: r, expr: "rate(a_total[1m])"}\n  - {record: s, expr: "rate(a_total[4m])"}\n`,
    },
    ['prometheus.yml'],
  )
  expect(lines.filter((line) => line.startsWith('promql/rate'))).toEqual([
    'promql/rate a.yml:6 a range of 60 s holds fewer than two samples of a scrape every 60 s: rate() is empty',
  ])
})

test('binnacle.yml is followed to its rule files and their tests', async () => {
  const { reports, lines } = await check(
    {
      'binnacle.yml':
        'listen: 127.0.0.1:1\nrules:\n  files: ["r/*.yml", "gone/*.yml"]\n  tests: ["t/*.yml", "none.yml"]\n',
      'r/a.yml': WATCHED,
      'r/b.yml': 'groups:\n- name: b\n  rules:\n  - {alert: Down, expr: absent(x)}\n',
      't/a.yml': 'rule_files: ["../r/a.yml"]\ntests: [{alert_rule_test: [{alertname: Up}]}]\n',
    },
    ['binnacle.yml'],
  )
  expect(reports.map(({ kind, content }) => [kind, content])).toEqual([['binnacle', '2 rule files, 3 rules, 2 packs']])
  expect(lines).toEqual([
    expect.stringContaining(
      'warning binnacle.yml:3 rules.files: no file matches "gone/*.yml", so that no rule of it is loaded',
    ),
    expect.stringMatching(/^alerts\/same_name r\/a.yml:4 "Watchdog" stands in .*packs\/binnacle\/rules.yml:\d+ too/),
    expect.stringContaining('alerts/same_name r/b.yml:4 "Down" in r/a.yml:5 means something else'),
    'warning binnacle.yml:4 rules.tests: no file matches "none.yml"',
    'warning t/a.yml:2 no rule has the alert "Up": a test that expects nothing of it passes whatever happens',
  ])
})

test('rules of packs that binnacle.yml switches on belong to it', async () => {
  const rules = 'groups: [{name: a, rules: [{alert: HostDiskFull, expr: x > 1, labels: {severity: page}}]}]\n'
  const files = {
    'binnacle.yml': 'packs: {enabled: [host]}\nrules: {files: [a.yml]}\n',
    'a.yml': rules,
    'am.yml':
      'route: {receiver: a, routes: [{matchers: [alertname=HostOomKill], receiver: b}]}\nreceivers: [{name: a}, {name: b}]\n',
  }
  const { reports, lines } = await check(files, ['binnacle.yml', 'am.yml'])
  expect(reports[0]?.content).toBe('1 rule file, 1 rule, 1 pack')
  expect(lines).toEqual([expect.stringContaining('alerts/same_name a.yml:1 "HostDiskFull" in')])
  const without = await check({ ...files, 'binnacle.yml': files['binnacle.yml'].replace('host', '') }, [
    'binnacle.yml',
    'am.yml',
  ])
  expect(without.lines).toEqual([expect.stringContaining('routing/unreachable am.yml:1 none of the rules makes')])
  // As when it starts there.
  const { reports: beside } = await check(
    { 'binnacle.yml': 'listen: 127.0.0.1:1\n', 'alertmanager.yml': files['am.yml'] },
    ['binnacle.yml'],
  )
  expect(beside[0]?.content).toBeUndefined()
})

test('jobs that are scraped too seldom are told', async () => {
  const { lines } = await check(
    { 'p.yml': 'scrape_configs:\n- job_name: a\n  scrape_interval: 10m\n- job_name: b\n  scrape_interval: 4m\n' },
    ['p.yml'],
  )
  expect(lines).toEqual([
    'scrape/interval p.yml:3 job "a" is scraped every 10m: queries look back 5m, so that its series have gaps',
  ])
})

test('what all files say together is not told while one of them is wrong', async () => {
  const rules = WATCHED.replace('vector(1)', 'x > 1').replace('Watchdog', 'A')
  const files = { 'p.yml': 'rule_files: ["*.rules.yml"]\n', 'a.rules.yml': rules, 'b.rules.yml': 'groups: [{}]\n' }
  const { lines } = await check(files, ['p.yml'])
  expect(lines).toEqual([expect.stringContaining('error b.rules.yml:1 a group needs a name')])
})

test('names that later versions refuse under the old validation are told', async () => {
  const rules = `${WATCHED}  - {record: a.b, expr: up}\n`
  const legacy = 'global: {metric_name_validation_scheme: legacy}\nrule_files: [a.yml]\n'
  expect((await check({ 'p.yml': 'rule_files: [a.yml]\n', 'a.yml': rules }, ['p.yml'])).lines).toEqual([])
  expect((await check({ 'p.yml': legacy, 'a.yml': rules }, ['p.yml'])).lines).toEqual([
    'warning a.yml:6 "a.b" is not a valid name of a series (metric_name_validation_scheme is legacy: later versions of Prometheus refuse this rule)',
  ])
})

test('alertmanager.yml is checked with its templates', async () => {
  const config = 'route: {receiver: a}\nreceivers: [{name: a}]\ntemplates: ["*.tmpl"]\n'
  const good = await check({ 'am.yml': config, 'a.tmpl': '{{ define "x" }}{{ .Status | toUpper }}{{ end }}' }, [
    'am.yml',
    'a.tmpl',
  ])
  expect(good.reports.map(({ kind, content }) => [kind, content])).toEqual([
    ['alertmanager', '1 receiver, 1 template file'],
    ['templates', undefined],
  ])
  expect(good.lines).toEqual([])
  const bad = await check({ 'am.yml': config, 'a.tmpl': '{{ define "x" }}\n  {{ foo .Status }}\n{{ end }}' }, [
    'am.yml',
  ])
  expect(bad.lines).toEqual(['error a.tmpl:2 function "foo" not defined'])
})

test('templates are filled in with alerts of the rules that are given', async () => {
  const files = {
    'am.yml':
      "route: {receiver: a}\nreceivers:\n- name: a\n  webhook_configs:\n  - url: http://x\n    payload: '{{ template \"x\" . }} {{ .CommonLabels.nope }}'\ntemplates: ['*.tmpl']\n",
    'a.tmpl': '{{ define "x" }}\n{{ .Nope }}{{ end }}',
    'a.yml': 'groups: [{name: a, rules: [{alert: A, expr: sum(x) > 1}]}]\n',
  }
  const run = 'receivers/template_runs a.tmpl:2 the text cannot be filled in for "a"'
  expect((await check(files, ['am.yml', 'a.yml', 'a.tmpl'])).lines).toEqual([
    expect.stringContaining('receivers/template_labels am.yml:6 .CommonLabels.nope is always empty'),
    expect.stringContaining(run),
  ])
  expect((await check(files, ['am.yml'])).lines).toEqual([expect.stringContaining(run)])
  expect((await check(files, ['a.tmpl'])).lines).toEqual([])
  expect((await check({ 'a.tmpl': files['a.tmpl'].replace('Nope', 'Alertss') }, ['a.tmpl'])).lines).toEqual([
    expect.stringContaining('receivers/template_runs a.tmpl:2 "x" cannot be filled in'),
  ])
  expect((await check(files, ['am.yml', 'a.tmpl'], { syntaxOnly: true })).lines).toEqual([])
})

test('tests of rules are checked without running them', async () => {
  const tests = (more: string) =>
    `rule_files: ["*.rules.yml"]\ntests:\n- input_series: [{series: x, values: '1x5'}]\n${more}`
  const good = await check({ 'a.rules.yml': WATCHED, 't.yml': tests('  alert_rule_test: [{alertname: Down}]\n') }, [
    't.yml',
  ])
  expect(good.reports.map(({ kind, content }) => [kind, content])).toEqual([['rule tests', '1 test group']])
  expect(good.lines).toEqual([])
  const odd = await check({ 't.yml': tests('  alert_rule_test: [{alertname: Dwon}]\n') }, ['t.yml'])
  expect(odd.lines).toEqual([
    expect.stringContaining('warning t.yml:1 rule_files: no file matches "*.rules.yml"'),
    'warning t.yml:4 no rule has the alert "Dwon": a test that expects nothing of it passes whatever happens',
  ])
  const bad = await check(
    {
      'a.rules.yml': 'groups: [{name: a, rules: [{alert: A, expr: "sum("}]}]\n',
      't.yml': tests(
        "  promql_expr_test: [{expr: 'sum(', exp_samples: [{labels: 'x{'}, {labels: x, histogram: '{{foo}}'}]}]\n",
      ).replace('1x5', 'foo'),
    },
    ['t.yml'],
  )
  expect(bad.lines).toEqual([
    expect.stringContaining('error t.yml:3 input series "x": 1:3: parse error: unexpected identifier "foo"'),
    expect.stringContaining('error t.yml:4 "expr" is no valid PromQL: 1:5: parse error'),
    expect.stringContaining('error t.yml:4 labels "x{": 1:3: parse error'),
    expect.stringContaining('error t.yml:4 labels "x": 1:4: parse error: bad histogram descriptor found: "foo"'),
    expect.stringContaining('error a.rules.yml:1 "expr" is no valid PromQL'),
  ])
  expect((await check({ 't.yml': 'tests: [{foo: 1}]\n' }, ['t.yml'])).lines).toEqual([
    'error t.yml:1 unknown key "foo"',
  ])
})

const promtool = join(process.env.JUDGES_DIR ?? '', 'root/usr/bin/promtool')

describe.skipIf(!existsSync(promtool))(
  'the verdict is that of promtool check config (JUDGES_DIR names where it is)',
  () => {
    const rule = (expr: string) => `groups: [{name: a, rules: [{record: x, expr: "${expr}"}]}]\n`
    test.for([
      ['a good rule file', { 'p.yml': 'rule_files: [a.yml]\n', 'a.yml': rule('up') }],
      ['a pattern', { 'p.yml': 'rule_files: ["r/*.yml"]\n', 'r/a.yml': rule('up') }],
      ['a pattern without a match', { 'p.yml': 'rule_files: ["r/*.yml"]\n' }],
      ['a file that is not there', { 'p.yml': 'rule_files: [a.yml]\n' }],
      ['a rule file with a mistake', { 'p.yml': 'rule_files: [a.yml]\n', 'a.yml': rule('sum(') }],
      ['a mistake behind a pattern', { 'p.yml': 'rule_files: ["*.rules"]\n', 'b.rules': rule('up +') }],
      ['an unknown key in a rule file', { 'p.yml': 'rule_files: [a.yml]\n', 'a.yml': 'grups: []\n' }],
      [
        'a name that the old validation refuses',
        {
          'p.yml': 'global: {metric_name_validation_scheme: legacy}\nrule_files: [a.yml]\n',
          'a.yml': 'groups: [{name: a, rules: [{record: a.b, expr: up}]}]\n',
        },
      ],
      ['an empty entry', { 'p.yml': 'rule_files: []\n' }],
      ...[
        ['credentials', 'authorization: {credentials_file: gone}'],
        ['a bearer token', 'bearer_token_file: gone'],
        ['a client certificate', 'tls_config: {cert_file: gone, key_file: p.yml}'],
        ['a key', 'tls_config: {cert_file: p.yml, key_file: gone}'],
        ['an authority', 'tls_config: {ca_file: gone}'],
        ['a password', 'basic_auth: {username: a, password_file: gone}'],
        [
          'a certificate for Kubernetes',
          'kubernetes_sd_configs: [{role: pod, api_server: "http://x", tls_config: {cert_file: gone, key_file: gone}}]',
        ],
        ['targets that are not there', 'file_sd_configs: [{files: [gone.yml]}]'],
        ['good targets', 'file_sd_configs: [{files: ["good.*"]}]'],
        ['bad targets', 'file_sd_configs: [{files: ["bad.*"]}]'],
        ['a URL for a target', 'file_sd_configs: [{files: [url.yml]}]'],
        [
          'a URL that is relabelled',
          'file_sd_configs: [{files: [url.yml]}], relabel_configs: [{target_label: __address__, replacement: "b:1"}]',
        ],
      ].map(
        ([name, job]) =>
          [
            `${name}, in a file`,
            {
              'p.yml': `scrape_configs: [{job_name: a, ${job}}]\n`,
              'good.yml': '[{targets: ["a:1"], labels: {a: b}}]\n',
              'bad.json': '[{"targets": 5}]',
              'url.yml': '[{targets: ["http://a:1"]}]\n',
            },
          ] as const,
      ),
      [
        'bad targets of an Alertmanager',
        {
          'p.yml': 'alerting: {alertmanagers: [{file_sd_configs: [{files: [bad.yml]}]}]}\n',
          'bad.yml': '[{targets: 5}]\n',
        },
      ],
    ] as const)('%s', async ([, files]) => {
      const { reports } = await check(files, ['p.yml'])
      const own = mkdtempSync(join(folder, 'y'))
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(own, name)), { recursive: true })
        writeFileSync(join(own, name), text)
      }
      const isBad = await new Promise((resolve) => {
        execFile(promtool, ['check', 'config', join(own, 'p.yml')], { timeout: 20_000 }, (error) =>
          resolve(error !== null),
        )
      })
      expect(reports[0]!.errors.length > 0).toBe(isBad)
    })
  },
)

test.for([
  ['alerts/*.yml', ['a.yaml', 'notes.txt'], 'a.yaml'],
  ['alerts/*.yaml', ['a.yml'], 'a.yml'],
  ['alerts/*.rules.yml', ['a.yml'], 'a.yml'],
  ['alerts/*.yml', ['notes.txt'], undefined],
  ['rules.yml', ['rules.yaml'], 'rules.yaml'],
  ['rule.yml', ['rules.yml', 'other.yml'], 'rules.yml'],
  ['rules.yml', ['something-else.yml'], undefined],
] as const)('near %s among %j is %s', ([pattern, names, near]) => {
  expect(nearMiss(pattern, names)).toBe(near)
})

test('a receiver that only the escalation of the binnacle.yml beside it tells is not unused', async () => {
  const routing = 'route: {receiver: a}\nreceivers: [{name: a}, {name: lead}, {name: page}, {name: nobody}]\n'
  const levels = '[{after: 15m, notify: lead}, {after: 30m, notify: ann}]'
  const escalation = `escalation:\n  people: {ann: [page], bob: [nobody]}\n  policies: [{name: all, levels: ${levels}}]\n`
  const { lines } = await check({ 'alertmanager.yml': routing, 'binnacle.yml': escalation }, ['alertmanager.yml'])
  expect(lines).toEqual(['routing/unused alertmanager.yml:2 no route leads to the receiver "nobody"'])
})

test('an alertmanager.yml is read with the defaults of the binnacle.yml beside it', async () => {
  const mail = 'route: {receiver: a}\nreceivers: [{name: a, email_configs: [{to: a@b}]}]\n'
  const alone = await check({ 'alertmanager.yml': mail }, ['alertmanager.yml'])
  expect(alone.lines[0]).toContain('error alertmanager.yml:2 no global SMTP smarthost set')
  const defaults = 'alerting:\n  defaults:\n    smtp_smarthost: m:25\n    smtp_from: a@b\n'
  expect((await check({ 'alertmanager.yml': mail, 'binnacle.yml': defaults }, ['alertmanager.yml'])).lines).toEqual([])
  const wrong = await check({ 'binnacle.yml': defaults.replace('m:25', 'm').replace('smtp_from', 'smtp_form') }, [
    'binnacle.yml',
  ])
  expect(wrong.lines).toEqual([
    'error binnacle.yml:3 alerting.defaults: smtp_smarthost: address m: missing port in address (expected host:port)',
    'error binnacle.yml:4 alerting.defaults: unknown key "smtp_form" (did you mean "smtp_from"?)',
  ])
})

test.for([
  ['alerting: {defaults: {smtp_from: a}}', 'binnacle'],
  ['alerting: {alertmanagers: []}', 'prometheus'],
  ['alerting: {alert_relabel_configs: []}\nremote_read: []', 'prometheus'],
  ['remote_read: []', 'prometheus'],
  ['remote_read: {max_samples: 5}', 'binnacle'],
  ['listen: x\nalerting: {alertmanagers: []}', 'binnacle'],
  ['global: {}\nalerting: {}', 'prometheus'],
  ['x: 1', undefined],
] as const)('%j is of the kind %s', ([text, kind]) => {
  expect(kindOf(parseYaml(text, 'x.yml').value)).toBe(kind)
})
