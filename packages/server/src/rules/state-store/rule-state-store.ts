import type { Labels } from '@binnacle/promql'
import type { AlertState, ResolvedReason, Transition } from '../transition.ts'

/** An alert as it is kept. Times are Unix ms. */
export type StoredAlert = {
  readonly rule: { readonly file: string; readonly group: string; readonly name: string; readonly labels: Labels }
  readonly labels: Labels
  readonly source: Labels
  readonly annotations: Labels
  readonly state: AlertState
  readonly value: number
  readonly activeAtMs: number
  readonly firedAtMs?: number | undefined
  readonly keepFiringSinceMs?: number | undefined
  readonly resolvedAtMs?: number | undefined
  readonly resolvedReason?: ResolvedReason | undefined
  readonly isNoData: boolean
  readonly lastTransition?: Transition | undefined
}

/** What tells an alert from all others. */
export type StoredPlace = Pick<StoredAlert, 'rule' | 'labels'>

export type StoredState = {
  readonly alerts: readonly StoredAlert[]
  /** When rules were last evaluated, Unix ms; undefined when they never were. */
  readonly evaluatedAtMs: number | undefined
}

/** Where the state of alerts survives. */
export type RuleStateStore = {
  /** All that was saved, except alerts that ended long ago. */
  load(): Promise<StoredState>
  /** All of it or nothing; in the order of the calls. Those of `leaving` go before the others come. */
  save(changed: readonly StoredAlert[], evaluatedAtMs: number, leaving?: readonly StoredPlace[]): Promise<void>
}
