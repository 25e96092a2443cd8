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

export const wholeBound: RuleCheck = {
  kind: 'rule',
  name: 'promql/bound',
  finds: 'Selectors of a bucket or quantile by a whole number, such as `le="2"`.',
  why: 'Prometheus 3 and Binnacle store the bounds of scraped histograms and summaries as floats (`2.0`), whatever the client writes: the selector finds no series.',
  run(view, report) {
    for (const selector of selectors(view.rule.ast)) {
      const name = metricName(selector)
      // What a recording rule of the set makes may have any labels.
      if (name === undefined || name.includes(':') || view.metricLabels(name) !== undefined) continue
      for (const { name: label, op, value } of selector.matchers) {
        if (op !== '=' || !/^[+-]?\d+$/.test(value)) continue
        if (label !== 'quantile' && !(label === 'le' && name.endsWith('_bucket'))) continue
        report(
          view.at(selector),
          `${label}="${value}" finds nothing: the bound is stored as "${storedBound(Number(value))}"`,
          `write ${label}="${storedBound(Number(value))}"; ${label}=~"${value}(\\\\.0)?" finds what an older Prometheus stored as well`,
        )
      }
    }
  },
}

/** As `strconv.FormatFloat(value, 'g', -1, 64)` writes a whole number, with `.0` where it would look like one. */
function storedBound(value: number): string {
  if (Math.abs(value) < 1e6) return `${value}.0`
  const [mantissa, exponent] = value.toExponential().split('e+')
  return `${mantissa}e+${exponent!.padStart(2, '0')}`
}
