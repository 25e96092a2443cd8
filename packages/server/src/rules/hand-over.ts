import { keyOf } from './alert-state/index.ts'
import type { GroupRule } from './group/index.ts'
import { addRule, type RulesByKey } from './rules-by-key.ts'

/**
 * Gives the state of rules that were to those that are: to the rule of the same name and labels in the same group, the
 * first of them to the first, and what is left to a rule with the same expression too that stands elsewhere now. Returns the
 * rules that nobody follows, and those that stood elsewhere.
 */
export function handOver(
  before: readonly { readonly group: string; readonly rules: readonly GroupRule[] }[],
  after: readonly { readonly group: string; readonly rules: readonly GroupRule[] }[],
): { gone: GroupRule[]; moved: { from: GroupRule; to: GroupRule }[] } {
  const left: RulesByKey = new Map()
  const gone: GroupRule[] = []
  const moved: { from: GroupRule; to: GroupRule }[] = []
  for (const { group, rules } of before) {
    for (const rule of rules) addRule(left, `${group}\n${identityOf(rule)}`, rule)
  }
  const heirless: GroupRule[] = []
  for (const { group, rules } of after) {
    for (const rule of rules) {
      const former = left.get(`${group}\n${identityOf(rule)}`)?.shift()
      if (former === undefined) heirless.push(rule)
      else give(former, rule)
    }
  }
  const elsewhere: RulesByKey = new Map()
  for (const rules of left.values()) {
    for (const rule of rules) addRule(elsewhere, `${identityOf(rule)}\n${rule.expr}`, rule)
  }
  for (const rule of heirless) {
    const former = elsewhere.get(`${identityOf(rule)}\n${rule.expr}`)?.shift()
    if (former === undefined) continue
    give(former, rule)
    moved.push({ from: former, to: rule })
  }
  for (const rules of elsewhere.values()) gone.push(...rules)
  return { gone, moved }
}

function identityOf({ state, name, labels }: GroupRule): string {
  return `${state.kind}\n${name}\n${keyOf(labels)}`
}

function give({ state: from }: GroupRule, { state: to }: GroupRule): void {
  if (from.kind === 'alerting' && to.kind === 'alerting') to.adopt(from.alerts.values())
  else to.series = from.series
}
