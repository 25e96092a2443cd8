import { PROMQL_FEATURES } from '@binnacle/promql'
import { expect, test } from 'vitest'
import { BinnacleError } from '../../config/index.ts'
import type { SeriesRead } from '../../metrics/query/index.ts'
import { type FakeCall, fakeParts, startHttp } from '../testkit/index.ts'

async function ask(path: string, init: RequestInit = {}, parts = fakeParts()) {
  await using server = await startHttp(parts)
  const response = await fetch(server.url + path, init)
  const text = await response.text()
  return { status: response.status, text, headers: response.headers, json: () => JSON.parse(text) as unknown }
}

function form(fields: Record<string, string>): RequestInit {
  return { method: 'POST', body: new URLSearchParams(fields) }
}

test('an instant query hands over its parameters and answers the data as it came', async () => {
  const calls: FakeCall[] = []
  const answer = await ask(
    '/api/v1/query?query=up&time=1000.5&lookback_delta=1m&timeout=10s&limit=7',
    {},
    fakeParts(calls),
  )
  expect(answer.headers.get('content-type')).toBe('application/json')
  expect(answer.json()).toEqual({
    status: 'success',
    data: { resultType: 'vector', result: [{ metric: { __name__: 'up', job: 'node' }, value: [1000.5, '1'] }] },
  })
  expect(calls).toEqual([
    {
      name: 'instant',
      args: {
        query: 'up',
        timeMs: 1_000_500,
        limit: 7,
        countSamples: false,
        lookbackMs: 60_000,
        limits: { timeoutMs: 10_000 },
        isRehearsal: false,
      },
    },
  ])
})

test('a form works as the address does, and the form comes first', async () => {
  const calls: FakeCall[] = []
  await ask('/api/v1/query?query=down&time=5', form({ query: 'up' }), fakeParts(calls))
  expect(calls[0]).toMatchObject({ args: { query: 'up', timeMs: 5000 } })
})

test('a form of many parts works too, as curl sends it', async () => {
  const calls: FakeCall[] = []
  const body = new FormData()
  body.set('query', 'up')
  body.set('file', new Blob(['down']), 'x.txt')
  const answer = await ask('/api/v1/query?query=down&time=5', { method: 'POST', body }, fakeParts(calls))
  expect(answer.status).toBe(200)
  expect(calls[0]).toMatchObject({ args: { query: 'up', timeMs: 5000 } })
  const headers = { 'content-type': 'multipart/form-data; boundary=x' }
  const broken = await ask('/api/v1/query', { method: 'POST', body: '--x\r\nnothing', headers })
  expect([broken.status, broken.json()]).toMatchObject([400, { errorType: 'bad_data' }])
})

test('a reload that failed is notified until one goes well', async () => {
  const parts = fakeParts()
  expect((await ask('/api/v1/notifications')).json()).toEqual({ status: 'success', data: [] })
  const status = { ...parts.status, lastReload: () => ({ ok: false, atMs: 1_700_000_000_000, error: 'no such job' }) }
  expect((await ask('/api/v1/notifications', {}, { ...parts, status })).json()).toEqual({
    status: 'success',
    data: [{ text: 'Configuration reload has failed.', date: '2023-11-14T22:13:20Z', active: true }],
  })
})

test('times beyond all times are the first and the last', async () => {
  const calls: FakeCall[] = []
  await ask('/api/v1/labels?start=-9223309901257974&end=9.3e18', {}, fakeParts(calls))
  await ask(
    '/api/v1/labels?start=-292273086-05-16T16:47:06Z&end=292277025-08-18T07:12:54.999999999Z',
    {},
    fakeParts(calls),
  )
  for (const { args } of calls) expect(args).toMatchObject({ fromMs: -8.64e15, toMs: 8.64e15 })
})

test('a range query takes RFC 3339 and durations, and gives warnings and infos', async () => {
  const calls: FakeCall[] = []
  const query = 'query=up&start=2023-11-14T22:13:20.123456Z&end=2023-11-15T00:13:20%2B01:00&step=1m30s'
  const answer = await ask(`/api/v1/query_range?${query}`, {}, fakeParts(calls))
  expect(answer.json()).toMatchObject({ status: 'success', warnings: ['a warning'], infos: ['an info'] })
  expect(calls[0]?.args).toEqual({
    query: 'up',
    startMs: 1_700_000_000_123,
    endMs: 1_700_003_600_000,
    stepMs: 90_000,
    limit: 0,
    countSamples: false,
    isRehearsal: false,
    noCache: false,
  })
})

