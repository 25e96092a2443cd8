// Checks of rules beyond their syntax: what is valid and yet can never fire, prints nothing, or says something else than
// it does. In: checked rule files, read together. Out: findings with place, reason and what to do.
// Promise: nothing but the files is needed; comments in pint's manner switch a check off where its author knows better.

export { CHECKS } from './catalogue.ts'
export type { Check, Finding, LintFile, LintSet } from './check.ts'
export { askedLabels, textsOf } from './checks/templates.ts'
export { createSilencer, lintRules } from './lint-rules.ts'
export { countedOn, type SampleAlertOptions, sampleAlert } from './sample-alert.ts'
