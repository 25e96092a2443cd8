import { expect, test } from 'vitest'
import { CHECKS } from './catalogue.ts'
import { CONFIG, lintTexts, told } from './testkit/lint-texts.ts'

const alert = (expr: string, more = '') =>
  `groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: ${JSON.stringify(expr)}\n${more}`
const note = (text: string) => `        annotations: {summary: ${JSON.stringify(text)}}\n`

/** Expressions of an alert with the checks that find something. */
test.for([
  // Sides that never match.
  ['sum by (user) (rate(a_total[5m])) > avg(sum by (user) (rate(a_total[1h]))) * 10', 'promql/vector_matching'],
  ['sum by (user) (rate(a_total[5m])) > on () group_left () avg(sum by (user) (rate(a_total[1h]))) * 10', ''],
  ['sum by (user) (rate(a_total[5m])) > scalar(avg(sum by (user) (rate(a_total[1h])))) * 10', ''],
  ['rate(errors_total{code="500"}[5m]) / rate(errors_total{code="200"}[5m]) > 1', 'promql/vector_matching'],
  ['rate(threats_seen_total[1h]) < 0.1 and rate(models_made_total[1h]) > 0', 'promql/vector_matching'],
  ['rate(threats_seen_total[1h]) < 0.1 and on (method) rate(models_made_total[1h]) > 0', ''],
  ['rate(node_a_total[1h]) > 1 and rate(node_b_total[1h]) > 0', ''],
  ['up == 0 unless on (instance) maintenance == 1', ''],
  ['up == 0 unless sum(maintenance) == 1', 'promql/vector_matching'],
  ['kube_pod_info * on (node) group_left (zone) node_zone > 0', ''],
  // What is never or always true, or not there any more.
  ['count(up == 1) == 0', 'promql/impossible'],
  ['(count(up == 1) or vector(0)) == 0', ''],
  ['count(up == 0) > 0', ''],
  ['absent(up) == 0', 'promql/impossible'],
  ['absent(up) == 1', ''],
  ['rate(a_total[5m]) < 0', 'promql/impossible'],
  ['rate(a_total[5m]) >= 0', 'promql/impossible'],
  ['rate(a_total[5m]) == 0', ''],
  ['up > 1', 'promql/impossible'],
  ['up < 1', ''],
  ['sum by (path) (sum by (job) (up)) > 1', 'promql/impossible'],
  ['(up > bool 0) > 1', 'promql/impossible'],
  // Histograms.
  ['histogram_quantile(0.9, sum by (job) (rate(a_seconds_bucket[5m]))) > 1', 'promql/histogram'],
  ['histogram_quantile(0.9, sum by (job, le) (rate(a_seconds_bucket[5m]))) > 1', ''],
  ['histogram_quantile(0.9, sum by (job) (rate(a_seconds[5m]))) > 1', ''],
  ['sum(rate(a_seconds_bucket{le="2"}[5m])) > 1', 'promql/bound'],
  ['sum(rate(a_seconds_bucket{le="2.0"}[5m])) > 1', ''],
  ['sum(rate(a_seconds_bucket{le="0.5"}[5m])) > 1', ''],
  ['sum(rate(a_seconds_bucket{le="+Inf"}[5m])) > 1', ''],
  ['sum(rate(a_seconds_bucket{le=~"2(\\\\.0)?"}[5m])) > 1', ''],
  ['sum(rate(a_seconds_bucket{le!="2"}[5m])) > 1', ''],
  ['a_seconds{quantile="1"} > 1', 'promql/bound'],
  ['a_seconds{quantile="0.99"} > 1', ''],
  ['a_size_bytes_bucket{le="1000000"} > 1', 'promql/bound'],
  ['some_setting{le="2"} > 1', ''],
  // Counters and gauges.
  ['rate(memory_used_bytes[5m]) > 1', 'promql/rate'],
  ['deriv(memory_used_bytes[5m]) > 1', ''],
  ['rate(a_total[20s]) > 0', 'promql/rate'],
  ['rate(job:a:rate5m[20s]) > 0', ''],
  ['rate(a_total[30s]) > 0', ''],
  ['tampering_detected_total > 0', 'promql/counter'],
  ['sum(http_errors_total) > 100', 'promql/counter'],
  ['http_errors_total > http_errors_total offset 5m', ''],
  ['increase(http_errors_total[1h]) > 0', ''],
  ['nodes_offline_total > 0', ''],
  // Division by a limit of 0.
  ['redis_memory_used_bytes / redis_memory_max_bytes > 0.9', 'promql/zero_division'],
  ['redis_memory_used_bytes / (redis_memory_max_bytes > 0) > 0.9', ''],
  ['redis_memory_used_bytes / redis_memory_max_bytes > 0.9 and redis_memory_max_bytes > 0', ''],
  ['redis_memory_used_bytes / redis_memory_max_bytes < 0.1', ''],
  [
    'sum by (pod) (container_memory_usage_bytes) / sum by (pod) (container_spec_memory_limit_bytes) > 0.9',
    'promql/zero_division',
  ],
  // Regexes.
  ['up{job=~"node"} == 0', 'promql/regexp'],
  ['up{job!~"node"} == 0', 'promql/regexp'],
  ['up{job=~"node|api"} == 0', ''],
  ['up{job=~".*-service"} == 0', ''],
  // Conditions.
  ['queue_length', 'alerts/comparison'],
  ['sum(rate(a_total[5m]))', 'alerts/comparison'],
  ['vector(1)', ''],
  ['absent(up{job="a"})', ''],
  ['job:down:bool', ''],
  ['ALERTS{severity="info"} unless on () ALERTS{severity="critical"}', ''],
] as const)('%s', ([expr, expected]) => {
  const found = lintTexts({ 'a.yml': alert(expr, note('on {{ $labels.instance }}')) }, { config: CONFIG })
  const checks = found.map(({ check }) => check)
  const own = checks.filter(
    (check) => !['alerts/up', 'alerts/watchdog', 'alerts/template', 'alerts/per_series'].includes(check),
  )
  expect(own).toEqual(expected === '' ? [] : [expected])
})

