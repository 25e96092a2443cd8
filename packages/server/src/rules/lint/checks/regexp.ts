import type { RuleCheck } from '../check.ts'
import { selectors } from '../walk.ts'

export const plainRegex: RuleCheck = {
  kind: 'rule',
  name: 'promql/regexp',
  finds: 'Regex matchers without anything of a regex in them.',
  why: 'They read as if more than one value could match, and cost more than a comparison.',
  run(view, report) {
    for (const selector of selectors(view.rule.ast)) {
      for (const { name, op, value } of selector.matchers) {
        if ((op !== '=~' && op !== '!~') || value === '' || /[.*+?()[\]{}|^$\\]/.test(value)) continue
        const better = op === '=~' ? '=' : '!='
        report(view.at(selector), `${name}${op}"${value}" is no pattern`, `write ${name}${better}"${value}"`)
      }
    }
  },
}
