import type { DoctorFinding, RuleReport } from '../../api/index.ts'
import type { DoctorSearch } from './search.ts'

const countsAsFinding = ({ severity }: DoctorFinding): boolean => severity !== 'note'

/** Whether somebody should look at a rule. */
export function hasFinding({ reasons, remarks }: RuleReport): boolean {
  return reasons.some(countsAsFinding) || remarks.some(countsAsFinding)
}

/**
 * What a rule's row shows at once, and what it shows when it is asked for: notes are folded where there is more to tell, or
 * nothing wrong.
 */
export function shownOf({ reasons, remarks, verdict }: RuleReport): {
  readonly open: readonly DoctorFinding[]
  readonly folded: readonly DoctorFinding[]
} {
  const all = [...reasons, ...remarks]
  const counting = all.filter(countsAsFinding)
  const notes = all.filter((one) => !countsAsFinding(one))
  return counting.length === 0 && verdict !== 'can_fire'
    ? { open: notes, folded: [] }
    : { open: counting, folded: notes }
}

/** The rules that the address asks for; those that cannot fire first, then as in their files. */
export function selectRules(rules: readonly RuleReport[], { text = '', verdict }: DoctorSearch): readonly RuleReport[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const wanted = rules.filter((rule) => {
    if (verdict === undefined ? !hasFinding(rule) : verdict !== 'all' && rule.verdict !== verdict) return false
    if (words.length === 0) return true
    const messages = [...rule.reasons, ...rule.remarks].map(({ message }) => message)
    const all = [rule.name, rule.group, rule.file, ...messages].join('\n').toLowerCase()
    return words.every((word) => all.includes(word))
  })
  const rank = (rule: RuleReport) => (rule.verdict === 'cannot_fire' ? 0 : rule.verdict === 'always_fires' ? 1 : 2)
  return [...wanted].sort((a, b) => rank(a) - rank(b))
}
