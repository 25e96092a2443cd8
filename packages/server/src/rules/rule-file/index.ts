// Prometheus rule files as values: groups of recording and alerting rules, each with its place in the file.
// In: the text of rule files. Out: `RuleFile`, or every mistake with file, line and column.
// Promise: what `promtool check rules` takes is taken, and what it refuses is refused.

export {
  type CheckedRuleFile,
  type CheckRuleFileOptions,
  checkRuleFile,
  type RuleFileWarning,
  type RulePlaces,
} from './check-rule-file.ts'
export { isLabelName, isMetricName, type NameValidation } from './names.ts'
export type { AlertingRule, RecordingRule, Rule, RuleFile, RuleGroup } from './rule-file.ts'
