import { queryOptions } from '@tanstack/react-query'
import { callApp, sendApp } from './client.ts'
import type { LabelMap } from './query.ts'

/** A comparison with a number: the side that is measured, and what it is measured against. */
export type RuleThreshold = {
  /** The query without the comparison: what a graph shows. */
  readonly measured: string
  readonly limits: readonly { readonly op: '>' | '>=' | '<' | '<=' | '==' | '!='; readonly value: number }[]
  /** There are further conditions that this leaves out. */
  readonly partial: boolean
}

/** What a list needs to know of the rule behind an alert. */
export type RuleRef = {
  readonly id: string
  readonly name: string
  readonly query: string
  readonly group: string
  readonly file: string
  readonly forMs: number
  readonly threshold?: RuleThreshold
}

export type RuleSummary = RuleRef & {
  readonly kind: 'alerting' | 'recording'
  readonly keepFiringForMs: number
  readonly labels: LabelMap
  readonly annotations: LabelMap
  readonly health: 'ok' | 'err' | 'unknown'
  readonly lastError: string
  readonly lastEvaluationMs?: number
  readonly evaluationDurationMs: number
  readonly line?: number
  readonly firing: number
  readonly pending: number
}

export type RuleGroup = {
  readonly file: string
  readonly name: string
  readonly intervalMs: number
  readonly limit: number
  readonly lastEvaluationMs?: number
  readonly evaluationDurationMs: number
  readonly missedIterations: number
  readonly rules: readonly RuleSummary[]
}

/** An alert that a rule has now. */
export type RuleInstance = {
  readonly fingerprint: string
  readonly labels: LabelMap
  readonly annotations: LabelMap
  readonly state: 'pending' | 'firing' | 'nodata'
  readonly activeAtMs: number
  readonly keepFiringSinceMs?: number
  readonly value: string
}

export type RuleDetail = {
  readonly rule: RuleSummary
  readonly group: Omit<RuleGroup, 'rules'>
  /** At most 1,000 of `instanceCount`, firing ones first. */
  readonly instances: readonly RuleInstance[]
  readonly instanceCount: number
  /** Receivers that its alerts lead to. */
  readonly receivers: readonly string[]
  /** Files of rule tests that name it; empty: none are configured. */
  readonly testFiles: readonly string[]
}

export type RuleTestReport = {
  readonly ok: boolean
  readonly durationMs: number
  readonly files: readonly {
    readonly file: string
    readonly ok: boolean
    readonly tests: number
    readonly failures: readonly { readonly message: string; readonly line?: number }[]
  }[]
}

export const rules = {
  all: ['rules'] as const,
  list: () =>
    queryOptions({
      queryKey: [...rules.all, 'list'] as const,
      queryFn: ({ signal }) => callApp<{ groups: readonly RuleGroup[] }>('/api/app/rules', { signal }),
    }),
  one: (id: string) =>
    queryOptions({
      queryKey: [...rules.all, 'one', id] as const,
      queryFn: ({ signal }) => callApp<RuleDetail>(`/api/app/rules/${encodeURIComponent(id)}`, { signal }),
      retry: false,
    }),
}

export const runRuleTests = (id: string) =>
  sendApp<RuleTestReport>('POST', `/api/app/rules/${encodeURIComponent(id)}/test`, {})
