import type { Counter, Registry } from '../telemetry/index.ts'

type States = Readonly<Record<'active' | 'suppressed' | 'unprocessed', number>>

/** Metrics of alerts, silences and groups by Alertmanager's names. */
export type AlertingMetrics = {
  received(firing: boolean): void
  invalid(count: number): void
  /** How many alerts there are by state; told from time to time. */
  alerts(counts: States): void
  readonly groupsRefused: Counter
}

export function createAlertingMetrics(
  registry: Registry,
  read: {
    readonly silences: () => Readonly<Record<string, number>>
    readonly groups: () => number
    readonly logEntries: () => number
    readonly integrations: () => number
  },
): AlertingMetrics {
  const received = registry.counters('alertmanager_alerts_received_total', 'Alerts that came in.', [
    'status',
    'version',
  ])
  const firing = received.with('firing', 'v2')
  const resolved = received.with('resolved', 'v2')
  const invalid = registry
    .counters('alertmanager_alerts_invalid_total', 'Alerts that were refused.', ['version'])
    .with('v2')
  let counts: States = { active: 0, suppressed: 0, unprocessed: 0 }
  registry.observe('alertmanager_alerts', 'Alerts by state; up to 10 s old.', 'gauge', ['state'], () =>
    Object.entries(counts).map(([state, count]) => [[state], count] as const),
  )
  registry.observe('alertmanager_silences', 'Silences by state.', 'gauge', ['state'], () =>
    Object.entries(read.silences()).map(([state, count]) => [[state], count] as const),
  )
  registry.observe('alertmanager_dispatcher_aggregation_groups', 'Groups of alerts.', 'gauge', [], () => [
    [[], read.groups()],
  ])
  registry.observe('alertmanager_integrations', 'Integrations of receivers.', 'gauge', [], () => [
    [[], read.integrations()],
  ])
  registry.observe(
    'binnacle_alerting_notification_log_entries',
    'Entries of the notification log.',
    'gauge',
    [],
    () => [[[], read.logEntries()]],
  )
  return {
    received: (isFiring) => (isFiring ? firing : resolved).inc(),
    invalid: (count) => invalid.inc(count),
    alerts(next) {
      counts = next
    },
    groupsRefused: registry.counter(
      'alertmanager_dispatcher_aggregation_group_limit_reached_total',
      'Alerts without a group because there are too many groups.',
    ),
  }
}