test('nocache asks for an evaluation of all steps', async () => {
  const calls: FakeCall[] = []
  const range = '/api/v1/query_range?query=up&start=1&end=2&step=1'
  for (const more of ['&nocache=1', '&nocache=true', '&nocache=0', '&nocache=']) {
    await ask(`${range}${more}`, {}, fakeParts(calls))
  }
  expect(calls.map(({ args }) => (args as { noCache: boolean }).noCache)).toEqual([true, true, false, false])
})

test('stats stand inside the data when they are asked for, step by step behind their feature only', async () => {
  const samples = { totalQueryableSamples: 7, peakSamples: 5 }
  const timings = {
    evalTotalTime: 0.016,
    resultSortTime: 0.001,
    queryPreparationTime: 0.003,
    innerEvalTime: 0.012,
    execQueueTime: 0.004,
    execTotalTime: 0.02,
  }
  const answer = await ask('/api/v1/query?query=up&stats=all')
  const binnacle = { series: 1, samples: 3, sources: ['head'] }
  expect(answer.json()).toMatchObject({ data: { resultType: 'vector', stats: { timings, samples, binnacle } } })
  expect(answer.text).not.toContain('PerStep')
  const parts = { ...fakeParts(), features: new Set(['promql-per-step-stats'] as const) }
  const range = '/api/v1/query_range?query=up&start=1&end=2.5&step=1.5'
  expect((await ask(`${range}&stats=all`, {}, parts)).json()).toMatchObject({
    data: {
      stats: {
        samples: {
          totalQueryableSamplesPerStep: [
            [1, 3],
            [2.5, 4],
          ],
          ...samples,
        },
      },
    },
  })
  expect((await ask(`${range}&stats=true`, {}, parts)).text).not.toContain('PerStep')
  expect((await ask(range, {}, parts)).text).not.toContain('stats')
})

test.for([
  ['parse error', 'promql.parse', 'input', 400, 'bad_data', 'invalid parameter "query": what is wrong'],
  ['timeout', 'query.timeout', 'limit', 503, 'timeout', 'what is wrong'],
  ['cancelled', 'query.canceled', 'unavailable', 499, 'canceled', 'what is wrong'],
  ['too many samples', 'query.max_samples', 'limit', 422, 'execution', 'what is wrong'],
  ['too many steps', 'query.max_steps', 'limit', 400, 'bad_data', 'what is wrong'],
  ['execution', 'promql.execution', 'input', 422, 'execution', 'what is wrong'],
  ['overload', 'query.busy', 'overload', 503, 'unavailable', 'what is wrong'],
  ['engine down', 'engine.unavailable', 'unavailable', 503, 'unavailable', 'what is wrong'],
] as const)('%s becomes the status and type of Prometheus', async ([, code, kind, status, errorType, message]) => {
  const parts = fakeParts()
  const failing = async () => {
    throw new BinnacleError(code, 'what is wrong', { kind, hint: 'do “this”' })
  }
  const answer = await ask('/api/v1/query?query=up', {}, { ...parts, querier: { ...parts.querier, instant: failing } })
  expect(answer.status).toBe(status)
  expect(answer.json()).toEqual({ status: 'error', errorType, error: message })
  expect(answer.headers.get('binnacle-error-code')).toBe(code)
  expect(decodeURIComponent(answer.headers.get('binnacle-error-hint') ?? '')).toBe('do “this”')
  expect(answer.headers.has('retry-after')).toBe(errorType === 'unavailable')
})

test('a bug answers 500 and tells nothing of its inside', async () => {
  const parts = fakeParts()
  const failing = async () => {
    throw new Error('secret detail')
  }
  const answer = await ask('/api/v1/query?query=up', {}, { ...parts, querier: { ...parts.querier, instant: failing } })
  expect(answer.status).toBe(500)
  expect(answer.text).not.toContain('secret detail')
})

