import type { Labels } from '@binnacle/promql'
import type { Alert } from '../alert.ts'
import type { ReceiverMemory } from './receiver-memory.ts'

/** What one receiver is told at one time: the alerts of one group. Times are Unix ms. */
export type Notification = {
  readonly receiver: string
  /** Such as `{}/{severity="critical"}:{alertname="X"}`; the same for as long as the group lives. */
  readonly groupKey: string
  readonly groupLabels: Labels
  /** Firing and resolved ones; resolved ones only for a receiver with `send_resolved`. Never empty. */
  readonly alerts: readonly Alert[]
  readonly status: 'firing' | 'resolved'
  readonly nowMs: number
  /** The same when a notification is sent again because its answer was never seen (sent as `Idempotency-Key`). */
  readonly idempotencyKey: string
  /** Why it is told now, in Alertmanager's words (`first notification`, `repeat interval elapsed` ...). */
  readonly reason?: string
  /** A test or a drill that a person asked for: marked as such in what is sent. */
  readonly test?: boolean
  /** Absent: nothing of it needs to be remembered. */
  readonly memory?: ReceiverMemory
}

/** What came of one attempt. `answer` is what the other side said: bounded, without secrets. */
export type Delivery =
  | { readonly ok: true; readonly status?: number; readonly answer: string }
  | {
      readonly ok: false
      readonly status?: number
      readonly answer: string
      /** Whether it is worth trying again, and when at the earliest. */
      readonly retry: boolean
      readonly retryAfterMs?: number
    }

/** A message as it would be sent, secrets replaced by `<secret>`. */
export type RenderedMessage = {
  /** For people: subject, title or first line, and the text. */
  readonly title: string
  readonly text: string
  /** The parts of the request that templates made, as the protocol has them (JSON body, mail headers and parts). */
  readonly request: Readonly<Record<string, unknown>>
}

/**
 * One integration of a receiver: one entry of its `slack_configs`, say. `send` makes one attempt and throws only for bugs and
 * when `signal` aborts; repeating is its caller's business.
 */
export type Notifier = {
  /** `slack`, `pagerduty`, `email`, `webhook` ... as Alertmanager's metrics name them. */
  readonly kind: string
  /** Place among its kind in the receiver, from 0. */
  readonly index: number
  readonly sendResolved: boolean
  /** Throws `BinnacleError` with template, line and column when a template fails. */
  render(notification: Notification): Promise<RenderedMessage>
  send(notification: Notification, signal: AbortSignal): Promise<Delivery>
  /** Closes connections that are kept. */
  stop(): Promise<void>
}
