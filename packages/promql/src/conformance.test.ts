// Prometheus's own acceptance files, read where they lie: CONFORMANCE_DIR, or `shared/conformance` beside the repository.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { labelsKey } from './evaluate/column/label-sets.ts'
import {
  evaluateInstant,
  evaluateRange,
  formatLabels,
  type InstantResult,
  type Labels,
  type MatrixResult,
  PromqlError,
  type PromqlFeature,
  type PromqlFeatures,
  parseExpr,
  type SeriesSource,
  type Slicer,
} from './index.ts'
import { compact, type FloatHistogram, formatHistogram, sameLayout, sameNumbers } from './native-histogram/index.ts'
import { createMemorySource, STALE } from './testkit/memory-source.ts'
import { type EvalCommand, parseScript, Storage } from './testkit/promqltest.ts'
import type { Point } from './testkit/script-lines.ts'
import { createTestSlicer } from './testkit/test-slicer.ts'

const beside = join(dirname(fileURLToPath(import.meta.url)), '../../../../shared/conformance')
const folder = join(process.env.CONFORMANCE_DIR ?? beside, 'promqltest/testdata')
const present = existsSync(folder)

const FEATURES: readonly PromqlFeature[] = [
  'promql-experimental-functions',
  'promql-duration-expr',
  'promql-binop-fill-modifiers',
  'promql-extended-range-selectors',
]

type Mode = { readonly features: PromqlFeatures; readonly sliced: boolean }