/** Texts of an alert beside its expression. */
test.for([
  ['rate(logins_total[1m]) > 50', '{{ $value }} logins per minute on {{ $labels.job }}', 'alerts/unit'],
  ['rate(logins_total[1m]) > 50', 'more than 50/min on {{ $labels.job }}', 'alerts/unit'],
  ['rate(restarts_total[15m]) > 0', '{{ $labels.pod }} restarted {{ $value }} times in 15 minutes', 'alerts/unit'],
  ['sum by (job) (rate(a_total[5m])) > 1', '{{ $labels.job }}: {{ $value }} per hour', 'alerts/unit'],
  ['rate(logins_total[1m]) * 60 > 50', '{{ $value }} logins per minute on {{ $labels.job }}', ''],
  ['increase(logins_total[1m]) > 50', '{{ $value }} logins per minute on {{ $labels.job }}', ''],
  ['rate(logins_total[5m]) > 1', '{{ $labels.job }}: {{ $value }} logins per second over 5 minutes', ''],
  ['rate(a_total[5m]) / rate(b_total[5m]) > 1', '{{ $labels.job }}: {{ $value }} in 15 minutes', ''],
  ['rate(cpu_seconds_total[5m]) > 1', '{{ $labels.job }}: {{ $value }} in 15 minutes', ''],
  ['rate(logins_total[5m]) > 5', 'too many logins', 'alerts/per_series'],
  ['histogram_quantile(0.9, rate(a_bucket[5m])) > 5', 'slow', 'alerts/per_series'],
  ['sum(rate(logins_total[5m])) > 5', 'too many logins', ''],
  ['rate(attacks_total[5m]) > 0', 'an attack', ''],
  ['queue_length > 5', 'too long', ''],
  ['sum by (job) (up) == 0', '{{ $labels.instance }} is down', 'alerts/template'],
  ['sum by (job) (up) == 0', '{{ $labels.job }} is down', ''],
  ['sum by (job) (up) == 0', '{{ index $labels "instance" }} is down', 'alerts/template'],
  ['absent(up{job="a"})', '{{ $labels.job }} {{ $labels.instance }}', 'alerts/template'],
  ['sum(up) == 0', '{{ with query "up" }}{{ . | first | label "job" }}{{ end }}', ''],
  ['up == 0', '{{ printf "%d" $value }}', 'alerts/template_runs'],
  ['up == 0', '{{ printf "%.0f" $value }}', ''],
  ['up == 0', '{{ $labels.job.name }}', 'alerts/template_runs'],
  ['up == 0', '{{ humanize $labels.job }}', 'alerts/template_runs'],
  ['up == 0', '{{ $value | humanizePercentage }} {{ $value | humanizeDuration }} {{ $value | humanizeTimestamp }}', ''],
  ['up == 0', '{{ with query "up{" }}{{ . | first | value }}{{ end }}', 'alerts/template_runs'],
  ['up == 0', '{{ with query "up" }}{{ . | first | value | humanize }}{{ end }}', ''],
  ['up == 0', '{{ range query "up" }}{{ .Labels.job }}: {{ .Value }}{{ end }}', ''],
  ['up == 0', '{{ template "x" }}', 'alerts/template_runs'],
  ['up == 0', 'down\\nsince now', 'alerts/newline'],
  ['up == 0', 'down\nsince now', ''],
  ['up == 0', '{{ reReplaceAll "\\\\n" "" $labels.job }}', ''],
] as const)('%s saying %s', ([expr, text, expected]) => {
  const checks = lintTexts({ 'a.yml': alert(expr, note(text)) }).map(({ check }) => check)
  expect(checks).toEqual(expected === '' ? [] : [expected])
})

