// What must survive of rules: the state of each alert, and when rules were last evaluated.
// In: alerts that have changed, after an evaluation. Out: all of them, at the start.
// Promise: what was saved together is there together; alerts that ended long ago go by themselves.

export type { RuleStateStore, StoredAlert, StoredPlace, StoredState } from './rule-state-store.ts'
export { createSqlRuleStateStore } from './sql-rule-state-store.ts'
