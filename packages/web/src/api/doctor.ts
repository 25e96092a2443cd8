import { queryOptions } from '@tanstack/react-query'
import { callApp, sendApp } from './client.ts'

export type Verdict = 'can_fire' | 'cannot_fire' | 'always_fires' | 'unknown'

export type DoctorFinding = {
  /** The name by which a comment in the file switches it off. */
  readonly check: string
  readonly severity: 'error' | 'warning' | 'note'
  readonly message: string
  readonly hint?: string
  /** Of what was here and is gone: its last sample, Unix ms, and the series that had it. */
  readonly lastSeen?: { readonly atMs: number; readonly series: number }
  readonly place: { readonly file?: string; readonly line?: number; readonly column?: number }
}

export type RuleReport = {
  readonly kind: 'alerting' | 'recording'
  readonly name: string
  readonly group: string
  readonly file: string
  readonly place: DoctorFinding['place']
  readonly verdict: Verdict
  readonly reasons: readonly DoctorFinding[]
  readonly remarks: readonly DoctorFinding[]
}

export type DoctorCounts = Readonly<Record<Verdict, number>>

export type DoctorReport = {
  readonly atMs: number
  readonly tookMs: number
  readonly isEarly: boolean
  readonly rules: readonly RuleReport[]
  readonly routing: readonly DoctorFinding[]
  readonly files: readonly DoctorFinding[]
  readonly alerts: DoctorCounts
  readonly recordings: DoctorCounts
  readonly findings: number
}

/** The last look; none before the first. */
export type DoctorView = { readonly report?: DoctorReport; readonly isRunning: boolean; readonly error?: string }

export type DoctorSummary = Partial<Pick<DoctorReport, 'atMs' | 'findings' | 'alerts'>>

export const doctor = {
  all: ['doctor'] as const,
  view: () =>
    queryOptions({
      queryKey: [...doctor.all, 'view'] as const,
      queryFn: ({ signal }) => callApp<DoctorView>('/api/app/doctor', { signal }),
    }),
  summary: () =>
    queryOptions({
      queryKey: [...doctor.all, 'summary'] as const,
      queryFn: ({ signal }) => callApp<DoctorSummary>('/api/app/doctor/summary', { signal }),
      retry: false,
    }),
}

/** Looks now; takes a second or two with thousands of rules. */
export const lookNow = () => sendApp<DoctorReport>('POST', '/api/app/doctor/run', {})