test('findings stand where the thing is, with what to do', () => {
  const text = `groups:
  - name: g
    rules:
      - alert: A
        expr: |
          sum by (user) (rate(a_total[5m]))
            > avg(rate(a_total[1h]))
        annotations:
          summary: >-
            for {{ $labels.user }}
            at {{ $labels.instance }}
`
  expect(lintTexts({ 'a.yml': text })).toEqual([
    {
      check: 'promql/vector_matching',
      place: { file: 'a.yml', line: 7, column: 13, path: 'groups.0.rules.0.expr' },
      message:
        '">" never gives anything: the left side has the label user, the right side has not ("avg(rate(a_total[1h]))")',
      hint: 'write "> on () group_left ()", or put scalar(...) around the side without labels',
    },
    {
      check: 'alerts/template',
      place: { file: 'a.yml', line: 11, column: 19, path: 'groups.0.rules.0.annotations.summary' },
      message: '$labels.instance is always empty: "sum by (user) (rate(a_total[5m]))" does not give it',
      hint: 'add it to the aggregation, such as "by (instance)", or leave it out of the text',
    },
  ])
})

test('labels that hold the value are told, labels of the rule are not those of the series', () => {
  const text = alert(
    'sum(up) == 0',
    '        labels: {v: "{{ $value }}", team: a}\n        annotations: {s: "{{ $labels.team }}"}\n',
  )
  const found = lintTexts({ 'a.yml': text })
  expect(found.map(({ message }) => message)).toEqual([
    'the label v holds the value: each new value makes another alert, and "for" begins anew',
    '$labels.team is always empty: "sum(up)" does not give it',
  ])
  expect(found[1]?.hint).toContain('not those that the rule adds')
})

const record = (name: string, expr: string, more = '') => `      - record: ${name}\n        expr: ${expr}\n${more}`
const group = (...rules: string[]) => `groups:\n  - name: g\n    rules:\n${rules.join('')}`

test.for([
  ['api:latency:p95', 'histogram_quantile(0.95, rate(a_bucket[5m]))', 'rule/level'],
  ['instance:latency:p95', 'histogram_quantile(0.95, rate(a_bucket[5m]))', ''],
  ['instance_device:io:rate5m', 'rate(a_total[5m])', ''],
  ['job:up:sum', 'sum by (instance) (up)', 'rule/level'],
  ['job:up:sum', 'sum by (job) (up)', ''],
  ['job:up:sum', 'sum without (instance) (up)', ''],
  ['cluster:up:sum', 'sum(up)', ''],
  ['api:up', 'up', ''],
  ['api:rate:total', 'sum(rate(a_total[5m]))', ''],
  ['env:up:all', 'up{env="prod"}', ''],
  [':up:all', 'up', ''],
] as const)('the level of %s = %s', ([name, expr, expected]) => {
  const checks = lintTexts({ 'a.yml': group(record(name, JSON.stringify(expr))) }).map(({ check }) => check)
  expect(checks).toEqual(expected === '' ? [] : [expected])
})

