import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  encodeRemoteWrite,
  toWritten,
  type WrittenHistogram,
  type WrittenSeries,
} from '../src/metrics/intake/remote-write/testkit/index.ts'
import { histogramOf } from '../src/metrics/store/testkit/histogram-of.ts'
import { createHistogramDataset } from './differential/histogram-dataset.ts'
import { createRandom } from './differential/random.ts'
import { prometheusMissing, type RunningPrometheus, startPrometheus } from './differential/start-prometheus.ts'
import { type RunningBinnacle, startBinnacle } from './start-binnacle.ts'

/*
 * Native histograms beside a real Prometheus 3.5: the same requests go to both, and both are asked the same.
 */

const CONFIG = `collectors:
  host: {enabled: false}
  process: {enabled: false}
`
const BUCKET_MS = 7_200_000
const FEATURE = ['--enable-feature=native-histograms']

async function push(url: string, series: readonly WrittenSeries[]): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${url}/api/v1/write`, {
    method: 'POST',
    body: new Uint8Array(encodeRemoteWrite(series)),
    headers: {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
    },
  })
  return { status: answer.status, text: await answer.text() }
}

type Answer = {
  readonly status: string
  readonly error?: string
  readonly data: { readonly result: readonly Series[] }
}
type Series = { readonly metric: Readonly<Record<string, string>> }

async function ask(url: string, query: string, params: Readonly<Record<string, string>>): Promise<Answer> {
  const path = params.step === undefined ? 'query' : 'query_range'
  const response = await fetch(`${url}/api/v1/${path}`, {
    method: 'POST',
    body: new URLSearchParams({ query, ...params }),
    signal: AbortSignal.timeout(60_000),
  })
  return (await response.json()) as Answer
}

const nameOf = ({ metric }: Series) => JSON.stringify(Object.entries(metric).sort())
const sorted = (answer: Answer) =>
  [...answer.data.result].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0))

/** Where two JSON values differ: numbers, also in texts, by more than nine digits; all else at all. */
function difference(ours: unknown, theirs: unknown, path = ''): string | undefined {
  if (ours === theirs) return undefined
  if (typeof ours === 'string' && typeof theirs === 'string') {
    const [a, b] = [Number(ours), Number(theirs)]
    if (Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b))) return undefined
  } else if (typeof ours === 'object' && typeof theirs === 'object' && ours !== null && theirs !== null) {
    const keys = new Set([...Object.keys(ours), ...Object.keys(theirs)])
    for (const key of keys) {
      const found = difference(
        (ours as Record<string, unknown>)[key],
        (theirs as Record<string, unknown>)[key],
        `${path}/${key}`,
      )
      if (found !== undefined) return found
    }
    return undefined
  }
  return `${path}: ${JSON.stringify(ours)?.slice(0, 300)} instead of ${JSON.stringify(theirs)?.slice(0, 300)}`
}

describe.skipIf(prometheusMissing !== '')(`native histograms beside a real Prometheus${prometheusMissing}`, () => {
  let prometheus: RunningPrometheus
  let binnacle: RunningBinnacle
  let dataDir: string | undefined
  let startMs: number
  let endMs: number

  beforeAll(async () => {
    // The head keeps this bucket of two hours and the one before it: an hour of the data lies before both.
    const now = Date.now()
    const bucket = Math.floor(now / BUCKET_MS) * BUCKET_MS
    startMs = bucket - 1.5 * BUCKET_MS
    endMs = Math.min(now, bucket + 1_800_000)
    dataDir = await mkdtemp(join(tmpdir(), 'binnacle-histograms-'))
    prometheus = await startPrometheus('{}', FEATURE)
    binnacle = await startBinnacle({ config: CONFIG, dataDir })
    for (const slice of createHistogramDataset(startMs, endMs, createRandom(20251125))) {
      for (const url of [prometheus.url, binnacle.url]) expect(await push(url, slice)).toMatchObject({ status: 204 })
    }
  }, 120_000)
  afterAll(async () => {
    await binnacle?.[Symbol.asyncDispose]()
    await prometheus?.[Symbol.asyncDispose]()
    if (dataDir !== undefined) await rm(dataDir, { recursive: true, force: true })
  })

  const QUERIES = [
    '{__name__=~"nh.*"}',
    '{__name__=~"nh.*"}[10m]',
    '{job="api", kind!="busy"}[3h]',
    '{__name__=~"nh.*"}[3m] offset 1h',
    'nh_mixed offset 10m',
    'nh_leaving[1h]',
    'last_over_time({__name__=~"nh.*"}[7m])',
    'count_over_time(nh_mixed[13m])',
    'nh{kind="counter"}[30m:2m]',
    'count_over_time(nh[13m])',
    'timestamp(nh)',
    'absent(nh_custom)',
    'count(nh)',
    'histogram_quantile(0.9, nh)',
    'histogram_quantile(0.3, nh_custom)',
    'histogram_quantile(0.7, nh_gauge)',
    'histogram_fraction(0.01, 1, nh)',
    'histogram_avg(nh_gauge) + histogram_count(nh_gauge)',
    'histogram_stddev(nh_custom)',
    'irate(nh[10m])',
    'delta(nh_gauge[20m])',
    'sum by (job) (nh_gauge)',
    'avg(nh_custom)',
    'sum_over_time(nh_gauge[15m])',
    'max_over_time(nh_mixed[1h])',
    'resets(nh[1h])',
    'nh_gauge * 2 - nh_gauge',
    'nh + on () group_left () nh_gauge',
    'sum(nh_mixed or nh)',
  ]
  // Not at the beginning: since 3.6 a rate is not extended to before the time when the counter was zero.
  const RATES = [
    'rate(nh{kind=~"busy|counter|quiet"}[20m])',
    'sum by (job) (increase(nh{kind=~"busy|counter"}[1h]))',
    'histogram_quantile(0.5, sum by (job) (rate(nh{kind=~"busy|counter"}[20m])))',
    'histogram_count(rate(nh{kind="busy"}[5m]))',
  ]

  async function compareAll(): Promise<void> {
    const differences: string[] = []
    let histograms = 0
    const step = (endMs - startMs) / 5000
    for (const query of [...QUERIES, ...RATES]) {
      const from = RATES.includes(query) ? (startMs + endMs) / 2 : startMs
      const times = [from + 3_600_000, (startMs + endMs) / 2, endMs]
      const questions: Record<string, string>[] = times.map((ms) => ({ time: (ms / 1000).toFixed(3) }))
      if (!/\]( offset .*)?$/.test(query)) {
        const range = { start: (from / 1000).toFixed(3), end: (endMs / 1000).toFixed(3), step: step.toFixed(3) }
        questions.push(
          { ...range, step: '300' },
          { ...range, start: ((endMs - 1_000_000) / 1000).toFixed(3), step: '17' },
        )
      }
      for (const params of questions) {
        const [theirs, ours] = await Promise.all([ask(prometheus.url, query, params), ask(binnacle.url, query, params)])
        expect([theirs.error, ours.error]).toEqual([undefined, undefined])
        const found = difference(sorted(ours), sorted(theirs))
        if (found !== undefined) differences.push(`${query} ${JSON.stringify(params)}: ${found}`)
        histograms += JSON.stringify(ours).split('"buckets"').length - 1
      }
    }
    expect(differences.join('\n')).toBe('')
    expect(histograms).toBeGreaterThan(5_000)
  }

  test('answers are the same while they lie in the log and the head', compareAll, 120_000)

  test('answers are the same after a cut, and after a restart from the chunks', async () => {
    const cut = await fetch(`${binnacle.url}/api/v1/admin/storage/cut`, { method: 'POST' })
    expect(cut.status, await cut.text()).toBe(200)
    await compareAll()
    await binnacle.kill()
    binnacle = await startBinnacle({ config: CONFIG, ...(dataDir === undefined ? {} : { dataDir }) })
    await compareAll()
  }, 240_000)

  test('a series of the API, and federation, which has no form for histograms, go on', async () => {
    const names = await fetch(`${binnacle.url}/api/v1/label/__name__/values`)
    expect(await names.json()).toMatchObject({ data: ['nh', 'nh_custom', 'nh_gauge', 'nh_leaving', 'nh_mixed'] })
    await push(binnacle.url, [{ labels: ['__name__', 'plain'], ts: [Date.now()], values: [3] }])
    await push(binnacle.url, [
      { labels: ['__name__', 'nh_now'], ts: [], values: [], histograms: [toWritten(histogramOf(1), Date.now())] },
    ])
    const federated = await fetch(
      `${binnacle.url}/federate?${new URLSearchParams({ 'match[]': '{__name__=~"plain|nh_now"}' })}`,
    )
    expect(federated.status).toBe(200)
    const text = await federated.text()
    expect(text).toContain('plain{instance=""} 3 ')
    expect(text).not.toContain('nh_now')
  })

  const plain: WrittenHistogram = {
    ts: 0,
    schema: 3,
    countInt: 3,
    sum: 1,
    positiveSpans: [0, 2],
    positiveDeltas: [1, 1],
  }
  // No schemas that there are none of: 3.5 stores them unseen and dies of the query; later ones refuse them, as we do.
  const doubtful: readonly [string, Partial<WrittenHistogram>][] = [
    ['valid', {}],
    ['a count too large', { countInt: 4 }],
    ['a count too large beside a sum that is NaN', { countInt: 4, sum: Number.NaN }],
    ['a count too small', { countInt: 2 }],
    ['a negative bucket', { positiveDeltas: [1, -2] }],
    ['a bucket too few', { positiveDeltas: [3] }],
    ['bounds beside an exponential schema', { customValues: [1] }],
    ['custom bounds', { schema: -53, customValues: [1] }],
    ['custom bounds, too few', { schema: -53, customValues: [] }],
    ['custom bounds, descending', { schema: -53, customValues: [1, 0.5] }],
    ['custom bounds with +Inf', { schema: -53, customValues: [1, Number.POSITIVE_INFINITY] }],
    ['custom bounds with a threshold', { schema: -53, customValues: [1], zeroThreshold: 1 }],
  ]
  test.for(doubtful)('%s: taken or refused as there', async ([name, over]) => {
    const ts = endMs + 1000 * (1 + doubtful.findIndex(([one]) => one === name))
    const one = [
      {
        labels: ['__name__', `doubtful_${name.replace(/\W/g, '_')}`],
        ts: [],
        values: [],
        histograms: [{ ...plain, ...over, ts }],
      },
    ]
    const [theirs, ours] = [await push(prometheus.url, one), await push(binnacle.url, one)]
    // Of what it refuses Prometheus 3.5 says 500, and its senders repeat that for ever; later ones say 400.
    expect(ours.status, `${ours.text} / ${theirs.text}`).toBe(theirs.status === 500 ? 400 : theirs.status)
    const query = one[0]!.labels[1]!
    const params = { time: (ts / 1000).toFixed(3) }
    expect(
      difference(sorted(await ask(binnacle.url, query, params)), sorted(await ask(prometheus.url, query, params))),
    ).toBe(undefined)
  })

  test.for(['prometheus.WriteRequest', 'io.prometheus.write.v2.Request'])(
    'what a Prometheus sends on as %s arrives as it has it',
    { timeout: 60_000 },
    async (message) => {
      const config = `remote_write:
- url: ${binnacle.url}/api/v1/write
  protobuf_message: ${message}
  send_native_histograms: true
  queue_config: {batch_send_deadline: 200ms}
`
      await using sender = await startPrometheus(config, FEATURE)
      const name = `sent_on_${message.length}`
      const labels = ['__name__', name]
      type Histograms = readonly { readonly histograms: readonly (readonly [number, unknown])[] }[]
      const askFor = async (url: string) => {
        const { data } = await ask(url, `${name}[5m]`, {})
        return (data.result as unknown as Histograms)[0]?.histograms ?? []
      }
      // A sender leaves out what is older than itself: pushes go on until some arrived.
      const pushed: number[] = []
      let arrived: Awaited<ReturnType<typeof askFor>> = []
      for (let n = 1; n < 400 && (arrived.length < 8 || arrived.at(-1)![0] !== pushed.at(-1)); n++) {
        // Of remote write 1.0 Prometheus leaves out custom buckets, which every third of these has.
        if ((n % 3 !== 0 || message.includes('v2')) && arrived.length < 8) {
          const ts = Date.now()
          pushed.push(ts / 1000)
          const histograms = [toWritten(histogramOf(n), ts)]
          expect(await push(sender.url, [{ labels, ts: [], values: [], histograms }])).toMatchObject({ status: 204 })
        }
        await new Promise((resolve) => setTimeout(resolve, 100))
        arrived = await askFor(binnacle.url)
      }
      expect(arrived.length).toBeGreaterThanOrEqual(8)
      const theirs = (await askFor(sender.url)).filter(([time]) => time >= arrived[0]![0])
      expect(difference(arrived, theirs)).toBe(undefined)
    },
  )
})
