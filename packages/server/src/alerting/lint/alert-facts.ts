import { inferLabels, labelFact, labelPairs } from '@binnacle/promql'
import type { RuleFile } from '../../rules/rule-file/index.ts'
import type { Matcher } from '../matcher/index.ts'

/** What is known of one label: its value (`''`: it is not there), or nothing. */
export type Fact = { readonly value: string } | 'unknown'

/** The alerts of one rule, as far as its text tells. */
export type AlertFacts = {
  readonly name: string
  fact(label: string): Fact
}

/**
 * What alerts the rules of some files make. A label that the expression cannot have is not there, unless external labels may
 * bring it: those count where they are given.
 */
export function alertFactsOf(
  files: readonly RuleFile[],
  externalLabels?: Readonly<Record<string, string>>,
): readonly AlertFacts[] {
  const found: AlertFacts[] = []
  for (const file of files) {
    for (const group of file.groups) {
      for (const rule of group.rules) {
        if (rule.kind !== 'alerting') continue
        const own = new Map(labelPairs(group.labels))
        for (const [name, value] of Object.entries(rule.labels)) own.set(name, value)
        const inferred = inferLabels(rule.ast)
        found.push({
          name: rule.alert,
          fact(label) {
            if (label === 'alertname') return { value: rule.alert }
            const written = own.get(label)
            if (written !== undefined) return written.includes('{{') ? 'unknown' : { value: written }
            const { presence, value } = labelFact(inferred, label)
            if (presence === 'absent')
              return externalLabels === undefined ? 'unknown' : { value: externalLabels[label] ?? '' }
            return value === undefined ? 'unknown' : { value }
          },
        })
      }
    }
  }
  return found
}

/** Whether all matchers hold for the alerts of a rule: always, never, or it depends. */
export function holds(matchers: readonly Matcher[], alert: AlertFacts): 'always' | 'never' | 'maybe' {
  let all: 'always' | 'maybe' = 'always'
  for (const matcher of matchers) {
    const fact = alert.fact(matcher.name)
    if (fact === 'unknown') all = 'maybe'
    else if (!matcher.matchesValue(fact.value)) return 'never'
  }
  return all
}
