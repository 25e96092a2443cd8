import { BinnacleError, messageOf } from '../config/index.ts'
import type { IncomingAlert } from '../rules/index.ts'
import { type Clock, withDeadline } from '../telemetry/index.ts'
import { isResolvedAt } from './alert.ts'
import type { Alerting } from './alerting.ts'
import { readIncoming } from './alerts/index.ts'
import type { Target } from './deliver/index.ts'
import { sortAlerts } from './group/index.ts'
import { listsOf, type NotificationRecords } from './history/index.ts'
import type { AlertingLimits } from './limits.ts'
import type { NotificationRecord } from './notification-record.ts'
import type { Delivery, Notification } from './notify/index.ts'
import type { PatientWrites } from './patient-writes.ts'
import { groupOf } from './route/index.ts'
import type { Router } from './router.ts'

const TIMEOUT_MS = 30_000

export type TrialDeps = {
  readonly clock: Clock
  readonly writes: PatientWrites
  readonly records: NotificationRecords
  readonly newId: () => string
  readonly router: () => Router
}

/** What receivers would be sent, or are sent as a test, for alerts that somebody names. */
export function createTrials(
  { clock, writes, records, newId, router }: TrialDeps,
  { maxAlertSize }: Pick<AlertingLimits, 'maxAlertSize'>,
): Pick<Alerting, 'render' | 'test'> {
  function sampleOf(receiver: string, incoming: readonly IncomingAlert[], test: boolean) {
    const { config, targets: all } = router()
    const targets = all.get(receiver)
    if (targets === undefined)
      throw new BinnacleError('alerting.receiver_missing', `there is no receiver "${receiver}"`, {
        kind: 'missing',
        hint: `there are: ${[...all.keys()].slice(0, 50).join(', ')}`,
      })
    const nowMs = clock.now()
    const about = { resolveTimeoutMs: config.resolveTimeoutMs, maxAlertSize }
    const alerts = sortAlerts(incoming.map((one) => readIncoming(one, nowMs, about)))
    const [first] = alerts
    if (first === undefined) throw new BinnacleError('alerting.bad_alert', 'at least one alert is needed')
    const route = config.match(first.labels).find((one) => one.receiver === receiver) ?? config.root
    const group = groupOf(route, first.labels)
    const notification: Notification = {
      receiver,
      groupKey: group.key,
      groupLabels: group.labels,
      alerts,
      status: alerts.every((alert) => isResolvedAt(alert, nowMs)) ? 'resolved' : 'firing',
      nowMs,
      idempotencyKey: newId(),
      reason: 'first notification',
      ...(test ? { test } : {}),
    }
    return { targets, notification }
  }

  async function sendTest({ notifier }: Target, notification: Notification, signal: AbortSignal): Promise<Delivery> {
    const startedMs = clock.monotonic()
    let delivery: Delivery
    try {
      delivery = await withDeadline(clock, signal, TIMEOUT_MS, (own) => notifier.send(notification, own))
    } catch (error) {
      if (signal.aborted) throw error
      delivery = { ok: false, answer: messageOf(error), retry: false }
    }
    const { receiver, groupKey, groupLabels, status, alerts, nowMs } = notification
    const fingerprints = (resolved: boolean) =>
      alerts.filter((alert) => isResolvedAt(alert, nowMs) === resolved).map(({ fingerprint }) => fingerprint)
    const record: NotificationRecord = {
      id: newId(),
      atMs: clock.now(),
      receiver,
      integration: notifier.kind,
      index: notifier.index,
      groupKey,
      groupLabels,
      status,
      ...listsOf(fingerprints(false), fingerprints(true), alerts),
      delivered: delivery.ok,
      attempts: 1,
      durationMs: clock.monotonic() - startedMs,
      answer: delivery.answer,
      test: true,
    }
    await writes.write(records.changesFor([record]))
    return delivery
  }

  return {
    async render(receiver, alerts) {
      const { targets, notification } = sampleOf(receiver, alerts, false)
      return Promise.all(
        targets.map(async ({ notifier }) => ({
          ...(await notifier.render(notification)),
          kind: notifier.kind,
          index: notifier.index,
        })),
      )
    },
    async test(receiver, alerts, signal) {
      const { targets, notification } = sampleOf(receiver, alerts, true)
      return Promise.all(
        targets.map(async (target) => ({
          ...(await sendTest(target, notification, signal)),
          kind: target.notifier.kind,
          index: target.notifier.index,
        })),
      )
    },
  }
}
