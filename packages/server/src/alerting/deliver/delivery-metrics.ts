import type { Registry } from '../../telemetry/index.ts'

export type FailureReason =
  | 'other'
  | 'clientError'
  | 'serverError'
  | 'contextCanceled'
  | 'contextDeadlineExceeded'
  | 'authError'
  | 'rateLimited'

const REASONS: readonly FailureReason[] = [
  'other',
  'clientError',
  'serverError',
  'contextCanceled',
  'contextDeadlineExceeded',
  'authError',
  'rateLimited',
]

export type Suppression = 'silence' | 'inhibition' | 'mute_time_interval' | 'active_time_interval'

/** Counts of one integration of a receiver. */
export type IntegrationMetrics = {
  notified(): void
  failed(reason: FailureReason): void
  /** One attempt, with its seconds. */
  attempted(ok: boolean, seconds: number): void
}

/** Metrics by Alertmanager's names; those of notifications have the receiver's name, as its feature flag adds it. */
export type DeliveryMetrics = {
  of(integration: string, receiver: string): IntegrationMetrics
  /** Those of receivers that are gone are no longer told. */
  keepOnly(receivers: readonly { readonly integration: string; readonly receiver: string }[]): void
  suppressed(reason: Suppression, alerts: number): void
}

export function createDeliveryMetrics(registry: Registry): DeliveryMetrics {
  const names = ['integration', 'receiver_name']
  const total = registry.counters('alertmanager_notifications_total', 'Notifications that were begun.', names)
  const failed = registry.counters('alertmanager_notifications_failed_total', 'Notifications that failed, by reason.', [
    ...names,
    'reason',
  ])
  const requests = registry.counters('alertmanager_notification_requests_total', 'Attempts to notify.', names)
  const failedRequests = registry.counters(
    'alertmanager_notification_requests_failed_total',
    'Attempts to notify that failed.',
    names,
  )
  const latency = registry.histograms(
    'alertmanager_notification_latency_seconds',
    'Time that an attempt to notify took.',
    names,
    [0.1, 0.5, 1, 5, 10, 15, 20],
  )
  const suppressed = registry.counters(
    'alertmanager_notifications_suppressed_total',
    'Alerts that were not told because of a silence, an inhibition or a time interval.',
    ['reason'],
  )
  const known = new Map<string, readonly [string, string]>()
  for (const reason of ['silence', 'inhibition', 'mute_time_interval', 'active_time_interval']) suppressed.with(reason)

  return {
    of(integration, receiver) {
      const key = `${integration}\u0000${receiver}`
      if (!known.has(key)) {
        known.set(key, [integration, receiver])
        for (const reason of REASONS) failed.with(integration, receiver, reason)
      }
      const counts = {
        total: total.with(integration, receiver),
        requests: requests.with(integration, receiver),
        failedRequests: failedRequests.with(integration, receiver),
        latency: latency.with(integration, receiver),
      }
      return {
        notified: () => counts.total.inc(),
        failed: (reason) => failed.with(integration, receiver, reason).inc(),
        attempted(ok, seconds) {
          counts.requests.inc()
          if (!ok) counts.failedRequests.inc()
          counts.latency.observe(seconds)
        },
      }
    },
    keepOnly(receivers) {
      const wanted = new Set(receivers.map(({ integration, receiver }) => `${integration}\u0000${receiver}`))
      for (const [key, values] of known) {
        if (wanted.has(key)) continue
        known.delete(key)
        for (const family of [total, requests, failedRequests, latency]) family.remove(...values)
        for (const reason of REASONS) failed.remove(...values, reason)
      }
    },
    suppressed: (reason, alerts) => suppressed.with(reason).inc(alerts),
  }
}

export function reasonOfStatus(status: number | undefined): FailureReason {
  if (status === 401 || status === 403) return 'authError'
  if (status === 429) return 'rateLimited'
  if (status !== undefined && status >= 400 && status < 500) return 'clientError'
  if (status !== undefined && status >= 500 && status < 600) return 'serverError'
  return 'other'
}
