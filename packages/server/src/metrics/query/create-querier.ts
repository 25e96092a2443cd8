import type { PromqlFeature } from '@binnacle/promql'
import { BinnacleError } from '../../config/index.ts'
import { createEvaluation, type EvaluationDeps, type EvaluationOptions } from './evaluation.ts'
import { createExplain } from './explain/index.ts'
import { createListings } from './listings.ts'
import { createPreparedQueries, type PreparedQueries } from './prepared/index.ts'
import type { InstantQuery, Querier, QueryLimits, RangeQuery } from './querier.ts'
import { createResultCache } from './result-cache/index.ts'

export type QuerierDeps = EvaluationDeps

export type QuerierOptions = QueryLimits &
  EvaluationOptions & {
    readonly lookbackMs: number
    readonly maxResponseBytes: number
    /** Experimental parts of the language that are switched on. */
    readonly features: readonly PromqlFeature[]
    /** Room for kept answers of range queries, bytes; 0: none are kept. */
    readonly resultCacheBytes: number
  }

export type QuerierPart = Querier & PreparedQueries & { stop(): Promise<void> }

export function createQuerier(deps: QuerierDeps, options: QuerierOptions): QuerierPart {
  const { view } = deps
  const evaluation = createEvaluation(deps, options)
  const { evaluate } = evaluation
  const cache = createResultCache(
    { evaluate, view, clock: deps.clock, registry: deps.registry },
    { maxBytes: options.resultCacheBytes },
  )
  const listings = createListings(deps)

  const own: QueryLimits = options

  function limitsOf({ limits }: InstantQuery | RangeQuery): QueryLimits {
    if (limits === undefined) return own
    return {
      timeoutMs: Math.min(limits.timeoutMs ?? own.timeoutMs, own.timeoutMs),
      maxSamples: Math.min(limits.maxSamples ?? own.maxSamples, own.maxSamples),
      maxSteps: Math.min(limits.maxSteps ?? own.maxSteps, own.maxSteps),
    }
  }

  function commonOf(query: InstantQuery | RangeQuery, { maxSamples }: QueryLimits, explain: boolean) {
    return {
      query: query.query,
      lookbackMs: query.lookbackMs ?? options.lookbackMs,
      maxSamples,
      limit: query.limit ?? 0,
      maxResponseBytes: options.maxResponseBytes,
      features: options.features,
      countSamples: query.countSamples ?? false,
      isRehearsal: query.isRehearsal ?? false,
      explain,
    }
  }

  function instant(query: InstantQuery, signal: AbortSignal, explain = false) {
    const limits = limitsOf(query)
    return evaluate({ ...commonOf(query, limits, explain), kind: 'instant', timeMs: query.timeMs }, limits, signal)
  }

  async function range(query: RangeQuery, signal: AbortSignal, explain = false) {
    const limits = limitsOf(query)
    const { startMs, endMs, stepMs } = query
    if ((endMs - startMs) / stepMs > limits.maxSteps) {
      throw new BinnacleError(
        'query.max_steps',
        `exceeded maximum resolution of ${limits.maxSteps.toLocaleString('en-US')} points per timeseries. Try decreasing the query resolution (?step=XX)`,
        { kind: 'input', hint: `query.max_steps is ${limits.maxSteps}` },
      )
    }
    const task = { ...commonOf(query, limits, explain), kind: 'range' as const, startMs, endMs, stepMs }
    return explain || query.noCache === true ? evaluate(task, limits, signal) : cache.range(task, limits, signal)
  }

  return {
    ...listings,
    ...createPreparedQueries({ view, evaluation }, options),
    instant: (query, signal) => instant(query, signal),
    range: (query, signal) => range(query, signal),
    explain: createExplain({
      view,
      listings,
      features: options.features,
      run: (query, signal) => ('timeMs' in query ? instant(query, signal, true) : range(query, signal, true)),
    }),
    stop() {
      cache.stop()
      return evaluation.stop()
    },
  }
}