test('what a recording rule keeps is known where its series are used', () => {
  const text = group(
    record('job:errors:rate5m', 'sum by (job) (rate(errors_total[5m]))', '        labels: {env: prod}\n'),
    '      - alert: A\n        expr: job:errors:rate5m{path="/"} > 1\n',
    '      - alert: B\n        expr: job:errors:rate5m{env="test"} > 1\n',
    '      - alert: C\n        expr: job:errors:rate5m > 1\n        annotations: {s: "{{ $labels.instance }}"}\n',
    '      - alert: D\n        expr: job:errors:rate5m / on (job) sum by (job) (up) > 1\n        annotations: {s: "{{ $labels.job }}"}\n',
    '      - alert: E\n        expr: job:errors:rate5m / up > 1\n',
  )
  expect(lintTexts({ 'a.yml': text }).map(({ check, message }) => `${check}: ${message}`)).toEqual([
    'promql/impossible: job:errors:rate5m is recorded without the label path: no series matches path="/"',
    'promql/impossible: job:errors:rate5m is recorded with env="prod" only: no series matches env="test"',
    'alerts/template: $labels.instance is always empty',
    'promql/vector_matching: "/" never gives anything: the right side has the label instance, the left side has not',
  ])
})

test('recording rules that read each other end', () => {
  const text = group(record('a', 'b + 1'), record('b', 'a + 1'))
  expect(lintTexts({ 'a.yml': text })).toEqual([])
})

test('alerts of the same name in different groups or files are told, steps of one alert are not', () => {
  const high = (limit: number, more: string) =>
    `      - alert: High\n        expr: sum(rate(a_total[5m])) > ${limit}\n${more}`
  const a = group(high(1, '        labels: {severity: warning}\n'), high(5, '        labels: {severity: critical}\n'))
  const b = group(high(9, '        for: 5m\n        labels: {severity: critical}\n'))
  const found = lintTexts({ 'a.yml': a, 'b.yml': b })
  expect(found.map(({ place, message }) => `${place.file}:${place.line} ${message}`)).toEqual([
    'b.yml:4 "High" in a.yml:4 means something else: another expression, severity warning there, critical here, for 0s there, 5m here',
  ])
  expect(lintTexts({ 'a.yml': a })).toEqual([])
  const same = lintTexts({ 'a.yml': group(high(1, '')), 'b.yml': group(high(1, '')) })
  expect(same.map(({ message }) => message)).toEqual(['"High" stands in a.yml:4 too, with the same expression'])
})

test('severities and runbooks are asked for where others have them', () => {
  const one = (name: string, more: string) => `      - alert: ${name}\n        expr: up == 0\n${more}`
  const text = group(
    one('A', '        labels: {severity: critical}\n        annotations: {runbook_url: "https://a"}\n'),
    one('B', '        labels: {severity: critical}\n'),
    one('C', '        labels: {severity: warning}\n'),
    one('D', ''),
  )
  expect(lintTexts({ 'a.yml': text }).map(({ check, message }) => `${check}: ${message}`)).toEqual([
    'alerts/runbook: "B" is critical and has no runbook_url, as other alerts here have',
    'alerts/severity: "D" has no severity',
  ])
  expect(lintTexts({ 'a.yml': group(one('A', ''), one('B', '')) })).toEqual([])
})

test('a whole configuration needs an alert for dead targets and one that always fires', () => {
  const bare = { 'a.yml': alert('sum(rate(a_total[5m])) > 1') }
  expect(lintTexts(bare)).toEqual([])
  expect(lintTexts(bare, { config: CONFIG }).map(({ check, place }) => `${check} ${place.file}:${place.line}`)).toEqual(
    ['alerts/up prometheus.yml:1', 'alerts/watchdog prometheus.yml:1'],
  )
  const config = {
    ...CONFIG!,
    text: 'rule_files: [a.yml]   # pint disable alerts/up\n# pint file/disable alerts/watchdog\n',
  }
  expect(lintTexts(bare, { config })).toEqual([])
  const good = group(
    '      - alert: Watchdog\n        expr: vector(1)\n',
    '      - alert: Down\n        expr: redis_up == 0\n',
  )
  expect(lintTexts({ 'a.yml': good }, { config: CONFIG })).toEqual([])
  const absent = group('      - alert: DeadMansSwitch\n        expr: absent(foo) > 0\n')
  expect(lintTexts({ 'a.yml': absent }, { config: CONFIG })).toEqual([])
})

