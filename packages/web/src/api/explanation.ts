import type { ExplainNode, ExplainRemark, HintFix } from '@binnacle/promql'
import { queryOptions } from '@tanstack/react-query'
import { callPrometheus } from './client.ts'
import { type ExploreRequest, gridOf } from './explored.ts'

/** Why a selector has no samples. Source: `GET /api/app/explain`. Times are Unix ms. */
export type EmptyReason =
  | { readonly kind: 'no_metric'; readonly metric: string; readonly near: readonly string[] }
  | {
      readonly kind: 'no_match'
      readonly metric: string
      readonly matcher: string
      readonly label: string
      readonly absent: boolean
      readonly values: readonly string[]
      readonly more: boolean
    }
  | { readonly kind: 'no_combination'; readonly metric: string }
  | { readonly kind: 'no_samples'; readonly selector: string; readonly lastMs?: number }

export type NodeExplanation = Omit<ExplainNode, 'remarks' | 'children'> & {
  readonly remarks: readonly (ExplainRemark & {
    readonly fix?: HintFix
    readonly start?: number
    readonly end?: number
  })[]
  readonly empty?: EmptyReason
  readonly children: readonly NodeExplanation[]
}

export type Explanation = {
  readonly query: string
  readonly elapsedMs: number
  readonly series: number
  readonly samples: number
  readonly sources: readonly string[]
  readonly tree: NodeExplanation
}

export const explanations = {
  all: ['explanation'] as const,
  /** Evaluates the query once more, with a look at every part; asked once, not at the page's pace. */
  of: (request: Pick<ExploreRequest, 'expr' | 'range' | 'widthPx' | 'stepS'>, as: 'range' | 'instant') =>
    queryOptions({
      queryKey: [...explanations.all, as, request] as const,
      queryFn: async ({ signal }): Promise<Explanation> => {
        const { fromMs, toMs, stepS } = gridOf(request, Date.now())
        const times = as === 'instant' ? { time: toMs / 1000 } : { start: fromMs / 1000, end: toMs / 1000, step: stepS }
        return (await callPrometheus<Explanation>('/api/app/explain', { query: request.expr, ...times }, signal)).data
      },
      staleTime: 30_000,
      retry: false,
    }),
}
