import type { Labels } from '@binnacle/promql'
import type { ResolvedReason } from '../rules/index.ts'

/**
 * An alert as routing sees it; its label set is its identity. Frozen: a change is a new object. Times are Unix ms.
 * Source: Alertmanager's API v2, `postableAlert` and `gettableAlert`.
 */
export type Alert = {
  /** FNV-1a hash of the label set, 16 hex digits, the same as Alertmanager's. */
  readonly fingerprint: string
  readonly labels: Labels
  readonly annotations: Labels
  readonly startsAtMs: number
  /** From then on the alert is resolved; may lie in the future. */
  readonly endsAtMs: number
  /** When it was last heard of. */
  readonly updatedAtMs: number
  readonly generatorUrl: string
  /** `endsAtMs` was not given by the sender: it is the time it was heard of and `resolve_timeout`. */
  readonly timeout: boolean
  /** There once it is resolved. */
  readonly resolvedReason?: ResolvedReason
  /** Value of its expression when it was last evaluated; absent for alerts from outside. */
  readonly value?: number
}

export const isResolvedAt = (alert: Alert, nowMs: number): boolean => alert.endsAtMs <= nowMs
