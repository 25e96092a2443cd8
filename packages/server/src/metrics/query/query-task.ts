import { evaluateInstant, evaluateRange, PromqlError, type PromqlFeature, type SeriesSource } from '@binnacle/promql'
import { BinnacleError } from '../../config/index.ts'
import { encodeResult } from './encode-result.ts'
import type { ParsedQueries } from './parsed-queries.ts'

type TaskCommon = {
  readonly query: string
  readonly lookbackMs: number
  readonly maxSamples: number
  /** Series in the answer, 0 for all. */
  readonly limit: number
  readonly maxResponseBytes: number
  readonly features: readonly PromqlFeature[]
}

/** A query as plain data; times are Unix ms. */
export type QueryTask = TaskCommon &
  (
    | { readonly kind: 'instant'; readonly timeMs: number }
    | { readonly kind: 'range'; readonly startMs: number; readonly endMs: number; readonly stepMs: number }
  )

export type TaskAnswer = {
  readonly dataJson: readonly Uint8Array<ArrayBuffer>[]
  readonly warnings: readonly string[]
  readonly infos: readonly string[]
  readonly series: number
  readonly samples: number
}

/** Evaluates a query and encodes its answer, in the watch or in a worker. Throws `BinnacleError` for a user's mistakes. */
export async function runTask(
  task: QueryTask,
  { source, parse }: { readonly source: SeriesSource; readonly parse: ParsedQueries },
  signal: AbortSignal,
): Promise<TaskAnswer> {
  const options = {
    source,
    signal,
    lookbackMs: task.lookbackMs,
    limits: { maxSamples: task.maxSamples },
    features: new Set(task.features),
    queryText: task.query,
    yieldNow: () => new Promise<void>((resolve) => setImmediate(resolve)),
  }
  try {
    const expr = parse(task.query, task.features)
    const result =
      task.kind === 'instant'
        ? await evaluateInstant(expr, { ...options, timeMs: task.timeMs })
        : await evaluateRange(expr, {
            ...options,
            startMs: task.startMs,
            endMs: task.endMs,
            stepMs: task.stepMs,
          })
    const { dataJson, truncated } = encodeResult(result, { limit: task.limit, maxBytes: task.maxResponseBytes })
    const warnings = truncated ? [...result.warnings, 'results truncated due to limit'] : result.warnings
    const { series, samples } = result.stats
    return { dataJson, warnings, infos: result.infos, series, samples }
  } catch (error) {
    if (error instanceof PromqlError) throw toBinnacleError(error, task.maxSamples)
    throw error
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
