import { NO_FEATURES, type PromqlFeatures } from '../features.ts'
import { EMPTY_LABELS, type Labels } from '../labels.ts'
import type { FloatHistogram } from '../native-histogram/index.ts'
import { type Expr, kindOf, kindWords, parseExpr, unwrapParens } from '../parse/index.ts'
import { PromqlError } from '../promql-error.ts'
import type { CancelSignal, SeriesSource } from '../series-source.ts'
import { createBlocks } from './column/blocks.ts'
import type { Column } from './column/column.ts'
import { compareLabels } from './column/label-sets.ts'
import { evaluateSlice } from './evaluate-slice.ts'
import { Evaluator, type RangeVisit } from './evaluator.ts'
import type { Explainer } from './explain.ts'
import { extendedSamples } from './range/extended.ts'
import { durationMs, windowsOf } from './run/durations.ts'
import type { Grid } from './run/grid.ts'
import { mergeSameLabels, withoutIdentity } from './run/metric-name.ts'
import { Run } from './run/run.ts'
import type { SlicePart, Slicer } from './run/slicer.ts'
import { Tally } from './run/tally.ts'
import { tellOnce } from './run/tell-once.ts'
import { selectorsWithoutBuckets } from './samples/bucketless.ts'
import { slicePlansOf } from './slices/slice-plans.ts'

export const DEFAULT_LOOKBACK_MS = 300_000
/** Prometheus: `--query.max-samples`. */
export const DEFAULT_MAX_SAMPLES = 50_000_000
/** Step of a subquery that names none; Prometheus: the global evaluation interval. */
export const DEFAULT_SUBQUERY_STEP_MS = 60_000

export type EvaluateOptions = {
  readonly source: SeriesSource
  readonly signal: CancelSignal
  /** How far back the last sample of an instant selector may lie, exclusive. */
  readonly lookbackMs?: number
  readonly limits?: { readonly maxSamples: number }
  readonly features?: PromqlFeatures
  readonly subqueryStepMs?: number
  /** Text of a query that is given parsed, for the places in warnings and infos. */
  readonly queryText?: string
  /** Awaited about every 10 ms of work, to let the event loop run: for example `setImmediate` as a promise. */
  readonly yieldNow?: () => Promise<void>
  /** Follows the evaluation node by node. */
  readonly explain?: Explainer | undefined
  /** Counts samples as Prometheus does (`queryableSamples`). Default false: it costs a look at every sample. */
  readonly countSamples?: boolean
  /** A clock in ms, for `sortMs`. */
  readonly now?: () => number
  /** Evaluates parts of the query in slices of their series, perhaps elsewhere. */
  readonly slicer?: Slicer | undefined
}

/** Moments are Unix milliseconds. */
export type InstantOptions = EvaluateOptions & { readonly timeMs: number }

/** All inclusive, Unix milliseconds; `stepMs` at least 1. */
export type RangeOptions = EvaluateOptions & {
  readonly startMs: number
  readonly endMs: number
  readonly stepMs: number
}

export type EvaluationStats = {
  /** Series and samples that the source gave, in all selectors together. */
  readonly series: number
  readonly samples: number
  /** Most values held in memory at one time. */
  readonly peakSamples: number
  /** Samples in the windows of each step, with `countSamples`. Prometheus: `totalQueryableSamplesPerStep`. */
  readonly queryableSamples?: Float64Array | undefined
  /** Time that ordering the result took; 0 without `now`. */
  readonly sortMs?: number
}

type Remarks = {
  /** `PromQL warning: ...` and `PromQL info: ...` with their place, as Prometheus words them; each once, in order. */
  readonly warnings: readonly string[]
  readonly infos: readonly string[]
  readonly stats: EvaluationStats
}

/**
 * Native histograms of a result, by the same places as `values`: where there is one, it is the sample, and the value
 * counts for nothing. Absent where all samples are plain numbers.
 */
export type HistogramResults = readonly (FloatHistogram | undefined)[]

/** One series with samples `ts[i]` (Unix ms, ascending), `values[i]`; the arrays may be shared between series. */
export type MatrixSeries = {
  readonly labels: Labels
  readonly ts: Float64Array
  readonly values: Float64Array
  readonly histograms?: HistogramResults
}

export type ScalarResult = Remarks & { readonly kind: 'scalar'; readonly timeMs: number; readonly value: number }
export type StringResult = Remarks & { readonly kind: 'string'; readonly timeMs: number; readonly value: string }
/** Element `i` is `labels[i]` with `values[i]`, in the order of the query (`sort`, `topk`) where it gives one. */
export type VectorResult = Remarks & {
  readonly kind: 'vector'
  readonly timeMs: number
  readonly labels: readonly Labels[]
  readonly values: Float64Array
  readonly histograms?: HistogramResults | undefined
}
export type MatrixResult = Remarks & { readonly kind: 'matrix'; readonly series: readonly MatrixSeries[] }
export type InstantResult = ScalarResult | StringResult | VectorResult | MatrixResult

