import { keepPreviousData, type UseQueryResult, useQueries } from '@tanstack/react-query'
import { type ExploredFrame, explored, type InstantAnswer, queries, type RankBy } from '../../../api/index.ts'
import { useRefresh, useTimeRange } from '../../../view/index.ts'
import type { AppliedQuery } from '../rows.ts'

export type AnswerOptions = {
  readonly widthPx: number
  /** Seconds between points, where the reader has chosen. */
  readonly stepS: number | undefined
  readonly keep: number
  readonly rank: RankBy
  /** Adds up by `le`, for heatmaps. */
  readonly buckets: boolean
  readonly enabled: boolean
}

export type RangeAnswer = UseQueryResult<ExploredFrame>

/** Range answers of queries, kept up to date while `enabled`. */
export function useRangeAnswers(
  active: readonly Pick<AppliedQuery, 'expr'>[],
  { widthPx, stepS, keep, rank, buckets, enabled }: AnswerOptions,
): RangeAnswer[] {
  const { range, isKnown } = useTimeRange()
  const { intervalMs } = useRefresh()
  return useQueries({
    queries: active.map(({ expr }) => ({
      ...explored.range({ expr, range, widthPx, stepS, keep, rank, ...(buckets ? { sumBy: 'le' } : {}) }),
      enabled: enabled && isKnown,
      retry: false,
      refetchInterval: intervalMs,
      placeholderData: keepPreviousData,
    })),
  })
}

/** Answers at the end of the range. */
export function useInstantAnswers(
  active: readonly Pick<AppliedQuery, 'expr'>[],
  enabled: boolean,
): UseQueryResult<InstantAnswer>[] {
  const { range } = useTimeRange()
  const { intervalMs } = useRefresh()
  return useQueries({
    queries: active.map(({ expr }) => ({
      ...queries.instant(expr, range.to),
      enabled,
      retry: false,
      refetchInterval: intervalMs,
      placeholderData: keepPreviousData,
    })),
  })
}
