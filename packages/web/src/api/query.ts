import { queryOptions } from '@tanstack/react-query'
import { alignTo, type RangeText, resolveTime, stepFor } from '../time/index.ts'
import { callPrometheus } from './client.ts'

/** Labels as the API sends them; the metric's name is `__name__`. */
export type LabelMap = Readonly<Record<string, string>>

export type FrameSeries = { readonly labels: LabelMap; readonly values: readonly (number | null)[] }

/** A range answer as columns on one grid: `times` in Unix seconds, a value or `null` (no sample) for each. */
export type Frame = {
  readonly fromMs: number
  readonly toMs: number
  readonly stepS: number
  readonly times: readonly number[]
  readonly series: readonly FrameSeries[]
  readonly notes: readonly string[]
  readonly durationMs: number
}

export type InstantSample = {
  readonly labels: LabelMap
  /** `NaN` where the sample is a native histogram. */
  readonly value: number
  readonly histogram?: HistogramSummary
  readonly atMs: number
}
export type HistogramSummary = { readonly count: number; readonly sum: number; readonly buckets: number }
export type InstantAnswer = {
  readonly kind: 'vector' | 'scalar' | 'string' | 'matrix'
  readonly samples: readonly InstantSample[]
  readonly text: string | undefined
  readonly notes: readonly string[]
  readonly durationMs: number
}

type Point = [time: number, value: string]
type HistogramPoint = [time: number, histogram: { count: string; sum: string; buckets?: unknown[] }]
type Matrix = {
  resultType: 'matrix'
  result: { metric: Record<string, string>; values?: Point[]; histograms?: HistogramPoint[] }[]
}
type Instant =
  | Matrix
  | {
      resultType: 'vector'
      result: { metric: Record<string, string>; value?: Point; histogram?: HistogramPoint }[]
    }
  | { resultType: 'scalar' | 'string'; result: Point }

export type RangeRequest = {
  readonly expr: string
  readonly range: RangeText
  /** Width of what shows it: decides how many points are asked for. */
  readonly widthPx: number
  readonly minStepS?: number
}

/** Evaluates on the step's own grid, so that points keep their place while time goes on. */
export async function queryRange(
  { expr, range, widthPx, minStepS = 5 }: RangeRequest,
  signal?: AbortSignal,
): Promise<Frame> {
  const now = Date.now()
  const asked = {
    fromMs: resolveTime(range.from, now, 'start') ?? now - 3_600_000,
    toMs: resolveTime(range.to, now, 'end') ?? now,
  }
  const stepS = stepFor(asked, widthPx, { minStepS })
  const { fromMs, toMs } = alignTo(asked, stepS)
  const params = { query: withWindow(expr, stepS), start: fromMs / 1000, end: toMs / 1000, step: stepS }
  const { data, notes, durationMs } = await callPrometheus<Matrix>('/api/v1/query_range', params, signal)
  return { ...toColumns(data.result, fromMs, toMs, stepS), notes, durationMs }
}

const MIN_WINDOW_S = 30

/**
 * `$window` in a query of our own stands for a rate window that never skips a sample between two points and holds at
 * least two scrapes of a collector that runs every 15 s (ours run every 5 s). Short, since a rate is too low until its
 * window is full, and a new Binnacle should not show that for long.
 */
export function withWindow(expr: string, stepS: number): string {
  return expr.replaceAll('$window', `${Math.max(MIN_WINDOW_S, stepS * 2)}s`)
}

function toColumns(result: Matrix['result'], fromMs: number, toMs: number, stepS: number) {
  const from = fromMs / 1000
  const count = Math.floor((toMs - fromMs) / 1000 / stepS + 1e-6) + 1
  const times = new Array<number>(count)
  for (let i = 0; i < count; i++) times[i] = from + i * stepS
  const series = result.map(({ metric, values = [] }) => {
    const column = new Array<number | null>(count).fill(null)
    for (const [time, text] of values) {
      const value = toNumber(text)
      // Charts have no place for NaN and infinities: they are gaps there; the table shows them.
      column[Math.round((time - from) / stepS)] = Number.isFinite(value) ? value : null
    }
    return { labels: metric, values: column }
  })
  return { fromMs, toMs, stepS, times, series }
}

