// Checks of alertmanager.yml beyond its syntax: what is valid and yet tells nobody, or says something else than it seems.
// In: a checked file, and the rules that belong to it where they are given. Out: findings with place, reason, what to do.
// Promise: nothing but the files is needed; nothing is said of what may well be right.

export { alertFactsOf, factsOfSets, type RuleAlerts } from './alert-facts.ts'
export { asSent, type Sending, sendingsOf } from './as-sent.ts'
export { inOrder } from './check.ts'
export type { AlertFacts } from './fact.ts'
export { ALERTMANAGER_CHECKS, lintAlertmanager } from './lint-alertmanager.ts'
export { type OtherAlerts, summarizeAlerts } from './other-alerts.ts'
export { type DefinitionFile, lintDefinitions } from './template-runs/lint-definitions.ts'
export { lintTemplates, type TemplateLintOptions } from './template-runs/lint-templates.ts'
export { TEMPLATE_CHECKS } from './template-runs/template-checks.ts'
