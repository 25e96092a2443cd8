// Checks of alertmanager.yml beyond its syntax: what is valid and yet tells nobody, or says something else than it seems.
// In: a checked file, and the rules that belong to it where they are given. Out: findings with place, reason, what to do.
// Promise: nothing but the files is needed; nothing is said of what may well be right.

export { type AlertFacts, alertFactsOf, factsOfSets } from './alert-facts.ts'
export { asSent, type Sending, sendingsOf } from './as-sent.ts'
export type { Finding } from './check.ts'
export { ALERTMANAGER_CHECKS, lintAlertmanager } from './lint-alertmanager.ts'
export { type OtherAlerts, summarizeAlerts } from './other-alerts.ts'
