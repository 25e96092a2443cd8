import { formatDurationMs, metricName } from '@binnacle/promql'
import type { RuleCheck } from '../check.ts'
import { isCondition } from '../value-range.ts'
import { selectors, some } from '../walk.ts'

export const noCondition: RuleCheck = {
  kind: 'rule',
  name: 'alerts/comparison',
  finds: 'Alerts without a condition.',
  why: 'Whatever an expression gives is an alert, be its value 0: without a comparison it fires as soon as the series exist.',
  run(view, report) {
    const { rule } = view
    if (rule.kind !== 'alerting' || some(rule.ast, isCondition)) return
    const all = [...selectors(rule.ast)]
    // Without any selector it is meant to fire always (a watchdog); a recorded series may be a condition itself.
    if (all.length === 0 || all.some((one) => (metricName(one) ?? ':').includes(':'))) return
    // Info metrics are 1 always: the matchers are the condition.
    if (all.some((one) => /_(info|metadata)$/.test(metricName(one)!) && one.matchers.length > 1)) return
    if (all.some((one) => view.metricLabels(metricName(one)!) !== undefined || metricName(one) === 'ALERTS')) return
    report(view.at(rule.ast), 'the expression has no comparison: it fires whatever the value is', 'such as "... > 0"')
  },
}

export const shortFor: RuleCheck = {
  kind: 'rule',
  name: 'alerts/for',
  finds: 'A `for` that is shorter than the time between two evaluations.',
  why: 'The rule is looked at once an interval: an alert that was pending fires at the next look, so that a shorter `for` means one interval.',
  run(view, report) {
    const { rule, group } = view
    const intervalMs = group.intervalMs ?? view.set.config?.evaluationIntervalMs
    if (rule.kind !== 'alerting' || intervalMs === undefined || rule.forMs === 0 || rule.forMs >= intervalMs) return
    const message = `for: ${formatDurationMs(rule.forMs)} is shorter than the ${formatDurationMs(intervalMs)} between two evaluations`
    report(view.file.places.fieldPlace(rule, 'for'), message, 'make it longer, or the interval of the group shorter')
  },
}
