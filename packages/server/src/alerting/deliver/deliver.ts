import { type Clock, type Logger, mayBegin } from '../../telemetry/index.ts'
import { isResolvedAt } from '../alert.ts'
import type { Flush } from '../group/index.ts'
import { listsOf, type NotificationRecords } from '../history/index.ts'
import type { LogContent, NotificationLog, ReceiverMemories } from '../notification-log/index.ts'
import type { NotificationRecord } from '../notification-record.ts'
import type { Delivery, Notification, Notifier } from '../notify/index.ts'
import type { PatientWrites } from '../patient-writes.ts'
import { attempt } from './attempts.ts'
import type { IntegrationMetrics } from './delivery-metrics.ts'
import { notifyReason } from './notify-reason.ts'
import type { Slots } from './slots.ts'

export type DeliverDeps = {
  readonly clock: Clock
  readonly log: Logger
  /** Neither a full disk nor one that hangs keeps anybody from being told. */
  readonly writes: PatientWrites
  readonly notificationLog: NotificationLog
  readonly memories: ReceiverMemories
  readonly records: NotificationRecords
  readonly newId: () => string
  /** 0 to 1, for the spread of waits. */
  readonly random: () => number
  /** Ends attempts that are under way: Binnacle has waited long enough for them to stop. */
  readonly halt: AbortSignal
}

/** One integration of a receiver, with what belongs to it. */
export type Target = {
  readonly receiver: string
  readonly notifier: Notifier
  readonly slots: Slots
  readonly metrics: IntegrationMetrics
  /** What the last attempt came to, for people. */
  readonly onResult: (atMs: number, delivery: Delivery) => void
}

/** Tells integrations what is new for them. */
export type Deliverer = {
  /**
   * Tells one integration what is new about a group, unless it knows. Tries again until it is taken, refused for good, or the
   * flush's deadline has come. True: told, or nothing to tell. Does not throw.
   */
  deliver(target: Target, flush: Flush): Promise<boolean>
}

export function createDeliverer(deps: DeliverDeps): Deliverer {
  const { clock, log, notificationLog, records } = deps
  const { write } = deps.writes
  /** What is being told, by the key in the log. After a reload the new group waits for the word of the old one. */
  const underWay = new Map<string, Promise<unknown>>()

  async function tell({ receiver, notifier, ...target }: Target, flush: Flush, logKey: string): Promise<boolean> {
    const { nowMs, groupKey, groupLabels, retire } = flush
    const { repeatIntervalMs } = flush.route
    if (retire.aborted) return false
    await mayBegin(clock)
    const content = contentOf(flush)
    const reason = notifyReason(notificationLog.get(logKey), {
      firing: new Set(content.firing),
      resolved: new Set(content.resolved),
      sendResolved: notifier.sendResolved,
      isInDoubt: notificationLog.isInDoubt(logKey),
      repeatIntervalMs,
      nowMs,
    })
    if (reason === undefined) return true
    if (!notifier.sendResolved && content.firing.length === 0) {
      await write(notificationLog.done(logKey, content, { nowMs: clock.now(), repeatIntervalMs }))
      return true
    }
    const { idempotencyKey, changes } = notificationLog.begin(logKey, content, nowMs)
    await write(changes)
    const alerts = notifier.sendResolved ? flush.alerts : flush.alerts.filter((alert) => !isResolvedAt(alert, nowMs))
    const memory = deps.memories.of(logKey)
    const status = content.firing.length > 0 ? 'firing' : 'resolved'
    const notification: Notification = {
      receiver,
      groupKey,
      groupLabels,
      alerts,
      status,
      nowMs,
      idempotencyKey,
      reason,
      memory,
    }
    const facts = { receiver, integration: notifier.kind, index: notifier.index, group: groupKey }
    const startedMs = clock.monotonic()
    target.metrics.notified()
    const { delivery, attempts, failure } = await attempt(
      {
        clock,
        notifier,
        slots: target.slots,
        metrics: target.metrics,
        random: deps.random,
        retire,
        halt: deps.halt,
        deadlineMs: flush.deadlineMs,
        async onRetry(failed, count) {
          const atMs = clock.now()
          target.onResult(atMs, failed)
          if (count === 1)
            log.warn({ ...facts, status: failed.status, answer: failed.answer }, 'notification is tried again')
          const remembered = memory.changes(atMs)
          if (remembered.length > 0) await write(remembered)
        },
      },
      notification,
    )
    const record: NotificationRecord = {
      id: deps.newId(),
      atMs: clock.now(),
      receiver,
      integration: notifier.kind,
      index: notifier.index,
      groupKey,
      groupLabels,
      status,
      ...listsOf(content.firing, notifier.sendResolved ? content.resolved : [], alerts),
      delivered: delivery.ok,
      attempts,
      durationMs: clock.monotonic() - startedMs,
      answer: delivery.answer,
      test: false,
    }
    target.onResult(record.atMs, delivery)
    if (delivery.ok) {
      const done = notificationLog.done(logKey, content, { nowMs: record.atMs, repeatIntervalMs })
      await write([...done, ...records.changesFor([record]), ...memory.changes(record.atMs)])
      log.debug({ ...facts, attempts, alerts: alerts.length }, 'notified')
      return true
    }
    if (failure !== undefined) target.metrics.failed(failure)
    // Nothing was asked of the receiver: the new routing tells.
    if (attempts > 0) await write([...records.changesFor([record]), ...memory.changes(record.atMs)])
    if (failure !== 'contextCanceled')
      log.error({ ...facts, attempts, status: delivery.status, answer: delivery.answer }, 'notification failed')
    return false
  }

  return {
    async deliver(target, flush) {
      const logKey = logKeyOf(flush.groupKey, target.receiver, target.notifier)
      const before = underWay.get(logKey)
      const now = (async () => {
        await before
        try {
          return await tell(target, flush, logKey)
        } catch (error) {
          log.error({ error, receiver: target.receiver, group: flush.groupKey }, 'a notification met a bug')
          return false
        }
      })()
      underWay.set(logKey, now)
      const told = await now
      if (underWay.get(logKey) === now) underWay.delete(logKey)
      return told
    },
  }
}

export const logKeyOf = (groupKey: string, receiver: string, { kind, index }: Pick<Notifier, 'kind' | 'index'>) =>
  `${groupKey}:${receiver}/${kind}/${index}`

function contentOf({ alerts, nowMs }: Flush): LogContent {
  const firing: string[] = []
  const resolved: string[] = []
  for (const alert of alerts) (isResolvedAt(alert, nowMs) ? resolved : firing).push(alert.fingerprint)
  return { firing, resolved }
}
