// Rule groups as they run: once in an interval all rules of a group are evaluated at one moment.
// In: rules with their queries, the clock. Out: series, changes of state, alerts to be sent; health and times of each rule.
// Promise: one evaluation an interval, at a moment that is planned before; what is missed is counted; rules that read what
// others make come after them.

export { type Changes, createRuleGroup, type RuleGroupOptions, type RunningGroup } from './group.ts'
export type { GroupRule } from './group-rule.ts'
export { createTurns, type Turns } from './turns.ts'
