// Every step of a range query is what an instant query gives at that time: random queries, experimental parts among them.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PROMQL_FEATURES, type PromqlFeature } from '../features.ts'
import { type Labels, labelsOf } from '../labels.ts'
import { equalHistograms, type FloatHistogram } from '../native-histogram/index.ts'
import { parseExpr } from '../parse/index.ts'
import { PromqlError } from '../promql-error.ts'
import { histogramOf } from '../testkit/histograms.ts'
import { createMemorySource, type MemorySeries, STALE } from '../testkit/memory-source.ts'
import { queries } from '../testkit/queries.ts'
import { labelsKey } from './column/label-sets.ts'
import { evaluateInstant, evaluateRange } from './evaluate.ts'

const signal = { aborted: false, reason: undefined }
const [START, END, STEP] = [600_000, 1_500_000, 70_000]

/** Whole numbers, so that sums are the same in whatever order; with gaps, resets, markers, NaN, and histograms. */
function makeSeries(): MemorySeries[] {
  let seed = 5
  const random = (below: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  const names = ['up', 'http_requests_total', 'job:x:rate5m', 'my.metric', 'sum', 'target_info', 'latency']
  return names.flatMap((name) =>
    ['a', 'b', 'c'].map((instance, i): MemorySeries => {
      const ts: number[] = []
      const values: number[] = []
      const histograms: (FloatHistogram | undefined)[] = []
      let total = 0
      for (let t = random(30_000); t < 2_000_000; t += 10_000 + random(90_000)) {
        if (random(12) === 0) t += 400_000
        total = random(15) === 0 ? 0 : total + random(9)
        ts.push(t)
        values.push(random(40) === 0 ? Number.NaN : total)
        const plain = name !== 'latency' || random(20) === 0
        histograms.push(plain ? undefined : histogramOf({ schema: 0, count: 2 * total, sum: total }, [total, total]))
      }
      const column = Float64Array.from(values)
      ts.forEach((_, k) => {
        if (random(25) === 0 && histograms[k] === undefined) column.set(STALE, k)
      })
      const labels = labelsOf({ __name__: name, job: i < 2 ? 'x' : 'y', instance, ...(i === 1 && { le: '1' }) })
      return name === 'latency' ? { labels, ts, values: column, histograms } : { labels, ts, values: column }
    }),
  )
}

const source = createMemorySource(makeSeries())
const name = fc.constantFrom('up', 'http_requests_total', 'latency', '{job="x"}', '{instance=~"a|b"}')
const range = fc.constantFrom('2m', '300', '1m30s')
const extension = fc.constantFrom('anchored', 'smoothed')
const vectors = fc.oneof(queries.vector, name)
const experimental = fc.oneof(
  fc
    .tuple(fc.constantFrom('rate', 'increase', 'delta', 'changes', 'resets'), name, range, extension)
    .map(([call, metric, width, word]) => `${call}(${metric}[${width}] ${word})`),
  fc
    .tuple(name, fc.constantFrom('', ' offset 1m', ' offset -30s'))
    .map(([metric, more]) => `${metric} smoothed${more}`),
  fc.tuple(vectors, fc.constantFrom('', ', {version=~".*"}', ', {le="1"}')).map(([v, by]) => `info(${v}${by})`),
  fc
    .tuple(vectors, fc.constantFrom('+ fill(1)', '- on (job, instance) fill_left(2)', '> fill_right(0)'), vectors)
    .map(([left, op, right]) => `(${left}) ${op} (${right})`),
  fc
    .tuple(fc.constantFrom('limitk(2,', 'limit_ratio(0.4,', 'limit_ratio(-0.3,'), vectors)
    .map(([op, v]) => `${op} ${v})`),
  fc
    .tuple(name, fc.constantFrom('2m', '2 * 45s', '3m - 1m', 'max_of(1m, 100)'))
    .map(([m, d]) => `sum_over_time(${m}[${d}])`),
)

/** Of the whole range, or (quantiles told apart by labels) of its first step. */
const NOT_BY_STEP = /@ start|@ end|histogram_quantiles/

test.for([
  ['metric names dropped at once', PROMQL_FEATURES.filter((one) => one !== 'promql-delayed-name-removal')],
  ['metric names dropped at the end', PROMQL_FEATURES],
] as const)('each step of a range query is an instant query, with %s', async ([, names]) => {
  const features = new Set<PromqlFeature>(names)
  const options = { source, signal, features }
  type Cell = number | FloatHistogram
  const ofInstant = async (query: string, timeMs: number): Promise<Map<string, Cell> | PromqlError> => {
    try {
      const result = await evaluateInstant(query, { ...options, timeMs })
      if (result.kind !== 'vector') throw new Error(result.kind)
      return new Map(result.labels.map((own, i) => [key(own), result.histograms?.[i] ?? result.values[i]!]))
    } catch (error) {
      if (error instanceof PromqlError) return error
      throw error
    }
  }
  const key = (labels: Labels) => labelsKey(labels)
  await fc.assert(
    fc.asyncProperty(fc.oneof(queries.vector, experimental, experimental), async (query) => {
      fc.pre(!NOT_BY_STEP.test(query))
      parseExpr(query, { features })
      let failed: PromqlError | undefined
      const whole = await evaluateRange(query, { ...options, startMs: START, endMs: END, stepMs: STEP }).catch(
        (error) => {
          if (!(error instanceof PromqlError)) throw error
          failed = error
          return undefined
        },
      )
      let instantFailed = false
      for (let t = START; t <= END; t += STEP) {
        const instant = await ofInstant(query, t)
        if (instant instanceof PromqlError) {
          instantFailed = true
          continue
        }
        if (whole === undefined) continue
        const step = new Map<string, Cell>()
        for (const { labels, ts, values, histograms } of whole.series) {
          const at = ts.indexOf(t)
          if (at >= 0) step.set(key(labels), histograms?.[at] ?? values[at]!)
        }
        expect([...step.keys()].sort()).toEqual([...instant.keys()].sort())
        for (const [labels, cell] of step) expect(same(cell, instant.get(labels)!), `${labels} at ${t}`).toBe(true)
      }
      expect(instantFailed, failed?.message).toBe(whole === undefined)
    }),
    { numRuns: 300 },
  )
})

function same(a: number | FloatHistogram, b: number | FloatHistogram): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') {
    return typeof a !== 'number' && typeof b !== 'number' && (equalHistograms(a, b) || Math.abs(a.sum - b.sum) < 1e-9)
  }
  if (Object.is(a, b) || a === b) return true
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b), 1)
}
