import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { alertmanagerMissing, type RunningAlertmanager, startAlertmanager } from '../src/alerting/testkit/index.ts'
import { type RunningBinnacle, startBinnacle } from './start-binnacle.ts'

/*
 * The same requests in the same order to the real Alertmanager and to Binnacle, both with the same alertmanager.yml: status
 * codes and bodies are the same, but for times and ids.
 */

const CONFIG = `
route:
  receiver: none
  group_by: [alertname]
  group_wait: 1h
  routes:
    - {matchers: [team="db"], receiver: db, group_by: [alertname, zone], continue: true}
    - {match_re: {team: db|web}, receiver: web}
    - {matchers: [mute="yes"], receiver: web, group_wait: 0s, mute_time_intervals: [always]}
receivers:
  - name: none
  - {name: db, labels: {owner: storage}}
  - {name: web, labels: {owner: front}}
inhibit_rules:
  - {source_matchers: [severity="critical"], target_matchers: [severity="warning"], equal: [zone]}
time_intervals:
  - {name: always, time_intervals: [{times: [{start_time: '00:00', end_time: '24:00'}]}]}
`

const BINNACLE = 'collectors: {host: {enabled: false}, process: {enabled: false}}\n'

/** Words about JSON, times and what makes a silence or an alert senseless are ours; all others are compared. */
type Ask = {
  readonly method?: string
  readonly path: string
  readonly body?: unknown
  readonly type?: string
  readonly words?: false
}

const get = (path: string): Ask => ({ path })
const post = (path: string, body: unknown, more: Partial<Ask> = {}): Ask => ({ method: 'POST', path, body, ...more })
const alert = (labels: Record<string, string>, more = {}) => ({
  labels,
  annotations: { summary: 'x' },
  generatorURL: 'http://g/x',
  ...more,
})
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
const silence = (name: string, value: string, more = {}) => ({
  matchers: [{ name, value, isRegex: false }],
  startsAt: inHours(-1),
  endsAt: inHours(2),
  createdBy: 'me',
  comment: 'c',
  ...more,
})
const LISTS = ['/api/v2/alerts', '/api/v2/alerts/groups', '/api/v2/silences', '/api/v2/receivers'].map(get)
const UNKNOWN = '00000000-9b7f-4c1e-8f66-0123456789ab'

