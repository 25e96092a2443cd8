import { queryOptions } from '@tanstack/react-query'
import { type RangeText, resolveTime } from '../time/index.ts'
import { callPrometheus } from './client.ts'
import type { LabelMap } from './query.ts'

/** One observation that a client library kept, with the labels that lead to it (a trace id, mostly). */
export type Exemplar = {
  readonly seriesLabels: LabelMap
  readonly labels: LabelMap
  readonly value: number
  readonly atMs: number
}

type Found = {
  seriesLabels: Record<string, string>
  exemplars: { labels: Record<string, string>; value: string | number; timestamp: number }[]
}

export const exemplars = {
  all: ['exemplars'] as const,
  /** Exemplars of all series that the query's selectors find, oldest first. */
  of: (expr: string, range: RangeText) =>
    queryOptions({
      queryKey: [...exemplars.all, expr, range] as const,
      queryFn: async ({ signal }): Promise<readonly Exemplar[]> => {
        const now = Date.now()
        const start = (resolveTime(range.from, now, 'start') ?? now - 3_600_000) / 1000
        const end = (resolveTime(range.to, now, 'end') ?? now) / 1000
        const { data } = await callPrometheus<Found[]>('/api/v1/query_exemplars', { query: expr, start, end }, signal)
        return data
          .flatMap(({ seriesLabels, exemplars: list }) =>
            list.map(({ labels, value, timestamp }) => ({
              seriesLabels,
              labels,
              value: Number(value),
              atMs: timestamp * 1000,
            })),
          )
          .sort((a, b) => a.atMs - b.atMs)
      },
    }),
}
