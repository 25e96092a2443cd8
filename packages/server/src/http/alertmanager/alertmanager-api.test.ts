import { labelsOf } from '@binnacle/promql'
import { expect, test } from 'vitest'
import { type Alerting, type AlertView, parseMatchers, type Silence } from '../../alerting/index.ts'
import { BinnacleError } from '../../config/index.ts'
import { type FakeCall, fakeParts, startHttp } from '../testkit/index.ts'

const AT = Date.parse('2026-11-26T02:31:13.384Z')
const ID = '7d8b1a2e-9b7f-4c1e-8f66-0123456789ab'

const ALERT: AlertView = {
  fingerprint: 'd2c6efc389df0927',
  labels: labelsOf({ alertname: 'A' }),
  annotations: labelsOf({ x: 'y' }),
  startsAtMs: AT,
  endsAtMs: AT + 300_000,
  updatedAtMs: AT,
  generatorUrl: 'http://g/x',
  timeout: true,
  state: 'active',
  receivers: ['a', 'b'],
  silencedBy: [],
  inhibitedBy: [],
  mutedBy: ['night'],
}
const SILENCE: Silence = {
  id: ID,
  matchers: parseMatchers('a="b",c!~"d.*"'),
  startsAtMs: AT,
  endsAtMs: AT + 1000,
  updatedAtMs: AT,
  createdBy: 'me',
  comment: 'c',
  annotations: {},
  state: 'active',
}

/** Only what the API uses; every call is noted. */
function fakeAlerting(calls: FakeCall[]): Alerting {
  const note = (name: string, args: unknown) => void calls.push({ name, args })
  const missing = () => new BinnacleError('alerting.silence_missing', 'silence not found', { kind: 'missing' })
  const known: Pick<Alerting, 'receive' | 'alerts' | 'groups' | 'receivers' | 'configYaml'> & {
    silences: Omit<Alerting['silences'], 'preview'>
  } = {
    receive: async (alerts) => {
      note('receive', alerts)
      if (alerts.some(({ labels }) => labels.length === 0)) {
        throw new BinnacleError('alerting.bad_alert', 'at least one label pair required')
      }
    },
    alerts: async (filter) => {
      note('alerts', filter)
      return [ALERT]
    },
    groups: async (filter) => {
      note('groups', filter)
      return [{ key: '{}:{}', routeId: '0', receiver: 'a', labels: [], alerts: [ALERT] }]
    },
    silences: {
      list: (matchers) => {
        note(
          'list',
          matchers.map(({ name }) => name),
        )
        return [SILENCE]
      },
      get: (id) => (id === ID ? SILENCE : undefined),
      set: async (silence) => {
        note('set', silence)
        if (silence.id === 'nope') throw missing()
        return ID
      },
      expire: async (id) => {
        note('expire', id)
        if (id !== ID) throw missing()
      },
    },
    receivers: () => [
      { name: 'a', labels: { name: 'a', team: 't' }, integrations: [] },
      { name: 'b', integrations: [] },
    ],
    configYaml: () => 'route:\n  receiver: a\n',
  }
  return known as Alerting
}

async function ask(path: string, init: RequestInit = {}, calls: FakeCall[] = []) {
  await using server = await startHttp({ ...fakeParts(), alerting: fakeAlerting(calls) })
  const response = await fetch(server.url + path, init)
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown), text }
}
const post = (body: unknown, type = 'application/json'): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': type },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

const ALERT_TEXT =
  '{"annotations":{"x":"y"},"endsAt":"2026-11-26T02:36:13.384Z","fingerprint":"d2c6efc389df0927",' +
  '"receivers":[{"name":"a"},{"name":"b"}],"startsAt":"2026-11-26T02:31:13.384Z",' +
  '"status":{"inhibitedBy":[],"mutedBy":[],"silencedBy":[],"state":"active"},"updatedAt":"2026-11-26T02:31:13.384Z",' +
  '"generatorURL":"http://g/x","labels":{"alertname":"A"}}'

test('alerts look as Alertmanager shows them, byte for byte', async () => {
  const answer = await ask('/api/v2/alerts')
  expect(answer.text).toBe(`[${ALERT_TEXT}]`)
  const groups = await ask('/alertmanager/api/v2/alerts/groups')
  const muted = ALERT_TEXT.replace('"mutedBy":[]', '"mutedBy":["night"]').replace('"active"', '"suppressed"')
  expect(groups.text).toBe(`[{"alerts":[${muted}],"labels":{},"receiver":{"name":"a"}}]`)
})

test('conditions of a list are handed over; switches are on unless they say no', async () => {
  const calls: FakeCall[] = []
  const matchers = { name: 'a', kind: '=', value: 'b' }
  await ask(
    '/api/v2/alerts?filter=a%3Db&filter=c%21%3D%22d%22&receiver=a.*&active=false&silenced=TRUE&inhibited=maybe',
    {},
    calls,
  )
  await ask('/api/v2/alerts/groups?muted=0&receiver=', {}, calls)
  expect(calls).toMatchObject([
    {
      name: 'alerts',
      args: {
        matchers: [matchers, { name: 'c', kind: '!=', value: 'd' }],
        receiver: 'a.*',
        active: false,
        silenced: true,
        inhibited: false,
        unprocessed: true,
      },
    },
    { name: 'groups', args: { matchers: [], active: true, silenced: true, inhibited: true, muted: false } },
  ])
  expect(calls[1]?.args).not.toHaveProperty('receiver')
})

