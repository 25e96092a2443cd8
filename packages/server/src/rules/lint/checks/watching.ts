import { metricName } from '@binnacle/promql'
import { rulesOf, type SetCheck } from '../check.ts'
import { selectors, some } from '../walk.ts'

export const nothingWatched: SetCheck = {
  kind: 'set',
  name: 'alerts/up',
  finds: 'A configuration in which no alert notices that a target is gone.',
  why: 'When a target is down its series end: ratios and rates vanish, no comparison is true any more, and nothing fires.',
  run(set, report) {
    const alerts = [...rulesOf(set)].filter(({ rule }) => rule.kind === 'alerting')
    if (set.config === undefined || alerts.length === 0) return
    const watches = alerts.some(({ rule }) =>
      some(
        rule.ast,
        (node) =>
          (node.kind === 'call' && (node.name === 'absent' || node.name === 'absent_over_time')) ||
          (node.kind === 'selector' && /^up$|_up$|^probe_success$/.test(metricName(node) ?? '')),
      ),
    )
    if (watches) return
    const message =
      'no alert watches up, a ..._up metric or probe_success, and none asks for absent(...): a dead target goes unnoticed'
    report({ place: set.config.place }, message, 'add one such as "up == 0" with "for: 5m"')
  },
}

export const noWatchdog: SetCheck = {
  kind: 'set',
  name: 'alerts/watchdog',
  finds: 'A configuration without an alert that always fires.',
  why: 'When monitoring itself is dead, silence looks like health. An alert that always fires lets somebody outside notice when it stops.',
  run(set, report) {
    const alerts = [...rulesOf(set)].filter(({ rule }) => rule.kind === 'alerting')
    if (set.config === undefined || alerts.length === 0) return
    const found = alerts.some(
      ({ rule }) =>
        [...selectors(rule.ast)].length === 0 ||
        (rule.kind === 'alerting' && /watchdog|dead.?mans?|heartbeat/i.test(rule.alert)),
    )
    if (found) return
    report(
      { place: set.config.place },
      'no alert fires always: if monitoring dies, nobody is told',
      'add a rule "Watchdog" with "expr: vector(1)" and send it to a service that calls when it stops',
    )
  },
}