/**
 * The value of a query (text or parsed) at one moment. Throws `PromqlError`, `signal.reason` when cancelled, and what
 * the source throws.
 */
export async function evaluateInstant(query: string | Expr, options: InstantOptions): Promise<InstantResult> {
  const { expr, run, grid } = prepare(query, options, { startMs: options.timeMs, stepMs: 1, steps: 1 })
  const { timeMs } = options
  const evaluator = options.explain?.evaluatorOf(run) ?? new Evaluator(run)
  const kind = kindOf(expr)
  if (kind === 'string') {
    const literal = unwrapParens(expr)
    return { kind, timeMs, value: literal.kind === 'string' ? literal.value : '', ...remarks(run, expr) }
  }
  if (kind === 'scalar') return { kind, timeMs, value: (await evaluator.scalar(expr, grid))[0]!, ...remarks(run, expr) }
  if (kind === 'matrix') return evaluateSamples(expr, evaluator, grid)
  const columns = removeNames(run, await evaluator.vector(expr, grid), expr)
  const values = new Float64Array(columns.length)
  const labels: Labels[] = []
  let anyHistogram = false
  for (let i = 0; i < values.length; i++) {
    const column = columns[i]!
    values[i] = column.values[0]!
    labels.push(column.labels)
    if (column.histograms?.[0] !== undefined) anyHistogram = true
  }
  const { warnings, infos, stats } = remarks(run, expr)
  const histograms = anyHistogram ? columns.map((column) => column.histograms?.[0]) : undefined
  return { kind, timeMs, labels, values, histograms, warnings, infos, stats }
}

/**
 * The value of a query at every step from start to end, as series ordered by labels; a scalar becomes one series
 * without labels. Errors as `evaluateInstant`.
 */
export async function evaluateRange(query: string | Expr, options: RangeOptions): Promise<MatrixResult> {
  const { startMs, endMs, stepMs } = options
  if (!(stepMs >= 1)) throw new RangeError(`stepMs must be at least 1, got ${stepMs}`)
  const steps = endMs < startMs ? 0 : Math.floor((endMs - startMs) / stepMs) + 1
  const { expr, run, grid } = prepare(query, options, { startMs, stepMs, steps })
  const kind = kindOf(expr)
  if (kind !== 'scalar' && kind !== 'vector') {
    throw new PromqlError(
      'parse',
      `invalid expression type "${kindWords(kind)}" for range query, must be Scalar or instant Vector`,
      expr,
    )
  }
  if (steps === 0) return { kind: 'matrix', series: [], ...remarks(run, expr) }
  run.hold(steps, expr)
  const evaluator = options.explain?.evaluatorOf(run) ?? new Evaluator(run)
  const times = new Float64Array(steps)
  for (let i = 0; i < steps; i++) times[i] = startMs + i * stepMs
  if (kind === 'scalar') {
    const values = await evaluator.scalar(expr, grid)
    return { kind: 'matrix', series: [{ labels: EMPTY_LABELS, ts: times, values }], ...remarks(run, expr) }
  }
  const columns = removeNames(run, await evaluator.vector(expr, grid), expr)
  sortByLabels(run, columns)
  return { kind: 'matrix', series: columns.map((column) => toSeries(column, times)), ...remarks(run, expr) }
}

/** One slice of a part of a query: what `Slicer` is asked for. The source has the slice's series only, and their rows. */
export type PartOptions = EvaluateOptions & {
  readonly part: number
  /** Of the part. */
  readonly grid: Grid
  /** Series of the slice at most. */
  readonly series: number
  /** Of the whole query. */
  readonly startMs: number
  readonly endMs: number
  readonly stepMs: number
}

/** Errors as `evaluateInstant`. */
export async function evaluatePart(expr: Expr, options: PartOptions): Promise<SlicePart> {
  const { startMs, stepMs, grid } = options
  const { run } = prepare(expr, options, { startMs, stepMs, steps: 1 }, true)
  if (options.countSamples === true) run.tally = new Tally(grid.steps)
  return evaluateSlice(new Evaluator(run), slicePlansOf(expr)[options.part]!, options)
}

