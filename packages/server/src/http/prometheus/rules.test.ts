import { expect, test } from 'vitest'
import type { RuleGroupView, RuleView } from '../parts.ts'
import { fakeParts, startHttp } from '../testkit/index.ts'
import { goExponent } from './rules.ts'

const rule = (more: Partial<RuleView>): RuleView => ({
  id: 'x',
  kind: 'alerting',
  name: 'Down',
  query: 'up == 0',
  forMs: 90_000,
  keepFiringForMs: 0,
  labels: ['severity', 'page'],
  annotations: ['summary', '{{ $labels.job }} is down'],
  health: 'ok',
  lastError: '',
  lastEvaluationMs: Date.UTC(2026, 0, 1, 0, 0, 15, 120),
  evaluationDurationMs: 2.5,
  place: {},
  alerts: [],
  resolved: [],
  ...more,
})
const group = (name: string, rules: readonly RuleView[], file = '/etc/r.yml'): RuleGroupView => ({
  file,
  name,
  intervalMs: 15_000,
  limit: 0,
  lastEvaluationMs: Date.UTC(2026, 0, 1, 0, 0, 15),
  evaluationDurationMs: 4,
  missedIterations: 0,
  nextEvaluationMs: 0,
  rules,
})
const firing = {
  labels: ['alertname', 'Down', 'job', 'a'],
  annotations: ['summary', 'a is down'],
  state: 'firing' as const,
  activeAtMs: Date.UTC(2026, 0, 1),
  value: 0,
}
const recording = rule({ kind: 'recording', name: 'job:up', query: 'sum by (job) (up)', labels: [], health: 'unknown' })
const groups = [
  group('a', [rule({ alerts: [firing, { ...firing, state: 'nodata', keepFiringSinceMs: 0 }] }), recording]),
  group('b', [
    rule({ name: 'Slow', labels: [], health: 'err', lastError: 'no', alerts: [{ ...firing, state: 'pending' }] }),
  ]),
  group('c', [recording], '/etc/s.yml'),
]

type Answer = {
  status: string
  error?: string
  data: { groups: { name: string; rules: Record<string, unknown>[] }[]; groupNextToken?: string }
}

async function ask(path: string): Promise<Answer> {
  await using server = await startHttp({ ...fakeParts(), rules: { groups: () => groups } })
  return (await (await fetch(server.url + path)).json()) as Answer
}

test('rules have the fields of Prometheus', async () => {
  const { data } = await ask('/api/v1/rules')
  expect(data.groups[0]).toEqual({
    name: 'a',
    file: '/etc/r.yml',
    interval: 15,
    limit: 0,
    evaluationTime: 0.004,
    lastEvaluation: '2026-01-01T00:00:15Z',
    rules: [
      {
        state: 'firing',
        name: 'Down',
        query: 'up == 0',
        duration: 90,
        keepFiringFor: 0,
        labels: { severity: 'page' },
        annotations: { summary: '{{ $labels.job }} is down' },
        alerts: [
          {
            labels: { alertname: 'Down', job: 'a' },
            annotations: { summary: 'a is down' },
            state: 'firing',
            activeAt: '2026-01-01T00:00:00Z',
            value: '0e+00',
          },
          expect.objectContaining({ state: 'firing', keepFiringSince: '1970-01-01T00:00:00Z' }),
        ],
        health: 'ok',
        evaluationTime: 0.0025,
        lastEvaluation: '2026-01-01T00:00:15.12Z',
        type: 'alerting',
      },
      {
        name: 'job:up',
        query: 'sum by (job) (up)',
        health: 'unknown',
        evaluationTime: 0.0025,
        lastEvaluation: '2026-01-01T00:00:15.12Z',
        type: 'recording',
      },
    ],
  })
  expect(data.groups[1]!.rules[0]).toMatchObject({ state: 'pending', health: 'err', lastError: 'no' })
})

test.for([
  ['type=alert', 'a:Down b:Slow'],
  ['type=RECORD', 'a:job:up c:job:up'],
  ['rule_name[]=Slow&rule_name[]=Down', 'a:Down b:Slow'],
  ['rule_group[]=b', 'b:Slow'],
  ['file[]=/etc/s.yml', 'c:job:up'],
  ['match[]={severity="page"}', 'a:Down'],
  ['match[]={severity="page"}&type=record', ''],
  ['group_limit=2', 'a:Down a:job:up b:Slow +'],
  ['group_limit=3', 'a:Down a:job:up b:Slow c:job:up'],
])('%s shows %s', async ([query, shown]) => {
  const { data } = await ask(`/api/v1/rules?${query}`)
  const names = data.groups.flatMap(({ name, rules }) => rules.map((one) => `${name}:${one.name}`))
  expect([...names, ...(data.groupNextToken === undefined ? [] : ['+'])].join(' ')).toBe(shown)
})

test('pages of groups follow one another', async () => {
  const first = await ask('/api/v1/rules?group_limit=1')
  const second = await ask(`/api/v1/rules?group_limit=1&group_next_token=${first.data.groupNextToken}`)
  expect(second.data.groups.map(({ name }) => name)).toEqual(['b'])
})

test('alerts can be left out', async () => {
  const { data } = await ask('/api/v1/rules?exclude_alerts=TRUE&type=alert')
  expect(data.groups[0]!.rules[0]!.alerts).toBeNull()
})

test.for([
  ['type=x', 'invalid parameter "type": not supported value "x"'],
  [
    'exclude_alerts=maybe',
    'invalid parameter "exclude_alerts": error converting exclude_alerts: strconv.ParseBool: parsing "maybe": invalid syntax',
  ],
  ['group_limit=0', 'invalid parameter "group_limit": group_limit needs to be greater than 0'],
  [
    'group_limit=x',
    'invalid parameter "group_limit": group_limit needs to be a valid number: strconv.ParseInt: parsing "x": invalid syntax',
  ],
  [
    'group_next_token=x',
    'invalid parameter "group_next_token": group_limit needs to be present in order to paginate over the groups',
  ],
  [
    'group_limit=1&group_next_token=x',
    `invalid parameter "group_next_token": invalid group_next_token 'x'. were rule groups changed?`,
  ],
  ['match[]={}', 'match[] must contain at least one non-empty matcher'],
])('%s is refused in Prometheus’s words', async ([query, error]) => {
  expect(await ask(`/api/v1/rules?${query}`)).toMatchObject({ status: 'error', error })
})

test('alerts are those of all rules', async () => {
  const { data } = (await ask('/api/v1/alerts')) as unknown as { data: { alerts: { state: string }[] } }
  expect(data.alerts.map(({ state }) => state)).toEqual(['firing', 'firing', 'pending'])
})

test.for([
  [0, '0e+00'],
  [-0, '-0e+00'],
  [12345.678, '1.2345678e+04'],
  [1e-9, '1e-09'],
  [1.5e300, '1.5e+300'],
  [Number.NaN, 'NaN'],
  [Number.NEGATIVE_INFINITY, '-Inf'],
] as const)('%s prints as %s', ([value, text]) => expect(goExponent(value)).toBe(text))
