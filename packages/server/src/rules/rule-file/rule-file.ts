import type { Expr, Labels } from '@binnacle/promql'
import type { Place } from '../../config/index.ts'

/**
 * A file of Prometheus rule groups, parsed and checked. Durations are ms.
 * Source: https://prometheus.io/docs/prometheus/3.5/configuration/recording_rules/ and .../alerting_rules/.
 */
export type RuleFile = {
  /** As it was named or found by a pattern. */
  readonly file: string
  readonly groups: readonly RuleGroup[]
}

export type RuleGroup = {
  /** Unique in its file. */
  readonly name: string
  /** Absent: the global `evaluation_interval`. */
  readonly intervalMs: number | undefined
  /** The group looks at data of so long ago. Absent: the global `rule_query_offset`. */
  readonly queryOffsetMs: number | undefined
  /** Most series of a recording rule, and alerts of an alerting rule; 0: no limit. */
  readonly limit: number
  /** Given to every rule of the group; labels of the rule itself win. */
  readonly labels: Labels
  /** In the order of the file. */
  readonly rules: readonly Rule[]
  readonly place: Place
}

export type Rule = RecordingRule | AlertingRule

type RuleBase = {
  /** As written, without space around it. */
  readonly expr: string
  readonly ast: Expr
  readonly place: Place
}

export type RecordingRule = RuleBase & {
  readonly kind: 'recording'
  /** Name of the series that it makes. */
  readonly record: string
  readonly labels: Labels
}

export type AlertingRule = RuleBase & {
  readonly kind: 'alerting'
  readonly alert: string
  readonly forMs: number
  readonly keepFiringForMs: number
  /** Templates by the label's name. */
  readonly labels: Readonly<Record<string, string>>
  /** Templates by the annotation's name. */
  readonly annotations: Readonly<Record<string, string>>
}
