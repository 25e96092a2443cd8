import { keyOf } from './alert-state/index.ts'
import type { GroupRule } from './group/index.ts'
import { addRule, type RulesByKey } from './rules-by-key.ts'
import type { StoredAlert } from './state-store/index.ts'

/** A saved alert that a rule takes over; `isElsewhere`: it was saved at another place than where the rule stands. */
export type TakenAlert = { readonly stored: StoredAlert; readonly isElsewhere: boolean }

export type MatchedAlerts = {
  /** Of each rule that has any: each label set once. */
  readonly taken: ReadonlyMap<GroupRule, readonly TakenAlert[]>
  /** Their rule is gone. */
  readonly orphans: readonly StoredAlert[]
  /** They stand elsewhere from now on, or have a newer word beside them. */
  readonly leaving: readonly StoredAlert[]
}

/**
 * Gives saved alerts to the alerting rules that are there now: to the one of the same name and labels in the same file and
 * group, else to the first of the same name and labels. A rule may have stood at several places: of each alert the last
 * word counts.
 */
export function matchSaved(alerts: readonly StoredAlert[], rules: Iterable<GroupRule>): MatchedAlerts {
  const byName: RulesByKey = new Map()
  for (const rule of rules) {
    if (rule.state.kind === 'alerting') addRule(byName, `${rule.name}\n${keyOf(rule.labels)}`, rule)
  }
  const taken = new Map<GroupRule, Map<string, TakenAlert>>()
  const orphans: StoredAlert[] = []
  const leaving: StoredAlert[] = []
  for (const stored of alerts) {
    const { file, group, name, labels } = stored.rule
    const candidates = byName.get(`${name}\n${keyOf(labels)}`) ?? []
    const same = candidates.find(({ address }) => address.file === file && address.group === group)
    const rule = same ?? candidates[0]
    if (rule === undefined) {
      orphans.push(stored)
      continue
    }
    const isElsewhere = same === undefined
    if (isElsewhere) leaving.push(stored)
    const ofRule = taken.get(rule) ?? new Map<string, TakenAlert>()
    taken.set(rule, ofRule)
    const key = keyOf(stored.labels)
    const other = ofRule.get(key)
    if (other === undefined || changedMs(other.stored) <= changedMs(stored)) ofRule.set(key, { stored, isElsewhere })
  }
  return {
    taken: new Map(Array.from(taken, ([rule, ofRule]) => [rule, [...ofRule.values()]] as const)),
    orphans,
    leaving,
  }
}

/** When something about it was told last, Unix ms. */
function changedMs({ lastTransition, activeAtMs }: StoredAlert): number {
  return lastTransition?.atMs ?? activeAtMs
}