test('a client that goes away cancels its query', async () => {
  const parts = fakeParts()
  let aborted: (() => void) | undefined
  const done = new Promise<void>((resolve) => {
    aborted = resolve
  })
  let begin: (() => void) | undefined
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  const instant: typeof parts.querier.instant = (_, signal) =>
    new Promise((_resolve, reject) => {
      begin?.()
      signal.addEventListener('abort', () => {
        aborted?.()
        reject(signal.reason)
      })
    })
  await using server = await startHttp({ ...parts, querier: { ...parts.querier, instant } })
  const controller = new AbortController()
  const asked = fetch(`${server.url}/api/v1/query?query=up`, { signal: controller.signal }).catch(() => 'gone')
  await begun
  controller.abort()
  expect(await asked).toBe('gone')
  await done
})

test('of more than ten warnings or infos ten are given, and how many there are more', async () => {
  const parts = fakeParts()
  const infos = Array.from({ length: 12 }, (_, i) => `info ${i}`)
  const { instant: plain } = parts.querier
  const instant: typeof plain = async (query, signal) => ({ ...(await plain(query, signal)), infos })
  const answer = await ask('/api/v1/query?query=up', {}, { ...parts, querier: { ...parts.querier, instant } })
  expect(answer.json()).toMatchObject({ infos: [...infos.slice(2), '2 more info annotations omitted'] })
})

test('series, labels and values are listed, and a cut list says so', async () => {
  const calls: FakeCall[] = []
  const parts = fakeParts(calls)
  const series = await ask('/api/v1/series?match[]=up&match[]={job=~"n.*"}&limit=1&start=1&end=2', {}, parts)
  expect(series.json()).toEqual({
    status: 'success',
    data: [{ __name__: 'up', 'my.label': 'a "b"\n' }],
    warnings: ['results truncated due to limit'],
  })
  expect(calls[0]?.args).toEqual({
    matcherSets: [[{ name: '__name__', op: '=', value: 'up' }], [{ name: 'job', op: '=~', value: 'n.*' }]],
    fromMs: 1000,
    toMs: 2000,
    limit: 1,
  })
  expect((await ask('/api/v1/labels', {}, parts)).json()).toEqual({ status: 'success', data: ['__name__', 'job'] })
  expect((await ask('/api/v1/label/job/values', {}, parts)).json()).toEqual({ status: 'success', data: ['node'] })
})

test.for([
  ['job', 'job'],
  ['U__my_2e_label', 'my.label'],
  ['U__a__b', 'a_b'],
  ['U__broken_zz_', 'U__broken_zz_'],
  ['my%2Elabel%2Fx', 'my.label/x'],
])('the label %s in a path means %s', async ([path, name]) => {
  const calls: FakeCall[] = []
  const answer = await ask(`/api/v1/label/${path}/values`, {}, fakeParts(calls))
  expect(answer.status).toBe(200)
  expect(calls[0]?.args).toMatchObject({ label: name })
})

test('metadata is listed by family', async () => {
  expect((await ask('/api/v1/metadata?metric=up')).json()).toEqual({
    status: 'success',
    data: { up: [{ type: 'gauge', help: 'Is it up?', unit: '' }] },
  })
})

test('targets have the fields of Prometheus and ours', async () => {
  const answer = (await ask('/api/v1/targets')).json()
  expect(answer).toEqual({
    status: 'success',
    data: {
      activeTargets: [
        {
          discoveredLabels: { __address__: '127.0.0.1:9100', job: 'node' },
          labels: { instance: '127.0.0.1:9100', job: 'node' },
          scrapePool: 'node',
          scrapeUrl: 'http://127.0.0.1:9100/metrics',
          globalUrl: 'http://host:9100/metrics',
          lastError: '',
          lastScrape: '2023-11-14T22:13:20.12Z',
          lastScrapeDuration: 0.0125,
          health: 'up',
          scrapeInterval: '15s',
          scrapeTimeout: '10s',
          id: 't1',
          lastSamples: 700,
        },
      ],
      droppedTargets: [
        { discoveredLabels: { __address__: 'x:1' }, scrapePool: 'node', droppedBy: 'relabel_configs.0: drop' },
      ],
      droppedTargetCounts: { node: 1 },
    },
  })
})

