import { labelsOf } from '@binnacle/promql'
import { expect, test } from 'vitest'
import { fingerprintOf, type Transition } from '../../../alerting/index.ts'
import type { HttpParts, RuleAlertView, RuleView } from '../../parts.ts'
import { type FakeAlert, fakeAlerting, fakeParts, rawRequest, startHttp } from '../../testkit/index.ts'
import { csvCell } from './history-export.ts'

const NOW = Date.now()
const MINUTE = 60_000
const CONFIG = `route:
  receiver: default
  group_by: [alertname]
  routes:
    - {matchers: [severity="critical"], receiver: pager, continue: true}
    - {matchers: [team="infra"], receiver: infra}
inhibit_rules:
  - {source_matchers: [severity="critical"], target_matchers: [severity="warning"], equal: [service]}
receivers:
  - {name: default}
  - {name: pager, pagerduty_configs: [{}]}
  - {name: infra, slack_configs: [{}], email_configs: [{}]}
`

const alert = (
  name: string,
  severity: string,
  more: Partial<FakeAlert> & { labels?: Record<string, string> } = {},
): FakeAlert => ({
  ...more,
  labels: { alertname: name, severity, ...more.labels },
  startsAtMs: more.startsAtMs ?? NOW - 10 * MINUTE,
})
const idOf = ({ labels }: FakeAlert) => fingerprintOf(labelsOf(labels))

const DISK = alert('DiskFull', 'warning', { labels: { team: 'infra', service: 'db' }, value: 0.05 })
const DOWN = alert('Down', 'critical', { labels: { service: 'shop' }, startsAtMs: NOW - MINUTE })
const SLOW = alert('Slow', 'critical', { labels: { service: 'shop' }, startsAtMs: NOW - 30 * MINUTE })
const DOG = alert('Watchdog', 'none')
const MUTED = alert('Latency', 'warning', { labels: { service: 'shop' }, inhibitedBy: [idOf(DOWN)] })

const transition = (n: number, of: FakeAlert, more: Partial<Transition>): Transition => ({
  id: `t${n}`,
  atMs: NOW - n * MINUTE,
  fingerprint: idOf(of),
  labels: labelsOf(of.labels),
  annotations: labelsOf({}),
  from: 'pending',
  to: 'firing',
  ...more,
})
const HISTORY = [
  transition(1, DOWN, { value: 0 }),
  transition(2, DISK, { from: 'firing', to: 'inactive', reason: 'vanished', value: Number.NaN }),
  transition(3, DISK, { from: 'firing', to: 'inactive', reason: 'value', value: 0.4 }),
  transition(4, SLOW, { from: 'inactive', to: 'pending' }),
]

const rule = (id: string, name: string, query: string, more: Partial<RuleView> = {}): RuleView => ({
  id,
  resolved: [],
  kind: 'alerting',
  name,
  query,
  forMs: 5 * MINUTE,
  keepFiringForMs: 0,
  labels: labelsOf({}),
  annotations: labelsOf({}),
  health: 'ok',
  lastError: '',
  evaluationDurationMs: 1,
  place: { file: 'rules.yml', line: 7 },
  alerts: [],
  ...more,
})
const PENDING: RuleAlertView = {
  labels: labelsOf({ alertname: 'DiskFull', severity: 'warning', team: 'infra', service: 'cache' }),
  annotations: labelsOf({}),
  state: 'pending',
  activeAtMs: NOW - MINUTE,
  value: 0.08,
}
const RULES = [
  rule('r1', 'DiskFull', 'free / size < 0.1', {
    labels: labelsOf({ severity: 'warning', team: 'infra' }),
    alerts: [PENDING],
  }),
  rule('r2', 'Down', 'up{job="a"} == 0', { labels: labelsOf({ severity: 'warning' }) }),
  rule('r3', 'Down', 'up{job="b"} == 0', { labels: labelsOf({ severity: 'critical' }) }),
  rule('r4', 'job:up:sum', 'sum by (job) (up)', { kind: 'recording', health: 'err', lastError: 'too many samples' }),
]

function start(alerts: readonly FakeAlert[] = [DISK, DOWN, SLOW, DOG, MUTED], more: Partial<HttpParts> = {}) {
  const alerting = fakeAlerting({ now: Date.now, config: CONFIG, alerts, transitions: HISTORY })
  const group = {
    file: 'rules.yml',
    name: 'app',
    intervalMs: 15_000,
    limit: 0,
    evaluationDurationMs: 2,
    missedIterations: 1,
    nextEvaluationMs: 0,
    rules: RULES,
  }
  return startHttp({ ...fakeParts(), alerting, rules: { groups: () => [group] }, ...more })
}

