import type { Labels } from '@binnacle/promql'
import type { Place } from '../config/index.ts'
import { type AlertInstance, isActive } from './alert-state/index.ts'
import type { GroupRule, RunningGroup } from './group/index.ts'
import type { ResolvedReason } from './transition.ts'

/** An alert that a rule has now. Times are Unix ms. */
export type RuleAlertView = {
  /** With the rule's labels, without external ones. */
  readonly labels: Labels
  readonly annotations: Labels
  readonly state: 'pending' | 'firing' | 'nodata'
  readonly activeAtMs: number
  /** Since when its condition is false while `keep_firing_for` holds it. */
  readonly keepFiringSinceMs?: number
  readonly value: number
}

/** An alert that has ended within the last quarter of an hour. */
export type ResolvedAlertView = {
  readonly labels: Labels
  readonly annotations: Labels
  readonly activeAtMs: number
  readonly resolvedAtMs: number
  readonly reason: ResolvedReason
  readonly value: number
}

export type RuleView = {
  /** Stable while its file, group, name and place among its namesakes stay; safe in a URL. */
  readonly id: string
  readonly kind: 'alerting' | 'recording'
  /** Of the alert, or of the series that is recorded. */
  readonly name: string
  readonly query: string
  readonly forMs: number
  readonly keepFiringForMs: number
  /** Templates of alerting rules; plain values of recording rules. */
  readonly labels: Labels
  readonly annotations: Labels
  readonly health: 'ok' | 'err' | 'unknown'
  /** Empty when its last evaluation went well. */
  readonly lastError: string
  /** Absent before the first evaluation. */
  readonly lastEvaluationMs?: number
  readonly evaluationDurationMs: number
  readonly place: Place
  /** Empty for recording rules. */
  readonly alerts: readonly RuleAlertView[]
  /** Those that ended lately. */
  readonly resolved: readonly ResolvedAlertView[]
}

export type RuleGroupView = {
  readonly file: string
  readonly name: string
  readonly intervalMs: number
  readonly limit: number
  readonly lastEvaluationMs?: number
  readonly evaluationDurationMs: number
  /** Evaluations that came due while the one before still ran, since the start. */
  readonly missedIterations: number
  /** When it is evaluated next, Unix ms. */
  readonly nextEvaluationMs: number
  readonly rules: readonly RuleView[]
}

export function viewOfGroup(group: RunningGroup, annotationsOf: (rule: GroupRule) => Labels): RuleGroupView {
  const { file, name, intervalMs, limit, rules } = group.options
  return {
    file,
    name,
    intervalMs,
    limit,
    ...(group.lastEvaluationMs === undefined ? {} : { lastEvaluationMs: group.lastEvaluationMs }),
    evaluationDurationMs: group.durationMs,
    missedIterations: group.missed,
    nextEvaluationMs: group.nextMs,
    rules: rules.map((rule) => viewOfRule(rule, annotationsOf(rule))),
  }
}

function viewOfRule(rule: GroupRule, annotations: Labels): RuleView {
  const { id, name, expr, labels, state, health, lastError, lastEvaluationMs, durationMs } = rule
  const alerts = () => (state.kind === 'alerting' ? [...state.alerts.values()] : [])
  return {
    id,
    kind: state.kind,
    name,
    query: expr,
    forMs: state.kind === 'alerting' ? state.rule.forMs : 0,
    keepFiringForMs: state.kind === 'alerting' ? state.rule.keepFiringForMs : 0,
    labels,
    annotations,
    health,
    lastError,
    ...(lastEvaluationMs === undefined ? {} : { lastEvaluationMs }),
    evaluationDurationMs: durationMs,
    place: state.rule.place,
    // There may be ten thousand of them, and most who look at rules do not look at these.
    get alerts() {
      return alerts().filter(isActive).map(viewOfAlert)
    },
    get resolved() {
      return alerts()
        .filter((alert) => !isActive(alert))
        .map(viewOfResolved)
    },
  }
}

function viewOfAlert(alert: AlertInstance): RuleAlertView {
  const { labels, annotations, state, activeAtMs, keepFiringSinceMs, value } = alert
  return {
    labels,
    annotations,
    state: state === 'inactive' ? 'pending' : state,
    activeAtMs,
    ...(keepFiringSinceMs === undefined ? {} : { keepFiringSinceMs }),
    value,
  }
}

function viewOfResolved(alert: AlertInstance): ResolvedAlertView {
  const { labels, annotations, activeAtMs, resolvedAtMs, resolvedReason, value } = alert
  return { labels, annotations, activeAtMs, resolvedAtMs: resolvedAtMs!, reason: resolvedReason ?? 'value', value }
}