test('targets are filtered by state and pool', async () => {
  const lists = async (query: string) => {
    const { data } = (await ask(`/api/v1/targets?${query}`)).json() as { data: Record<string, unknown[]> }
    return [data.activeTargets?.length, data.droppedTargets?.length, data.droppedTargetCounts]
  }
  expect(await lists('state=active')).toEqual([1, 0, null])
  expect(await lists('state=dropped')).toEqual([0, 1, { node: 1 }])
  expect(await lists('scrapePool=other')).toEqual([0, 0, { node: 1 }])
})

test('target metadata is filtered by target and metric', async () => {
  const list = async (query: string) =>
    ((await ask(`/api/v1/targets/metadata?${query}`)).json() as { data: unknown[] }).data
  const target = { instance: '127.0.0.1:9100', job: 'node' }
  expect(await list('')).toEqual([{ target, metric: 'up', type: 'gauge', help: 'Is it up?', unit: '' }])
  expect(await list('metric=up')).toEqual([{ target, type: 'gauge', help: 'Is it up?', unit: '' }])
  expect(await list(`match_target=${encodeURIComponent('{job="other"}')}`)).toEqual([])
  expect(await list('limit=0')).toEqual([])
})

test.for([
  ['/api/v1/scrape_pools', { scrapePools: ['empty', 'node'] }],
  ['/api/v1/rules', { groups: [] }],
  ['/api/v1/alerts', { alerts: [] }],
  ['/api/v1/alertmanagers', { activeAlertmanagers: [], droppedAlertmanagers: [] }],
  ['/api/v1/status/config', { yaml: 'global: {}\n' }],
  ['/api/v1/status/flags', { 'retention.metrics': '30d' }],
  ['/api/v1/status/walreplay', { min: 0, max: 0, current: 0 }],
  ['/api/v1/admin/storage', expect.objectContaining({ dataDir: '/data', bytesPerSample: 0.63 })],
  ['/api/v1/status/buildinfo', expect.objectContaining({ version: expect.stringMatching(/^3\.\d+\.\d+$/) })],
  [
    '/api/v1/status/runtimeinfo',
    expect.objectContaining({ startTime: '2023-11-14T22:13:20Z', storageRetention: '30d' }),
  ],
  ['/api/v1/status/tsdb?limit=1', expect.objectContaining({ seriesCountByMetricName: [{ name: 'up', value: 5 }] })],
] as const)('%s answers its shape', async ([path, data]) => {
  expect((await ask(path)).json()).toEqual({ status: 'success', data })
})

test('exemplars come by series, for all selectors of the query, and a cut list says by which limit', async () => {
  const calls: FakeCall[] = []
  const answer = await ask('/api/v1/query_exemplars?query=up/down%5B1m%5D&start=1&end=2', {}, fakeParts(calls))
  expect(answer.json()).toEqual({ status: 'error', errorType: 'bad_data', error: expect.any(String) })
  const found = await ask(
    '/api/v1/query_exemplars',
    form({ query: 'up / rate(down[1m])', start: '1', end: '2' }),
    fakeParts(calls),
  )
  expect(found.json()).toEqual({
    status: 'success',
    data: [
      { seriesLabels: { __name__: 'up' }, exemplars: [{ labels: { trace_id: 'abc' }, value: '+Inf', timestamp: 1.5 }] },
    ],
    warnings: ['exemplars truncated: the newest 2 are given (query.max_exemplars)'],
  })
  const byName = (value: string) => [{ name: '__name__', op: '=', value }]
  expect(calls).toEqual([
    { name: 'exemplars', args: { matcherSets: [byName('up'), byName('down')], fromMs: 1000, toMs: 2000 } },
  ])
  expect((await ask('/api/v1/query_exemplars?query=1')).status).toBe(204)
})

test('a query is formatted and parsed', async () => {
  expect((await ask('/api/v1/format_query', form({ query: 'sum by(a)(up)' }))).json()).toEqual({
    status: 'success',
    data: 'sum by (a) (up)',
  })
  expect((await ask('/api/v1/parse_query?query=up')).json()).toEqual({
    status: 'success',
    data: {
      type: 'vectorSelector',
      name: 'up',
      matchers: [{ name: '__name__', value: 'up', type: '=' }],
      offset: 0,
      timestamp: null,
      startOrEnd: null,
    },
  })
})

