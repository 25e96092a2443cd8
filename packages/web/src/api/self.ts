import type { PromqlFeature } from '@binnacle/promql'
import { queryOptions } from '@tanstack/react-query'
import { callApp } from './client.ts'

export type ConfigFinding = {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly message: string
}

/** What is wrong with finding targets of a scrape pool: its last good targets stay. */
export type DiscoveryProblem = {
  readonly pool: string
  readonly message: string
  readonly file?: string
  readonly line?: number
  readonly column?: number
}

/** How Binnacle itself is. Source: `GET /api/app/self`. Sizes in bytes, times in Unix ms or ISO text. */
export type Self = {
  readonly version: string
  readonly startedAt: number | string
  readonly now: number | string
  /** What is stored is being loaded, and no rule is evaluated yet. */
  readonly starting: boolean
  readonly host: { readonly name: string }
  readonly ingest: { readonly samplesPerSecond: number }
  readonly series: number
  readonly storage: { readonly bytesPerSample: number | null; readonly bytes: number; readonly samples: number }
  readonly memory: {
    readonly rssBytes: number
    readonly pssBytes: number | null
    readonly watchBytes: number
    readonly engineBytes: number | null
  }
  readonly queue: { readonly pendingSamples: number; readonly maxPendingSamples: number }
  readonly engine: { readonly state: string }
  /** Experimental parts of PromQL that are switched on. */
  readonly promqlFeatures: readonly PromqlFeature[]
  readonly config: {
    readonly warnings: readonly ConfigFinding[]
    readonly errors: readonly ConfigFinding[]
    readonly problems?: readonly DiscoveryProblem[]
    readonly lastReload?: { readonly ok: boolean; readonly at: number | string; readonly error?: string } | null
  }
}

/** Asked for by every page, all the time: its failure is how a page notices that the connection is gone. */
export const selfQuery = queryOptions({
  queryKey: ['self'] as const,
  queryFn: ({ signal }) => callApp<Self>('/api/app/self', { signal }),
  refetchInterval: 5000,
  retry: false,
})

/** Something that a person should mend, wherever it was found. */
export type Finding = Partial<ConfigFinding> & {
  readonly tone: 'critical' | 'warning'
  readonly word: 'error' | 'warning'
  readonly message: string
  readonly pool?: string
}

/** All that is wrong or ignored, what hurts first. */
export function findingsOf({ config }: Self): readonly Finding[] {
  const error = { tone: 'critical', word: 'error' } as const
  return [
    ...config.errors.map((f) => ({ ...f, ...error })),
    ...(config.problems ?? []).map((f) => ({ ...f, ...error })),
    ...config.warnings.map((f) => ({ ...f, tone: 'warning', word: 'warning' }) as const),
  ]
}
