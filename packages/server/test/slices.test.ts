import { afterAll, beforeAll, expect, test } from 'vitest'
import { BinnacleError } from '../src/config/index.ts'
import { createQuerier, gatherJson, type QuerierPart } from '../src/metrics/query/index.ts'
import { BUCKET_MS } from '../src/metrics/store/index.ts'
import { type StoreUnderTest, startStore } from '../src/metrics/store/testkit/start-store.ts'
import { type Clock, createRegistry, type Registry, silentLogger, systemClock } from '../src/telemetry/index.ts'
import type { Question } from './differential/ask.ts'
import { type ApiAnswer, differenceOf } from './differential/compare-answers.ts'
import { createDataset, type Dataset } from './differential/dataset.ts'
import { generateQuestion } from './differential/generate-question.ts'
import { createRandom } from './differential/random.ts'

/*
 * Random queries (those of the differential test, whose answers Prometheus has judged) in slices of three series over two
 * threads, and the same in one piece. SLICES_QUERIES=n asks more, SLICES_SEED=n others; a failure names its seed.
 */

const QUERIES = Number(process.env.SLICES_QUERIES ?? 200)
const SEED = Number(process.env.SLICES_SEED ?? 20251125)
const T0 = Math.floor((Date.now() - 86_400_000) / BUCKET_MS) * BUCKET_MS
const never = new AbortController().signal
const OPTIONS = {
  timeoutMs: 60_000,
  maxSamples: 50_000_000,
  maxSteps: 11_000,
  lookbackMs: 300_000,
  maxResponseBytes: 64 * 1024 * 1024,
  maxConcurrency: 20,
  chunkCacheBytes: 16 << 20,
  features: [],
  resultCacheBytes: 0,
}

let now = T0
const clock: Clock = { ...systemClock, now: () => now }
const slicedRegistry = createRegistry()
let it: StoreUnderTest
let data: Dataset
let whole: QuerierPart
let sliced: QuerierPart

beforeAll(async () => {
  data = createDataset(T0, T0 + 1.5 * BUCKET_MS, SEED)
  it = await startStore(clock)
  const append = async (fromMs: number, toMs: number) => {
    now = toMs
    for (const { labels, ts, values } of data.series) {
      const from = ts.findIndex((time) => time >= fromMs)
      const end = ts.findIndex((time) => time >= toMs)
      if (from < 0) continue
      const to = end < 0 ? ts.length : end
      if (to <= from) continue
      const refs = new Uint32Array(to - from).fill(it.store.refOf(labels))
      it.store.append({
        length: to - from,
        refs,
        ts: Float64Array.from(ts.slice(from, to)),
        values: values.slice(from, to),
      })
    }
    await it.store.flushed(never)
  }
  await append(T0, T0 + BUCKET_MS)
  await it.store.cutNow(never)
  // A start in the bucket after the next one leaves the first to the engine.
  await append(T0 + BUCKET_MS, T0 + 2 * BUCKET_MS)
  now = T0 + 2 * BUCKET_MS + 1
  await it.restart()
  const start = (registry: Registry, more: { workers: number; sliceSeries?: number }) =>
    createQuerier(
      {
        view: it.store.view,
        client: it.engine.client,
        endpoint: it.engine.endpoint,
        clock,
        log: silentLogger,
        registry,
      },
      { ...OPTIONS, ...more },
    )
  whole = start(createRegistry(), { workers: 1 })
  sliced = start(slicedRegistry, { workers: 2, sliceSeries: 3 })
})

afterAll(async () => {
  await whole?.stop()
  await sliced?.stop()
  await it?.stop()
})

async function ask(querier: QuerierPart, { query, params }: Question): Promise<ApiAnswer> {
  const ms = (name: string) => Math.round(Number(params[name]) * 1000)
  const lookback = params.lookback_delta === undefined ? {} : { lookbackMs: 60_000 }
  try {
    const answer =
      params.step === undefined
        ? await querier.instant({ query, timeMs: ms('time'), ...lookback }, never)
        : await querier.range({ query, startMs: ms('start'), endMs: ms('end'), stepMs: ms('step'), ...lookback }, never)
    const data = JSON.parse((await gatherJson(answer.dataJson)).toString())
    return { status: 'success', data, warnings: [...answer.warnings].sort(), infos: [...answer.infos].sort() }
  } catch (error) {
    if (error instanceof BinnacleError) return { status: 'error', code: 0, errorType: error.code, error: error.message }
    throw error
  }
}

test('random queries have the same answers in slices over two threads as in one piece', async () => {
  const random = createRandom(SEED + 1)
  const differences: string[] = []
  let withSeries = 0
  for (let i = 0; i < QUERIES; i++) {
    const question = generateQuestion(random, data)
    const [a, b] = await Promise.all([ask(sliced, question), ask(whole, question)])
    const difference = differenceOf(a, b, question.ordered)
    if (difference !== undefined)
      differences.push(`${question.query}\n  ${JSON.stringify(question.params)}\n  ${difference}`)
    if (a.status === 'success' && b.status === 'success') {
      if (Array.isArray(b.data.result) && b.data.result.length > 0) withSeries++
      expect([a.warnings, a.infos], question.query).toEqual([b.warnings, b.infos])
    }
  }
  const helped = /^binnacle_query_slices_helped_total (\d+)/m.exec(slicedRegistry.render('text'))?.[1]
  console.log(`slices: ${QUERIES} queries, ${withSeries} with data, ${helped} slices by helpers (seed ${SEED})`)
  expect(differences.slice(0, 20).join('\n'), `SLICES_SEED=${SEED}`).toBe('')
  expect(withSeries).toBeGreaterThan(QUERIES / 3)
  expect(Number(helped)).toBeGreaterThan(QUERIES)
}, 120_000)
