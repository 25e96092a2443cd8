import { BinnacleError } from '../../config/index.ts'
import { checkRuleTestFile, checkTestTexts, ruleFilePaths } from '../../rules/rule-test/index.ts'
import type { CheckOptions } from './check-options.ts'
import { checkRules } from './check-rules.ts'
import { type CheckWarning, count, type FileReport } from './report.ts'

/** A file of rule tests without running them: its form, its series and expressions, and whether it tests what is there. */
export function checkRuleTests(text: string, file: string, options: CheckOptions): FileReport {
  const { testFile, errors } = checkRuleTestFile(text, file)
  if (testFile === undefined) return { file, kind: 'rule tests', errors, warnings: [] }
  const all = [...checkTestTexts(testFile, options.features)]
  const warnings: CheckWarning[] = []
  const alerts = new Set<string>()
  const paths = ruleFilePaths(testFile, (path, place) => {
    warnings.push({
      place,
      message: `rule_files: no file matches "${path}"`,
      hint: 'paths count from the folder of the file',
    })
  })
  for (const path of new Set(paths)) {
    const content = options.read(path, path)
    if (content instanceof BinnacleError) {
      all.push(content)
      continue
    }
    const { errors: wrong, lint } = checkRules(content, path, options)
    all.push(...wrong)
    for (const group of lint?.ruleFile.groups ?? []) {
      for (const rule of group.rules) if (rule.kind === 'alerting') alerts.add(rule.alert)
    }
  }
  if (all.length === 0) {
    for (const { alertTests } of testFile.tests) {
      for (const { alertname, place } of alertTests) {
        if (alerts.has(alertname)) continue
        const message = `no rule has the alert "${alertname}": a test that expects nothing of it passes whatever happens`
        warnings.push({ place, message })
      }
    }
  }
  return { file, kind: 'rule tests', errors: all, warnings, content: count(testFile.tests.length, 'test group') }
}