const ASKS: readonly Ask[] = [
  ...LISTS,
  post('/api/v2/alerts', [
    alert({ alertname: 'A', team: 'db', zone: '1', severity: 'critical' }),
    alert({ alertname: 'B', team: 'db', zone: '1', severity: 'warning' }),
    alert({ alertname: 'B', team: 'web', zone: '2', severity: 'warning', empty: '' }),
    alert({ alertname: 'C' }, { startsAt: '2026-01-01T00:00:00+02:00', endsAt: inHours(3) }),
    alert({ alertname: 'gone' }, { startsAt: inHours(-2), endsAt: inHours(-1) }),
    alert({ alertname: 'é', 'a.b': 'ü "x"' }, { annotations: {}, generatorURL: '' }),
    { labels: { alertname: 'bare' } },
    alert({ alertname: 'M', mute: 'yes' }),
  ]),
  ...LISTS,
  post('/api/v2/silences', silence('alertname', 'C')),
  post(
    '/api/v2/silences',
    silence('team', 'we.', {
      endsAt: inHours(3),
      matchers: [
        { name: 'team', value: 'we.', isRegex: true },
        { name: 'zone', value: '3', isRegex: false, isEqual: false },
      ],
    }),
  ),
  post('/api/v2/silences', silence('a', 'b', { startsAt: inHours(1), annotations: { ticket: '1' } })),
  ...LISTS,
  ...[
    'silenced=false',
    'inhibited=false',
    'active=false',
    'unprocessed=false',
    'active=false&silenced=false',
    'active=0',
    'active=maybe',
    'active=',
  ].flatMap((query) => [get(`/api/v2/alerts?${query}`), get(`/api/v2/alerts/groups?${query}`)]),
  get('/api/v2/alerts/groups?muted=false'),
  ...[
    'receiver=db',
    'receiver=d.',
    'receiver=nobody',
    'receiver=',
    'receiver=(',
    'receiver_matchers=owner%3Dfront',
    'receiver_matchers=owner%3D',
    'receiver_matchers=(',
    'receiver_matchers=name%3D~n.*',
  ].flatMap((query) => [get(`/api/v2/alerts?${query}`), get(`/api/v2/alerts/groups?${query}`)]),
  get('/api/v2/receivers?receiver_matchers=owner%3Dfront'),
  get('/api/v2/receivers?receiver_matchers=(('),
  ...[
    'alertname%3DB',
    'alertname%3D~%22A|B%22',
    'zone%3D%22%22',
    'zone!%3D%22%22',
    'zone!~%22%22',
    '%22a.b%22%3D~%22.*x.*%22',
    'team%3Ddb&filter=zone%3D1',
    '(',
    '',
    '%7Ba%3Db%7D',
    'a',
  ].flatMap((filter) => [
    get(`/api/v2/alerts?filter=${filter}`),
    get(`/api/v2/alerts/groups?filter=${filter}`),
    get(`/api/v2/silences?filter=${filter}`),
  ]),
  get('/api/v2/silences?filter=alertname%3DC'),
  get('/api/v2/silences?filter=team%3D~we.'),
  get('/api/v2/silence/{0}'),
  get('/api/v2/silence/{2}'),
  get(`/api/v2/silence/${UNKNOWN}`),
  get('/api/v2/silence/x'),
  { method: 'DELETE', path: '/api/v2/silence/x' },
  { method: 'DELETE', path: `/api/v2/silence/${UNKNOWN}` },
  post('/api/v2/silences', silence('alertname', 'C', { id: '{0}', comment: 'longer', endsAt: inHours(5) })),
  post('/api/v2/silences', silence('alertname', 'D', { id: '{0}', endsAt: inHours(4) })),
  get('/api/v2/silences'),
  { method: 'DELETE', path: '/api/v2/silence/{0}' },
  { method: 'DELETE', path: '/api/v2/silence/{0}' },
  { method: 'DELETE', path: '/api/v2/silence/{2}' },
  ...LISTS,
  post('/api/v2/silences', silence('a', 'b', { id: UNKNOWN })),
  post('/api/v2/silences', silence('a', '(', { matchers: [{ name: 'a', value: '(', isRegex: true }] })),
  post('/api/v2/silences', silence('', 'x')),
  post('/api/v2/silences', silence('a', ''), { words: false }),
  post('/api/v2/silences', silence('a', 'b', { startsAt: inHours(2), endsAt: inHours(1) }), { words: false }),
  post('/api/v2/silences', silence('a', 'b', { startsAt: inHours(-2), endsAt: inHours(-1) }), { words: false }),
  post('/api/v2/silences', {}),
  post('/api/v2/silences', silence('a', 'b', { matchers: [] })),
  post('/api/v2/silences', silence('a', 'b', { matchers: [{ name: 'a', value: 'b' }] })),
  post('/api/v2/silences', silence('a', 'b', { matchers: [{ value: 'b', isRegex: false }] })),
  post('/api/v2/silences', '', {}),
  post('/api/v2/silences', '[', { words: false }),
  post('/api/v2/silences', silence('a', 'b', { matchers: [{ name: 'a', value: 'b', isRegex: 'x' }] }), {
    words: false,
  }),
  post('/api/v2/silences', silence('a', 'b', { startsAt: 'now' }), { words: false }),
  post('/api/v2/alerts', [{}]),
  post('/api/v2/alerts', [{ labels: {} }], { words: false }),
  post('/api/v2/alerts', [alert({ a: 'b' }, { startsAt: inHours(2), endsAt: inHours(1) })], { words: false }),
  post('/api/v2/alerts', [alert({ '': 'b' })], { words: false }),
  post('/api/v2/alerts', [alert({ a: 'b' }, { generatorURL: 'not a url' })]),
  post('/api/v2/alerts', [alert({ a: 'b' }, { startsAt: 'yesterday' })], { words: false }),
  post('/api/v2/alerts', '', {}),
  post('/api/v2/alerts', '{', { words: false }),
  post('/api/v2/alerts', {}, { words: false }),
  post('/api/v2/alerts', [{ labels: { a: 1 } }], { words: false }),
  post('/api/v2/alerts', []),
  post('/api/v2/alerts', [], { type: 'text/plain' }),
  post('/api/v2/alerts', [
    { labels: { alertname: 'zero' }, startsAt: '0001-01-01T00:00:00Z', endsAt: '0001-01-01T00:00:00.000Z' },
  ]),
  get('/api/v2/alerts?filter=alertname%3Dzero'),
  get('/api/v2/nothing'),
  get('/api/v2/silences/'),
  { method: 'PUT', path: '/api/v2/alerts', words: false },
  { method: 'DELETE', path: '/api/v2/silences', words: false },
]

