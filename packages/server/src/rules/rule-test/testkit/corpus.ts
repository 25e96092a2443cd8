/**
 * One file of tests with the rule files that it names; `expected` are its failures in short: parts of them in their
 * order, none where it passes. `ownWords`: promtool refuses it too, in other words.
 */
export type RuleTestCase = {
  readonly name: string
  readonly rules?: string
  readonly test: string
  readonly expected: readonly string[]
  readonly run?: readonly string[]
  readonly diff?: boolean
  readonly ignoreUnknownFields?: boolean
  readonly ownWords?: boolean
}

const RULES = `groups:
  - name: recorded
    interval: 5m
    labels: {team: a, env: group}
    rules:
      - record: job:requests:rate2m
        expr: sum by (job) (rate(requests_total[2m]))
        labels: {env: rule}
      - record: no_instance
        expr: up
        labels: {instance: ""}
  - name: alerts
    rules:
      - alert: Down
        expr: up == 0
        for: 2m
        labels: {severity: page, level: '{{ if eq $labels.job "api" }}high{{ else }}low{{ end }}'}
        annotations:
          summary: '{{ $labels.instance }} of {{ $externalLabels.cluster }} is down ({{ $value }})'
          link: '{{ $externalURL }}/x'
          jobs: '{{ with query "sum(up)" }}{{ . | first | value }}{{ end }}'
      - alert: Down
        expr: absent(up)
      - alert: Kept
        expr: x > 1
        keep_firing_for: 3m
      - alert: Offset
        expr: x offset 1m > 0
  - name: later
    query_offset: 1m
    rules:
      - record: x:late
        expr: x
`

const one = (
  name: string,
  test: string,
  expected: readonly string[] = [],
  more: Partial<RuleTestCase> = {},
): RuleTestCase => ({
  name,
  test,
  expected,
  ...more,
})
const group = (text: string) => `rule_files: [rules.yml]\ntests:\n  - interval: 1m\n${text.replace(/^(?=.)/gm, '    ')}`
const series = (...lines: string[]) => `input_series:\n${lines.map((line) => `  - ${line}\n`).join('')}`
const exprs = (...lines: string[]) => `promql_expr_test:\n${lines.map((line) => `  - ${line}\n`).join('')}`
const alerts = (...lines: string[]) => `alert_rule_test:\n${lines.map((line) => `  - ${line}\n`).join('')}`
const UP = series(
  `{series: 'up{job="api", instance="a"}', values: '1 1 0x5 1x3'}`,
  `{series: 'up{job="web", instance="b"}', values: '1x10'}`,
)

