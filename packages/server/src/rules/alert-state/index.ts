// The alerts of a rule: pending, firing, kept firing, ended with its reason, and the series that tell of them.
// In: the value of the rule's expression at one moment. Out: transitions, ALERTS and ALERTS_FOR_STATE, what is to be sent.
// Promise: states and times are Prometheus's; an alert whose series are gone is told from one whose value fell.

export { type AlertInstance, isActive, keyOf } from './alert-instance.ts'
export {
  type AlertingRuleState,
  type AlertsOutcome,
  createAlertingRule,
  endAlerts,
  type NoDataOptions,
} from './alerting-rule.ts'
export { type ForState, type RestoreOptions, restoreFromSeries, restoreFromState } from './restore.ts'
export type { RuleAddress } from './rule-address.ts'
export { createSending, type Sending } from './sending.ts'
