import { labelRecord } from '@binnacle/promql'
import { type Alert, isResolvedAt } from '../alert.ts'
import { compositionOf, joinComposition } from './composition.ts'
import type { Notification } from './notifier.ts'

export type DataAlert = {
  readonly status: 'firing' | 'resolved'
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** Unix ms. */
  readonly startsAtMs: number
  /** Unix ms; absent while it fires. */
  readonly endsAtMs?: number
  readonly generatorURL: string
  readonly fingerprint: string
  /** Ours: why it does not fire any more; `''` while it fires or when nobody knows. */
  readonly resolvedReason: string
}

/**
 * What templates see, and what webhooks are told, as Alertmanager 0.33 has it.
 * Source: Alertmanager's documentation, "Notification template reference", Data.
 */
export type NotificationData = {
  /** The name, with the signs that mean something in a regular expression escaped, as Alertmanager gives it. */
  readonly receiver: string
  readonly status: 'firing' | 'resolved'
  readonly alerts: readonly DataAlert[]
  readonly notificationReason: string
  readonly groupLabels: Readonly<Record<string, string>>
  readonly commonLabels: Readonly<Record<string, string>>
  readonly commonAnnotations: Readonly<Record<string, string>>
  readonly externalURL: string
}

/** `limit` keeps the first alerts only (0: all); common labels are those of the alerts that are kept. */
export function notificationData(notification: Notification, externalUrl: string, limit = 0): NotificationData {
  const kept = limit > 0 ? notification.alerts.slice(0, limit) : notification.alerts
  const composition = compositionOf(notification)
  if (composition === undefined) {
    return toData(
      notification,
      externalUrl,
      kept.map((alert) => toDataAlert(alert, notification.nowMs)),
    )
  }
  return composition.part(`data ${limit}`, async (pace) => {
    const alerts: DataAlert[] = []
    for (const alert of kept) {
      alerts.push(toDataAlert(alert, notification.nowMs))
      await pace()
    }
    const data = toData(notification, externalUrl, alerts)
    joinComposition(data, composition)
    return data
  })
}

function toDataAlert(alert: Alert, nowMs: number): DataAlert {
  const resolved = isResolvedAt(alert, nowMs)
  return {
    status: resolved ? 'resolved' : 'firing',
    labels: labelRecord(alert.labels),
    annotations: labelRecord(alert.annotations),
    startsAtMs: alert.startsAtMs,
    ...(resolved ? { endsAtMs: alert.endsAtMs } : {}),
    generatorURL: alert.generatorUrl,
    fingerprint: alert.fingerprint,
    resolvedReason: resolved ? (alert.resolvedReason ?? '') : '',
  }
}

function toData(notification: Notification, externalUrl: string, alerts: readonly DataAlert[]): NotificationData {
  return {
    receiver: notification.receiver.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&'),
    status: alerts.some((alert) => alert.status === 'firing') ? 'firing' : 'resolved',
    alerts,
    notificationReason: notification.reason ?? 'unknown',
    groupLabels: labelRecord(notification.groupLabels),
    commonLabels: common(alerts.map((alert) => alert.labels)),
    commonAnnotations: common(alerts.map((alert) => alert.annotations)),
    externalURL: externalUrl,
  }
}

function common(sets: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const [first, ...rest] = sets
  return Object.fromEntries(
    Object.entries(first ?? {}).filter(([name, value]) =>
      rest.every((set) => Object.hasOwn(set, name) && set[name] === value),
    ),
  )
}
