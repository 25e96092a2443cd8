import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, askForText, type Question } from './differential/ask.ts'
import { differenceOf } from './differential/compare-answers.ts'
import { createDataset, type Dataset } from './differential/dataset.ts'
import { excluded } from './differential/excluded.ts'
import { generateQuestion } from './differential/generate-question.ts'
import { pushDataset } from './differential/push.ts'
import { createRandom } from './differential/random.ts'
import { prometheusMissing, type RunningPrometheus, startPrometheus } from './differential/start-prometheus.ts'
import { type RunningBinnacle, startBinnacle } from './start-binnacle.ts'

/*
 * The same samples are pushed to a real Prometheus 3.5 and to Binnacle, and the same random queries are asked of both:
 * while the older part lies in the engine's log and the newer in the head, again after all of it was cut into chunks,
 * and again after a restart. What the result cache makes of them is compared with evaluations of Binnacle's own, to the
 * byte. DIFFERENTIAL_QUERIES=n asks more, DIFFERENTIAL_SEED=n others; a failure names its seed.
 */

const QUERIES = Number(process.env.DIFFERENTIAL_QUERIES ?? 400)
const SEED = Number(process.env.DIFFERENTIAL_SEED ?? 20251121)
const BUCKET_MS = 7_200_000
/** Questions under way at a time. */
const WIDTH = 4
const MOST_SHOWN = 20
const CONFIG = `collectors:
  host: {enabled: false}
  process: {enabled: false}
`

describe.skipIf(prometheusMissing !== '')(`random queries beside a real Prometheus${prometheusMissing}`, () => {
  let prometheus: RunningPrometheus
  let binnacle: RunningBinnacle
  let data: Dataset
  let questions: readonly Question[]
  let dataDir: string | undefined

  beforeAll(async () => {
    // The head keeps this bucket of two hours and the one before it: an hour of the data lies before both.
    const now = Date.now()
    const bucket = Math.floor(now / BUCKET_MS) * BUCKET_MS
    data = createDataset(bucket - 1.5 * BUCKET_MS, Math.min(now, bucket + 1_800_000), SEED)
    const random = createRandom(SEED + 1)
    questions = Array.from({ length: QUERIES }, () => generateQuestion(random, data))
    dataDir = await mkdtemp(join(tmpdir(), 'binnacle-differential-'))
    prometheus = await startPrometheus('{}')
    binnacle = await startBinnacle({ config: CONFIG, dataDir })
    await pushDataset(data, [prometheus.url, binnacle.url])
  })
  afterAll(async () => {
    await binnacle?.[Symbol.asyncDispose]()
    await prometheus?.[Symbol.asyncDispose]()
    if (dataDir !== undefined) await rm(dataDir, { recursive: true, force: true })
  })

  /** Asks both all questions and fails with what differs. `readFrom`: what Binnacle must have read at least once. */
  async function compareAll(phase: string, readFrom: readonly string[]): Promise<void> {
    const tally = { compared: 0, withSeries: 0, failing: 0, excluded: new Map<string, number>() }
    const sourcesSeen = new Set<string>()
    const differences: string[] = []
    let next = 0
    async function askOn(): Promise<void> {
      while (next < questions.length && differences.length < MOST_SHOWN) {
        const question = questions[next++]!
        // What an earlier phase was told is not asked for here.
        const own = { ...question, params: { ...question.params, nocache: '1' } }
        const [theirs, ours] = await Promise.all([ask(prometheus.url, question), ask(binnacle.url, own)])
        for (const source of ours.sources) sourcesSeen.add(source)
        tally.compared++
        if (theirs.answer.status === 'error') tally.failing++
        else if (Array.isArray(theirs.answer.data.result) && theirs.answer.data.result.length > 0) tally.withSeries++
        const difference = differenceOf(ours.answer, theirs.answer, question.ordered)
        if (difference === undefined) continue
        const rule = excluded(question.query, difference)
        if (rule === undefined)
          differences.push(`${question.query}\n  ${JSON.stringify(question.params)}\n  ${difference}`)
        else tally.excluded.set(rule, (tally.excluded.get(rule) ?? 0) + 1)
      }
    }
    await Promise.all(Array.from({ length: WIDTH }, askOn))
    const rules = [...tally.excluded].map(([name, count]) => `, ${count} differ by "${name}"`).join('')
    console.log(
      `differential, ${phase}: ${tally.compared} queries over ${data.series.length} series and ${data.samples} samples, ` +
        `${tally.withSeries} with data, ${tally.failing} that fail on both sides${rules} (seed ${SEED})`,
    )
    expect(differences.join('\n'), `DIFFERENTIAL_SEED=${SEED}, data from ${data.startMs} to ${data.endMs}`).toBe('')
    expect([...sourcesSeen]).toEqual(expect.arrayContaining([...readFrom]))
    expect(tally.withSeries).toBeGreaterThan(tally.compared / 2)
  }

  /** Asks for some steps, for all of them, and for the later ones again; each time with and without the cache. */
  async function compareWithCache(): Promise<void> {
    const ranges = questions.filter(({ params }) => params.step !== undefined)
    const differences: string[] = []
    let fromCache = 0
    let next = 0
    async function askOn(): Promise<void> {
      while (next < ranges.length && differences.length < MOST_SHOWN) {
        const { query, params } = ranges[next++]!
        const startMs = Math.round(Number(params.start) * 1000)
        const endMs = Math.round(Number(params.end) * 1000)
        const stepMs = Math.round(Number(params.step) * 1000)
        const at = (share: number) => startMs + Math.floor((share * (endMs - startMs)) / stepMs) * stepMs
        for (const [fromMs, toMs] of [
          [startMs, at(0.6)],
          [startMs, endMs],
          [at(0.3), endMs],
        ] as const) {
          const asked = { ...params, start: (fromMs / 1000).toFixed(3), end: (toMs / 1000).toFixed(3) }
          const kept = await askForText(binnacle.url, { query, params: asked })
          const fresh = await askForText(binnacle.url, { query, params: { ...asked, nocache: '1' } })
          if (kept !== fresh) differences.push(`${query}\n  ${JSON.stringify(asked)}\n  ${kept}\n  ${fresh}`)
        }
        const { sources } = await ask(binnacle.url, { query, params })
        if (sources.includes('cache')) fromCache++
      }
    }
    await Promise.all(Array.from({ length: WIDTH }, askOn))
    console.log(
      `differential, result cache: ${3 * ranges.length} answers compared, ${fromCache} of ${ranges.length} kept`,
    )
    expect(differences.join('\n'), `DIFFERENTIAL_SEED=${SEED}, data from ${data.startMs} to ${data.endMs}`).toBe('')
    expect(fromCache).toBeGreaterThan(ranges.length / 3)
  }

  const timeout = 60_000 + QUERIES * 200

  test(
    'before a cut: the log of the engine and the head',
    () => compareAll('log and head', ['engine', 'head']),
    timeout,
  )

  test(
    'after a cut: chunks',
    async () => {
      const answer = await fetch(`${binnacle.url}/api/v1/admin/storage/cut`, { method: 'POST' })
      expect(answer.status, await answer.text()).toBe(200)
      await compareAll('after a cut', ['engine'])
    },
    timeout,
  )

  test('with the result cache: the same to the byte as without', compareWithCache, timeout)

  test(
    'after a restart: what was written',
    async () => {
      await binnacle[Symbol.asyncDispose]()
      binnacle = await startBinnacle({ config: CONFIG, ...(dataDir === undefined ? {} : { dataDir }) })
      await compareAll('after a restart', ['engine'])
    },
    timeout,
  )
})
