import type { GroupRule } from './group/index.ts'

/** Rules that have a key in common, in their order. */
export type RulesByKey = Map<string, GroupRule[]>

export function addRule(rules: RulesByKey, key: string, rule: GroupRule): void {
  const known = rules.get(key)
  if (known === undefined) rules.set(key, [rule])
  else known.push(rule)
}
