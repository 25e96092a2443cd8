import { compileMatcher, labelFact, metricName, type VectorSelector } from '@binnacle/promql'
import type { RuleCheck, RuleView } from '../check.ts'
import { constancyOf } from '../value-range.ts'
import { excerpt, parts, some } from '../walk.ts'

export const impossible: RuleCheck = {
  kind: 'rule',
  name: 'promql/impossible',
  finds:
    'Labels that are asked for after they were aggregated away, and comparisons that are never or always true whatever the samples are.',
  why: 'Such a part does nothing, or leaves nothing: most often an alert that can never fire. A count of nothing is no 0 but no result.',
  run(view, report) {
    const { rule } = view
    for (const { node } of parts(rule.ast)) {
      if (node.kind === 'aggregate' && !node.without) {
        const inner = view.labelsOf(node.inner)
        for (const label of node.grouping) {
          const fact = labelFact(inner, label)
          if (fact.presence !== 'absent') continue
          const by = fact.by === undefined ? '' : `, after "${excerpt(rule.expr, fact.by)}"`
          report(view.at(node), `"by (${label})": no series has the label ${label} here${by}`)
        }
      } else if (node.kind === 'selector') checkRecorded(view, node, report)
      else if (node.kind === 'binary' && some(node, ({ kind }) => kind === 'selector')) {
        const constancy = constancyOf(node)
        if (constancy === undefined) continue
        const text = excerpt(rule.expr, node)
        if (constancy.truth === 'always') {
          report(view.at(node.opSpan), `"${text}" is always true: ${constancy.reason}`)
        } else {
          report(view.at(node.opSpan), `"${text}" is never true: ${constancy.reason}`, constancy.hint)
        }
      }
    }
  },
}

function checkRecorded(view: RuleView, selector: VectorSelector, report: Parameters<RuleCheck['run']>[1]): void {
  const name = metricName(selector)
  const facts = name === undefined ? undefined : view.metricLabels(name)
  if (facts === undefined) return
  for (const matcher of selector.matchers) {
    const fact = labelFact(facts, matcher.name)
    if (matcher.name === '__name__' || compileMatcher(matcher)('')) continue
    if (fact.presence === 'absent') {
      const message = `${name} is recorded without the label ${matcher.name}: no series matches ${matcher.name}${matcher.op}"${matcher.value}"`
      report(view.at(selector), message, `keep the label in the rule that records ${name}`)
    } else if (fact.value !== undefined && !compileMatcher(matcher)(fact.value)) {
      const message = `${name} is recorded with ${matcher.name}="${fact.value}" only: no series matches ${matcher.name}${matcher.op}"${matcher.value}"`
      report(view.at(selector), message)
    }
  }
}
