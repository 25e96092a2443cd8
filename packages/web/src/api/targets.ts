import { queryOptions } from '@tanstack/react-query'
import { callApp, callPrometheus } from './client.ts'
import type { LabelMap } from './query.ts'

export type TargetHealth = 'up' | 'down' | 'unknown'

/** Source: Prometheus HTTP API, `/api/v1/targets`; `id`, `lastSamples` and `droppedBy` are Binnacle's. */
export type ActiveTarget = {
  readonly id?: string
  readonly discoveredLabels: LabelMap
  readonly labels: LabelMap
  readonly scrapePool: string
  readonly scrapeUrl: string
  readonly lastError: string
  readonly lastScrape: string
  /** Seconds. */
  readonly lastScrapeDuration: number
  readonly lastSamples?: number
  readonly health: TargetHealth
  readonly scrapeInterval: string
  readonly scrapeTimeout: string
}
export type DroppedTarget = {
  readonly discoveredLabels: LabelMap
  readonly scrapePool?: string
  readonly droppedBy?: string
}
export type Targets = {
  readonly activeTargets: readonly ActiveTarget[]
  readonly droppedTargets: readonly DroppedTarget[]
  readonly droppedTargetCounts?: Readonly<Record<string, number>>
}

export type ScrapeAnswer = {
  readonly status: number
  readonly durationMs: number
  readonly contentType?: string
  readonly body: string
  readonly error?: string
}

export const targets = {
  all: ['targets'] as const,
  list: () =>
    queryOptions({
      queryKey: [...targets.all, 'list'] as const,
      queryFn: async ({ signal }) => (await callPrometheus<Targets>('/api/v1/targets', {}, signal)).data,
    }),
}

/** Scrapes a target once, now, beside its schedule; nothing of the answer is stored. */
export function scrapeNow(id: string, signal?: AbortSignal): Promise<ScrapeAnswer> {
  return callApp<ScrapeAnswer>(`/api/app/targets/${encodeURIComponent(id)}/scrape`, {
    method: 'POST',
    signal: signal ?? null,
  })
}
