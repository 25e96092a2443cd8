import { type BinnacleError, nearestName } from '../../config/index.ts'
import type { LintFile } from '../../rules/lint/index.ts'
import type { CheckRuleFileOptions } from '../../rules/rule-file/index.ts'
import { checkRuleFile } from '../../rules/rule-file/index.ts'
import type { CheckWarning } from './report.ts'

export type CheckedRules = {
  readonly errors: readonly BinnacleError[]
  readonly warnings: readonly CheckWarning[]
  /** There when the file has no errors. */
  readonly lint: LintFile | undefined
  readonly rules: number
}

/** One rule file, by itself; what several say together is looked at afterwards. */
export function checkRules(text: string, file: string, options: CheckRuleFileOptions): CheckedRules {
  const { ruleFile, errors, warnings, places } = checkRuleFile(text, file, options)
  return {
    errors,
    warnings,
    lint: ruleFile === undefined ? undefined : { ruleFile, places, text },
    rules: (ruleFile?.groups ?? []).reduce((sum, group) => sum + group.rules.length, 0),
  }
}

/** The file that a pattern without a match was meant to find; `names` are those of the folder that it looks into. */
export function nearMiss(pattern: string, names: readonly string[]): string | undefined {
  const yaml = names.filter((name) => /\.ya?ml$/i.test(name))
  const last = pattern.slice(pattern.lastIndexOf('/') + 1)
  // The other spelling of the ending is what goes wrong most often.
  const ending = /\.(ya?ml)$/i.exec(last)?.[1]?.toLowerCase()
  const other = ending === 'yml' ? 'yaml' : 'yml'
  const twin = yaml.find((name) => name.toLowerCase().endsWith(`.${other}`))
  if (/[*?[]/.test(last)) return twin ?? yaml[0]
  return nearestName(last, yaml) ?? yaml.find((name) => name.replace(/\.ya?ml$/i, '') === last.replace(/\.ya?ml$/i, ''))
}
