import { labelRecord } from '@binnacle/promql'
import type {
  HistoryEvent,
  InhibitRule,
  Matcher,
  NotificationRecord,
  Route,
  Silence,
  Transition,
} from '../../../alerting/index.ts'
import type { RuleGroupView, RuleView } from '../../parts.ts'
import type { AlertRow } from './alert-rows.ts'
import type { IndexedRule, RuleIndex } from './rule-index.ts'

/** Numbers as text, since JSON has no `NaN` and no infinities. */
export function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value)
}

export const alertJson = (row: AlertRow) => ({
  fingerprint: row.fingerprint,
  labels: labelRecord(row.labels),
  annotations: labelRecord(row.annotations),
  standing: row.standing,
  severity: row.severity,
  startsAtMs: row.startsAtMs,
  ...(row.value === undefined ? {} : { value: numberText(row.value) }),
  generatorUrl: row.generatorUrl,
  receivers: row.receivers,
  silencedBy: row.silencedBy,
  inhibitedBy: row.inhibitedBy,
  mutedBy: row.mutedBy,
  acknowledged: row.acknowledged,
  rule: row.rule?.rule.id,
})

/** What a list of alerts needs of the rules behind them, by id. */
export function ruleRefs(rows: readonly AlertRow[], index: RuleIndex): Record<string, ReturnType<typeof ruleRef>> {
  const refs: Record<string, ReturnType<typeof ruleRef>> = {}
  for (const { rule } of rows) if (rule !== undefined) refs[rule.rule.id] ??= ruleRef(rule, index)
  return refs
}

const ruleRef = ({ rule, group }: IndexedRule, index: RuleIndex) => ({
  id: rule.id,
  name: rule.name,
  query: rule.query,
  group: group.name,
  file: group.file,
  forMs: rule.forMs,
  threshold: index.thresholdOf(rule.query),
})

export function ruleJson({ rule, group }: IndexedRule, index: RuleIndex) {
  return {
    ...ruleRef({ rule, group }, index),
    kind: rule.kind,
    keepFiringForMs: rule.keepFiringForMs,
    labels: labelRecord(rule.labels),
    annotations: labelRecord(rule.annotations),
    health: rule.health,
    lastError: rule.lastError,
    lastEvaluationMs: rule.lastEvaluationMs,
    evaluationDurationMs: rule.evaluationDurationMs,
    line: rule.place.line,
    ...countAlerts(rule),
  }
}

function countAlerts({ alerts }: RuleView): { firing: number; pending: number } {
  const pending = alerts.filter(({ state }) => state === 'pending').length
  return { firing: alerts.length - pending, pending }
}

export const groupJson = (group: RuleGroupView) => ({
  file: group.file,
  name: group.name,
  intervalMs: group.intervalMs,
  limit: group.limit,
  lastEvaluationMs: group.lastEvaluationMs,
  evaluationDurationMs: group.evaluationDurationMs,
  missedIterations: group.missedIterations,
})

export const matcherJson = ({ name, kind, value }: Matcher) => ({ name, kind, value })

export const silenceJson = (silence: Silence, matched: number) => ({
  id: silence.id,
  matchers: silence.matchers.map(matcherJson),
  startsAtMs: silence.startsAtMs,
  endsAtMs: silence.endsAtMs,
  updatedAtMs: silence.updatedAtMs,
  createdBy: silence.createdBy,
  comment: silence.comment,
  state: silence.state,
  matched,
})

export const transitionJson = (transition: Transition) => ({
  ...transition,
  labels: labelRecord(transition.labels),
  annotations: labelRecord(transition.annotations),
  value: transition.value === undefined ? undefined : numberText(transition.value),
})

/** Changes of state have the kind `state`. */
export const eventJson = (event: HistoryEvent) =>
  'kind' in event
    ? { ...event, labels: labelRecord(event.labels) }
    : { kind: 'state' as const, ...transitionJson(event) }

export const notificationJson = (record: NotificationRecord) => ({
  ...record,
  groupLabels: labelRecord(record.groupLabels),
})

export function routeJson(route: Route, live: ReadonlyMap<string, number>): unknown {
  return {
    id: route.id,
    receiver: route.receiver,
    matchers: route.matchers.map(matcherJson),
    continue: route.continue,
    groupBy: route.groupBy,
    groupWaitMs: route.groupWaitMs,
    groupIntervalMs: route.groupIntervalMs,
    repeatIntervalMs: route.repeatIntervalMs,
    muteTimeIntervals: route.muteTimeIntervals,
    activeTimeIntervals: route.activeTimeIntervals,
    own: [...route.own],
    file: route.place.file,
    line: route.place.line,
    live: live.get(route.id) ?? 0,
    routes: route.routes.map((child) => routeJson(child, live)),
  }
}

export const inhibitJson = (rule: InhibitRule) => ({
  name: rule.name,
  sourceMatchers: rule.sourceMatchers.map(matcherJson),
  targetMatchers: rule.targetMatchers.map(matcherJson),
  equal: rule.equal,
  line: rule.place.line,
})