test('receivers can be chosen by their labels', async () => {
  const all = '[{"labels":{"name":"a","team":"t"},"name":"a"},{"labels":{"name":"b"},"name":"b"}]'
  expect((await ask('/api/v2/receivers')).text).toBe(all)
  expect((await ask('/api/v2/receivers?receiver_matchers=team%3Dt')).body).toMatchObject([{ name: 'a' }])
  expect((await ask('/api/v2/alerts?receiver_matchers=team%3Dx')).body).toEqual([])
  expect((await ask('/api/v2/alerts/groups?receiver_matchers=name%3Da')).body).toHaveLength(1)
})

test.for<[string, number, unknown]>([
  ['/api/v2/alerts?filter=a', 400, 'bad matcher format: a'],
  ['/api/v2/alerts?filter=', 400, 'bad matcher format: '],
  ['/api/v2/silences?filter=%7Ba%3Db%7D', 400, 'unexpected open or close brace: {a=b}'],
  [
    '/api/v2/alerts?receiver=(',
    400,
    'failed to parse receiver param: error parsing regexp: missing closing ): `^(?:()$`',
  ],
  ['/api/v2/alerts?receiver_matchers=(', 400, 'failed to parse receiver_matchers param: bad matcher format: ('],
  ['/api/v2/silence/x', 422, { code: 601, message: 'silenceID in path must be of type uuid: "x"' }],
  ['/api/v2/silence/00000000-9b7f-4c1e-8f66-0123456789ab', 404, undefined],
  ['/api/v2/nothing', 404, { code: 404, message: 'path /api/v2/nothing was not found' }],
  ['/alertmanager/api/v2/', 404, { code: 404, message: 'path /api/v2/ was not found' }],
])('%s is refused with %i', async ([path, status, body]) => {
  const answer = await ask(path)
  expect(answer.status).toBe(status)
  expect(answer.body).toEqual(body)
})

test('alerts are taken, with times that may be left out or be zero', async () => {
  const calls: FakeCall[] = []
  const given = [
    { labels: { alertname: 'A', empty: '' }, annotations: { x: 'y' }, generatorURL: 'http://g/x' },
    { labels: { a: 'b' }, startsAt: '2026-11-26T03:31:13.384123456+01:00', endsAt: '0001-01-01T00:00:00Z' },
    { labels: { a: 'b' }, startsAt: '2026-11-26', endsAt: '2026-11-26 01:00:00' },
  ]
  const answer = await ask('/api/v2/alerts', post(given, 'application/json; charset=utf-8'), calls)
  expect([answer.status, answer.text]).toEqual([200, ''])
  expect(calls).toEqual([
    {
      name: 'receive',
      args: [
        { labels: ['alertname', 'A'], annotations: ['x', 'y'], generatorUrl: 'http://g/x' },
        { labels: ['a', 'b'], annotations: [], generatorUrl: '', startsAtMs: AT },
        {
          labels: ['a', 'b'],
          annotations: [],
          generatorUrl: '',
          startsAtMs: Date.parse('2026-11-26T00:00:00Z'),
          endsAtMs: Date.parse('2026-11-26T01:00:00Z'),
        },
      ],
    },
  ])
})

test.for<[string, unknown, number, string]>([
  ['alerts', '', 422, 'alerts in body is required'],
  ['alerts', '{', 400, 'parsing alerts body from "" failed, because'],
  ['alerts', {}, 400, 'parsing alerts body from "" failed, because it is no list'],
  ['alerts', [{}], 422, '0.labels in body is required'],
  ['alerts', ['x'], 400, '0 is no object'],
  ['alerts', [{ labels: { a: 1 } }], 400, '0.labels.a is number, expected a text'],
  ['alerts', [{ labels: { a: 'b' }, startsAt: 'yesterday' }], 400, '0.startsAt is no time: "yesterday"'],
  [
    'alerts',
    [{ labels: { a: 'b' }, generatorURL: 'not a url' }],
    422,
    '0.generatorURL in body must be of type uri: "not a url"',
  ],
  ['alerts', [{ labels: {} }], 400, 'at least one label pair required'],
  ['silences', '', 422, 'silence in body is required'],
  ['silences', {}, 422, 'comment in body is required'],
  ['silences', { matchers: [] }, 422, 'matchers in body should have at least 1 items'],
  ['silences', { matchers: [{ name: 'a', value: 'b' }] }, 422, 'matchers.0.isRegex in body is required'],
  ['silences', { matchers: [{ value: 'b', isRegex: false }] }, 422, 'matchers.0.name in body is required'],
  [
    'silences',
    { matchers: [{ name: 'a', value: 'b', isRegex: 'x' }] },
    400,
    'matchers.0.isRegex is string, expected true or',
  ],
  [
    'silences',
    { matchers: [{ name: 'a', value: '(', isRegex: true }] },
    400,
    'invalid silence: invalid label matcher 0 in set 0: invalid regular expression "("',
  ],
  ['silences', { matchers: [{ name: '', value: 'x', isRegex: false }] }, 400, 'invalid label name ""'],
  ['silences', { id: 'nope' }, 404, 'silence not found'],
])('POST %s %j is refused with %i', async ([path, body, status, message]) => {
  const silence = {
    matchers: [{ name: 'a', value: 'b', isRegex: false }],
    startsAt: '2026-11-26T00:00:00Z',
    endsAt: '2026-11-27T00:00:00Z',
    createdBy: '',
    comment: '',
  }
  const whole =
    path === 'silences' && typeof body === 'object' && Object.keys(body ?? {}).length > 0
      ? { ...silence, ...body }
      : body
  const answer = await ask(`/api/v2/${path}`, post(whole))
  expect(answer.status).toBe(status)
  const said = typeof answer.body === 'string' ? answer.body : (answer.body as { message: string }).message
  expect(said).toContain(message)
})

