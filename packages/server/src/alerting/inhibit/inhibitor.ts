import { type Labels, labelValue } from '@binnacle/promql'
import { type Alert, isResolvedAt } from '../alert.ts'
import type { InhibitRule } from '../config/index.ts'
import { matchesAll } from '../matcher/index.ts'

/**
 * Which alerts keep others quiet. An alert that matches a rule's source and its target is only inhibited by one that does not
 * match the target. Source: Alertmanager's documentation, "Inhibition". Unlike Alertmanager 0.33, which remembers one source
 * for each set of equal labels, all of them count.
 */
export type Inhibitor = {
  /** Of every alert that came in, ended ones too. */
  take(alert: Alert): void
  forget(alert: Alert): void
  /** Fingerprint of an alert that inhibits these labels now. */
  inhibitedBy(labels: Labels, nowMs: number): string | undefined
}

type Rule = InhibitRule & {
  /** Alerts that match its source, by their values of the equal labels. */
  readonly sources: Map<string, Map<string, Source>>
}
type Source = { readonly alert: Alert; readonly matchesTarget: boolean }

export function createInhibitor(inhibitRules: readonly InhibitRule[]): Inhibitor {
  const rules: readonly Rule[] = inhibitRules.map((rule) => ({ ...rule, sources: new Map() }))

  return {
    take(alert) {
      for (const rule of rules) {
        if (!matchesAll(rule.sourceMatchers, alert.labels)) continue
        const key = equalKey(rule, alert.labels)
        const sources = rule.sources.get(key) ?? new Map<string, Source>()
        rule.sources.set(key, sources)
        sources.set(alert.fingerprint, { alert, matchesTarget: matchesAll(rule.targetMatchers, alert.labels) })
      }
    },
    forget(alert) {
      for (const rule of rules) {
        const key = equalKey(rule, alert.labels)
        const sources = rule.sources.get(key)
        if (sources?.delete(alert.fingerprint) && sources.size === 0) rule.sources.delete(key)
      }
    },
    inhibitedBy(labels, nowMs) {
      for (const rule of rules) {
        if (rule.sources.size === 0 || !matchesAll(rule.targetMatchers, labels)) continue
        const sources = rule.sources.get(equalKey(rule, labels))
        if (sources === undefined) continue
        const twoSided = matchesAll(rule.sourceMatchers, labels)
        for (const { alert, matchesTarget } of sources.values()) {
          if (!(twoSided && matchesTarget) && !isResolvedAt(alert, nowMs)) return alert.fingerprint
        }
      }
      return undefined
    },
  }
}

/** A label that both lack counts as equal. */
function equalKey({ equal }: Rule, labels: Labels): string {
  return equal.map((name) => labelValue(labels, name)).join('\u0000')
}
