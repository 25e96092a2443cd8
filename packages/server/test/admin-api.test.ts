import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Labels, labelsOf } from '@binnacle/promql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeRemoteWrite, type WrittenSeries } from '../src/metrics/intake/remote-write/testkit/index.ts'
import { startRemoteHost } from './remote-host.ts'
import { type RunningBinnacle, startBinnacle } from './start-binnacle.ts'
import { type RunningPrometheus, startPrometheus } from './start-prometheus.ts'

const QUIET = 'collectors:\n  host: {enabled: false}\n  process: {enabled: false}\n'
const END = Math.floor(Date.now() / 60_000) * 60_000 - 60_000
const START = END - 1_800_000

const ship = (n: number): Labels => labelsOf({ __name__: 'miles_total', ship: `s${n}`, job: n < 2 ? 'ferry' : 'tug' })

function samples(labels: Labels, fromMs: number, toMs: number): WrittenSeries {
  const ts: number[] = []
  for (let at = fromMs; at <= toMs; at += 15_000) ts.push(at)
  return { labels, ts, values: Float64Array.from(ts, (at) => (at - START) / 1000) }
}

async function write(base: string, series: readonly WrittenSeries[]): Promise<void> {
  const answer = await fetch(`${base}/api/v1/write`, {
    method: 'POST',
    body: new Uint8Array(encodeRemoteWrite(series)),
    headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' },
  })
  expect(answer.status).toBe(204)
}

async function admin(base: string, call: string, method = 'POST'): Promise<[number, unknown]> {
  const answer = await fetch(`${base}/api/v1/admin/tsdb/${call}`, { method })
  const text = await answer.text()
  return [answer.status, text === '' ? '' : JSON.parse(text)]
}

/** What is there: samples by series, and the series that are listed. */
async function look(base: string): Promise<{ counts: Record<string, number>; listed: unknown[] }> {
  const get = async (path: string) => ((await (await fetch(base + path)).json()) as { data: unknown }).data
  const query = new URLSearchParams({ query: 'count_over_time(miles_total[1h])', time: String(END / 1000 + 300) })
  const { result } = (await get(`/api/v1/query?${query}`)) as {
    result: { metric: { ship: string }; value: [number, string] }[]
  }
  const listed = ((await get('/api/v1/series?match[]=miles_total')) as { ship: string }[]).map(({ ship: name }) => name)
  return { counts: Object.fromEntries(result.map((one) => [one.metric.ship, Number(one.value[1])])), listed }
}

describe.skipIf(process.env.JUDGES_DIR === undefined)('beside Prometheus 3.5 (JUDGES_DIR names where it is)', () => {
  let ours: RunningBinnacle
  let theirs: RunningPrometheus
  beforeAll(async () => {
    ours = await startBinnacle({ config: QUIET, args: ['--web.enable-admin-api'] })
    theirs = await startPrometheus({ args: ['--web.enable-admin-api', '--web.enable-remote-write-receiver'] })
  })
  afterAll(async () => {
    await ours?.[Symbol.asyncDispose]()
    await theirs?.[Symbol.asyncDispose]()
  })

  const both = async <T>(ask: (base: string) => Promise<T>): Promise<[T, T]> =>
    Promise.all([ask(ours.url), ask(theirs.url)])

  test('the same is gone and the same is left', async () => {
    await both((base) =>
      write(
        base,
        [0, 1, 2, 3].map((n) => samples(ship(n), START, END)),
      ),
    )
    const steps = [
      'delete_series?match[]={}',
      `delete_series?match[]=miles_total{ship="s0"}&start=${START / 1000 + 300}&end=${START / 1000 + 600}`,
      'delete_series?match[]=miles_total{ship="s1"}',
      `delete_series?match[]=miles_total{ship="s2"}&match[]={job="tug",ship="s3"}&start=${END / 1000 - 60}`,
      'delete_series?match[]=nothing',
    ]
    for (const step of steps) {
      const [mine, judge] = await both((base) => admin(base, step, step.includes('s1') ? 'PUT' : 'POST'))
      expect(mine, step).toEqual(judge)
      const [left, expected] = await both(look)
      expect(left.counts, step).toEqual(expected.counts)
    }
    const [{ counts, listed }] = await both(look)
    expect(counts).toEqual({ s0: 121 - 21, s2: 121 - 5, s3: 121 - 5 })
    // Prometheus still lists a series of its head that has no samples any more.
    expect(listed).toEqual(['s0', 's2', 's3'])
  })

  test('what a sender brings after a deletion is there, also behind the clock', async () => {
    await both((base) =>
      write(
        base,
        [1, 2].map((n) => samples(ship(n), END + 15_000, END + 30_000)),
      ),
    )
    const [left, expected] = await both(look)
    expect(left).toEqual(expected)
    expect(left.counts).toMatchObject({ s1: 2, s2: 121 - 5 + 2 })
  })

  test('cleaning up answers as there and changes no answer', async () => {
    const before = await look(ours.url)
    const [mine, judge] = await both((base) => admin(base, 'clean_tombstones', 'PUT'))
    expect(mine).toEqual(judge)
    expect(await look(ours.url)).toEqual(before)
  })

  test('a snapshot is named as there', async () => {
    const [mine, judge] = await both((base) => admin(base, 'snapshot?skip_head=true'))
    const shape = ([status, body]: [number, unknown]) => {
      const { data, ...rest } = body as { data: { name: string } }
      return [status, rest, data.name.replace(/[a-f]/g, '0').replace(/\d/g, '0')]
    }
    expect(shape(mine)).toEqual(shape(judge))
  })

  test.for([
    'snapshot?skip_head=maybe',
    'delete_series',
    'delete_series?match[]=up&start=x',
    'delete_series?match[]=up&end=yesterday',
    'delete_series?match[]=up&start=5&end=1',
  ])('%s is answered in the same words', async (call) => {
    const [mine, judge] = await both((base) => admin(base, call))
    expect(mine).toEqual(judge)
  })
})

