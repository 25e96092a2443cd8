import type { Labels } from '@binnacle/promql'
import type { AlertingRuleState, RuleAddress } from '../alert-state/index.ts'
import type { RecordingRuleState } from '../recording/index.ts'
import type { RuleQuery } from '../rule-query.ts'

/** A rule of a running group. */
export type GroupRule = {
  readonly id: string
  readonly address: RuleAddress
  readonly name: string
  /** As Prometheus prints it. */
  readonly expr: string
  /** Of the group and the rule, sorted by name; an empty value takes a label away. */
  readonly labels: Labels
  readonly query: RuleQuery
  readonly state:
    | ({ readonly kind: 'alerting' } & AlertingRuleState)
    | ({ readonly kind: 'recording' } & RecordingRuleState)
  health: 'ok' | 'err' | 'unknown'
  lastError: string
  /** Unix ms. */
  lastEvaluationMs: number | undefined
  durationMs: number
}