test('remote write is answered 204, and what went wrong decides whether it is sent again', async () => {
  const calls: FakeCall[] = []
  const parts = fakeParts(calls)
  const post = (headers: Record<string, string>, write = parts.write) =>
    ask('/api/v1/write', { method: 'POST', body: 'abc', headers }, { ...parts, write })
  const v1 = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' }
  expect((await post(v1)).status).toBe(204)
  expect(calls).toEqual([{ name: 'write', args: 'abc' }])
  const v2 = { ...v1, 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request' }
  const written = (answer: { headers: Headers }) =>
    ['samples', 'histograms', 'exemplars'].map((what) =>
      answer.headers.get(`x-prometheus-remote-write-${what}-written`),
    )
  const second = await post(v2)
  expect([second.status, ...written(second)]).toEqual([204, '3', '2', '1'])
  expect(calls.at(-1)).toEqual({ name: 'write v2', args: 'abc' })
  expect((await post({ ...v1, 'content-type': 'application/x-protobuf;proto=x.Y' })).status).toBe(415)
  expect((await post({ ...v1, 'content-type': 'application/json' })).status).toBe(415)
  expect((await post({ ...v1, 'content-encoding': 'gzip' })).status).toBe(415)
  const failing = (kind: 'input' | 'limit' | 'overload') => {
    const problem = new BinnacleError('write.x', 'no', { kind, retryAfterMs: 2500 })
    return {
      receive: async () => {
        throw problem
      },
      receiveV2: async () => ({ samples: 7, histograms: 0, exemplars: 0, problem }),
    }
  }
  const partly = await post(v2, failing('input'))
  expect([partly.status, ...written(partly)]).toEqual([400, '7', '0', '0'])
  expect((await post(v1, failing('input'))).status).toBe(400)
  expect((await post(v1, failing('limit'))).status).toBe(400)
  const full = await post(v1, failing('overload'))
  expect([full.status, full.headers.get('retry-after')]).toEqual([503, '3'])
})

test('a body over its limit is refused by the limit’s name, declared or not', async () => {
  const parts = fakeParts()
  await using server = await startHttp(parts, { limits: { maxWriteBytes: 100, maxFormBytes: 100 } })
  const big = 'x'.repeat(101)
  const headers = { 'content-type': 'application/x-protobuf' }
  const declared = await fetch(`${server.url}/api/v1/write`, { method: 'POST', body: big, headers })
  expect([declared.status, await declared.text()]).toEqual([413, expect.stringContaining('limits.max_write_size')])
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(big))
      controller.close()
    },
  })
  const init = { method: 'POST', body: stream, duplex: 'half', headers } as RequestInit
  expect((await fetch(`${server.url}/api/v1/write`, init)).status).toBe(413)
  const query = await fetch(`${server.url}/api/v1/query`, form({ query: big }))
  expect([query.status, await query.json()]).toEqual([413, expect.objectContaining({ errorType: 'bad_data' })])
})

test('health, readiness with its reasons, reload', async () => {
  const calls: FakeCall[] = []
  const parts = fakeParts(calls)
  expect((await ask('/-/healthy')).status).toBe(200)
  expect((await ask('/-/ready', { method: 'HEAD' })).status).toBe(200)
  const waiting = {
    ...parts,
    lifecycle: { ...parts.lifecycle, notReadyReasons: () => ['the engine does not answer yet'] },
  }
  const notReady = await ask('/-/ready', {}, waiting)
  expect([notReady.status, notReady.text]).toEqual([503, 'Binnacle is not ready: the engine does not answer yet\n'])
  expect((await ask('/-/reload', { method: 'PUT' }, parts)).status).toBe(200)
  expect((await ask('/-/reload')).status).toBe(405)
  expect(calls).toEqual([{ name: 'reload', args: undefined }])
  const reload = async () => {
    throw new BinnacleError('config.bad', 'no such job', { place: { file: 'p.yml', line: 3, column: 5 } })
  }
  const failed = await ask('/-/reload', { method: 'POST' }, { ...parts, lifecycle: { ...parts.lifecycle, reload } })
  expect([failed.status, failed.text]).toEqual([500, 'failed to reload config: p.yml:3:5: no such job (config.bad)\n'])
})