type Row = { labels: Record<string, string>; standing: string; rule?: string; fingerprint: string; value?: string }
type List = {
  total: number
  counts: Record<string, number>
  items: Row[]
  groups: { labels: Record<string, string>; from: number; count: number }[]
  rules: Record<string, { threshold?: { measured: string } }>
  names: Record<string, string>
}
const get = async <T>(url: string, path: string): Promise<T> => {
  const answer = await fetch(`${url}/api/app${path}`)
  expect(answer.status, await answer.clone().text()).toBe(200)
  return (await answer.json()) as T
}
const post = (url: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${url}/api/app${path}`, { method: 'POST', body: JSON.stringify(body), headers })
const namesOf = ({ items }: List) => items.map(({ labels }) => labels.alertname)
const query = (params: Record<string, string>) => `?${new URLSearchParams(params)}`

test('alerts that call for somebody stand first, worst and newest before the others; pending ones of rules are among them', async () => {
  await using server = await start()
  const list = await get<List>(server.url, '/alerts')
  expect(list.items.map(({ labels, standing }) => `${labels.alertname} ${standing}`)).toEqual([
    'Down firing',
    'Slow firing',
    'DiskFull firing',
    'Watchdog firing',
    'DiskFull pending',
    'Latency inhibited',
  ])
  expect(list.counts).toMatchObject({ firing: 4, pending: 1, inhibited: 1, silenced: 0 })
  expect(list.names).toEqual({ [idOf(DOWN)]: 'Down' })
})

test('what fires and was sent with external labels stands once; what went elsewhere stands there too', async () => {
  const firing = (service: string): RuleAlertView => ({
    ...PENDING,
    labels: labelsOf({ alertname: 'DiskFull', severity: 'warning', service }),
    state: 'firing',
  })
  const services = ['a', 'b', 'c']
  const sent = services
    .slice(0, 2)
    .map((service) => alert('DiskFull', 'warning', { labels: { service, cluster: 'eu', replica: '1' } }))
  const disk = rule('r1', 'DiskFull', 'free < 1', { alerts: services.map(firing) })
  const group = {
    file: 'rules.yml',
    name: 'app',
    intervalMs: 1,
    limit: 0,
    evaluationDurationMs: 2,
    missedIterations: 0,
    nextEvaluationMs: 0,
  }
  await using server = await start(sent, { rules: { groups: () => [{ ...group, rules: [disk] }] } })
  const { items } = await get<{ items: (Row & { receivers: string[] })[] }>(server.url, '/alerts')
  expect(items.map(({ labels, receivers }) => [labels.service, labels.cluster, receivers.length]).sort()).toEqual([
    ['a', 'eu', 1],
    ['b', 'eu', 1],
    ['c', undefined, 0],
  ])
  const { instances } = await get<{ instances: Row[] }>(server.url, '/rules/r1')
  expect(instances.map(({ labels }) => labels.cluster).sort()).toEqual(['eu', 'eu', undefined])
})

test('an alert knows its rule, also among rules of the same name, and the bound that it broke', async () => {
  await using server = await start()
  const list = await get<List>(server.url, '/alerts')
  expect(list.items.map((item) => item.rule)).toEqual(['r3', undefined, 'r1', undefined, 'r1', undefined])
  expect(list.rules.r1!.threshold).toMatchObject({ measured: 'free / size', limits: [{ op: '<', value: 0.1 }] })
})

test.for<[params: Record<string, string>, names: string[]]>([
  [{ filter: 'severity="critical"' }, ['Down', 'Slow']],
  [{ filter: '{service=~"sh.*", alertname!="Down"}' }, ['Slow', 'Latency']],
  [{ filter: 'team=""' }, ['Down', 'Slow', 'Watchdog', 'Latency']],
  [{ receiver: 'pager' }, ['Down', 'Slow']],
  [{ receiver: 'infra', state: 'firing' }, ['DiskFull']],
  [{ state: 'inhibited' }, ['Latency']],
  [{ state: 'pending', filter: 'team=infra' }, ['DiskFull']],
  [{ offset: '1', limit: '2' }, ['Slow', 'DiskFull']],
  [{ offset: '100' }, []],
])('%j shows %j', async ([params, names]) => {
  await using server = await start()
  expect(namesOf(await get<List>(server.url, `/alerts${query(params)}`))).toEqual(names)
})

test.for<[params: Record<string, string>, code: string]>([
  [{ filter: 'severity~"x"' }, 'alerting.bad_matcher'],
  [{ filter: 'a=~"("' }, 'alerting.bad_matcher'],
  [{ state: 'asleep' }, 'http.bad_parameter'],
  [{ limit: '100000' }, 'http.bad_parameter'],
  [{ offset: '-1' }, 'http.bad_parameter'],
])('%j is refused with %s', async ([params, code]) => {
  await using server = await start()
  const answer = await fetch(`${server.url}/api/app/alerts${query(params)}`)
  expect(answer.status).toBe(400)
  expect(((await answer.json()) as { error: { code: string } }).error.code).toBe(code)
})

test('groups say where they begin, the one with the worst alert first', async () => {
  await using server = await start()
  const list = await get<List>(server.url, '/alerts?group=service&group=team')
  expect(list.groups.map(({ labels, from, count }) => [labels, from, count])).toEqual([
    [{ service: 'shop' }, 0, 3],
    [{ service: 'db', team: 'infra' }, 3, 1],
    [{}, 4, 1],
    [{ service: 'cache', team: 'infra' }, 5, 1],
  ])
  expect(namesOf(list)).toEqual(['Down', 'Slow', 'Latency', 'DiskFull', 'Watchdog', 'DiskFull'])
})

test('ten thousand alerts are listed page by page', async () => {
  const many = Array.from({ length: 10_000 }, (_, i) =>
    alert(`Storm${i % 40}`, i % 3 === 0 ? 'critical' : 'warning', { labels: { instance: `host-${i}` } }),
  )
  await using server = await start(many)
  const first = await get<List>(server.url, '/alerts?group=alertname&limit=200')
  const last = await get<List>(server.url, '/alerts?group=alertname&limit=200&offset=9900')
  expect([first.total, first.items.length, last.items.length, first.groups.length]).toEqual([10_001, 200, 101, 41])
})

test('the summary leaves out what always fires by intention', async () => {
  await using server = await start()
  expect(await get(server.url, '/alerts/summary')).toMatchObject({
    calling: 3,
    severities: [
      { severity: 'critical', count: 2, oldestMs: SLOW.startsAtMs },
      { severity: 'warning', count: 1 },
    ],
    heartbeat: { configured: false },
    failingRules: 1,
  })
})

test('acknowledging counts at once, says who, and can be taken back', async () => {
  await using server = await start()
  const id = idOf(DOWN)
  const sent = await post(server.url, '/alerts/acknowledge', { fingerprints: [id], by: 'ana', comment: 'on it' })
  expect(sent.status).toBe(200)
  const detail = await get<{ alert: Row & { acknowledged: object }; transitions: object[]; rule: { id: string } }>(
    server.url,
    `/alerts/${id}`,
  )
  expect(detail.alert).toMatchObject({ standing: 'acknowledged', acknowledged: { by: 'ana', comment: 'on it' } })
  expect([detail.transitions.length, detail.rule.id]).toEqual([1, 'r3'])
  await post(server.url, '/alerts/unacknowledge', { fingerprints: [id] })
  expect((await get<{ alert: Row }>(server.url, `/alerts/${id}`)).alert.standing).toBe('firing')
})

test.for<[path: string, body: unknown, message: RegExp]>([
  ['/alerts/acknowledge', { fingerprints: ['0011223344556677'], by: '  ', comment: '' }, /by: must not be empty/],
  ['/alerts/acknowledge', { fingerprints: ['x'], by: 'ana', comment: '' }, /fingerprints.0: is no fingerprint/],
  ['/silences', { matchers: [], startsAtMs: 0, endsAtMs: 1, createdBy: 'a', comment: 'b' }, /at least one matcher/],
  [
    '/silences',
    { matchers: [{ name: 'a', kind: '=', value: 'b' }], startsAtMs: 0, endsAtMs: 1, createdBy: 'a', comment: ' ' },
    /comment: a reason is required/,
  ],
  ['/silences/preview', { matchers: [{ name: 'a', kind: '=~', value: '(' }] }, /\(/],
  ['/routing/explain', { labels: ['a'] }, /labels/],
])('POST %s with %j is refused', async ([path, body, message]) => {
  await using server = await start()
  const answer = await post(server.url, path, body)
  expect(answer.status).toBe(400)
  expect(((await answer.json()) as { error: { message: string } }).error.message).toMatch(message)
})

test.for([
  '/alerts/acknowledge',
  '/alerts/unacknowledge',
  '/silences',
  '/silences/x/expire',
  '/silences/x/extend',
  '/receivers/infra/test',
  '/rules/r1/test',
])('the page of another site cannot POST %s', async (path) => {
  await using server = await start()
  const refused = await rawRequest(server.port, `/api/app${path}`, {
    method: 'POST',
    headers: { host: `127.0.0.1:${server.port}`, 'sec-fetch-site': 'cross-site' },
  })
  expect(refused.status).toBe(403)
})

test('a silence is previewed, made, listed with what it matches, changed and ended', async () => {
  await using server = await start()
  const matchers = [{ name: 'service', kind: '=', value: 'shop' }]
  const preview = await (await post(server.url, '/silences/preview', { matchers })).json()
  expect(preview).toMatchObject({ now: { count: 3, services: ['shop'] }, past: { count: 1 } })

  const input = { matchers, startsAtMs: NOW - 1000, endsAtMs: NOW + 60 * MINUTE, createdBy: 'ana', comment: 'deploy' }
  const { id } = (await (await post(server.url, '/silences', input)).json()) as { id: string }
  const list = await get<{ items: { id: string; matched: number; endsAtMs: number }[]; counts: object }>(
    server.url,
    '/silences',
  )
  expect(list).toMatchObject({ counts: { active: 1 }, items: [{ id, matched: 3, createdBy: 'ana' }] })
  const quiet = await get<List & { silences: object }>(server.url, '/alerts?state=silenced')
  expect([namesOf(quiet), quiet.silences]).toEqual([
    ['Down', 'Slow', 'Latency'],
    { [id]: { createdBy: 'ana', comment: 'deploy' } },
  ])

  await post(server.url, '/silences', { ...input, id, endsAtMs: input.endsAtMs + 60 * MINUTE })
  expect((await get<{ endsAtMs: number }>(server.url, `/silences/${id}`)).endsAtMs).toBe(input.endsAtMs + 60 * MINUTE)
  await post(server.url, `/silences/${id}/extend`, { byMs: 60 * MINUTE })
  expect((await get<{ endsAtMs: number }>(server.url, `/silences/${id}`)).endsAtMs).toBe(input.endsAtMs + 120 * MINUTE)
  expect((await post(server.url, `/silences/${id}/extend`, { byMs: 1 })).status).toBe(400)
  await post(server.url, `/silences/${id}/expire`, {})
  expect(namesOf(await get<List>(server.url, '/alerts?state=silenced'))).toEqual([])
  expect((await fetch(`${server.url}/api/app/silences/gone`)).status).toBe(404)
})

test('a silence that ends soon while something that it mutes goes on is told of', async () => {
  await using server = await start()
  const silence = (service: string, minutes: number) => ({
    matchers: [{ name: 'service', kind: '=', value: service }],
    startsAtMs: NOW - 1000,
    endsAtMs: NOW + minutes * MINUTE,
    createdBy: 'ana',
    comment: service,
  })
  for (const body of [silence('shop', 10), silence('nothing', 5), silence('db', 60)])
    await post(server.url, '/silences', body)
  const { endingSilences } = await get<{ endingSilences: object[] }>(server.url, '/alerts/summary')
  expect(endingSilences).toMatchObject([{ comment: 'shop', matched: 3 }])
})

test('the tree of routes comes with live counts, the path of an alert with its group, messages and a real test', async () => {
  await using server = await start()
  type Node = { receiver: string; live: number; own: string[]; line: number; routes: Node[] }
  const { root, inhibitRules, receivers } = await get<{ root: Node; inhibitRules: object[]; receivers: object[] }>(
    server.url,
    '/routing',
  )
  expect(root.routes.map(({ receiver, live, line }) => [receiver, live, line])).toEqual([
    ['pager', 2, 5],
    ['infra', 1, 6],
  ])
  expect([inhibitRules.length, receivers.length]).toEqual([1, 3])
  const labels = { alertname: 'X', severity: 'critical', team: 'infra' }
  expect(await (await post(server.url, '/routing/explain', { labels })).json()).toMatchObject({
    routes: [
      { receiver: 'pager', routeId: '0.0', groupLabels: { alertname: 'X' } },
      { receiver: 'infra', routeId: '0.1', groupKey: '{}/{team="infra"}:{alertname="X"}' },
    ],
  })
  const rendered = await post(server.url, '/routing/messages', { receivers: ['infra', 'nobody'], labels })
  expect(await rendered.json()).toMatchObject({
    receivers: [
      { receiver: 'infra', messages: [{ kind: 'slack', title: '[FIRING:1] X' }, { kind: 'email' }] },
      { receiver: 'nobody', messages: [], error: 'no receiver "nobody"' },
    ],
  })
  expect(await (await post(server.url, '/receivers/infra/test', {})).json()).toMatchObject({
    deliveries: [
      { kind: 'slack', ok: true, status: 200 },
      { kind: 'email', ok: false, answer: '421 too many connections from this host' },
    ],
  })
})

test('rules come with their health and counts, one with its instances and whom they would reach', async () => {
  await using server = await start()
  const { groups } = await get<{ groups: { missedIterations: number; rules: object[] }[] }>(server.url, '/rules')
  expect(groups[0]).toMatchObject({
    missedIterations: 1,
    rules: [{ id: 'r1', pending: 1, firing: 0, line: 7 }, {}, {}, { health: 'err' }],
  })
  expect(await get(server.url, '/rules/r1')).toMatchObject({
    instances: [{ state: 'pending', value: '0.08', fingerprint: fingerprintOf(PENDING.labels) }],
    receivers: ['infra'],
    testFiles: [],
  })
  expect(await get(server.url, '/rules/r3')).toMatchObject({ receivers: ['pager'] })
  const gone = await fetch(`${server.url}/api/app/rules/r9`)
  expect([gone.status, await gone.json()]).toMatchObject([404, { error: { code: 'http.unknown_rule' } }])
})

test.for<[params: Record<string, string>, ids: string[]]>([
  [{}, ['t1', 't2', 't3', 't4']],
  [{ reason: 'vanished' }, ['t2']],
  [{ from: 'firing', to: 'inactive' }, ['t2', 't3']],
  [{ filter: 'service="shop"' }, ['t1', 't4']],
  [{ start: String((NOW - 3.5 * MINUTE) / 1000), end: String((NOW - 1.5 * MINUTE) / 1000) }, ['t2', 't3']],
])('history with %j holds %j', async ([params, ids]) => {
  await using server = await start()
  const { items } = await get<{ items: { id: string }[] }>(server.url, `/alerts/history${query(params)}`)
  expect(items.map(({ id }) => id)).toEqual(ids)
})

test('history is exported whole as CSV and as JSON', async () => {
  await using server = await start()
  const csv = await fetch(`${server.url}/api/app/alerts/history/export?format=csv&reason=vanished`)
  expect(csv.headers.get('content-disposition')).toMatch(
    /^attachment; filename="alert-history-\d{4}-\d{2}-\d{2}\.csv"$/,
  )
  expect(await csv.text()).toBe(
    'time,alertname,severity,from,to,reason,value,file,group,rule,fingerprint,labels,kind,what,by,via,note,ref,level,names\r\n' +
      `${new Date(NOW - 2 * MINUTE).toISOString()},DiskFull,warning,firing,inactive,vanished,NaN,,,,${idOf(DISK)},` +
      '"{alertname=""DiskFull"", service=""db"", severity=""warning"", team=""infra""}",state,,,,,,,\r\n',
  )
  const json = await (await fetch(`${server.url}/api/app/alerts/history/export?format=json`)).json()
  expect(json).toMatchObject({ items: [{ id: 't1', value: '0' }, { value: 'NaN' }, {}, {}], truncated: false })
})

test.for([
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['say "x"', '"say ""x"""'],
  ['=HYPERLINK("http://x")', '"\'=HYPERLINK(""http://x"")"'],
  ['@sum', "'@sum"],
  ['-5.2', '-5.2'],
  ['+Inf', '+Inf'],
  ['-5+1', "'-5+1"],
] as const)('the cell %s is written %s', ([text, cell]) => expect(csvCell(text)).toBe(cell))

test('without alerting the pages are told so', async () => {
  await using server = await startHttp(fakeParts())
  const answer = await fetch(`${server.url}/api/app/alerts`)
  expect(await answer.json()).toMatchObject({ error: { code: 'http.not_offered' } })
})
