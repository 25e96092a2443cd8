import type { Labels } from '@binnacle/promql'
import type { ResolvedReason } from './transition.ts'

/** An alert on its way to those who must know. Absent times mean: now, and now and `resolve_timeout`. */
export type IncomingAlert = {
  readonly labels: Labels
  readonly annotations: Labels
  readonly startsAtMs?: number
  readonly endsAtMs?: number
  readonly generatorUrl: string
  readonly resolvedReason?: ResolvedReason
  readonly value?: number
}
