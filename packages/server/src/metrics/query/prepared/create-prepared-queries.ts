import type { Expr, PromqlFeature } from '@binnacle/promql'
import type { MetricsReadView, SeriesRef } from '../../store/index.ts'
import type { AskedAgain, Evaluation } from '../evaluation.ts'
import type { QueryLimits } from '../querier.ts'
import { checkInputs, type InputSource } from './input-check.ts'
import { leavesOf, needsOf } from './leaves.ts'
import type { Arrival, PreparedQueries, PreparedQuery } from './prepared-query.ts'

export type PreparedQueriesDeps = {
  readonly view: MetricsReadView
  readonly evaluation: Pick<Evaluation, 'vector' | 'samples'>
}

export type PreparedQueriesOptions = QueryLimits & {
  readonly lookbackMs: number
  readonly maxResponseBytes: number
  readonly features: readonly PromqlFeature[]
}

/** Of a selector's series so many are looked at for their newest samples. */
const LOOKED_AT = 4_096

export function createPreparedQueries(deps: PreparedQueriesDeps, options: PreparedQueriesOptions): PreparedQueries {
  const { view, evaluation } = deps
  const { lookbackMs, maxSamples, maxResponseBytes, features } = options
  const { index } = view

  const newestOf = (ref: SeriesRef) => (index.has(ref) ? view.head.lastMsOf(ref) : Number.NEGATIVE_INFINITY)

  function prepare(query: string, expr: Expr): PreparedQuery {
    const needs = needsOf(expr, lookbackMs)
    const leaves = leavesOf(needs)
    const asked: AskedAgain = { expr, heavyFor: 0 }
    const common = {
      kind: 'instant' as const,
      query,
      lookbackMs,
      maxSamples,
      limit: 0,
      maxResponseBytes,
      features,
      countSamples: false,
      asVector: true,
    }
    return {
      evaluate: (timeMs, signal) => evaluation.vector({ ...common, timeMs }, asked, options, signal),
      inputs(at, signal) {
        const source: InputSource = {
          samples: (selection) => evaluation.samples(selection, signal),
          count: (matchers) => index.select(matchers).length,
          *known(matchers) {
            for (const ref of index.select(matchers)) yield index.labelsOf(ref)
          },
        }
        return checkInputs(needs, at, source)
      },
      arrivals(isLeftOut) {
        const found = new Map<number, { ref: SeriesRef; series: number }>()
        for (const { selector, endMs, fixedMs } of leaves) {
          if (endMs !== 0 || fixedMs !== undefined) continue
          const refs = index.select(selector.matchers)
          const step = Math.max(1, Math.ceil(refs.length / LOOKED_AT))
          for (let i = 0; i < refs.length; i += step) {
            const ref = refs[i]!
            const atMs = view.head.lastMsOf(ref)
            if (atMs === Number.NEGATIVE_INFINITY || isLeftOut(ref)) continue
            const known = found.get(atMs)
            if (known === undefined) found.set(atMs, { ref, series: step })
            else {
              known.series += step
              known.ref = Math.min(known.ref, ref)
            }
          }
        }
        return Array.from(
          found,
          ([atMs, { ref, series }]): Arrival => ({ key: ref, atMs, series, newestMs: () => newestOf(ref) }),
        )
      },
    }
  }

  return { prepare }
}