/** What is wrong with the answer to a case; undefined when nothing is. */
async function runCase(command: EvalCommand, storage: Storage, mode: Mode): Promise<string | undefined> {
  try {
    await checkCase(command, createMemorySource(storage.series(STALE)), mode)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function checkCase(command: EvalCommand, source: SeriesSource, { features, sliced }: Mode): Promise<void> {
  const signal = { aborted: false, reason: undefined }
  const { query, startMs, endMs, stepMs, expectations } = command
  const plain = { source, signal, features }
  const base = (options: { startMs: number; endMs: number; stepMs: number }) => {
    if (!sliced) return plain
    const slicer: Slicer = (request) =>
      createTestSlicer(parseExpr(query, { features }), { ...plain, ...options, queryText: query })(request)
    return { ...plain, slicer }
  }
  const fails = expectations.filter(({ kind }) => kind === 'fail')
  let result: InstantResult | MatrixResult
  try {
    result =
      stepMs === 0
        ? await evaluateInstant(query, { ...base({ startMs, endMs: startMs, stepMs: 0 }), timeMs: startMs })
        : await evaluateRange(query, { ...base({ startMs, endMs, stepMs }), startMs, endMs, stepMs })
  } catch (error) {
    if (fails.length === 0 || !(error instanceof PromqlError)) throw error
    for (const { match, text } of fails) {
      if (match === 'msg' && error.message !== text)
        throw new Error(`failed with "${error.message}" instead of "${text}"`)
      if (match === 'regex' && !new RegExp(text).test(error.message))
        throw new Error(`failed with "${error.message}", not like ${text}`)
    }
    return
  }
  if (fails.length > 0) throw new Error('did not fail')
  checkRemarks('warn', command, result.warnings)
  checkRemarks('info', command, result.infos)
  if (stepMs !== 0) return checkMatrix(command, result as MatrixResult, startMs, stepMs)
  checkInstant(command, result)
  if (/\b(start|end|step|range)\s*\(/.test(query) || result.kind === 'matrix' || result.kind === 'string') return
  if (expectations.some(({ kind }) => kind === 'ordered')) return
  const minute = 60_000
  const around = { startMs: startMs - minute, endMs: startMs + minute, stepMs: minute }
  const ranged = await evaluateRange(query, { ...base(around), ...around })
  const labels: Labels[] = []
  const values: number[] = []
  const histograms: (FloatHistogram | undefined)[] = []
  for (const series of ranged.series) {
    const at = series.ts.indexOf(startMs)
    if (at < 0) continue
    labels.push(series.labels)
    values.push(series.values[at]!)
    histograms.push(series.histograms?.[at])
  }
  const vector = { ...result, kind: 'vector', timeMs: startMs, labels, values: Float64Array.from(values) } as const
  const asVector = { ...vector, histograms }
  checkInstant(
    command.scalar === undefined
      ? command
      : { ...command, series: [{ labels: [], points: [command.scalar] }], scalar: undefined },
    asVector,
    'as a step of a range query: ',
  )
}

function checkRemarks(kind: 'warn' | 'info', { expectations }: EvalCommand, remarks: readonly string[]): void {
  if (expectations.some((one) => one.kind === `no_${kind}`) && remarks.length > 0)
    throw new Error(`unexpected ${kind}: ${remarks[0]}`)
  const expected = expectations.filter((one) => one.kind === kind)
  const fits = ({ match, text }: (typeof expected)[number], remark: string) =>
    match === 'any' ||
    (match === 'msg' ? remark === text || remark === asToldAtOnce(text) : new RegExp(text).test(remark))
  for (const one of expected) {
    if (!remarks.some((remark) => fits(one, remark)))
      throw new Error(`expected ${kind} ${one.text}, got ${remarks.join(' | ')}`)
  }
  if (expected.length === 0) return
  for (const remark of remarks) {
    if (!expected.some((one) => fits(one, remark))) throw new Error(`unexpected ${kind}: ${remark}`)
  }
}

/** Some remarks name the metric only where the name is dropped at the end: before that it is lost to them. */
function asToldAtOnce(text: string): string {
  return text.replace(/(mix of classic and native histograms|NaN observations, .*?) for metric name "[^"]*"/, '$1')
}

function checkInstant(command: EvalCommand, result: InstantResult, prefix = ''): void {
  const fail = (message: string): never => {
    throw new Error(prefix + message)
  }
  if (result.kind === 'string') {
    if (command.text !== result.value) fail(`got string ${JSON.stringify(result.value)}`)
    return
  }
  if (result.kind === 'scalar') {
    if (command.scalar === undefined || !near(command.scalar, result.value))
      fail(`expected ${command.scalar}, got ${result.value}`)
    return
  }
  if (result.kind === 'matrix') {
    const { startMs, stepMs } = command.rangeVector!
    checkMatrix(command, result, startMs, stepMs)
    return
  }
  if (command.scalar !== undefined) fail(`expected the scalar ${command.scalar}, got a vector`)
  const sampleAt = (i: number) => result.histograms?.[i] ?? result.values[i]!
  const shown = () => result.labels.map((labels, i) => `${formatLabels(labels)} ${text(sampleAt(i))}`).join('; ')
  const places = new Map(result.labels.map((labels, i) => [labelsKey(labels), i]))
  const ordered = command.expectations.some(({ kind }) => kind === 'ordered')
  for (const [n, { labels, points }] of command.series.entries()) {
    const at = places.get(labelsKey(labels))
    if (at === undefined) throw new Error(`${prefix}no ${formatLabels(labels)} in: ${shown()}`)
    if (ordered && at !== n) fail(`${formatLabels(labels)} stands at ${at}, not at ${n}`)
    if (!samePoint(points[0]!, sampleAt(at)))
      fail(`${formatLabels(labels)}: expected ${text(points[0]!)}, got ${text(sampleAt(at))}`)
  }
  if (places.size !== command.series.length) fail(`expected ${command.series.length} elements, got ${shown()}`)
}

function checkMatrix(command: EvalCommand, result: MatrixResult, startMs: number, stepMs: number): void {
  const found = new Map(result.series.map((series) => [labelsKey(series.labels), series]))
  let expected = 0
  for (const { labels, points } of command.series) {
    const series = found.get(labelsKey(labels))
    const times = points.flatMap((point, i) => (point === 'absent' ? [] : [{ t: startMs + i * stepMs, point }]))
    if (times.length === 0) continue
    expected++
    if (series === undefined)
      throw new Error(
        `no series ${formatLabels(labels)} in: ${result.series.map((one) => formatLabels(one.labels)).join('; ')}`,
      )
    const sampleAt = (i: number) => series.histograms?.[i] ?? series.values[i]!
    const got = [...series.ts].map((t, i) => `${text(sampleAt(i))}@${t}`).join(' ')
    if (series.ts.length !== times.length)
      throw new Error(`${formatLabels(labels)}: expected ${times.length} points, got ${got}`)
    times.forEach(({ t, point }, i) => {
      if (series.ts[i] !== t || !samePoint(point, sampleAt(i)))
        throw new Error(`${formatLabels(labels)}: expected ${text(point)}@${t}, got ${got}`)
    })
  }
  if (expected !== result.series.length)
    throw new Error(
      `expected ${expected} series, got ${result.series.map((one) => formatLabels(one.labels)).join('; ')}`,
    )
}

function samePoint(expected: Point, got: number | FloatHistogram): boolean {
  if (typeof expected === 'number') return typeof got === 'number' && near(expected, got)
  if (typeof expected === 'string' || typeof got === 'number') return false
  if (expected.hintSet && expected.histogram.resetHint !== got.resetHint) return false
  return sameHistogram(compact(expected.histogram), compact(got))
}

/** As upstream compares: the same buckets, counts with tolerance. */
function sameHistogram(a: FloatHistogram, b: FloatHistogram): boolean {
  const sameSide = (aSpans: Int32Array, x: Float64Array, bSpans: Int32Array, y: Float64Array) =>
    x.length === y.length && sameLayout(aSpans, bSpans, x.length) && x.every((count, i) => near(count, y[i]!))
  return (
    a.schema === b.schema &&
    near(a.count, b.count) &&
    near(a.sum, b.sum) &&
    sameNumbers(a.customValues, b.customValues) &&
    a.zeroThreshold === b.zeroThreshold &&
    near(a.zeroCount, b.zeroCount) &&
    sameSide(a.positiveSpans, a.positiveBuckets, b.positiveSpans, b.positiveBuckets) &&
    sameSide(a.negativeSpans, a.negativeBuckets, b.negativeSpans, b.negativeBuckets)
  )
}

function text(sample: Point | FloatHistogram): string {
  if (typeof sample !== 'object') return String(sample)
  const histogram = 'histogram' in sample ? sample.histogram : sample
  return `${formatHistogram(histogram)} (schema ${histogram.schema}, hint ${histogram.resetHint})`
}

/** Upstream's tolerance: one in a million. */
function near(a: number, b: number): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b)
  if (a === b) return true
  const difference = Math.abs(a - b)
  if (a === 0 || b === 0) return difference < 1e-6
  return difference / Math.min(Math.abs(a) + Math.abs(b), Number.MAX_VALUE) < 1e-6
}

/** Features that only some files are about, and that others do without. */
const FILE_FEATURES: Readonly<Record<string, readonly PromqlFeature[]>> = {
  'start_timestamps.test': ['use-start-timestamps'],
  'type_and_unit.test': ['type-and-unit-labels'],
}

/** Cases that ask for the name to be dropped late, which Prometheus too does only behind a feature flag. */
const ONLY_WITH_DELAYED_NAMES = new Set([
  ...[59, 64, 69, 74, 89, 115, 119, 123].map((line) => `name_label_dropping.test:${line}`),
  ...[77, 92, 222, 237].map((line) => `type_and_unit.test:${line}`),
])

/** Cases of each file, so that none is passed over. */
const EXPECTED: Readonly<Record<string, number>> = {
  'aggregators.test': 160,
  'at_modifier.test': 78,
  'collision.test': 2,
  'duration_expression.test': 59,
  'extended_vectors.test': 169,
  'fill-modifier.test': 46,
  'functions.test': 431,
  'histograms.test': 185,
  'info.test': 53,
  'limit.test': 37,
  'literals.test': 25,
  'name_label_dropping.test': 30,
  'native_histograms.test': 522,
  'operators.test': 214,
  'range_queries.test': 18,
  'selectors.test': 31,
  'staleness.test': 17,
  'start_timestamps.test': 26,
  'subquery.test': 34,
  'trig_functions.test': 19,
  'type_and_unit.test': 58,
}

describe.skipIf(!present).each([
  { mode: 'metric names dropped at once', delayed: false, sliced: false },
  { mode: 'metric names dropped at the end', delayed: true, sliced: false },
  { mode: 'in slices of three series', delayed: false, sliced: true },
])(
  present ? "Prometheus's acceptance files, $mode" : `Prometheus's acceptance files (absent: ${folder})`,
  ({ mode, delayed, sliced }) => {
    const totals = { passed: 0, failed: 0, left: 0 }
    const shared: readonly PromqlFeature[] = delayed ? [...FEATURES, 'promql-delayed-name-removal'] : FEATURES
    const files = present ? readdirSync(folder).filter((name) => name.endsWith('.test')) : []
    for (const file of files) {
      test(file, async () => {
        const features = new Set([...shared, ...(FILE_FEATURES[file] ?? [])])
        const storage = new Storage()
        const failures: string[] = []
        let cases = 0
        for (const command of parseScript(readFileSync(join(folder, file), 'utf8'))) {
          if (command.kind === 'clear') storage.clear()
          else if (command.kind === 'load') storage.load(command)
          else {
            cases++
            const place = `${file}:${command.line}`
            if (!delayed && ONLY_WITH_DELAYED_NAMES.has(place)) {
              totals.left++
              continue
            }
            const why = await runCase(command, storage, { features, sliced })
            if (why === undefined) totals.passed++
            else {
              totals.failed++
              failures.push(`${place}: ${command.query}\n    ${why}`)
            }
          }
        }
        expect(failures.join('\n')).toBe('')
        expect(cases).toBe(EXPECTED[file] ?? cases)
      })
    }
    afterAll(() => {
      console.log(`promqltest, ${mode}: ${totals.passed} passed, ${totals.failed} failed, ${totals.left} left out`)
    })
  },
)
