import { checkRuleFile } from '../../rule-file/index.ts'
import type { Finding, LintFile, LintSet } from '../check.ts'
import { lintRules } from '../lint-rules.ts'

/** Checks and lints texts together; throws where one of them has errors. */
export function lintTexts(
  texts: Readonly<Record<string, string>>,
  options: { readonly config?: LintSet['config']; readonly nowMs?: number } = {},
): Finding[] {
  const files = Object.entries(texts).map(([file, text]): LintFile => {
    const { ruleFile, errors, places } = checkRuleFile(text, file)
    if (ruleFile === undefined) throw new Error(`${file}: ${errors[0]?.message}`)
    return { ruleFile, places, text }
  })
  const set = options.config === undefined ? { files } : { files, config: options.config }
  return lintRules(set, options.nowMs ?? 0)
}

/** `line:column check` of each finding. */
export function told(findings: readonly Finding[]): string[] {
  return findings.map(({ check, place }) => `${place.line}:${place.column} ${check}`)
}

export const CONFIG: LintSet['config'] = {
  place: { file: 'prometheus.yml', line: 1, column: 1 },
  text: 'rule_files: [a.yml]\n',
  evaluationIntervalMs: 60_000,
  scrapeIntervalMs: 15_000,
}