export const corpus: readonly RuleTestCase[] = [
  one('an empty file', ''),
  one('no tests', 'tests: []\n'),
  one('a group without anything', 'tests: [{}]\n'),

  // Expressions.
  one('a scalar', group(exprs(`{expr: '1 + 1', eval_time: 1m, exp_samples: [{value: 2}]}`))),
  one('time', group(exprs(`{expr: 'time()', eval_time: 90s, exp_samples: [{labels: '{}', value: 90}]}`))),
  one('a wrong value', group(exprs(`{expr: 'vector(1e-7)', eval_time: 0m, exp_samples: [{value: 1.5}]}`)), [
    'exp: {} 1.5E+00\n        got: {} 1E-07',
  ]),
  one('nothing expected', group(exprs(`{expr: 'vector(1)', eval_time: 0m}`)), ['exp: nil\n        got: {} 1E+00']),
  one('nothing got', group(exprs(`{expr: 'x', eval_time: 0m, exp_samples: [{labels: x, value: 1}]}`)), ['got: nil']),
  one('infinity', group(exprs(`{expr: 'vector(1) / 0', eval_time: 0m, exp_samples: [{labels: '{}', value: .inf}]}`))),
  one(
    'nan is never equal',
    group(exprs(`{expr: 'vector(0) / 0', eval_time: 0m, exp_samples: [{labels: '{}', value: .nan}]}`)),
    ['exp: {} NaN\n        got: {} NaN'],
  ),
  one('a range vector', group(exprs(`{expr: 'x[5m]', eval_time: 0m}`)), ['err: rule result is not a vector or scalar']),
  one('a mistake', group(exprs(`{expr: 'sum(', eval_time: 0m}`)), ['err: 1:5: parse error: unclosed left parenthesis']),
  one(
    'quotes and line breaks in an expression',
    group(exprs(`{expr: "vector(1)\\n== on() x{a=\\"ü\\"}", eval_time: 0m, exp_samples: [{value: 1}]}`)),
    ['"vector(1)\\n== on() x{a=\\"ü\\"}"'],
  ),
  one('bad labels', group(exprs(`{expr: '1', eval_time: 0m, exp_samples: [{labels: 'x{', value: 1}]}`)), [
    'err: labels "x{": 1:3: parse error: unexpected end of input inside braces',
  ]),
  one(
    'labels with a matcher that is none',
    group(exprs(`{expr: '1', eval_time: 0m, exp_samples: [{labels: 'x{a=~"b"}', value: 1}]}`)),
    ['err: labels'],
  ),
  one(
    'samples in any order',
    group(
      `${UP}${exprs(`{expr: up, eval_time: 1m, exp_samples: [{labels: 'up{job="web", instance="b"}', value: 1}, {labels: 'up{job="api", instance="a"}', value: 1}]}`)}`,
    ),
  ),
  one(
    'a sample too many',
    group(
      `${UP}${exprs(`{expr: up, eval_time: 1m, exp_samples: [{labels: 'up{job="web", instance="b"}', value: 1}]}`)}`,
    ),
    [
      'exp: {__name__="up", instance="b", job="web"} 1E+00\n        got: {__name__="up", instance="a", job="api"} 1E+00, {',
    ],
  ),
  one(
    'a subquery takes the evaluation interval as step',
    `evaluation_interval: 30s\n${group(`${series(`{series: x, values: '0+1x10'}`)}${exprs(`{expr: 'count_over_time(x[2m:])', eval_time: 5m, exp_samples: [{value: 4}]}`)}`)}`,
  ),
  one(
    'a moment between two evaluations sees what came until the last',
    `evaluation_interval: 5m\n${group(`${series(`{series: x, values: '0+1x20'}`)}${exprs(`{expr: x, eval_time: 8m, exp_samples: [{labels: x, value: 5}]}`)}`)}`,
  ),

  // Series.
  one(
    'all notations',
    group(
      `${series(`{series: x, values: '1+1x2 _ _x2 5 stale 7 -1-2x1'}`)}${exprs(
        ...[
          [2, 3],
          [3, 3],
          [6, 5],
        ].map(([minute, value]) => `{expr: x, eval_time: ${minute}m, exp_samples: [{labels: x, value: ${value}}]}`),
        `{expr: x, eval_time: 7m, exp_samples: []}`,
        `{expr: x, eval_time: 10m, exp_samples: [{labels: x, value: -3}]}`,
      )}`,
    ),
  ),
  one(
    'the same series twice: the last one counts',
    group(
      `${series(`{series: x, values: '1x5'}`, `{series: x, values: '2x5'}`)}${exprs(`{expr: x, eval_time: 3m, exp_samples: [{labels: x, value: 2}]}`)}`,
    ),
  ),
  one('a bad series', group(series(`{series: 'x{', values: '1'}`)), ['2:4: parse error']),
  one('bad values', group(series(`{series: y, values: '1'}`, `{series: x, values: '1 foo'}`)), [
    '3:5: parse error: unexpected identifier "foo" in series values, expected number or "stale"',
  ]),
  one(
    'names in quotes',
    group(
      `${series(`{series: '{"a.b", "c d"="e"}', values: '1'}`)}${exprs(`{expr: '{"a.b"}', eval_time: 0m, exp_samples: []}`)}`,
    ),
    ['got: {__name__="a.b", "c d"="e"} 1E+00'],
  ),
  one(
    'native histograms',
    group(
      `${series(`{series: h, values: '{{schema:1 count:4 sum:10 buckets:[1 2 1]}}+{{schema:1 count:1 sum:1 buckets:[1]}}x5'}`)}${exprs(
        `{expr: 'histogram_count(h)', eval_time: 5m, exp_samples: [{value: 9}]}`,
        `{expr: 'h', eval_time: 0m, exp_samples: [{labels: h, histogram: '{{schema:1 count:4 sum:10 buckets:[1 2 1]}}'}]}`,
        `{expr: 'h', eval_time: 1m, exp_samples: [{labels: h, histogram: '{{schema:1 count:4 sum:10 buckets:[1 2 1]}}'}]}`,
        `{expr: 'h', eval_time: 1m, exp_samples: [{labels: h, histogram: '1'}]}`,
        `{expr: 'h', eval_time: 1m, exp_samples: [{labels: h, histogram: '{{}} {{}}'}]}`,
      )}`,
    ),
    [
      'time: 1m,\n        exp: {__name__="h"} {{schema:1',
      'expected histogram, got 1.000000',
      'expected 1 value, got 2',
    ],
  ),

  one(
    'what is no histogram where one is expected',
    group(
      exprs(
        ...['1e21', '1e300', '-3', '1.23456789', 'NaN', 'stale', '_', 'Inf', '-Inf', '1e-9'].map(
          (value) => `{expr: 'h', eval_time: 1m, exp_samples: [{labels: h, histogram: '${value}'}]}`,
        ),
      ),
    ),
    ['1e21', '1e300', '-3.000000', '1.234568', 'NaN', 'NaN', '_', '+Inf', '-Inf', '0.000000'].map((value) =>
      value.includes('e') ? 'expected histogram, got 1' : `expected histogram, got ${value}`,
    ),
  ),

  // Recording rules.
  one(
    'recorded series have the labels of group and rule',
    group(
      `${series(`{series: 'requests_total{job="a"}', values: '0+60x10'}`)}${exprs(
        `{expr: 'job:requests:rate2m', eval_time: 5m, exp_samples: [{labels: 'job:requests:rate2m{job="a", team="a", env="rule"}', value: 1}]}`,
      )}`,
    ),
  ),
  one(
    'a label that a rule empties',
    group(
      `${UP}${exprs(`{expr: 'no_instance{job="web"}', eval_time: 1m, exp_samples: [{labels: 'no_instance{job="web", team="a", env="group"}', value: 1}]}`)}`,
    ),
  ),
  one(
    'a query offset',
    group(
      `${series(`{series: x, values: '0+1x10'}`)}${exprs(`{expr: 'x:late', eval_time: 5m, exp_samples: [{labels: 'x:late', value: 4}]}`)}`,
    ),
  ),
  one(
    'a rule that fails ends its group',
    group(
      `${series(`{series: 'x{a="1"}', values: 1x5}`, `{series: 'x{a="2"}', values: 1x5}`)}${exprs(`{expr: '1', eval_time: 3m}`)}`,
    ),
    ['rule: y, time: 0s, err: vector contains metrics with the same labelset'],
    {
      rules: 'groups:\n- name: g\n  rules:\n  - {record: y, expr: x, labels: {a: same}}\n',
    },
  ),
  one(
    'a rule that fails later',
    group(
      `${series(`{series: 'x{a="1"}', values: 1x100}`, `{series: 'x{a="2"}', values: _x61 1x5}`)}${exprs(`{expr: '1', eval_time: 70m}`)}`,
    ),
    ['rule: y, time: 1h1m0s, err: vector contains'],
    {
      rules: 'groups:\n- name: g\n  rules:\n  - {record: y, expr: x, labels: {a: same}}\n',
    },
  ),
  one(
    'a limit',
    group(`${UP}${exprs(`{expr: '1', eval_time: 0m}`)}`),
    ['rule: y, time: 0s, err: exceeded limit of 1 with 2 series'],
    {
      rules: 'groups:\n- name: g\n  limit: 1\n  rules:\n  - {record: y, expr: up}\n',
    },
  ),
  one(
    'a limit of alerts',
    group(`${UP}${exprs(`{expr: '1', eval_time: 0m}`)}`),
    ['rule: y, time: 0s, err: exceeded limit of 1 with 2 alerts'],
    {
      rules: 'groups:\n- name: g\n  limit: 1\n  rules:\n  - {alert: y, expr: up}\n',
    },
  ),
  one(
    'series that end go stale',
    group(
      `${series(`{series: x, values: '1 1 stale'}`)}${exprs(
        `{expr: 'y', eval_time: 1m, exp_samples: [{labels: y, value: 1}]}`,
        `{expr: 'y', eval_time: 2m, exp_samples: []}`,
      )}`,
    ),
    [],
    { rules: 'groups:\n- name: g\n  rules:\n  - {record: y, expr: x}\n' },
  ),
  one(
    'the order of groups',
    `group_eval_order: [first, second]\n${group(`${series(`{series: x, values: '0+1x5'}`)}${exprs(`{expr: 'z', eval_time: 2m, exp_samples: [{labels: z, value: 2}]}`)}`)}`,
    [],
    {
      rules:
        'groups:\n- name: second\n  rules:\n  - {record: z, expr: y}\n- name: first\n  rules:\n  - {record: y, expr: x}\n',
    },
  ),
  one(
    'a group twice in the order',
    `group_eval_order: [a, b, a]\n${group('')}`,
    ['group name repeated in evaluation order: a'],
    { ownWords: true },
  ),

  // Alerts.
  one(
    'an alert fires after its time',
    group(
      `${UP}external_labels: {cluster: c}\nexternal_url: http://x\n${alerts(
        `{eval_time: 3m, alertname: Down, exp_alerts: []}`,
        `{eval_time: 4m, alertname: Down, exp_alerts: [{exp_labels: {severity: page, level: high, job: api, instance: a}, exp_annotations: {summary: 'a of c is down (0)', link: 'http://x/x', jobs: '1'}}]}`,
        `{eval_time: 8m, alertname: Down}`,
      )}`,
    ),
  ),
  one('an alert that should not fire', group(`${UP}${alerts(`{eval_time: 5m, alertname: Down}`)}`), [
    'exp:[], \n        got:[\n            0:\n              Labels:{alertname="Down"',
  ]),
  one(
    'an alert that should fire',
    group(
      `name: my group\n${UP}${alerts(`{eval_time: 1m, alertname: Down, exp_alerts: [{exp_labels: {b: '2', a: "1\\n"}}]}`)}`,
    ),
    [
      '    name: my group,\n    alertname: Down, time: 1m, \n        exp:[\n            0:\n              Labels:{a="1\\n", alertname="Down", b="2"}',
    ],
  ),
  one(
    'several alerts',
    group(`${UP}${alerts(`{eval_time: 5m, alertname: Down, exp_alerts: [{}, {exp_labels: {job: web}}]}`)}`),
    ['1:\n              Labels:{alertname="Down", job="web"}'],
  ),
  one(
    'wrong annotations',
    group(
      `${UP}${alerts(`{eval_time: 5m, alertname: Down, exp_alerts: [{exp_labels: {severity: page, level: high, job: api, instance: a}, exp_annotations: {summary: x}}]}`)}`,
    ),
    ['Annotations:{summary="x"}'],
  ),
  one('an alert that no rule has', group(`${UP}${alerts(`{eval_time: 5m, alertname: Nobody, exp_alerts: []}`)}`)),
  one(
    'an alert that is kept',
    group(
      `${series(`{series: x, values: '5 0x10'}`)}${alerts(
        `{eval_time: 2m, alertname: Kept, exp_alerts: [{}]}`,
        `{eval_time: 3m, alertname: Kept, exp_alerts: [{}]}`,
        `{eval_time: 4m, alertname: Kept, exp_alerts: []}`,
      )}`,
    ),
  ),
  one('two rules of one name', group(`${alerts(`{eval_time: 5m, alertname: Down, exp_alerts: [{}]}`)}`)),
  one('a test without a name of an alert', group(`${alerts(`{eval_time: 5m}`)}`), [
    'an item under alert_rule_test misses required attribute alertname at eval_time 5m',
  ]),
  one(
    'a test without a name of an alert in a group with a name',
    'tests:\n- {name: g, alert_rule_test: [{eval_time: 1h30m}]}\n',
    ['at eval_time 1h30m (in TestGroup g)'],
  ),
  one(
    'moments are compared with the evaluation before them',
    `evaluation_interval: 2m\n${group(
      `${series(`{series: x, values: '0 5x10'}`)}${alerts(
        `{eval_time: 1m, alertname: Kept, exp_alerts: []}`,
        `{eval_time: 3m, alertname: Kept, exp_alerts: [{}]}`,
      )}`,
    )}`,
  ),
  one(
    'ALERTS and ALERTS_FOR_STATE',
    group(
      `${UP}${exprs(
        `{expr: 'ALERTS{alertname="Down"}', eval_time: 3m, exp_samples: [{labels: 'ALERTS{alertname="Down", alertstate="pending", severity="page", level="high", job="api", instance="a"}', value: 1}]}`,
        `{expr: 'ALERTS_FOR_STATE{alertname="Down"}', eval_time: 4m, exp_samples: [{labels: 'ALERTS_FOR_STATE{alertname="Down", severity="page", level="high", job="api", instance="a"}', value: 120}]}`,
        `{expr: 'ALERTS{alertname="Down"}', eval_time: 9m, exp_samples: []}`,
      )}`,
    ),
  ),
  one(
    'a template that fails becomes its error',
    group(`${UP}${alerts(`{eval_time: 0m, alertname: Bad, exp_alerts: []}`)}`),
    ['<error expanding template:'],
    {
      rules: `groups:\n- name: g\n  rules:\n  - {alert: Bad, expr: 'up{job="api"}', annotations: {a: '{{ humanize $labels.job }}'}}\n`,
    },
  ),
  one(
    'alerts of equal labels',
    group(`${UP}${alerts(`{eval_time: 0m, alertname: Bad}`)}`),
    ['rule: Bad, time: 0s, err: vector contains metrics with the same labelset after applying alert labels'],
    {
      rules: `groups:\n- name: g\n  rules:\n  - {alert: Bad, expr: up, labels: {job: x, instance: x}}\n`,
    },
  ),
  one(
    'texts of a group with a query offset ask at the moment of the evaluation',
    group(
      `${series(`{series: x, values: '1 2 3 4 5'}`)}${alerts(
        `{eval_time: 3m, alertname: Late, exp_alerts: [{exp_annotations: {s: '3, now 4'}}]}`,
      )}`,
    ),
    [],
    {
      rules:
        'groups:\n- name: g\n  query_offset: 1m\n  rules:\n  - {alert: Late, expr: x, annotations: {s: \'{{ $value }}, now {{ query "x" | first | value }}\'}}\n',
    },
  ),
  one(
    'a label that an alerting rule empties',
    group(
      `${UP}${exprs(
        `{expr: 'ALERTS{job="web"}', eval_time: 1m, exp_samples: [{labels: 'ALERTS{alertname="A", alertstate="firing", job="web"}', value: 1}]}`,
      )}`,
    ),
    [],
    { rules: 'groups:\n- name: g\n  rules:\n  - {alert: A, expr: up, labels: {instance: "", none: ""}}\n' },
  ),
  one(
    'differences in colour',
    group(
      `${UP}${alerts(`{eval_time: 5m, alertname: Down, exp_alerts: [{exp_labels: {severity: none, more: x, job: api, instance: a, level: high}}]}`)}`,
    ),
    ['diff: ['],
    { diff: true },
  ),
  one(
    'a difference of one alert and none',
    group(`${UP}${alerts(`{eval_time: 5m, alertname: Down, exp_alerts: []}`)}`),
    ['diff: ['],
    { diff: true },
  ),

  // Running some.
  one(
    'only the groups that are asked for',
    'tests:\n- {name: one, promql_expr_test: [{expr: "1", eval_time: 0m}]}\n- {name: two, promql_expr_test: [{expr: "2", eval_time: 0m}]}\n',
    ['expr: "2"'],
    { run: ['w.$'] },
  ),
  one(
    'several patterns',
    'tests:\n- {name: one, promql_expr_test: [{expr: "1", eval_time: 0m}]}\n- {promql_expr_test: [{expr: "2", eval_time: 0m}]}\n',
    ['expr: "1"'],
    { run: ['^on', 'zzz'] },
  ),

  // Fuzzy comparison.
  one('exact comparison', group(exprs(`{expr: 'vector(0.1 + 0.2)', eval_time: 0m, exp_samples: [{value: 0.3}]}`)), [
    'exp: {} 3E-01\n        got: {} 3.0000000000000004E-01',
  ]),
  one(
    'fuzzy comparison',
    `fuzzy_compare: true\n${group(exprs(`{expr: 'vector(0.1 + 0.2)', eval_time: 0m, exp_samples: [{value: 0.3}]}`, `{expr: 'vector(0)', eval_time: 0m, exp_samples: [{value: 5e-324}]}`))}`,
  ),
  one(
    'fuzzy comparison of what is further apart',
    `fuzzy_compare: true\n${group(exprs(`{expr: 'vector(0.30000000000000016)', eval_time: 0m, exp_samples: [{value: 0.3}]}`))}`,
    ['got'],
  ),

  // Files.
  one('a pattern of rule files without a match', 'rule_files: ["none*.yml"]\ntests: []\n'),
  one(
    'a rule file with a mistake',
    group(exprs(`{expr: '1', eval_time: 0m}`)),
    ['rules.yml:1:1: unknown key "grups"'],
    { rules: 'grups: []\n', ownWords: true },
  ),
  one('an unknown key in a rule file', group(''), ['unknown key "owner"'], {
    rules: 'groups:\n- {name: a, owner: b}\n',
    ownWords: true,
  }),
  one('an unknown key in a rule file, passed over', group(''), [], {
    rules: 'groups:\n- {name: a, owner: b}\n',
    ignoreUnknownFields: true,
  }),
  one('an unknown key', 'tests: []\nfoo: 1\n', ['unknown key "foo"'], { ownWords: true }),
  one('an unknown key in a group', 'tests: [{foo: 1}]\n', ['unknown key "foo"'], {
    ownWords: true,
    ignoreUnknownFields: true,
  }),
  one(
    'an unknown key in a sample',
    'tests: [{promql_expr_test: [{exp_samples: [{val: 1}]}]}]\n',
    ['unknown key "val"'],
    { ownWords: true },
  ),
  one('a time without a unit', 'tests: [{promql_expr_test: [{eval_time: 5}]}]\n', ['eval_time: not a valid duration'], {
    ownWords: true,
  }),
  one(
    'a value that is no number',
    'tests: [{promql_expr_test: [{exp_samples: [{value: much}]}]}]\n',
    ['value: expected a number'],
    { ownWords: true },
  ),
  one('no YAML', 'tests: [\n', [''], { ownWords: true }),
].map((given) => ({ rules: RULES, ...given }))
