import { describe, expect, test } from 'vitest'
import { BinnacleError } from '../config/index.ts'
import { checkRuleFile } from '../rules/rule-file/index.ts'
import { systemClock } from '../telemetry/index.ts'
import { createPageCatalogue, diagnose, type RuleReport } from './index.ts'

const PAGE = `
# TYPE http_requests_total counter
http_requests_total{route="/a",status_code="200"} 3
http_requests_total{route="/b",status_code="404"} 1
# TYPE failures_total counter
# TYPE jobs_total counter
jobs_total{queue="mail",result="success"} 3
# TYPE queue_limit gauge
queue_limit{queue="mail"} 0
queue_limit{queue="print"} 10
# TYPE queue_length gauge
queue_length{queue="mail"} 4
queue_length{queue="print"} 4
# TYPE latency_seconds histogram
latency_seconds_bucket{route="/a",le="1"} 1
latency_seconds_bucket{route="/a",le="+Inf"} 1
latency_seconds_sum{route="/a"} 1
latency_seconds_count{route="/a"} 1
`

const catalogue = createPageCatalogue(
  [{ job: 'app', file: 'app:80', body: Buffer.from(PAGE.trimStart()) }],
  [{ job: 'db', instances: [['instance', 'db:5432']] }],
)

async function diagnoseText(text: string) {
  const { ruleFile, places, errors } = checkRuleFile(text, 'rules.yml')
  if (ruleFile === undefined) throw errors[0] ?? new Error('no rules')
  return await diagnose(
    {
      rules: [{ ruleFile, places, text }],
      notLoaded: new Map(),
      files: [],
      routing: undefined,
      others: [],
      sendings: [{ externalLabels: {}, relabelRules: [] }],
    },
    { catalogue, clock: systemClock, pause: () => undefined },
  )
}

async function alertOf(expr: string, more = ''): Promise<RuleReport> {
  const text = `groups:\n- name: g\n  rules:\n  - record: route:requests:rate5m\n    expr: sum by (route) (rate(http_requests_total[5m]))\n    labels: {team: web}\n  - record: broken:rate5m\n    expr: rate(nowhere_total[5m])\n  - alert: A\n    expr: '${expr.replaceAll("'", "''")}'\n${more}`
  const { rules } = await diagnoseText(text)
  return rules.find(({ name }) => name === 'A')!
}

describe('verdicts', () => {
  test.for([
    ['a metric with its labels', 'rate(http_requests_total{status_code="404"}[5m]) > 1', 'can_fire', ''],
    [
      'a metric that nobody gives',
      'http_request_total > 1',
      'cannot_fire',
      'nobody gives the metric http_request_total',
    ],
    [
      'a metric that is declared and has no series yet',
      'failures_total > 1',
      'unknown',
      'failures_total is known here',
    ],
    [
      'a label with another name',
      'http_requests_total{status="500"} > 1',
      'cannot_fire',
      'no series of http_requests_total has the label status',
    ],
    [
      'a value that may still come',
      'http_requests_total{status_code=~"5.."} > 1',
      'unknown',
      'no series of http_requests_total has status_code=~"5.."',
    ],
    [
      'a value that is misspelt',
      'jobs_total{result="Success"} > 1',
      'unknown',
      'no series of jobs_total has result="Success"',
    ],
    ['a job that is configured but not seen', 'up{job="db"} == 0', 'can_fire', ''],
    ['a job that is not', 'up{job="database"} == 0', 'cannot_fire', 'no job matches job="database"'],
    ['a negative matcher on a label that is not there', 'queue_length{env!="test"} > 1', 'can_fire', ''],
    ['a recording rule as producer', 'route:requests:rate5m{route="/a", team="web"} > 1', 'can_fire', ''],
    [
      'a label that the recording rule takes away',
      'route:requests:rate5m{status_code="200"} > 1',
      'cannot_fire',
      'is recorded without the label status_code',
    ],
    [
      'a recording rule that gives nothing',
      'broken:rate5m > 1',
      'cannot_fire',
      'the rule that records broken:rate5m gives nothing: nobody gives the metric nowhere_total',
    ],
    ['sides with labels in common', 'queue_length / on (queue) queue_limit < 1', 'can_fire', ''],
    [
      'sides with other labels',
      'rate(http_requests_total[5m]) > 1 and rate(jobs_total[5m]) > 1',
      'cannot_fire',
      '"and" never finds a pair: only the left side has route, status_code',
    ],
    [
      'sides with other values',
      'queue_length{queue="mail"} > on (queue) queue_limit{queue="print"}',
      'cannot_fire',
      '"> never',
    ],
    [
      'one side without labels',
      'sum by (queue) (queue_length) > sum(queue_limit)',
      'cannot_fire',
      'only the left side has queue',
    ],
    [
      'group_left brings the labels',
      'sum by (queue) (queue_length) > on () group_left () sum(queue_limit)',
      'can_fire',
      '',
    ],
    ['one of two alternatives', 'queue_length > 1 or nowhere > 1', 'can_fire', ''],
    ['none of two alternatives', 'nothing > 1 or nowhere > 1', 'cannot_fire', 'nobody gives the metric nothing'],
    ['less something that is not there', 'queue_length > 1 unless nowhere', 'can_fire', ''],
    [
      'a division by a limit of 0',
      'queue_length / queue_limit > 0.9',
      'always_fires',
      'queue_limit is 0 for 1 of 2 series',
    ],
    ['the same with zeros left out', 'queue_length / (queue_limit > 0) > 0.9', 'can_fire', ''],
    ['the same the other way round', 'queue_length / queue_limit < 0.1', 'can_fire', ''],
    ['a watchdog', 'vector(1)', 'always_fires', ''],
    ['absence of what is there', 'absent(up{job="db"})', 'can_fire', ''],
    ['absence of what is nowhere', 'absent(up{job="database"})', 'always_fires', 'no job matches job="database"'],
    [
      'a quantile without le',
      'histogram_quantile(0.9, sum by (route) (rate(latency_seconds_bucket[5m]))) > 1',
      'cannot_fire',
      'no series of latency_seconds_bucket keeps its label le',
    ],
    [
      'a quantile',
      'histogram_quantile(0.9, sum by (route, le) (rate(latency_seconds_bucket[5m]))) > 1',
      'can_fire',
      '',
    ],
    [
      'label_replace as producer',
      'queue_length * on (name) label_replace(queue_limit, "name", "$1", "queue", "(.*)") > 1',
      'cannot_fire',
      'only the right side has name',
    ],
    [
      'label_replace on both sides',
      'label_replace(queue_length, "name", "$1", "queue", "(.*)") * on (name) label_replace(queue_limit, "name", "$1", "queue", "(.*)") > 1',
      'can_fire',
      '',
    ],
    ['alerts of a rule', 'ALERTS{alertname="A"} == 1', 'can_fire', ''],
    ['alerts of no rule', 'ALERTS{alertname="B"} == 1', 'cannot_fire', 'no rule makes an alert with the name B'],
    [
      'a scalar of something that is not there',
      'queue_length > scalar(nowhere)',
      'cannot_fire',
      'nobody gives the metric nowhere',
    ],
  ] as const)('%s: %s', async ([, expr, verdict, message]) => {
    const { reasons, ...alert } = await alertOf(expr)
    expect(alert.verdict).toBe(verdict)
    if (message === '') expect(reasons).toEqual([])
    else expect(reasons[0]?.message).toContain(message.replace('"> never', '">" never finds a pair'))
  })
})