test('own metrics come as text or OpenMetrics, with requests counted by route', async () => {
  await using server = await startHttp(fakeParts())
  await fetch(`${server.url}/api/v1/label/job/values`)
  await fetch(`${server.url}/api/v1/nothing/here`)
  const get = async (accept: string) => {
    const response = await fetch(`${server.url}/metrics`, { headers: { accept } })
    return { type: response.headers.get('content-type'), text: await response.text() }
  }
  const text = await get('text/plain')
  expect(text.type).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(text.text).toContain('binnacle_http_requests_total{handler="/api/v1/label/:name/values",code="200"} 1\n')
  expect(text.text).toContain('code="404"} 1\n')
  expect(text.text).not.toContain('nothing/here')
  const open = await get('application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1')
  expect(open.type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
  expect(open.text.endsWith('# EOF\n')).toBe(true)
})

test('federation gives the newest sample with its own time', async () => {
  const calls: FakeCall[] = []
  const answer = await ask('/federate?match[]=up&match[]={}&match[]={a=""}', {}, fakeParts(calls))
  expect(answer.text).toBe('# TYPE up untyped\nup{job="node",instance=""} 1 999500\n')
  const { matcherSets, fromMs, toMs, order } = calls[0]!.args as SeriesRead
  expect([matcherSets.map((matchers) => matchers.length), toMs - fromMs, order]).toEqual([[1, 2], 300_000, 'name'])
  expect((await ask('/federate?match[]={')).status).toBe(400)
})

test('storage is cut on demand', async () => {
  const calls: FakeCall[] = []
  const cut = await ask('/api/v1/admin/storage/cut', { method: 'POST' }, fakeParts(calls))
  expect(cut.json()).toEqual({ status: 'success', data: { chunks: 3 } })
  expect(calls).toEqual([{ name: 'cut', args: undefined }])
})

test('series are deleted by POST and PUT, in the address or as a form; all selectors are read before anything goes', async () => {
  const calls: FakeCall[] = []
  const parts = fakeParts(calls)
  const path = '/api/v1/admin/tsdb/delete_series'
  const fields = new URLSearchParams({ 'match[]': 'up', start: '1', end: '2' })
  for (const method of ['POST', 'PUT']) {
    const answers = [
      await ask(`${path}?${fields}`, { method }, parts),
      await ask(path, { method, body: fields }, parts),
    ]
    expect(answers.map(({ status, text }) => [status, text])).toEqual([
      [204, ''],
      [204, ''],
    ])
  }
  expect(calls).toHaveLength(4)
  for (const { name, args } of calls) {
    const matcherSets = [[{ name: '__name__', op: '=', value: 'up' }]]
    expect([name, args]).toEqual(['delete', { matcherSets, fromMs: 1000, toMs: 2000 }])
  }
  expect((await ask(`${path}?match[]=up&match[]={`, { method: 'POST' }, parts)).status).toBe(400)
  expect((await ask(path, { method: 'GET' }, parts)).status).toBe(405)
  const foreign = { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } }
  expect((await ask(`${path}?match[]=up`, foreign, parts)).status).toBe(403)
  expect(calls).toHaveLength(4)
})

test('a selector of very many spaces is read in no time', async () => {
  const calls: FakeCall[] = []
  const body = new URLSearchParams({ 'match[]': `{a=""${' '.repeat(250_000)}, }` })
  const answer = await ask('/api/v1/admin/tsdb/delete_series', { method: 'POST', body }, fakeParts(calls))
  expect([answer.status, answer.text.slice(0, 300)]).toEqual([204, ''])
  expect(calls[0]?.args).toMatchObject({
    matcherSets: [
      [
        { name: 'a', op: '=', value: '' },
        { name: '__name__', op: '!=', value: '' },
      ],
    ],
  })
})

test('what was deleted is cleaned up on demand', async () => {
  const calls: FakeCall[] = []
  const answer = await ask('/api/v1/admin/tsdb/clean_tombstones', { method: 'POST' }, fakeParts(calls))
  expect([answer.status, answer.text, calls]).toEqual([204, '', [{ name: 'clean', args: undefined }]])
})

