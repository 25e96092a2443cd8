import type { PromqlFeature } from '@binnacle/promql'
import { BinnacleError } from '../../config/index.ts'
import { createEvaluation, type EvaluationDeps, type EvaluationOptions } from './evaluation.ts'
import { createExplain } from './explain/index.ts'
import { createListings } from './listings.ts'
import type { InstantQuery, Querier, QueryLimits, RangeQuery } from './querier.ts'

export type QuerierDeps = EvaluationDeps

export type QuerierOptions = QueryLimits &
  EvaluationOptions & {
    readonly lookbackMs: number
    readonly maxResponseBytes: number
    /** Experimental parts of the language that are switched on. */
    readonly features: readonly PromqlFeature[]
  }

export type QuerierPart = Querier & { stop(): Promise<void> }

export function createQuerier(deps: QuerierDeps, options: QuerierOptions): QuerierPart {
  const { view, client } = deps
  const { evaluate, stop } = createEvaluation(deps, options)
  const listings = createListings(view, client)

  function taskCommon(query: InstantQuery | RangeQuery) {
    const limits: QueryLimits = {
      timeoutMs: Math.min(query.limits?.timeoutMs ?? options.timeoutMs, options.timeoutMs),
      maxSamples: Math.min(query.limits?.maxSamples ?? options.maxSamples, options.maxSamples),
      maxSteps: Math.min(query.limits?.maxSteps ?? options.maxSteps, options.maxSteps),
    }
    const common = {
      query: query.query,
      lookbackMs: query.lookbackMs ?? options.lookbackMs,
      maxSamples: limits.maxSamples,
      limit: query.limit ?? 0,
      maxResponseBytes: options.maxResponseBytes,
      features: options.features,
      countSamples: query.countSamples ?? false,
    }
    return { limits, common }
  }

  async function run(query: InstantQuery | RangeQuery, signal: AbortSignal, explain = false) {
    const { limits, common } = taskCommon(query)
    if ('timeMs' in query)
      return evaluate({ kind: 'instant', timeMs: query.timeMs, ...common, explain }, limits, signal)
    const { startMs, endMs, stepMs } = query
    if ((endMs - startMs) / stepMs > limits.maxSteps) {
      throw new BinnacleError(
        'query.max_steps',
        `exceeded maximum resolution of ${limits.maxSteps.toLocaleString('en-US')} points per timeseries. Try decreasing the query resolution (?step=XX)`,
        { kind: 'input', hint: `query.max_steps is ${limits.maxSteps}` },
      )
    }
    return evaluate({ kind: 'range', startMs, endMs, stepMs, ...common, explain }, limits, signal)
  }

  return {
    ...listings,
    instant: (query, signal) => run(query, signal),
    range: (query, signal) => run(query, signal),
    explain: createExplain({ view, listings, features: options.features, run }),
    stop,
  }
}
