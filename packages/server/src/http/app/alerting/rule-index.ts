import { type Labels, labelValue } from '@binnacle/promql'
import type { RuleGroupView, RulesPart, RuleView } from '../../parts.ts'
import { type RuleThreshold, thresholdOf } from './threshold.ts'

export type IndexedRule = { readonly rule: RuleView; readonly group: RuleGroupView }

/** Rules by id, and the rule behind an alert. */
export type RuleIndex = {
  byId(id: string): IndexedRule | undefined
  /** By the alert's name and, where several rules have it, the query that its generator URL names, or the labels. */
  ofAlert(labels: Labels, generatorUrl: string): IndexedRule | undefined
  /** Kept: rules are asked for every few seconds, and their queries stay the same. */
  thresholdOf(query: string): RuleThreshold | undefined
}

const MAX_KNOWN = 5000

export function createRuleIndex(): (rules: RulesPart | undefined) => RuleIndex {
  const thresholds = new Map<string, RuleThreshold | undefined>()
  const known = (query: string) => {
    if (thresholds.has(query)) return thresholds.get(query)
    if (thresholds.size >= MAX_KNOWN) thresholds.clear()
    const found = thresholdOf(query)
    thresholds.set(query, found)
    return found
  }

  return (rules) => {
    const ids = new Map<string, IndexedRule>()
    const names = new Map<string, IndexedRule[]>()
    for (const group of rules?.groups() ?? []) {
      for (const rule of group.rules) {
        const indexed = { rule, group }
        ids.set(rule.id, indexed)
        if (rule.kind !== 'alerting') continue
        const namesakes = names.get(rule.name)
        if (namesakes === undefined) names.set(rule.name, [indexed])
        else namesakes.push(indexed)
      }
    }
    return {
      byId: (id) => ids.get(id),
      thresholdOf: known,
      ofAlert(labels, generatorUrl) {
        const all = names.get(labelValue(labels, 'alertname'))
        if (all === undefined || all.length === 1) return all?.[0]
        const query = queryOf(generatorUrl)
        const same = query === undefined ? all : all.filter(({ rule }) => rule.query === query)
        const left = same.length > 0 ? same : all
        return left.find(({ rule }) => hasPlainLabels(rule.labels, labels)) ?? left[0]
      },
    }
  }
}

function queryOf(generatorUrl: string): string | undefined {
  const mark = generatorUrl.indexOf('?')
  return mark < 0 ? undefined : (new URLSearchParams(generatorUrl.slice(mark)).get('g0.expr') ?? undefined)
}

/** Whether the alert has the rule's labels; those that are templates may be anything. */
function hasPlainLabels(wanted: Labels, labels: Labels): boolean {
  for (let i = 0; i < wanted.length; i += 2) {
    const value = wanted[i + 1]!
    if (!value.includes('{{') && labelValue(labels, wanted[i]!) !== value) return false
  }
  return true
}