test('a snapshot is made on demand, with or without the head', async () => {
  const calls: FakeCall[] = []
  const parts = fakeParts(calls)
  const path = '/api/v1/admin/tsdb/snapshot'
  for (const query of ['', '?skip_head=', '?skip_head=false', '?skip_head=T']) {
    const answer = await ask(path + query, { method: 'PUT' }, parts)
    expect(answer.json()).toEqual({ status: 'success', data: { name: '20260102T030405Z-0123456789abcdef' } })
  }
  expect(calls.map(({ args }) => (args as { skipHead: boolean }).skipHead)).toEqual([false, false, false, true])
})

test('the admin calls of Prometheus are off unless they are switched on', async () => {
  const parts = { ...fakeParts(), admin: undefined }
  for (const call of ['delete_series?match[]=up', 'clean_tombstones', 'snapshot']) {
    const off = await ask(`/api/v1/admin/tsdb/${call}`, { method: 'POST' }, parts)
    expect([off.status, off.json()]).toEqual([
      500,
      { status: 'error', errorType: 'unavailable', error: 'admin APIs disabled' },
    ])
  }
})

test('a wrong method is told which are right, an unknown path is 404 and no page', async () => {
  const wrong = await ask('/api/v1/write')
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
  const unknown = await ask('/api/v1/nothing')
  expect([unknown.status, unknown.text]).toEqual([404, '404 page not found\n'])
})

test('a big answer is compressed when the client takes it', async () => {
  const parts = fakeParts()
  const items = Array.from({ length: 500 }, (_, i) => `label_${i}`)
  const querier = { ...parts.querier, labelNames: async () => ({ items, truncated: false }) }
  const send = (encoding: string) =>
    ask('/api/v1/labels', { headers: { 'accept-encoding': encoding } }, { ...parts, querier })
  const packed = await send('gzip')
  expect(packed.headers.get('content-encoding')).toBe('gzip')
  expect(packed.json()).toMatchObject({ data: items })
  const plain = await send('gzip;q=0, identity')
  expect(plain.headers.get('content-encoding')).toBe(null)
  expect(plain.json()).toMatchObject({ data: items })
})

test('experimental parts of the language are taken and listed where they are switched on', async () => {
  const query = '/api/v1/format_query?query=limitk(1,up)'
  const listed = async (parts = fakeParts()) => {
    const { data } = (await ask('/api/v1/features', {}, parts)).json() as {
      data: { promql: Record<string, boolean>; promql_operators: Record<string, boolean> }
    }
    return [data.promql_operators.limitk, data.promql_operators.sum, data.promql.duration_expr]
  }
  expect((await ask(query)).status).toBe(400)
  expect(await listed()).toEqual([false, true, false])
  const parts = { ...fakeParts(), features: new Set(['promql-experimental-functions'] as const) }
  expect((await ask(query, {}, parts)).json()).toEqual({ status: 'success', data: 'limitk(1, up)' })
  expect(await listed(parts)).toEqual([true, true, false])
})

test('the tree of a query tells its experimental parts', async () => {
  const parts = { ...fakeParts(), features: new Set(PROMQL_FEATURES) }
  const tree = async (query: string) =>
    (await ask(`/api/v1/parse_query?query=${encodeURIComponent(query)}`, {}, parts)).json()
  expect(await tree('rate(a[1m] smoothed) + fill_left(2) b[-(5s) * step()]')).toMatchObject({ status: 'error' })
  expect(await tree('rate(a[1m] smoothed) + fill_left(2) b offset (-5s * step())')).toMatchObject({
    data: {
      lhs: { args: [{ type: 'matrixSelector', range: 60_000, smoothed: true }] },
      rhs: {
        offset: 0,
        offsetExpr: {
          type: 'durationExpr',
          op: '*',
          lhs: { type: 'numberLiteral', val: '-5', duration: true },
          rhs: { type: 'durationExpr', op: 'step', lhs: null, rhs: null, wrapped: false },
          wrapped: true,
        },
      },
      matching: { fillValues: { lhs: 2, rhs: null } },
    },
  })
})