test('a deletion outlives a crash', async () => {
  await using first = await startBinnacle({ config: `${QUIET}admin_api: {enabled: true}\n` })
  await write(
    first.url,
    [0, 1].map((n) => samples(ship(n), START, END)),
  )
  expect(await admin(first.url, 'delete_series?match[]={ship="s0"}')).toEqual([204, ''])
  await first.kill()
  await using second = await startBinnacle({ config: QUIET, dataDir: first.dataDir })
  expect(await look(second.url)).toEqual({ counts: { s1: 121 }, listed: ['s1'] })
  expect(await admin(second.url, 'delete_series?match[]={ship="s1"}')).toEqual([
    500,
    { status: 'error', errorType: 'unavailable', error: 'admin APIs disabled' },
  ])
})

test('a Binnacle started from a snapshot has what was there, not what came or went later', async () => {
  await using first = await startBinnacle({ config: QUIET, args: ['--web.enable-admin-api'] })
  await write(
    first.url,
    [0, 1, 2].map((n) => samples(ship(n), START, END - 600_000)),
  )
  // Into chunks; what follows is in the log only.
  expect((await fetch(`${first.url}/api/v1/admin/storage/cut`, { method: 'POST' })).status).toBe(200)
  await write(
    first.url,
    [0, 1, 2].map((n) => samples(ship(n), END - 585_000, END)),
  )
  expect(await admin(first.url, 'delete_series?match[]={ship="s1"}')).toEqual([204, ''])
  const before = await look(first.url)

  // Samples come all the time while it is taken.
  let stop = false
  const writing = (async () => {
    for (let i = 0; !stop; i++) await write(first.url, [samples(ship(3 + (i % 5)), END + i * 10, END + i * 10)])
  })()
  const [status, answer] = await admin(first.url, 'snapshot')
  stop = true
  await writing
  expect(status).toBe(200)
  const { name } = (answer as { data: { name: string } }).data
  expect(await admin(first.url, 'delete_series?match[]={ship="s0"}')).toEqual([204, ''])
  const cut = ((await admin(first.url, 'snapshot?skip_head=1'))[1] as { data: { name: string } }).data.name
  expect((await readdir(join(first.dataDir, 'snapshots'))).sort()).toEqual([name, cut].sort())
  expect(await readdir(join(first.dataDir, 'engine', 'shadow'))).toEqual(['increment.txt'])
  await first.kill()

  await using whole = await startBinnacle({ config: QUIET, dataDir: join(first.dataDir, 'snapshots', name) })
  const found = await look(whole.url)
  expect(found.counts).toMatchObject(before.counts)
  expect(found.listed).toEqual(expect.arrayContaining(['s0', 's2']))
  expect(found.counts.s1).toBe(undefined)
  await write(whole.url, [samples(ship(0), END + 15_000, END + 15_000)])
  expect((await look(whole.url)).counts.s0).toBe(before.counts.s0! + 1)

  await using chunks = await startBinnacle({ config: QUIET, dataDir: join(first.dataDir, 'snapshots', cut) })
  expect((await look(chunks.url)).counts).toEqual({ s2: 81 })
})

test('snapshots of a ClickHouse server are refused with what to do instead', async () => {
  await using engine = await startRemoteHost()
  await using it = await startBinnacle({
    config: `${QUIET}admin_api: {enabled: true}\nengine:\n  url: ${engine.url}\n  user: ${engine.user}\n  password: ${JSON.stringify(engine.password)}\n`,
  })
  expect(await admin(it.url, 'snapshot')).toEqual([
    400,
    { status: 'error', errorType: 'bad_data', error: 'snapshots are taken of the embedded engine only' },
  ])
})
