import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PromqlFeature } from '../features.ts'
import { formatLabels, labelsOf } from '../labels.ts'
import { eachBucket, type FloatHistogram } from '../native-histogram/index.ts'
import { parseExpr } from '../parse/index.ts'
import { PromqlError } from '../promql-error.ts'
import type { SeriesSource } from '../series-source.ts'
import { histogramOf } from '../testkit/histograms.ts'
import { createMemorySource, type MemorySeries, STALE } from '../testkit/memory-source.ts'
import { queries } from '../testkit/queries.ts'
import { DEFAULT_SUBQUERY_STEP_MS, evaluateRange, isSummary, stepReach } from './index.ts'

const signal = { aborted: false, reason: undefined }
const ALL: readonly PromqlFeature[] = [
  'promql-extended-range-selectors',
  'promql-experimental-functions',
  'promql-duration-expr',
  'promql-binop-fill-modifiers',
]
const MINUTE = 60_000
const LOOKBACK = 300_000

const reachOf = (query: string, features: readonly PromqlFeature[] = ALL) =>
  stepReach(parseExpr(query, { features: new Set(features) }), {
    stepMs: MINUTE,
    lookbackMs: LOOKBACK,
    subqueryStepMs: DEFAULT_SUBQUERY_STEP_MS,
    features: new Set(features),
  })

describe('what a step is made of', () => {
  test.for<[string, number, number]>([
    ['up', -5, 0],
    ['1', 0, 0],
    ['rate(up[10m])', -10, 0],
    ['up offset 1h', -65, 0],
    ['up offset -1h', 0, 60],
    ['rate(up[10m] offset -3m)', -7, 3],
    ['max_over_time(rate(up[5m])[1h:1m])', -65, 0],
    ['max_over_time(rate(up[5m] offset -2m)[1h:1m] offset 30m)', -93, 0],
    ['max_over_time((up offset -2m)[1h:1m])', -63, 2],
    ['sum(up) / sum(up offset 1d)', -1445, 0],
    ['topk(scalar(up offset 10m), up)', -15, 0],
    ['rate(up[step() * 3])', -3, 0],
    ['rate(up[10m] anchored)', -15, 0],
    ['increase(up[10m] smoothed)', -15, 5],
    ['up smoothed', -10, 5],
  ])('%s: from %d to %d minutes around it', ([query, from, to]) => {
    const reach = reachOf(query)
    expect(reach).toMatchObject({ fixedFromMs: Number.POSITIVE_INFINITY, fixedToMs: Number.NEGATIVE_INFINITY })
    expect(reach!.fromMs).toBeLessThanOrEqual(from * MINUTE)
    expect(reach!.fromMs).toBeGreaterThan((from - 6) * MINUTE)
    expect(reach!.toMs).toBe(to * MINUTE)
  })

  test('a fixed time is one, with what lies around it', () => {
    expect(reachOf('up - up @ 6000 offset 1m')).toEqual({
      fromMs: -LOOKBACK,
      toMs: 0,
      fixedFromMs: 6_000_000 - MINUTE - LOOKBACK,
      fixedToMs: 6_000_000 - MINUTE,
    })
    expect(reachOf('rate(up[5m] @ 6000)')).toMatchObject({ fixedFromMs: 5_700_000, fixedToMs: 6_000_000 })
    expect(reachOf('max_over_time(up[1h:1m] @ 6000)')).toMatchObject({ fixedToMs: 6_000_000 })
    // Inside, the time of the subquery is what moves.
    expect(reachOf('max_over_time((up @ 9000)[1h:1m] @ 6000)')).toMatchObject({ fixedToMs: 9_000_000 })
  })

  test.for([
    'up @ start()',
    'rate(up[5m] @ end())',
    'max_over_time(up[1h:1m] @ end())',
    'max_over_time((up @ start())[1h:1m])',
    'time() - start()',
    'vector(end())',
    'vector(range())',
    'rate(up[range()])',
    'up offset -range()',
    'sum(rate(up[max_of(range() / 2, 5m)]))',
    'sort(up)',
    'topk(3, sort_desc(up))',
    'sum(up) + fill(0) sum(down)',
    'stddev(up)',
    'stdvar by (job) (rate(up[5m]))',
    'sum(up @ end()) or vector(1)',
    'max_over_time(rate(up[5m])[30s:10s])',
    'max_over_time(max_over_time(rate(up[5m])[30s:10s])[1h:])',
    'histogram_quantiles(up, "q", time() / 1e12)',
    'topk(scalar(up @ end()), up)',
  ])('%s depends on more than that', (query) => {
    expect(reachOf(query)).toBe(undefined)
  })

  test('names that are dropped at the end are dropped for all steps', () => {
    expect(reachOf('rate(up[5m])', ['promql-delayed-name-removal'])).toBe(undefined)
  })
})

/** Values as series have them: whole and broken, many of them equal, seldom none. */
const value = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 5 }) },
  { weight: 4, arbitrary: fc.integer({ min: -1000, max: 100_000 }).map((n) => n / 100) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY) },
)
const sample = fc.oneof({ weight: 9, arbitrary: value }, { weight: 1, arbitrary: fc.constant(undefined) })
const SAMPLES = 100
const EVERY = 30_000

/** Mostly grows; now and then it is reset, or has other buckets than before. */
function histogram(value: number, place: number): FloatHistogram {
  const level = Number.isFinite(value) ? Math.abs(value) + (place % 23) * 10 : place
  const positive = [level, 2 * level, 1, level / 3].slice(place % 17 === 0 ? 1 : 0)
  const count = positive.reduce((sum, bucket) => sum + bucket, 0)
  return histogramOf({ count, sum: level * 1.1, schema: place % 29 === 0 ? 1 : 0 }, positive, (place >> 4) % 3)
}

