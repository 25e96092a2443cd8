import { compileMatchers, type Labels, labelRecord, labelsOf } from '@binnacle/promql'
import { overlaid, sortedPairs } from './labels.ts'
import type { AlertingRule, RuleGroup } from './rule-file/index.ts'
import type { NoDataRule, RulesConfig } from './rules-config.ts'

/** What an alert of missing data has beside the labels of its rule. */
export const noDataLabels = (rule: NoDataRule): Labels => sortedPairs({ no_data: 'true', ...labelRecord(rule.labels) })

/** The entry of `rules.no_data` that holds for a rule: the first that matches. */
export function noDataRuleOf(
  rule: AlertingRule,
  group: RuleGroup,
  { file, noData }: { readonly file: string; readonly noData: readonly NoDataRule[] },
): NoDataRule | undefined {
  const labels = labelsOf({
    ...labelRecord(overlaid(group.labels, sortedPairs(rule.labels))),
    alertname: rule.alert,
    rule_group: group.name,
    rule_file: file,
  })
  return noData.find(({ matchers }) => compileMatchers(matchers)(labels))
}

export type NoDataAlert = { readonly name: string; readonly labels: Labels; readonly annotations: ReadonlySet<string> }

/** The alerts that rules raise while nothing that they read has samples, as far as their labels are written in full. */
export function noDataAlertsOf({ files, noData }: Pick<RulesConfig, 'files' | 'noData'>): readonly NoDataAlert[] {
  if (noData.length === 0) return []
  const found: NoDataAlert[] = []
  for (const { file, groups } of files) {
    for (const group of groups) {
      for (const rule of group.rules) {
        const entry = rule.kind === 'alerting' ? noDataRuleOf(rule, group, { file, noData }) : undefined
        if (rule.kind !== 'alerting' || entry === undefined) continue
        const written = Object.entries({ ...labelRecord(group.labels), ...rule.labels })
        const fixed = labelsOf(written.filter(([, value]) => !value.includes('{{')))
        const labels = overlaid(overlaid(fixed, noDataLabels(entry)), ['alertname', rule.alert])
        const texts = Object.entries(rule.annotations).filter(([, text]) => !text.includes('{{'))
        const annotations = new Set([...texts.map(([name]) => name), 'description', 'summary'])
        found.push({ name: rule.alert, labels, annotations })
      }
    }
  }
  return found
}
