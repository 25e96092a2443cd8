// Recording rules. In: the value of an expression at one moment. Out: series of the rule's name, stale when they end.
// Promise: a series that is known costs one look-up; what Prometheus refuses (same labels, past the limit) is refused.

export { createRecordingRule, type RecordingRuleState } from './recording-rule.ts'