test('a finding names its place, and the nearest name that exists', async () => {
  const { reasons } = await alertOf('sum(rate(http_requests_total{status="500"}[5m])) > 1')
  expect(reasons).toEqual([
    {
      check: 'doctor/label',
      kind: 'label',
      severity: 'error',
      message: 'no series of http_requests_total has the label status',
      hint: 'did you mean "status_code"? it has instance, job, route, status_code',
      place: expect.objectContaining({ file: 'rules.yml', line: 10, column: 21 }),
    },
  ])
})

test('labels that a text or a group asks for and no series has are told with the rule', async () => {
  const { verdict, remarks } = await alertOf(
    'sum by (path, queue) (queue_length) > 1',
    '    annotations: {summary: "{{ $labels.path }} of {{ $labels.queue }}"}\n',
  )
  expect(verdict).toBe('can_fire')
  expect(remarks.map(({ message }) => message)).toEqual([
    'sum by (path): none of its series has the label path, so that all of them become one',
    '$labels.path is always empty: no series of the result has that label',
  ])
})

test('what else is wrong is told at once with what is missing', async () => {
  const { verdict, reasons, remarks } = await alertOf('sum by (path) (rate(http_requests_total{status="403"}[5m])) > 1')
  expect(verdict).toBe('cannot_fire')
  expect(reasons).toHaveLength(1)
  expect(remarks.map(({ message }) => message)).toEqual([
    'sum by (path): none of its series has the label path, so that all of them become one',
  ])
})

test.for([
  ['data_access_total', undefined],
  ['queue_lenght', 'there is queue_length and queue_limit'],
  ['http_requests', 'there is http_requests_total'],
] as const)('the nearest name of %s: %s', async ([metric, hint]) => {
  const { reasons } = await alertOf(`${metric} > 1`)
  expect(reasons[0]?.hint).toBe(hint)
})

test('a comment switches a finding off', async () => {
  const report = await diagnoseText(
    'groups:\n- name: g\n  rules:\n  # pint disable doctor/metric\n  - alert: A\n    expr: nowhere > 1\n',
  )
  expect(report.findings).toBe(0)
  expect(report.rules[0]?.verdict).toBe('cannot_fire')
})

test('a page that is none is refused with its file, line and column', () => {
  const broken = () => createPageCatalogue([{ job: 'a', file: 'a.prom', body: Buffer.from('up 1\nhttp{a= 1\n') }])
  expect(broken).toThrow(BinnacleError)
  try {
    broken()
  } catch (error) {
    expect((error as BinnacleError).place).toMatchObject({ file: 'a.prom', line: 2 })
  }
})
