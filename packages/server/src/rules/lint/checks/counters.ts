import { type Expr, isComparison, kindOf, metricName, unwrapParens } from '@binnacle/promql'
import type { RuleCheck } from '../check.ts'
import { parts } from '../walk.ts'

const GAUGE_NAME =
  /_(ratio|percent|percentage|celsius|utilization|usage_bytes|used_bytes|free_bytes|avail_bytes|available_bytes|size_bytes|limit_bytes|max_bytes|timestamp_seconds|info|up|active|waiting|running|load1|load5|load15)$|^up$/

export const rateOfGauge: RuleCheck = {
  kind: 'rule',
  name: 'promql/rate',
  finds:
    'A rate over a range of fewer than two scrapes, and `rate`, `irate` or `increase` of what its name calls a gauge.',
  why: 'A rate needs two samples in its range; with fewer it is empty. Of a gauge it takes every fall for a restart of a counter, so that the result means nothing.',
  run(view, report) {
    const scrapeMs = view.set.config?.scrapeIntervalMs
    for (const { node } of parts(view.rule.ast)) {
      if (node.kind !== 'call') continue
      const range = node.args[0]
      if (range?.kind !== 'matrix') continue
      const name = metricName(range.selector)
      if (['rate', 'irate', 'increase'].includes(node.name) && name !== undefined && GAUGE_NAME.test(name)) {
        const better = node.name === 'increase' ? 'delta' : 'deriv'
        report(view.at(node), `${node.name}() of ${name}, which is a gauge by its name`, `${better}() is for gauges`)
      }
      const needsTwo = ['rate', 'irate', 'increase', 'delta', 'idelta', 'deriv', 'predict_linear'].includes(node.name)
      if (!needsTwo || scrapeMs === undefined || range.range.kind !== 'ms' || range.range.ms >= 2 * scrapeMs) continue
      // Series of recording rules come at the interval of their group, not at that of scrapes.
      if (name === undefined || name.includes(':') || view.metricLabels(name) !== undefined) continue
      const message = `a range of ${range.range.ms / 1000} s holds fewer than two samples of a scrape every ${scrapeMs / 1000} s: ${node.name}() is empty`
      report(view.at(range), message, `take at least ${(4 * scrapeMs) / 1000} s: four scrapes, so that one may fail`)
    }
  },
}

export const rawCounter: RuleCheck = {
  kind: 'rule',
  name: 'promql/counter',
  finds: 'Alerts that compare the total of a counter with a number.',
  why: 'A counter only grows until its process restarts: once over the threshold the alert fires for ever, and a restart ends it though nothing got better.',
  run(view, report) {
    if (view.rule.kind !== 'alerting') return
    for (const { node } of parts(view.rule.ast)) {
      if (node.kind !== 'binary' || !isComparison(node.op) || node.op === '==' || node.op === '!=') continue
      for (const [side, other] of [
        [node.left, node.right],
        [node.right, node.left],
      ] as const) {
        const name = kindOf(other) === 'scalar' ? counterOf(side) : undefined
        if (name === undefined) continue
        const message = `${name} is a counter: its total only grows, so that it stays over the threshold until a restart`
        report(view.at(side), message, `ask for what is new: increase(${name}[15m])`)
      }
    }
  },
}

/** Names that say that events are counted; many a `..._total` is a number of things that are there. */
const EVENTS =
  /(?:error|failure|exception|timeout|violation|rejection|retrie|retry|restart|attempt|request|event)s_total$|(?:failed|detected|rejected|dropped|denied|missed|expired|evicted|killed)_total$/

/** The counter whose total, summed up or not, is the value. */
function counterOf(expr: Expr): string | undefined {
  const inner = unwrapParens(expr)
  if (inner.kind === 'aggregate' && ['sum', 'max', 'min', 'avg'].includes(inner.op)) return counterOf(inner.inner)
  const name = inner.kind === 'selector' ? metricName(inner) : undefined
  return name !== undefined && EVENTS.test(name) && !name.includes(':') && !/_pending_/.test(name) ? name : undefined
}
