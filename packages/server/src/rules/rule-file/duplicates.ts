import { formatLabels, labelPairs, labelsOf } from '@binnacle/promql'
import type { Rule, RuleFile } from './rule-file.ts'

export type Duplicate = {
  readonly rule: Rule
  /** The first one of the same name and labels. */
  readonly of: Rule
  readonly name: string
  /** As they print. */
  readonly labels: string
}

/**
 * Rules of one file with the same name and labels (those of the group among them): they write the same series.
 * Source: `promtool check rules --lint=duplicate-rules`.
 */
export function findDuplicates({ groups }: RuleFile): Duplicate[] {
  const firstOf = new Map<string, Rule>()
  const found: Duplicate[] = []
  for (const group of groups) {
    for (const rule of group.rules) {
      const name = rule.kind === 'alerting' ? rule.alert : rule.record
      const own = rule.kind === 'alerting' ? Object.entries(rule.labels) : labelPairs(rule.labels)
      const labels = formatLabels(labelsOf([...labelPairs(group.labels), ...own]))
      const key = `${name}\n${labels}`
      const first = firstOf.get(key)
      if (first === undefined) firstOf.set(key, rule)
      else found.push({ rule, of: first, name, labels })
    }
  }
  return found
}
