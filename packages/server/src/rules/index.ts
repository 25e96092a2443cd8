// Rules: groups of recording and alerting rules, evaluated on the newest samples, and the state of each alert.
// In: rule files, a query face, the clock. Out: series of recording rules, ALERTS, alerts for the sink, transitions.
// Promise: a restart neither loses nor repeats a state; every change of state is recorded with its reason.

export { keyOf } from './alert-state/index.ts'
export type { IncomingAlert } from './incoming-alert.ts'
export { type NoDataAlert, noDataAlertsOf } from './no-data-alerts.ts'
export type { AlertSink } from './outgoing.ts'
export { createRuleManager, type RuleManager, type RuleManagerDeps, type RuleManagerOptions } from './rule-manager.ts'
export type { RuleArrival, RuleInputs, RuleQuery, RuleVector } from './rule-query.ts'
export type { RuleTemplate, RuleTemplates, TemplateInput } from './rule-templates.ts'
export type { ResolvedAlertView, RuleAlertView, RuleGroupView, RuleView } from './rule-view.ts'
export { NO_RULES, type NoDataRule, type RulesConfig } from './rules-config.ts'
export {
  createSqlRuleStateStore,
  type RuleStateStore,
  type StoredAlert,
  type StoredState,
} from './state-store/index.ts'
export { createGoTemplates, type GoTemplatesDeps } from './templates/index.ts'
export type { AlertState, ResolvedReason, Transition, TransitionRecorder } from './transition.ts'
