import { queryOptions } from '@tanstack/react-query'
import type { AlertItem } from './alerts.ts'
import { callApp, sendApp, toQueryString } from './client.ts'
import type { Transition } from './history.ts'
import type { RuleRef } from './rules.ts'
import type { MatcherText, Silence } from './silence.ts'

export type SilenceList = {
  readonly total: number
  readonly counts: Readonly<Record<Silence['state'], number>>
  readonly offset: number
  readonly items: readonly Silence[]
}

export type SilenceInput = {
  readonly id?: string
  readonly matchers: readonly MatcherText[]
  readonly startsAtMs: number
  readonly endsAtMs: number
  readonly createdBy: string
  readonly comment: string
}

/** What a silence would do. */
export type SilencePreview = {
  readonly now: { readonly count: number; readonly services: readonly string[]; readonly items: readonly AlertItem[] }
  /** Of the alerts that it mutes now. */
  readonly rules: Readonly<Record<string, RuleRef>>
  readonly past: { readonly count: number; readonly services: readonly string[]; readonly items: readonly Transition[] }
}

export type SilencesRequest = { readonly state: string; readonly filter: string }

export const SILENCE_ROWS = 200

export const silences = {
  all: ['silences'] as const,
  page: ({ state, filter }: SilencesRequest, offset: number) =>
    queryOptions({
      queryKey: [...silences.all, 'page', state, filter, offset] as const,
      queryFn: ({ signal }) =>
        callApp<SilenceList>(
          `/api/app/silences?${toQueryString({ state, filter: filter || undefined, offset, limit: SILENCE_ROWS })}`,
          { signal },
        ),
    }),
  one: (id: string) =>
    queryOptions({
      queryKey: [...silences.all, 'one', id] as const,
      queryFn: ({ signal }) => callApp<Silence>(`/api/app/silences/${encodeURIComponent(id)}`, { signal }),
      retry: false,
    }),
  preview: (matchers: readonly MatcherText[]) =>
    queryOptions({
      queryKey: [...silences.all, 'preview', matchers] as const,
      queryFn: ({ signal }) => sendApp<SilencePreview>('POST', '/api/app/silences/preview', { matchers }, signal),
      retry: false,
    }),
}

export const saveSilence = (input: SilenceInput) => sendApp<{ id: string }>('POST', '/api/app/silences', input)

/** Ends an hour later, and is otherwise what it was. */
export const extendSilence = (id: string) =>
  sendApp<{ id: string }>('POST', `/api/app/silences/${encodeURIComponent(id)}/extend`, { byMs: 3_600_000 })

export const expireSilence = (id: string) =>
  sendApp<Record<string, never>>('POST', `/api/app/silences/${encodeURIComponent(id)}/expire`, {})
