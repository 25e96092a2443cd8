import { labelsOf } from '@binnacle/promql'
import type { Alert } from '../../alert.ts'
import { fingerprintOf } from '../../fingerprint.ts'
import type { Notification } from '../notifier.ts'

export const NOW_MS = Date.UTC(2026, 10, 26, 12, 0, 0)

export type AlertText = {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly startsAtMs?: number
  readonly endsAtMs?: number
  readonly generatorUrl?: string
}

export function alertOf({ labels, annotations = {}, startsAtMs, endsAtMs, generatorUrl }: AlertText): Alert {
  const set = labelsOf(labels)
  return Object.freeze({
    fingerprint: fingerprintOf(set),
    labels: set,
    annotations: labelsOf(annotations),
    startsAtMs: startsAtMs ?? NOW_MS - 300_000,
    endsAtMs: endsAtMs ?? NOW_MS + 300_000,
    updatedAtMs: NOW_MS,
    generatorUrl: generatorUrl ?? 'http://prometheus.example/graph?g0.expr=up',
    timeout: false,
  })
}

/** Two alerts of one group, with signs that HTML, JSON, Markdown and URLs escape. */
export const SAMPLE_ALERTS: readonly AlertText[] = [
  {
    labels: { alertname: 'HighLoad', cluster: 'eu-1', instance: 'a:9100', severity: 'critical' },
    annotations: { summary: 'Load is "high" & <rising> on a', description: 'Load 12.5 > 10\nfor 5 minutes ünï' },
  },
  {
    labels: { alertname: 'HighLoad', cluster: 'eu-1', instance: 'b:9100', severity: 'warning' },
    annotations: { summary: 'Load is "high" & <rising> on b', description: 'Load 11 > 10\nfor 5 minutes ünï' },
  },
]

export function notificationOf(
  options: Partial<Omit<Notification, 'alerts'>> & { readonly alerts?: readonly Alert[] } = {},
): Notification {
  return {
    receiver: 'team-x',
    groupKey: '{}:{alertname="HighLoad", cluster="eu-1"}',
    groupLabels: labelsOf({ alertname: 'HighLoad', cluster: 'eu-1' }),
    status: 'firing',
    nowMs: NOW_MS,
    idempotencyKey: 'n-1',
    reason: 'first notification',
    ...options,
    alerts: options.alerts ?? SAMPLE_ALERTS.map(alertOf),
  }
}

export function resolvedNotificationOf(options: Partial<Omit<Notification, 'alerts'>> = {}): Notification {
  const alerts = SAMPLE_ALERTS.map((alert) => alertOf({ ...alert, endsAtMs: NOW_MS - 1000 }))
  return notificationOf({
    idempotencyKey: 'n-2',
    reason: 'all alerts resolved',
    ...options,
    status: 'resolved',
    alerts,
  })
}