test('a body of another type is refused', async () => {
  const message = 'unsupported media type "text/plain", only [application/json] are allowed'
  const answer = await ask('/api/v2/alerts', post([], 'text/plain'))
  expect([answer.status, answer.body]).toEqual([415, { code: 415, message }])
})

test('silences are set, listed, read and expired', async () => {
  const calls: FakeCall[] = []
  const matchers = [
    { name: 'a', value: 'b', isRegex: false },
    { name: 'c', value: 'd', isRegex: true, isEqual: false },
  ]
  const silence = {
    id: '',
    matchers,
    startsAt: '2026-11-26T02:31:13.384Z',
    endsAt: '2026-11-27T00:00:00+01:00',
    createdBy: 'me',
    comment: 'c',
  }
  expect((await ask('/api/v2/silences', post(silence), calls)).body).toEqual({ silenceID: ID })
  expect(calls[0]?.args).toMatchObject({
    matchers: [
      { name: 'a', kind: '=', value: 'b' },
      { name: 'c', kind: '!~', value: 'd' },
    ],
    startsAtMs: AT,
    endsAtMs: Date.parse('2026-11-26T23:00:00Z'),
    annotations: {},
  })
  expect(calls[0]?.args).not.toHaveProperty('id')
  const text =
    `{"id":"${ID}","status":{"state":"active"},"updatedAt":"2026-11-26T02:31:13.384Z","comment":"c","createdBy":"me",` +
    '"endsAt":"2026-11-26T02:31:14.384Z","matchers":[{"isEqual":true,"isRegex":false,"name":"a","value":"b"},' +
    '{"isEqual":false,"isRegex":true,"name":"c","value":"d.*"}],"startsAt":"2026-11-26T02:31:13.384Z"}'
  expect((await ask('/api/v2/silences?filter=a%3Db', {}, calls)).text).toBe(`[${text}]`)
  expect((await ask(`/alertmanager/api/v2/silence/${ID}`)).text).toBe(text)
  expect(await ask(`/api/v2/silence/${ID}`, { method: 'DELETE' }, calls)).toMatchObject({ status: 200, text: '' })
  const unknown = '00000000-9b7f-4c1e-8f66-0123456789ab'
  expect(await ask(`/api/v2/silence/${unknown}`, { method: 'DELETE' })).toMatchObject({ status: 404, text: '' })
  expect(calls.slice(1)).toEqual([
    { name: 'list', args: ['a'] },
    { name: 'expire', args: ID },
  ])
})

test('pages of other sites change nothing', async () => {
  const calls: FakeCall[] = []
  for (const [path, method] of [
    ['alerts', 'POST'],
    ['silences', 'POST'],
    [`silence/${ID}`, 'DELETE'],
  ] as const) {
    const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'cross-site' }
    expect(await fetchStatus(`/api/v2/${path}`, { method, headers }, calls)).toBe(403)
  }
  expect(calls).toEqual([])
})

async function fetchStatus(path: string, init: RequestInit, calls: FakeCall[]): Promise<number> {
  await using server = await startHttp({ ...fakeParts(), alerting: fakeAlerting(calls) })
  return (await fetch(server.url + path, init)).status
}

test('the status has the configuration', async () => {
  expect((await ask('/api/v2/status')).body).toMatchObject({
    cluster: { status: 'disabled', peers: [] },
    config: { original: 'route:\n  receiver: a\n' },
    versionInfo: { branch: 'binnacle' },
  })
})

test('the management API is there below the prefix too', async () => {
  expect(await fetchStatus('/alertmanager/-/healthy', {}, [])).toBe(200)
  expect(await fetchStatus('/alertmanager/-/ready', {}, [])).toBe(200)
  expect(await fetchStatus('/alertmanager/api/v1/alerts', {}, [])).toBe(410)
  expect(await fetchStatus('/alertmanager/nothing', {}, [])).toBe(404)
  for (const page of ['/alertmanager', '/alertmanager/']) {
    expect(await fetchStatus(page, { redirect: 'manual' }, [])).toBe(302)
  }
})
