// Alerting: from an alert to the people who must know. Route, group, inhibit, silence, notify.
// In: alerts of rules and of other senders, alertmanager.yml, silences. Out: notifications, and the record of all of them.
// Promise: what was accepted survives a crash at any moment; nothing is told twice within its repeat interval.

export type { AlertState, IncomingAlert, ResolvedReason, Transition, TransitionRecorder } from '../rules/index.ts'
export { type Alert, isResolvedAt } from './alert.ts'
export type {
  AlertFilter,
  AlertGroupView,
  Alerting,
  AlertView,
  ReceiverView,
  RoutingExplanation,
  RoutingView,
  SilencePreview,
} from './alerting.ts'
export type { AlertingConfig } from './alerting-config.ts'
export {
  type AlertmanagerConfig,
  type AlertmanagerDefaults,
  type CheckedAlertmanagerConfig,
  checkAlertmanagerConfig,
  type InhibitRule,
  NO_CONFIG,
  type ReceiverConfig,
  type Route,
} from './config/index.ts'
export { type AlertingDeps, createAlerting, type RunningAlerting } from './create-alerting.ts'
export {
  type EscalationInput,
  type EscalationPolicy,
  type EscalationView,
  escalatedReceivers,
  readPolicies,
} from './escalation/index.ts'
export { createExternalAlertmanagers, type ExternalAlertmanagers, type ExternalView } from './external/index.ts'
export { fingerprintOf, formatLabelSet } from './fingerprint.ts'
export {
  createHeartbeat,
  type Heartbeat,
  type HeartbeatDeps,
  type HeartbeatOptions,
  type HeartbeatView,
} from './heartbeat/index.ts'
export type { CareEvent, EventKind, HistoryEvent, Via } from './history-event.ts'
export type { HistoryFilter, Page } from './history-filter.ts'
export { alertsOfWebhook, createSnsIntake, type SnsIntake, type SnsOptions, type SnsOutcome } from './intake/index.ts'
export { type AlertingLimits, defaultLimits } from './limits.ts'
export {
  ALERTMANAGER_CHECKS,
  type AlertFacts,
  alertFactsOf,
  asSent,
  factsOfSets,
  inOrder,
  lintAlertmanager,
  lintDefinitions,
  lintTemplates,
  type OtherAlerts,
  type Sending,
  sendingsOf,
  TEMPLATE_CHECKS,
  type TemplateLintOptions,
} from './lint/index.ts'
export {
  compareMatchers,
  createMatcher,
  formatMatcher,
  formatMatchers,
  type Matcher,
  matchesAll,
  parseMatcher,
  parseMatchers,
} from './matcher/index.ts'
export type { NotificationRecord, Withheld } from './notification-record.ts'
export {
  createTemplates,
  type Delivery,
  type Notification,
  type Notifier,
  type NotifierDeps,
  type RenderedMessage,
  readTemplateFiles,
} from './notify/index.ts'
export { isFailing } from './receiver-results.ts'
export { groupOf, matchRoutes, walkRoutes } from './route/index.ts'
export type { Silence, SilenceInput } from './silence-record.ts'
export { toAlertingConfig } from './to-alerting-config.ts'
