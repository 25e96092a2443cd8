import type { Counter, Gauge, Registry } from '../telemetry/index.ts'

/** What rule evaluation tells of itself, by the names that Prometheus gives it; `rule_group` is `file;group`. */
export type RuleMetrics = {
  of(file: string, group: string): GroupMetrics
  /** The group is gone. */
  forget(file: string, group: string): void
  ruleSeconds(seconds: number): void
  groupSeconds(seconds: number): void
  transitions(from: string, to: string): void
  sent(alerts: number): void
  notSent(alerts: number): void
  /** Evaluations whose samples were waited for, and how long. */
  waited(seconds: number): void
}

export type GroupMetrics = {
  readonly missed: Counter
  readonly scheduled: Counter
  readonly evaluations: Counter
  readonly failures: Counter
  readonly interval: Gauge
  readonly lastEvaluation: Gauge
  readonly lastDuration: Gauge
  readonly lastRuleSum: Gauge
  readonly lastRestore: Gauge
  readonly rules: Gauge
  readonly samples: Gauge
}

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export function createRuleMetrics(registry: Registry): RuleMetrics {
  const labels = ['rule_group']
  const counters = {
    missed: registry.counters(
      'prometheus_rule_group_iterations_missed_total',
      'Evaluations of a group that came due while the one before still ran.',
      labels,
    ),
    scheduled: registry.counters(
      'prometheus_rule_group_iterations_total',
      'Evaluations of a group that came due, whether they were done or missed.',
      labels,
    ),
    evaluations: registry.counters('prometheus_rule_evaluations_total', 'Evaluations of rules.', labels),
    failures: registry.counters(
      'prometheus_rule_evaluation_failures_total',
      'Evaluations of rules that failed.',
      labels,
    ),
  }
  const gauges = {
    interval: registry.gauges('prometheus_rule_group_interval_seconds', 'Interval of a group.', labels),
    lastEvaluation: registry.gauges(
      'prometheus_rule_group_last_evaluation_timestamp_seconds',
      'When a group was last evaluated, Unix seconds.',
      labels,
    ),
    lastDuration: registry.gauges(
      'prometheus_rule_group_last_duration_seconds',
      'How long the last evaluation of a group took.',
      labels,
    ),
    lastRuleSum: registry.gauges(
      'prometheus_rule_group_last_rule_duration_sum_seconds',
      'How long the rules of a group took together at the last evaluation; more than the group when they ran side by side.',
      labels,
    ),
    lastRestore: registry.gauges(
      'prometheus_rule_group_last_restore_duration_seconds',
      'How long it took to restore since when the alerts of a group are pending.',
      labels,
    ),
    rules: registry.gauges('prometheus_rule_group_rules', 'Rules of a group.', labels),
    samples: registry.gauges(
      'prometheus_rule_group_last_evaluation_samples',
      'Samples that the last evaluation of a group made.',
      labels,
    ),
  }
  const families = { ...counters, ...gauges }
  const ruleSeconds = registry.histogram('prometheus_rule_evaluation_duration_seconds', 'Time of one rule.', SECONDS)
  const groupSeconds = registry.histogram('prometheus_rule_group_duration_seconds', 'Time of one group.', SECONDS)
  const transitions = registry.counters('binnacle_rule_transitions_total', 'Changes of state of alerts.', [
    'from',
    'to',
  ])
  const sent = registry.counter('binnacle_rule_alerts_sent_total', 'Alerts handed to alerting.')
  const notSent = registry.counter(
    'binnacle_rule_alerts_not_sent_total',
    'Alerts that alerting did not take; sent again.',
  )
  const waited = registry.histogram(
    'binnacle_rule_group_wait_seconds',
    'How long an evaluation that was due waited for the samples that it reads.',
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  )

  return {
    of(file, group) {
      const key = `${file};${group}`
      return Object.fromEntries(
        Object.entries(families).map(([name, family]) => [name, family.with(key)]),
      ) as unknown as GroupMetrics
    },
    forget(file, group) {
      for (const family of Object.values(families)) family.remove(`${file};${group}`)
    },
    ruleSeconds: (seconds) => ruleSeconds.observe(seconds),
    groupSeconds: (seconds) => groupSeconds.observe(seconds),
    transitions: (from, to) => transitions.with(from, to).inc(),
    sent: (alerts) => sent.inc(alerts),
    notSent: (alerts) => notSent.inc(alerts),
    waited: (seconds) => waited.observe(seconds),
  }
}
