import { queryOptions } from '@tanstack/react-query'
import { callPrometheus } from './client.ts'

export type MetricKind =
  | 'counter'
  | 'gauge'
  | 'histogram'
  | 'summary'
  | 'gaugehistogram'
  | 'info'
  | 'stateset'
  | 'unknown'
export type MetricMeta = { readonly type: MetricKind; readonly help: string; readonly unit: string }

const STALE_MS = 30_000

/** What there is to ask for: names, label values, types and help. Cached for half a minute. */
export const metadata = {
  all: ['metadata'] as const,
  /** Type, help and unit by metric family (`http_request_duration_seconds`, without `_bucket`). */
  families: () =>
    queryOptions({
      queryKey: [...metadata.all, 'families'] as const,
      staleTime: STALE_MS,
      queryFn: async ({ signal }): Promise<ReadonlyMap<string, MetricMeta>> => {
        const { data } = await callPrometheus<Record<string, MetricMeta[]>>('/api/v1/metadata', {}, signal)
        return new Map(Object.entries(data).flatMap(([name, [first]]) => (first === undefined ? [] : [[name, first]])))
      },
    }),
  /** All metric names, sorted; `matchers` are selectors such as `{job="host"}` of which one must match. */
  names: (matchers: readonly string[] = []) =>
    queryOptions({
      queryKey: [...metadata.all, 'names', matchers] as const,
      staleTime: STALE_MS,
      queryFn: async ({ signal }): Promise<readonly string[]> =>
        (await callPrometheus<string[]>('/api/v1/label/__name__/values', { 'match[]': matchers }, signal)).data,
    }),
}

export const SUFFIXES = /_(bucket|count|sum|total|created|info)$/

/** Metadata of a series' name, also where the family's name is shorter (`x_bucket` of `x`). */
export function metaOf(families: ReadonlyMap<string, MetricMeta> | undefined, name: string): MetricMeta | undefined {
  return families?.get(name) ?? families?.get(name.replace(SUFFIXES, ''))
}
