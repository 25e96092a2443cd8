import {
  type CancelSignal,
  createExplainer,
  evaluateInstant,
  evaluateRange,
  explainTree,
  type HistogramResults,
  type InstantResult,
  type Labels,
  NO_FEATURES,
  PromqlError,
  type PromqlFeature,
  type PromqlFeatures,
  type SeriesSource,
  type Slicer,
} from '@binnacle/promql'
import { BinnacleError } from '../../config/index.ts'
import { nextTurn } from '../../telemetry/index.ts'
import { encodeResult } from './encode-result.ts'
import type { Piece } from './json-writer.ts'
import type { ParsedQueries } from './parsed-queries.ts'

type TaskCommon = {
  readonly query: string
  readonly lookbackMs: number
  readonly maxSamples: number
  /** Series in the answer, 0 for all. */
  readonly limit: number
  readonly maxResponseBytes: number
  readonly features: readonly PromqlFeature[]
  /** Answer with how the query was evaluated (JSON of an `ExplainNode`) instead of with its value; in one go, uncached. */
  readonly explain?: boolean
  /** Gives `queryableSamples`. */
  readonly countSamples: boolean
  /** Counts in no metric. */
  readonly isRehearsal?: boolean
  /** Of an instant query: the answer is a vector in columns, and no JSON is written. */
  readonly asVector?: boolean
}

/** Times are Unix ms. */
export type RangeTask = TaskCommon & {
  readonly kind: 'range'
  readonly startMs: number
  readonly endMs: number
  readonly stepMs: number
}

/** Time is Unix ms. */
export type InstantTask = TaskCommon & { readonly kind: 'instant'; readonly timeMs: number }

/** A query as plain data. */
export type QueryTask = RangeTask | InstantTask

/** Element `i` is `labels[i]` with `values[i]`, or with the native histogram in its place. Plain data. */
export type VectorColumns = {
  readonly labels: readonly Labels[]
  readonly values: Float64Array
  readonly histograms?: HistogramResults
}

/** Warning of an answer that has not all series because of its `limit`, as Prometheus words it. */
export const TRUNCATED = 'results truncated due to limit'

/** What an evaluation tells beside its value; plain data. */
export type TaskRemarks = {
  readonly warnings: readonly string[]
  readonly infos: readonly string[]
  readonly series: number
  readonly samples: number
  readonly peakSamples: number
  readonly sortMs: number
  readonly queryableSamples?: Float64Array | undefined
  /** With `asVector`. */
  readonly vector?: VectorColumns | undefined
}

/** The value is written, piece by piece, as it is asked for, and can be asked for once; with `asVector` there are none. */
export type TaskAnswer = { readonly remarks: TaskRemarks; readonly pieces: Iterable<Piece> }

export type TaskDeps = {
  readonly source: SeriesSource
  readonly parse: ParsedQueries
  /** Samples read so far, by where they came from. */
  readonly origins: () => Readonly<Record<string, number>>
  /** A clock that never jumps, ms. */
  readonly now: () => number
  /** Absent: everything is evaluated in one piece. A query that is explained is, whatever is here. */
  readonly slicer?: Slicer
}

function featuresOf({ features }: QueryTask): PromqlFeatures {
  return features.length === 0 ? NO_FEATURES : new Set(features)
}

/** What the evaluation of a slice takes from the task. */
export function evaluateOptions(task: QueryTask, signal: CancelSignal) {
  return {
    signal,
    lookbackMs: task.lookbackMs,
    limits: { maxSamples: task.maxSamples },
    features: featuresOf(task),
    queryText: task.query,
    countSamples: task.countSamples,
    yieldNow: nextTurn,
  }
}

/**
 * Evaluates a query, in the watch or in a worker. Throws `BinnacleError` for a user's mistakes; making the pieces throws
 * `query.max_response_bytes`.
 */
export async function runTask(
  task: QueryTask,
  { source, parse, origins, now, slicer }: TaskDeps,
  signal: CancelSignal,
): Promise<TaskAnswer> {
  const explainer = task.explain === true ? createExplainer({ now, origins }) : undefined
  const isInstant = task.kind === 'instant'
  // Written out: to put it together by spreading takes longer than all else here.
  const options = {
    source,
    signal,
    lookbackMs: task.lookbackMs,
    limits: { maxSamples: task.maxSamples },
    features: featuresOf(task),
    queryText: task.query,
    countSamples: task.countSamples,
    yieldNow: nextTurn,
    now,
    explain: explainer,
    slicer: explainer === undefined ? slicer : undefined,
    timeMs: isInstant ? task.timeMs : 0,
    startMs: isInstant ? task.timeMs : task.startMs,
    endMs: isInstant ? task.timeMs : task.endMs,
    stepMs: isInstant ? 0 : task.stepMs,
  }
  try {
    const expr = parse(task.query, task.features)
    const result = isInstant ? await evaluateInstant(expr, options) : await evaluateRange(expr, options)
    const { warnings, infos } = result
    const { series, samples, peakSamples, queryableSamples, sortMs = 0 } = result.stats
    const remarks = { warnings, infos, series, samples, peakSamples, sortMs, queryableSamples }
    if (explainer !== undefined) {
      const pieces = [Uint8Array.from(Buffer.from(JSON.stringify(explainTree(expr, explainer))))]
      return { pieces, remarks }
    }
    if (task.asVector === true) {
      return { pieces: [], remarks: { ...remarks, vector: toVector(result) } }
    }
    const { pieces, truncated } = encodeResult(result, { limit: task.limit, maxBytes: task.maxResponseBytes })
    return { pieces, remarks: truncated ? { ...remarks, warnings: [...warnings, TRUNCATED] } : remarks }
  } catch (error) {
    if (error instanceof PromqlError) throw toBinnacleError(error, task.maxSamples)
    throw error
  }
}

/** A scalar is a vector of one element without labels. */
function toVector(result: InstantResult): VectorColumns {
  switch (result.kind) {
    case 'scalar':
      return { labels: [[]], values: Float64Array.of(result.value) }
    case 'vector':
      return {
        labels: result.labels,
        values: result.values,
        ...(result.histograms === undefined ? {} : { histograms: result.histograms }),
      }
    default:
      throw new BinnacleError('query.no_vector', 'rule result is not a vector or scalar')
  }
}

/** The language's own errors as everybody else in the server knows them. */
export function toBinnacleError(error: PromqlError, maxSamples: number): BinnacleError {
  const place = { offset: error.offset, length: error.length }
  if (error.code === 'max_samples') {
    return new BinnacleError('query.max_samples', error.message, {
      kind: 'limit',
      place,
      hint: `query.max_samples is ${maxSamples}: ask for fewer series or a shorter range`,
    })
  }
  return new BinnacleError(`promql.${error.code}`, error.message, { kind: 'input', place })
}
