import type { EventKind } from './history-event.ts'
import type { Matcher } from './matcher/index.ts'

/** A bounded page of a list. `next` is the cursor of the following one, absent at the end. */
export type Page<T> = { readonly items: readonly T[]; readonly next?: string }

export type NotificationResult = 'delivered' | 'failed' | 'withheld'

export type HistoryFilter = {
  readonly fromMs: number
  readonly toMs: number
  readonly matchers?: readonly Matcher[]
  readonly fingerprint?: string
  readonly receiver?: string
  readonly from?: string
  readonly to?: string
  /** Exactly this reason of an end. */
  readonly reason?: string
  /** Name of an alerting rule. */
  readonly rule?: string
  /** Of events; without it all. */
  readonly kinds?: readonly EventKind[]
  /** Of notifications: what came of them. */
  readonly result?: NotificationResult
  readonly limit: number
  readonly cursor?: string
}
