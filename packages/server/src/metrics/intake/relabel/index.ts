// Relabelling: rules that rewrite, keep or drop label sets, of targets before scraping and of series after it.
// In: labels and checked rules (relabelRuleSchema reads them from YAML). Out: new labels, or the rule that dropped them.
// Promise: the same result as Prometheus 3 for every action, on RE2; rules never throw once they were read.

export { expandTemplate } from './anchored-regex.ts'
export { LabelsBuilder } from './labels-builder.ts'
export { applyRules, type Relabelled, relabel } from './relabel.ts'
export { RELABEL_ACTIONS, type RelabelAction, type RelabelRule, relabelRuleSchema } from './rule.ts'
