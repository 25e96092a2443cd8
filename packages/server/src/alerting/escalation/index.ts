// Escalation: who is told next while nobody has acknowledged an alert.
// In: policies of binnacle.yml, the alerts that fire, acknowledgements. Out: notifications to the receivers of each level.
// Promise: a level is told once, also across a restart; acknowledged, silenced, inhibited and ended alerts climb no further;
// whoever was told of the beginning is told of the end.

export type { EscalationLevel, EscalationPolicy } from '../escalation-policy.ts'
export { createEscalation, type Escalation, type EscalationDeps, type EscalationView } from './escalation.ts'
export { type EscalationInput, escalatedReceivers, readPolicies } from './read-policies.ts'