/** Series in an instant answer at most: more cannot be read by anybody, and would stop the page. */
export const MAX_INSTANT_SERIES = 20_000

export async function queryInstant(expr: string, timeMs: number, signal?: AbortSignal): Promise<InstantAnswer> {
  const params = { query: expr, time: timeMs / 1000, limit: MAX_INSTANT_SERIES }
  const { data, notes, durationMs } = await callPrometheus<Instant>('/api/v1/query', params, signal)
  const rest = { notes, durationMs }
  if (data.resultType === 'vector') {
    const samples = data.result.map((s) => toSample(s.metric, s.value, s.histogram))
    return { kind: 'vector', samples, text: undefined, ...rest }
  }
  if (data.resultType === 'matrix') {
    const samples = data.result.flatMap((s) => [
      ...(s.values ?? []).map((point) => toSample(s.metric, point)),
      ...(s.histograms ?? []).map((point) => toSample(s.metric, undefined, point)),
    ])
    return { kind: 'matrix', samples, text: undefined, ...rest }
  }
  if (data.resultType === 'string') return { kind: 'string', samples: [], text: data.result[1], ...rest }
  return { kind: 'scalar', samples: [toSample({}, data.result)], text: undefined, ...rest }
}

function toSample(labels: LabelMap, point: Point | undefined, histogram?: HistogramPoint): InstantSample {
  if (point !== undefined) return { labels, value: toNumber(point[1]), atMs: point[0] * 1000 }
  if (histogram === undefined) return { labels, value: Number.NaN, atMs: 0 }
  const [time, { count, sum, buckets = [] }] = histogram
  const summary = { count: toNumber(count), sum: toNumber(sum), buckets: buckets.length }
  return { labels, value: Number.NaN, histogram: summary, atMs: time * 1000 }
}

/** Numbers of the API are text, since JSON has no `NaN` and no infinities. */
function toNumber(text: string): number {
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY
  if (text === '-Inf') return Number.NEGATIVE_INFINITY
  return Number(text)
}

/** Samples of a range answer series by series, gaps left out: for who looks at stretches, not at a grid. */
export type SampleRuns = {
  readonly fromMs: number
  readonly toMs: number
  readonly stepMs: number
  readonly series: readonly {
    readonly labels: LabelMap
    readonly timesMs: readonly number[]
    readonly values: readonly number[]
  }[]
  /** There were more series than the limit. */
  readonly cut: boolean
  readonly durationMs: number
}

/** A range query on a grid of its own, at most `limit` series. */
export async function queryRuns(
  { expr, fromMs, toMs, stepMs, limit }: { expr: string; fromMs: number; toMs: number; stepMs: number; limit: number },
  signal?: AbortSignal,
): Promise<SampleRuns> {
  const params = { query: expr, start: fromMs / 1000, end: toMs / 1000, step: stepMs / 1000, limit: limit + 1 }
  const { data, durationMs } = await callPrometheus<Matrix>('/api/v1/query_range', params, signal)
  const series = data.result.slice(0, limit).map(({ metric, values = [] }) => ({
    labels: metric,
    timesMs: values.map(([time]) => Math.round(time * 1000)),
    values: values.map(([, text]) => toNumber(text)),
  }))
  return { fromMs, toMs, stepMs, series, cut: data.result.length > limit, durationMs }
}

export const queries = {
  all: ['query'] as const,
  range: (request: RangeRequest) =>
    queryOptions({
      queryKey: [...queries.all, 'range', request] as const,
      queryFn: ({ signal }) => queryRange(request, signal),
    }),
  instant: (expr: string, to: string) =>
    queryOptions({
      queryKey: [...queries.all, 'instant', expr, to] as const,
      queryFn: ({ signal }) => queryInstant(expr, resolveTime(to, Date.now(), 'end') ?? Date.now(), signal),
    }),
}
