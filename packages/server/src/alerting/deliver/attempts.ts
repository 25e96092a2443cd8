import { messageOf } from '../../config/index.ts'
import { type Clock, withDeadline } from '../../telemetry/index.ts'
import type { Delivery, Notification, Notifier } from '../notify/index.ts'
import { createBackOff } from './back-off.ts'
import { type FailureReason, type IntegrationMetrics, reasonOfStatus } from './delivery-metrics.ts'
import type { Slots } from './slots.ts'

/** An attempt that hangs gives way to the next one. */
const LONGEST_ATTEMPT_MS = 60_000
const LONGEST_TIMER_MS = 2 ** 31 - 1

export type AttemptDeps = {
  readonly clock: Clock
  readonly notifier: Notifier
  readonly slots: Slots
  readonly metrics: IntegrationMetrics
  readonly random: () => number
  /** No further attempt begins once it aborts; one that is under way may end. */
  readonly retire: AbortSignal
  /** Ends attempts that are under way. */
  readonly halt: AbortSignal
  /** On the monotonic clock. */
  readonly deadlineMs: number
  /**
   * An attempt failed and there will be another, not before this resolves: people see it before the last one has failed,
   * and what the integration remembers is durable.
   */
  readonly onRetry: (delivery: Delivery, attempts: number) => Promise<void>
}

/** What the last attempt came to, and how many there were. `failure` is there unless it was taken. */
export type Outcome = { readonly delivery: Delivery; readonly attempts: number; readonly failure?: FailureReason }

/** Sends until it is taken, refused for good, retired, or out of time. Does not throw. */
export async function attempt(deps: AttemptDeps, notification: Notification): Promise<Outcome> {
  const { clock, retire, random } = deps
  const backOff = createBackOff(random)
  const left = () => Math.min(deps.deadlineMs - clock.monotonic(), LONGEST_TIMER_MS)
  let last: Delivery = { ok: false, answer: 'no attempt was made', retry: true }
  let failure: FailureReason = 'contextDeadlineExceeded'
  let attempts = 0
  while (left() > 0) {
    try {
      // Many groups may have to be told by the same integration at once.
      const giveBack = await withDeadline(clock, retire, left(), (signal) =>
        deps.slots.take(signal, notification.alerts.length),
      )
      try {
        if (left() <= 0) break
        attempts++
        last = await sendOnce(deps, notification, Math.min(left(), LONGEST_ATTEMPT_MS))
      } finally {
        giveBack()
      }
      if (last.ok) return { delivery: last, attempts }
      failure = reasonOfStatus(last.status)
      if (!last.retry) break
      const waitMs = Math.max(backOff(), last.retryAfterMs ?? 0)
      if (waitMs >= left()) break
      await deps.onRetry(last, attempts)
      await clock.sleep(waitMs, retire)
    } catch (error) {
      if (retire.aborted) return { delivery: last, attempts, failure: 'contextCanceled' }
      if (!isTimeout(error)) throw error
    }
  }
  return { delivery: last, attempts, failure }
}

async function sendOnce(deps: AttemptDeps, notification: Notification, timeoutMs: number): Promise<Delivery> {
  const { clock, notifier, metrics } = deps
  const startedMs = clock.monotonic()
  let delivery: Delivery
  try {
    delivery = await withDeadline(clock, deps.halt, timeoutMs, (signal) => notifier.send(notification, signal))
  } catch (error) {
    // A template that fails fails again; a connection that hung may not.
    const retry = isTimeout(error)
    delivery = { ok: false, answer: retry ? `no answer within ${timeoutMs / 1000} s` : messageOf(error), retry }
  }
  metrics.attempted(delivery.ok, (clock.monotonic() - startedMs) / 1000)
  return delivery
}

const isTimeout = (error: unknown) => error instanceof Error && error.name === 'TimeoutError'
