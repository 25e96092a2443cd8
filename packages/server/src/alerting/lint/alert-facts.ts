import { inferLabels, type LabelFacts, type Labels, labelFact, labelPairs, labelValue } from '@binnacle/promql'
import type { AlertingRule, RuleFile, RuleGroup } from '../../rules/rule-file/index.ts'
import type { Matcher } from '../matcher/index.ts'
import { asSent, type Sending } from './as-sent.ts'
import type { AlertFacts, Fact } from './fact.ts'

/** The same with the rule itself. */
export type RuleAlerts = AlertFacts & {
  readonly rule: AlertingRule
  readonly group: RuleGroup
  /** What is known of the labels of its expression. */
  readonly series: LabelFacts
  /** How they are sent; undefined where nobody knows. */
  readonly sending: Sending | undefined
}

/**
 * What alerts the rules of some files make, once for each of the ways in which they are sent. A label that the expression
 * cannot have is not there where these ways are known; otherwise external labels or relabelling may bring it.
 */
export function alertFactsOf(files: readonly RuleFile[], sendings?: readonly Sending[]): readonly RuleAlerts[] {
  const found: RuleAlerts[] = []
  for (const file of files) {
    for (const group of file.groups) {
      for (const rule of group.rules) {
        if (rule.kind !== 'alerting') continue
        const series = inferLabels(rule.ast)
        const facts = factsOfRule(rule, group, series, sendings !== undefined)
        if (sendings === undefined) found.push({ ...facts, rule, group, series, sending: undefined })
        for (const sending of sendings ?? []) {
          const sent = asSent(facts, sending)
          if (sent !== undefined) found.push({ ...sent, rule, group, series, sending })
        }
      }
    }
  }
  return found
}

function factsOfRule(rule: AlertingRule, group: RuleGroup, inferred: LabelFacts, isWhole: boolean): AlertFacts {
  const own = new Map(labelPairs(group.labels))
  for (const [name, value] of Object.entries(rule.labels)) own.set(name, value)
  const isClosed = isWhole && inferred.others.presence === 'absent'
  const inside = [...inferred.known].filter(([name, { presence }]) => name !== '__name__' && presence !== 'absent')
  return {
    name: rule.alert,
    names: isClosed ? new Set([...inside.map(([name]) => name), ...own.keys(), 'alertname']) : undefined,
    fact(label) {
      if (label === 'alertname') return { value: rule.alert }
      const written = own.get(label)
      if (written !== undefined) return written.includes('{{') ? 'unknown' : { value: written }
      const { presence, value } = labelFact(inferred, label)
      if (presence === 'absent') return isWhole ? { value: '' } : 'unknown'
      return value === undefined ? 'unknown' : { value }
    },
  }
}

/** What is known of alerts whose label sets are all known. `isUnknown` tells values that stand for any other. */
export function factsOfSets(
  name: string,
  sets: readonly Labels[],
  isUnknown: (value: string) => boolean = () => false,
): AlertFacts {
  const known = new Map<string, Fact>()
  const look = (label: string): Fact => {
    const value = sets[0] === undefined ? '' : labelValue(sets[0], label)
    return !isUnknown(value) && sets.every((set) => labelValue(set, label) === value) ? { value } : 'unknown'
  }
  return {
    name,
    names: new Set(sets.flatMap((set) => set.filter((_, i) => i % 2 === 0))),
    fact(label) {
      const fact = known.get(label) ?? look(label)
      known.set(label, fact)
      return fact
    },
  }
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
