import { labelFact, metricName } from '@binnacle/promql'
import type { RuleCheck } from '../check.ts'
import { excerpt, parts, selectors } from '../walk.ts'

export const quantileWithoutLe: RuleCheck = {
  kind: 'rule',
  name: 'promql/histogram',
  finds: '`histogram_quantile` over buckets whose label `le` was aggregated away.',
  why: 'A classic histogram is its buckets, told apart by `le`. Without it there is no histogram and the result is always empty.',
  run(view, report) {
    for (const { node } of parts(view.rule.ast)) {
      if (node.kind !== 'call' || !/^histogram_(quantiles?|fraction)$/.test(node.name)) continue
      const inner = node.args.find((arg) => [...selectors(arg)].some((one) => metricName(one)?.endsWith('_bucket')))
      if (inner === undefined) continue
      const fact = labelFact(view.labelsOf(inner), 'le')
      if (fact.presence !== 'absent') continue
      const by = fact.by === undefined ? '' : `, "${excerpt(view.rule.expr, fact.by)}" took it away`
      report(view.at(node), `${node.name}() needs the label le of the buckets${by}`, 'add le: "sum by (le, ...) (...)"')
    }
  },
}