/** Series that come and go: each lives for some time, with a staleness marker at its end. */
const series: fc.Arbitrary<MemorySeries> = fc
  .record({
    name: fc.constantFrom('up', 'http_requests_total', 'my.metric', 'job:x:rate5m'),
    job: fc.constantFrom('a', 'b'),
    instance: fc.constantFrom('1', '2', '3'),
    le: fc.constantFrom('', '', '0.1', '1', '+Inf'),
    from: fc.nat({ max: SAMPLES - 10 }),
    life: fc.integer({ min: 3, max: SAMPLES }),
    values: fc.array(sample, { minLength: SAMPLES, maxLength: SAMPLES }),
    kind: fc.constantFrom('number', 'number', 'number', 'number', 'histogram', 'mixed'),
  })
  .map(({ name, job, instance, le, from, life, values, kind }) => {
    const ts: number[] = []
    const kept: number[] = []
    for (let i = from; i < Math.min(SAMPLES, from + life); i++) {
      if (values[i] === undefined) continue
      ts.push(i * EVERY)
      kept.push(values[i]!)
    }
    ts.push(Math.min(SAMPLES, from + life) * EVERY)
    const all = Float64Array.from([...kept, 0])
    all.set(STALE, kept.length)
    const labels = labelsOf({ __name__: name, job, instance, ...(le === '' ? {} : { le }) })
    if (kind === 'number') return { labels, ts, values: all }
    const histograms = kept.map((value, i) => (kind === 'mixed' && i % 9 < 5 ? undefined : histogram(value, i)))
    return { labels, ts, values: all, histograms: [...histograms, undefined] }
  })
const sources: fc.Arbitrary<SeriesSource> = fc
  .uniqueArray(series, { selector: ({ labels }) => labels.join(), minLength: 5, maxLength: 30 })
  .map((all) => createMemorySource(all))

type Points = { values: Map<string, string>; remarks: Set<string> } | { error: string }
const bits = new Uint32Array(2)
const double = new Float64Array(bits.buffer)

/** Every value to the bit (of NaN: that it is one), by series and time. */
async function pointsOf(query: string, source: SeriesSource, fromStep: number, toStep: number): Promise<Points> {
  try {
    const expr = parseExpr(query, { features: new Set(ALL) })
    const { series, warnings, infos } = await evaluateRange(expr, {
      startMs: fromStep * MINUTE + 7_000,
      endMs: toStep * MINUTE + 7_000,
      stepMs: MINUTE,
      source,
      signal,
      features: new Set(ALL),
      limits: { maxSamples: 1_000_000 },
    })
    const values = new Map<string, string>()
    const textOf = (value: number): string => {
      double[0] = value
      return Number.isNaN(value) ? 'NaN' : `${bits[0]} ${bits[1]}`
    }
    for (const { labels, ts, values: column, histograms } of series) {
      for (let i = 0; i < ts.length; i++) {
        const found = histograms?.[i]
        let text = textOf(column[i]!)
        if (found !== undefined) {
          text = `${textOf(found.count)} ${textOf(found.sum)}`
          eachBucket(found, (_, lower, upper, count) => {
            text += ` ${lower}-${upper}: ${textOf(count)}`
          })
        }
        values.set(`${formatLabels(labels)} ${ts[i]}`, text)
      }
    }
    return { values, remarks: new Set([...warnings, ...infos]) }
  } catch (error) {
    if (error instanceof PromqlError) return { error: error.message }
    throw error
  }
}

test('of a query with a reach the steps evaluated in pieces are those evaluated at once, and so are the remarks', async () => {
  const seen = { compared: 0, without: 0, failing: 0 }
  await fc.assert(
    fc.asyncProperty(queries.vector, sources, fc.integer({ min: 1, max: 48 }), async (query, source, cut) => {
      let reach: ReturnType<typeof reachOf>
      try {
        reach = reachOf(query)
      } catch (error) {
        if (error instanceof PromqlError) return
        throw error
      }
      if (reach === undefined) {
        seen.without++
        return
      }
      const whole = await pointsOf(query, source, 0, 48)
      const pieces = [await pointsOf(query, source, 0, cut - 1), await pointsOf(query, source, cut, 48)]
      if ('error' in whole) {
        seen.failing++
        expect(
          pieces.some((piece) => 'error' in piece),
          `${query}: ${whole.error}`,
        ).toBe(true)
        return
      }
      const values = new Map<string, string>()
      const remarks = new Set<string>()
      for (const piece of pieces) {
        if ('error' in piece) throw new Error(`${query} fails in a piece: ${piece.error}`)
        for (const [key, text] of piece.values) values.set(key, text)
        for (const remark of piece.remarks) remarks.add(remark)
      }
      const different = [...new Set([...values.keys(), ...whole.values.keys()])].find(
        (key) => values.get(key) !== whole.values.get(key),
      )
      if (different !== undefined) {
        throw new Error(
          `${query} at ${different}: ${values.get(different)} in pieces, ${whole.values.get(different)} at once`,
        )
      }
      const plain = (all: ReadonlySet<string>) => new Set([...all].filter((remark) => !isSummary(remark)))
      // Of very many remarks an evaluation gives the first ones only.
      if (whole.remarks.size < 100) expect(plain(remarks), query).toEqual(plain(whole.remarks))
      if (whole.values.size > 0) seen.compared++
    }),
    { numRuns: 2_000 },
  )
  expect(seen.compared).toBeGreaterThan(200)
  expect(seen.without).toBeGreaterThan(50)
}, 120_000)