describe.skipIf(alertmanagerMissing !== '')(`API v2 beside Alertmanager${alertmanagerMissing}`, () => {
  let ours: RunningBinnacle
  let theirs: RunningAlertmanager
  beforeAll(async () => {
    ;[ours, theirs] = await Promise.all([
      startBinnacle({ config: BINNACLE, files: { 'alertmanager.yml': CONFIG } }),
      startAlertmanager({ config: CONFIG }),
    ])
  }, 60_000)
  afterAll(async () => {
    await ours?.[Symbol.asyncDispose]()
    await theirs?.[Symbol.asyncDispose]()
  })

  test('the same requests get the same answers', async () => {
    const [one, other] = [conversation(ours.url), conversation(theirs.url)]
    const different: unknown[] = []
    for (const ask of ASKS) {
      const title = `${ask.method ?? 'GET'} ${ask.path} ${ask.body === undefined ? '' : JSON.stringify(ask.body)}`
      const [mine, judge] = await Promise.all([one(ask), other(ask)])
      // What mutes a group is known to Alertmanager once it has looked at the group.
      if (ask.method === 'POST' && ask.path === '/api/v2/alerts')
        await new Promise((resolve) => setTimeout(resolve, 300))
      if (JSON.stringify(mine) !== JSON.stringify(judge)) different.push({ title, mine, judge })
    }
    expect(different).toEqual([])
  }, 60_000)

  test('the status says the same of version, cluster and shape', async () => {
    const [mine, judge] = await Promise.all(
      [ours, theirs].map(
        async ({ url }) => (await (await fetch(`${url}/api/v2/status`)).json()) as Record<string, object>,
      ),
    )
    expect(mine?.cluster).toEqual(judge?.cluster)
    expect(Object.keys(mine ?? {}).sort()).toEqual(Object.keys(judge ?? {}).sort())
    expect(Object.keys(mine?.versionInfo ?? {}).sort()).toEqual(Object.keys(judge?.versionInfo ?? {}).sort())
  })
})

/** One side of it. `{0}` in a path or id is the first silence that was made. */
function conversation(url: string) {
  const ids: string[] = []
  const filled = (text: string) => text.replace(/\{(\d)\}/g, (whole, i: string) => ids[Number(i)] ?? whole)
  return async ({ method = 'GET', path, body, type = 'application/json', words }: Ask) => {
    const answer = await fetch(url + filled(path), {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': type }, body: filled(typeof body === 'string' ? body : JSON.stringify(body)) }),
    })
    const text = await answer.text()
    const made = /"silenceID":"([^"]+)"/.exec(text)?.[1]
    if (made !== undefined && !ids.includes(made)) ids.push(made)
    if (words === false) return { status: answer.status }
    const contentType = answer.headers.get('content-type')
    if (text === '') return { status: answer.status, text }
    return { status: answer.status, contentType, body: neutral(JSON.parse(text), ids) }
  }
}

/** Without times that depend on when things were done, and with numbers for ids. */
function neutral(value: unknown, ids: readonly string[]): unknown {
  if (typeof value === 'string') {
    const at = ids.indexOf(value)
    if (at >= 0) return `silence ${at}`
    return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(?:Z|[+-]\d\d:\d\d)$/.test(value) ? 'a time' : value
  }
  if (Array.isArray(value)) return value.map((one) => neutral(one, ids))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, one]) => [key, neutral(one, ids)]))
}
