import { labelsOf } from '@binnacle/promql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeRemoteWrite, type WrittenSeries } from '../src/metrics/intake/remote-write/testkit/index.ts'
import { type RunningBinnacle, startBinnacle } from './start-binnacle.ts'
import { type RunningPrometheus, startPrometheus } from './start-prometheus.ts'

const judges = process.env.JUDGES_DIR
const STEP_MS = 15_000
/** Unix ms of the newest sample; whole seconds, so that both servers print the same times. */
const END = Math.floor(Date.now() / 60_000) * 60_000 - 60_000
const START = END - 3_600_000

/** An hour of counters with a reset, gauges with gaps, a histogram, and awkward labels. */
function fleet(): WrittenSeries[] {
  const times = Array.from({ length: 241 }, (_, i) => START + i * STEP_MS)
  const series: WrittenSeries[] = []
  const add = (
    labels: Record<string, string>,
    valueAt: (i: number) => number | undefined,
    exemplars: WrittenSeries['exemplars'] = [],
  ) => {
    const kept = times.map((ts, i) => [ts, valueAt(i)] as const).filter(([, value]) => value !== undefined)
    series.push({
      labels: labelsOf(labels),
      ts: kept.map(([ts]) => ts),
      values: Float64Array.from(kept, ([, value]) => value ?? 0),
      exemplars,
    })
  }
  for (let ship = 0; ship < 6; ship++) {
    const own = { job: ship < 4 ? 'ferry' : 'tug', instance: `ship-${ship}:9100` }
    add({ __name__: 'up', ...own }, (i) => (ship === 5 && i > 200 ? 0 : 1))
    add({ __name__: 'miles_total', ...own }, (i) => (i < 120 || ship !== 2 ? i * (ship + 1.5) : (i - 120) * 2))
    add({ __name__: 'draft_metres', ...own }, (i) => (i % 40 > 35 ? undefined : 3 + Math.sin(i / 7 + ship)))
    for (const [le, share] of [
      ['0.1', 0.2],
      ['0.5', 0.7],
      ['1', 0.9],
      ['+Inf', 1],
    ] as const) {
      const exemplars = [1, 2, 3].map((k) => ({
        labels: labelsOf({ trace_id: `${ship}-${le}-${k}`, 'span.id': '"ä"' }),
        ts: START + k * 60_500 + ship,
        value: share * k,
      }))
      add({ __name__: 'docking_seconds_bucket', le, ...own }, (i) => Math.floor(i * (ship + 2) * share), exemplars)
    }
  }
  const odd = [0, -0, 1, -1, 1e5, 999_999, 1e6, 123_456_789, 1e21, 1e-4, 1.5e-5, 0.1 + 0.2, 5e-324, 1.7e308]
  for (const value of [...odd, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    add({ __name__: 'odd_value', Upper: 'x', value: Object.is(value, -0) ? '-0' : String(value) }, () => value)
  }
  add({ __name__: 'a.ß_:9', 'b.c:d': '1', _e: '2', '9f': '😀', instance: '\\' }, (i) => i)
  add({ __name__: 'cargo.tons', 'port.of call': 'Łódź "east"\nquay', job: 'ferry' }, (i) => i)
  return series
}

async function ask(base: string, path: string, fields?: Record<string, string>) {
  const response = await fetch(base + path, fields ? { method: 'POST', body: new URLSearchParams(fields) } : {})
  return { status: response.status, body: (await response.json()) as { status: string; data: unknown; error?: string } }
}

async function write(base: string, body: Buffer): Promise<Response> {
  return fetch(`${base}/api/v1/write`, {
    method: 'POST',
    body: new Uint8Array(body),
    headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' },
  })
}

let it: RunningBinnacle
beforeAll(async () => {
  it = await startBinnacle({
    config: `collectors:\n  host: {enabled: false}\n  process: {enabled: false}\nquery:\n  enable_features: [promql-per-step-stats]\n`,
  })
  expect((await write(it.url, encodeRemoteWrite(fleet()))).status).toBe(204)
})
afterAll(async () => {
  await it?.[Symbol.asyncDispose]()
})

test('what was answered 204 is in the next answer', async () => {
  const at = String(END / 1000)
  const { body } = await ask(it.url, '/api/v1/query', { query: 'sum by (job) (up)', time: at })
  expect(body.data).toEqual({
    resultType: 'vector',
    result: expect.arrayContaining([
      { metric: { job: 'ferry' }, value: [END / 1000, '4'] },
      { metric: { job: 'tug' }, value: [END / 1000, '1'] },
    ]),
  })
})

test('a request that makes no sense is 400 and says what is wrong, in plain words', async () => {
  const answer = await write(it.url, Buffer.from('no snappy at all'))
  expect(answer.status).toBe(400)
  expect(await answer.text()).toMatch(/snappy/i)
})

test('names of any letters are found by their escaped form and in selectors', async () => {
  const values = await ask(it.url, `/api/v1/label/U__port_2e_of_20_call/values?start=${START / 1000}`)
  expect(values.body.data).toEqual(['Łódź "east"\nquay'])
  const found = await ask(it.url, '/api/v1/query', { query: '{"cargo.tons"}', time: String(END / 1000) })
  expect(found.body.data).toMatchObject({ result: [{ metric: { __name__: 'cargo.tons' } }] })
})

describe.skipIf(judges === undefined)('the same samples in Prometheus 3.5 (JUDGES_DIR names where it is)', () => {
  let prometheus: RunningPrometheus
  let theirs: string

  beforeAll(async () => {
    prometheus = await startPrometheus({
      args: ['--web.enable-remote-write-receiver', '--enable-feature=exemplar-storage,promql-per-step-stats'],
    })
    theirs = prometheus.url
    expect((await write(theirs, encodeRemoteWrite(fleet()))).ok).toBe(true)
  })
  afterAll(async () => {
    await prometheus?.[Symbol.asyncDispose]()
  })

  const QUERIES = [
    'up',
    'up == 0',
    'miles_total',
    'rate(miles_total[5m])',
    'increase(miles_total[1h])',
    'sum by (job) (rate(miles_total[2m]))',
    'draft_metres',
    'avg_over_time(draft_metres[10m])',
    'max by (instance) (draft_metres offset 5m)',
    'histogram_quantile(0.9, sum by (le, job) (rate(docking_seconds_bucket[5m])))',
    'topk(2, draft_metres)',
    'miles_total / on (instance, job) group_left () draft_metres',
    'count_values("state", up)',
    'absent(up{job="submarine"})',
    'label_replace(up, "ship", "$1", "instance", "ship-(.*):.*")',
    'max_over_time(rate(miles_total[2m])[20m:1m])',
    'quantile_over_time(0.5, draft_metres[15m])',
    'deriv(draft_metres[10m])',
    'draft_metres unless on (instance) (up == 0)',
    'sum(up) > bool 5',
    '{__name__=~"up|draft.*", instance=~"ship-[12]:.*"}',
    '{"cargo.tons"}',
    'time() - timestamp(up)',
    'vector(1) + scalar(sum(up))',
    'odd_value',
    'vector(1e21) * -1.25',
    'vector(-9.9e-7)',
    '1e21',
    '5e-324',
    '1 + 1',
    'miles_total{job="nobody"}',
    'miles_total[1m]',
    'up + miles_total{job="tug"}',
    'sum(miles_total) by (job) + on (job) up',
    'rate(draft_metres[5m]) + no_such_function(1)',
  ]

  test.for(QUERIES)('at one time: %s', async (query) => {
    for (const time of [END, END - 17_500, START + 60_000]) {
      const fields = { query, time: String(time / 1000) }
      const [mine, judge] = await Promise.all([
        ask(it.url, '/api/v1/query', fields),
        ask(theirs, '/api/v1/query', fields),
      ])
      expect(differences(comparable(mine), comparable(judge), '')).toEqual([])
    }
  })

  test.for(QUERIES)('over a range: %s', async (query) => {
    const fields = { query, start: String(START / 1000 - 600), end: String(END / 1000), step: '47s' }
    const [mine, judge] = await Promise.all([
      ask(it.url, '/api/v1/query_range', fields),
      ask(theirs, '/api/v1/query_range', fields),
    ])
    expect(differences(comparable(mine), comparable(judge), '')).toEqual([])
  })

  test.for([
    ...QUERIES.filter((query) => !/no_such_function|on \(job\) up$/.test(query)),
    'sum_over_time(up[5m])',
    'up @ start()',
    `sum(rate(miles_total[5m] @ ${END / 1000}))`,
    `up + on (instance, job) miles_total @ ${END / 1000}`,
    `sum_over_time((up @ ${END / 1000})[10m:1m])`,
    'max_over_time(sum(rate(miles_total[2m]))[20m:1m])',
    'max_over_time(max_over_time(draft_metres[2m])[10m:1m] offset 3m)',
    'avg(draft_metres) * 2 > 1',
    'timestamp(draft_metres)',
    'absent_over_time(draft_metres[1m])',
    'absent(draft_metres)',
    'topk(2, rate(miles_total[2m]))',
    'quantile(0.5, draft_metres)',
    'count_values("x", up)',
    'sort_desc(draft_metres)',
    'up[10m:30s]',
    'scalar(sum(up)) + time()',
    'scalar(sum(up @ 0))',
    'up and draft_metres or miles_total unless up',
    'clamp(draft_metres, scalar(min(up)), 10)',
    'round(draft_metres, scalar(count(up)))',
    'quantile_over_time(scalar(avg(up)), draft_metres[5m])',
    'label_join(up, "a", "b", "c")',
    'last_over_time(draft_metres[1m] offset -2m)',
    'vector(1)',
  ])('looks at as many samples, step by step: %s', async (query) => {
    const at = { query, time: String((END - 17_500) / 1000), stats: 'all' }
    const over = {
      query,
      start: String(START / 1000 - 600),
      end: String(END / 1000),
      step: '47s',
      stats: 'all',
      nocache: '1',
    }
    for (const [path, fields] of [['query', at] as const, ['query_range', over] as const]) {
      const [mine, judge] = await Promise.all(
        [it.url, theirs].map(async (base) => {
          const { body } = await ask(base, `/api/v1/${path}`, fields)
          return (body.data as { stats: { samples: Record<string, unknown> } } | undefined)?.stats.samples
        }),
      )
      if (path === 'query') expect(judge?.totalQueryableSamplesPerStep).toHaveLength(1)
      expect({ ...mine, peakSamples: 0 }).toEqual({ ...judge, peakSamples: 0 })
    }
  })

  test.for([
    '/api/v1/query_exemplars?query=docking_seconds_bucket',
    '/api/v1/query_exemplars?query=docking_seconds_bucket%7Ble="1"%7D%2Fdocking_seconds_bucket%7Bjob="tug"%7D',
    `/api/v1/query_exemplars?query=rate(docking_seconds_bucket[5m])&start=${START / 1000 + 61}&end=${START / 1000 + 121.003}`,
    '/api/v1/query_exemplars?query=up',
    '/api/v1/query_exemplars?query=1',
  ])('answered the same, byte for byte: %s', async (path) => {
    const [mine, judge] = await Promise.all(
      [it.url, theirs].map(async (base) => {
        const response = await fetch(base + path)
        return [
          response.status,
          response.headers.get('content-type'),
          (await response.text()).replace(/(\.\d*?)0+(?=\D)/g, '$1'),
        ]
      }),
    )
    expect(mine).toEqual(judge)
  })

  test.for([1000, 3])('the figures of what is in memory are counted the same, %i of each', async (limit) => {
    const figures = async (base: string) => {
      const { body } = await ask(base, `/api/v1/status/tsdb?limit=${limit}`)
      const { headStats, ...lists } = body.data as { headStats: Record<string, number> } & Record<string, unknown[]>
      const { numSeries, numLabelPairs, maxTime } = headStats
      // Prometheus gives what is equally big in any order: with a short list only the sizes are certain.
      const values = Object.fromEntries(
        Object.entries(lists).map(([name, list]) => [
          name,
          limit > 100 ? sorted(list) : list.map((one) => (one as { value: number }).value),
        ]),
      )
      return { numSeries, numLabelPairs, maxTime, values }
    }
    expect(await figures(it.url)).toEqual(await figures(theirs))
  })

  test.for([
    ['/federate?match[]={}', undefined],
    ['/federate?match[]={job="",}', undefined],
    ['/federate?match[]={__name__=~".*"}', undefined],
    ['/federate?match[]={job="tug"}&match[]=up&match[]=up{job="tug"}', 'text/plain'],
    ['/federate?match[]={__name__=~".*[.].*"}', 'text/plain;version=0.0.4;escaping=allow-utf-8'],
    ['/federate?match[]={__name__=~".*[.].*"}', 'text/plain;version=0.0.4;escaping=dots;q=0.3,*/*;q=0.2'],
    ['/federate?match[]={__name__=~".*[.].*"}', 'text/plain;version=0.0.4;escaping=values'],
    ['/federate?match[]={__name__=~".*[.].*"}', 'text/plain;version=0.0.4;escaping=underscores'],
    ['/federate?match[]={__name__=~".*[.].*"}', 'application/openmetrics-text;escaping=values,text/plain;q=0.5'],
    ['/federate?match[]=odd_value', undefined],
    ['/federate?match[]=nothing', undefined],
    ['/federate', undefined],
  ] as const)('federated the same, byte for byte: %s (Accept: %s)', async ([path, accept]) => {
    const [mine, judge] = await Promise.all(
      [it.url, theirs].map(async (base) => {
        const response = await fetch(base + path, { headers: accept === undefined ? {} : { accept } })
        const text = await response.text()
        // Prometheus sorts by name alone: within a name long answers come in any order.
        const body = path.includes('=~".*"}') ? text.split('\n').sort() : text
        return [response.status, response.headers.get('content-type'), body]
      }),
    )
    expect(mine).toEqual(judge)
  })

  test.for([
    '/api/v1/labels',
    '/api/v1/labels?match[]=up',
    '/api/v1/label/__name__/values',
    '/api/v1/label/instance/values?match[]=up%7Bjob="tug"%7D',
    '/api/v1/label/U__port_2e_of_20_call/values',
    '/api/v1/label/nothing/values',
    '/api/v1/series?match[]=up',
    '/api/v1/series?match[]=up%7Bjob="tug"%7D&match[]=draft_metres%7Binstance=~"ship-0.*"%7D',
    '/api/v1/series?match[]=nothing',
  ])('listed: %s', async (path) => {
    const [mine, judge] = await Promise.all([ask(it.url, path), ask(theirs, path)])
    expect(differences(comparable(mine), comparable(judge), '')).toEqual([])
  })
})

type Point = readonly [number, string]
type Result = { metric: Record<string, string>; value?: Point; values?: readonly Point[] }

/** Where two answers differ. Samples (`value`) may by a relative 1e-9: sums are added up in another order. */
function differences(mine: unknown, judge: unknown, path: string): string[] {
  if (typeof mine === 'number' && typeof judge === 'number') {
    const same = Object.is(mine, judge) || Math.abs(mine - judge) <= 1e-9 * Math.max(Math.abs(mine), Math.abs(judge))
    return same ? [] : [`${path}: ${mine} instead of ${judge}`]
  }
  if (typeof mine !== 'object' || typeof judge !== 'object' || mine === null || judge === null) {
    return mine === judge ? [] : [`${path}: ${JSON.stringify(mine)} instead of ${JSON.stringify(judge)}`]
  }
  const keys = new Set([...Object.keys(mine), ...Object.keys(judge)])
  return [...keys].flatMap((key) =>
    differences((mine as Record<string, unknown>)[key], (judge as Record<string, unknown>)[key], `${path}.${key}`),
  )
}

/** An answer without what may differ: the order of series, the wording of errors (which other tests compare). */
function comparable({ status, body }: { status: number; body: { status: string; data: unknown } }): unknown {
  // Texts of what is very large or small must be the same too, of the rest the numbers.
  const point = ([time, value]: Point) => [
    time,
    /e/.test(value) ? value : value.length > 21 ? value : Number(value.replace('Inf', 'Infinity')),
  ]
  const data = body.data as { resultType?: string; result?: unknown } | unknown[] | undefined
  if (data === undefined || body.status === 'error') return { status, state: body.status }
  if (Array.isArray(data)) return { status, data: sorted(data) }
  if (data.resultType === 'scalar' || data.resultType === 'string')
    return { status, value: point(data.result as Point) }
  const result = (data.result as Result[]).map((one) => ({
    metric: Object.fromEntries(Object.entries(one.metric).sort()),
    ...(one.value ? { value: point(one.value) } : {}),
    ...(one.values ? { values: one.values.map(point) } : {}),
  }))
  return { status, type: data.resultType, result: sorted(result) }
}

function sorted(list: readonly unknown[]): unknown[] {
  return [...list].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

/** Series sort by labels alone; what has none (lists of names) by itself. */
function keyOf(item: unknown): string {
  const metric = typeof item === 'object' && item !== null ? (item as Partial<Result>).metric : undefined
  return JSON.stringify(metric ?? item)
}