function prepare(
  query: string | Expr,
  options: EvaluateOptions & { readonly endMs?: number; readonly stepMs?: number },
  grid: Grid,
  apart = false,
): { expr: Expr; run: Run; grid: Grid } {
  const features = options.features ?? NO_FEATURES
  const expr = typeof query === 'string' ? parseExpr(query, { features }) : query
  // Slices drop names at once, and ask only for names that keep series apart.
  const sliced = !features.has('type-and-unit-labels') && !features.has('promql-delayed-name-removal')
  const slicer = sliced ? options.slicer : undefined
  const run = new Run({
    query: typeof query === 'string' ? query : (options.queryText ?? ''),
    source: options.source,
    signal: options.signal,
    lookbackMs: options.lookbackMs ?? DEFAULT_LOOKBACK_MS,
    maxSamples: options.limits?.maxSamples ?? DEFAULT_MAX_SAMPLES,
    features,
    subqueryStepMs: options.subqueryStepMs ?? DEFAULT_SUBQUERY_STEP_MS,
    yieldNow: options.yieldNow,
    now: options.now,
    startMs: grid.startMs,
    endMs: options.endMs ?? grid.startMs,
    stepMs: options.stepMs ?? 0,
    bucketless: selectorsWithoutBuckets(expr),
    apart,
    slicer,
    plans: slicer && slicePlansOf(expr),
  })
  run.throwIfCancelled()
  if (options.countSamples === true) run.tally = new Tally(grid.steps)
  return { expr, run, grid }
}

function sortByLabels(run: Run, series: { readonly labels: Labels }[]): void {
  const { now } = run.options
  const from = now?.() ?? 0
  series.sort((a, b) => compareLabels(a.labels, b.labels))
  run.sortMs = (now?.() ?? 0) - from
}

/** Delayed name removal happens here, at the very end; after it, series that are the same at a step are an error. */
function removeNames(run: Run, columns: Column[], expr: Expr): Column[] {
  if (!run.delayedNameRemoval) return columns
  let any = false
  for (const column of columns) {
    if (!column.dropName) continue
    column.labels = withoutIdentity(run, column.labels)
    any = true
  }
  return any ? mergeSameLabels(run, columns, expr) : columns
}

/** The samples of a range vector, as they are. */
async function evaluateSamples(expr: Expr, evaluator: Evaluator, grid: Grid): Promise<MatrixResult> {
  const matrix = unwrapParens(expr)
  if (matrix.kind !== 'matrix' && matrix.kind !== 'subquery') throw new Error(`not a range vector: ${matrix.kind}`)
  const { run } = evaluator
  const series: MatrixSeries[] = []
  const keep = createBlocks()
  const extension = matrix.kind === 'matrix' ? matrix.selector.extension : undefined
  const modifiers = matrix.kind === 'matrix' ? matrix.selector : matrix
  const windows = windowsOf(run, grid, modifiers, durationMs(run, matrix.range))
  const add: RangeVisit = (labels, dropName, ts, values, from, to, histograms) => {
    run.hold(to - from, expr)
    if (extension !== undefined) {
      if (histograms !== undefined) run.fail(`${extension} modifier is not supported with histograms`, expr)
      const samples = extendedSamples(windows, extension, ts, values, from, to)
      if (samples !== undefined) series.push({ labels, ...samples })
      return
    }
    const one = {
      labels: dropName ? withoutIdentity(run, labels) : labels,
      ts: keep(ts.subarray(from, to)),
      values: keep(values.subarray(from, to)),
    }
    series.push(histograms === undefined ? one : { ...one, histograms: histograms.slice(from, to) })
  }
  await evaluator.eachRange(matrix, grid, add, true)
  sortByLabels(run, series)
  return { kind: 'matrix', series, ...remarks(run, expr) }
}

function toSeries({ labels, values, present, histograms }: Column, times: Float64Array): MatrixSeries {
  let count = 0
  for (let i = 0; i < present.length; i++) count += present[i]!
  const cells = histograms?.filter((_, i) => present[i] === 1)
  const more = cells?.some((one) => one !== undefined) === true ? { histograms: cells } : undefined
  if (count === present.length) return { labels, ts: times, values, ...more }
  const ts = new Float64Array(count)
  const packed = new Float64Array(count)
  for (let i = 0, n = 0; i < present.length; i++) {
    if (present[i] === 0) continue
    ts[n] = times[i]!
    packed[n++] = values[i]!
  }
  return { labels, ts, values: packed, ...more }
}

function remarks(run: Run, expr: Expr): Remarks {
  const { query } = run.options
  return {
    warnings: run.warnings.size === 0 ? [] : tellOnce(query, expr, run.warnings),
    infos: run.infos.size === 0 ? [] : tellOnce(query, expr, run.infos),
    stats: {
      series: run.seriesRead,
      samples: run.samplesRead,
      peakSamples: run.peakSamples,
      queryableSamples: run.tally?.perStep,
      sortMs: run.sortMs,
    },
  }
}
