import { queryOptions } from '@tanstack/react-query'
import { callPrometheus } from './client.ts'

/** Names or values, sorted, and whether there are more than were asked for. */
export type Labelled = { readonly items: readonly string[]; readonly more: boolean }

export type LabelScope = {
  /** Selectors of which one must match; none for all series. */
  readonly matches: readonly string[]
  readonly limit: number
  /** Unix seconds. */
  readonly start: number
  readonly end: number
}

const STALE_MS = 30_000

async function list(path: string, { matches, ...rest }: LabelScope, signal: AbortSignal): Promise<Labelled> {
  const { data, notes } = await callPrometheus<string[]>(path, { 'match[]': matches, ...rest }, signal)
  return { items: data, more: notes.length > 0 || data.length >= rest.limit }
}

/** What labels there are, in the series that some selectors find. Times are part of the question: round them. */
export const labels = {
  all: ['labels'] as const,
  names: (scope: LabelScope) =>
    queryOptions({
      queryKey: [...labels.all, 'names', scope] as const,
      queryFn: ({ signal }) => list('/api/v1/labels', scope, signal),
      staleTime: STALE_MS,
      retry: false,
    }),
  values: (label: string, scope: LabelScope) =>
    queryOptions({
      queryKey: [...labels.all, 'values', label, scope] as const,
      queryFn: ({ signal }) => list(`/api/v1/label/${encodeURIComponent(label)}/values`, scope, signal),
      staleTime: STALE_MS,
      retry: false,
    }),
}
