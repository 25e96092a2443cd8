// Unit tests of rules in promtool's format. In: test files with the rule files that they name. Out: failures in promtool's
// words, one report a file. Promise: rules are evaluated by the very code that evaluates them in the running program, on
// samples in memory and a clock that is driven; verdicts are those of `promtool test rules`.

export { type CheckedRuleTestFile, checkRuleTestFile, checkTestTexts } from './check-test-file.ts'
export { formatJunit, type JunitSuite } from './junit.ts'
export { formatTestReport } from './report.ts'
export type { RuleTestFile, RuleTestGroup } from './rule-test-file.ts'
export { type RuleTestOptions, type RuleTestReport, ruleFilePaths, runRuleTests } from './run-rule-tests.ts'