test('for is compared with the interval of the group or of the configuration', () => {
  const text = `groups:
  - name: g
    interval: 2m
    rules:
      - {alert: A, expr: up == 0, for: 1m}
      - {alert: B, expr: up == 0, for: 2m}
      - {alert: C, expr: up == 0}
  - name: h
    rules:
      - {alert: D, expr: up == 0, for: 30s}
      - {alert: Watchdog, expr: vector(1)}
`
  expect(told(lintTexts({ 'a.yml': text }, { config: CONFIG }))).toEqual(['5:35 alerts/for', '10:35 alerts/for'])
  expect(told(lintTexts({ 'a.yml': text }))).toEqual(['5:35 alerts/for'])
})

test('a comment above a recording rule is a text about it', () => {
  const text = group('      # Requests (per minute)\n', record('requests:rate1m', 'sum(rate(requests_total[1m]))'))
  expect(told(lintTexts({ 'a.yml': text }))).toEqual(['6:19 alerts/unit'])
})

const LINTED = 'rate(logins_total[1m]) > 50'

test.for([
  ['nothing', `${alert(LINTED, note('per minute'))}`, ['alerts/per_series', 'alerts/unit']],
  [
    'disable above the rule',
    alert(LINTED, note('per minute')).replace('      - alert', '      # pint disable alerts/unit\n      - alert'),
    ['alerts/per_series'],
  ],
  [
    'disable inside of the rule',
    alert(LINTED, `        # pint disable alerts/unit\n${note('per minute')}`),
    ['alerts/per_series'],
  ],
  [
    'disable at the end of a line',
    alert(LINTED, note('per minute')).replace('alert: A', 'alert: A # pint disable alerts/unit'),
    ['alerts/per_series'],
  ],
  [
    'disable above another rule',
    alert(LINTED, `${note('per minute')}      # pint disable alerts/unit\n      - {alert: B, expr: up == 0}\n`),
    ['alerts/per_series', 'alerts/unit'],
  ],
  ['file/disable', `# pint file/disable alerts/unit\n${alert(LINTED, note('per minute'))}`, ['alerts/per_series']],
  [
    'snooze until later',
    alert(LINTED, `        # pint snooze 2030-01-01 alerts/unit\n${note('per minute')}`),
    ['alerts/per_series'],
  ],
  [
    'snooze until earlier',
    alert(LINTED, `        # pint snooze 2020-01-01 alerts/unit\n${note('per minute')}`),
    ['alerts/per_series', 'alerts/unit'],
  ],
  [
    'file/snooze',
    `# pint file/snooze 2030-01-01T00:00:00Z alerts/unit\n${alert(LINTED, note('per minute'))}`,
    ['alerts/per_series'],
  ],
  ['ignore/file', `# pint ignore/file\n${alert(LINTED, note('per minute'))}`, []],
  ['ignore/line', alert(LINTED, note('per minute')).replace('50"', '50" # pint ignore/line'), []],
  [
    'ignore/next-line',
    alert(LINTED, note('per minute')).replace('        expr', '        # pint ignore/next-line\n        expr'),
    [],
  ],
  ['ignore/begin and ignore/end', `# pint ignore/begin\n${alert(LINTED, note('per minute'))}# pint ignore/end\n`, []],
] as const)("pint's comments: %s", ([, text, expected]) => {
  const found = lintTexts({ 'a.yml': text }, { nowMs: Date.parse('2026-01-01') })
  expect(found.map(({ check }) => check)).toEqual(expected)
})

test("names of pint's own checks switch off what finds the like", () => {
  const text = alert(
    'redis_memory_used_bytes / redis_memory_max_bytes > 0.9',
    '        # pint disable promql/nan(prod)\n',
  )
  expect(lintTexts({ 'a.yml': text })).toEqual([])
})

test('every check has a name of its own and says what it finds and why', () => {
  const names = CHECKS.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const { finds, why } of CHECKS) {
    expect(finds).toMatch(/\.$/)
    expect(why).toMatch(/\.$/)
  }
})
