import type { Labels } from '@binnacle/promql'

/**
 * Why an alert does not fire any more:
 * `value`: its condition was evaluated and is false; `vanished`: the series that it stood on are gone; `rule`: its rule was
 * removed or changed; `limit`: its rule had more alerts than its group allows, which ends all of them; `data`: the samples
 * that a no-data alert missed are there again; `sender`: who sent it said so; `expired`: its sender said nothing more until
 * its end had passed.
 */
export type ResolvedReason = 'value' | 'vanished' | 'rule' | 'limit' | 'data' | 'sender' | 'expired'

/** `nodata`: the series that the rule reads are gone, and its rule asks to be told. */
export type AlertState = 'inactive' | 'pending' | 'firing' | 'nodata'

/** One change of state of one alert. */
export type Transition = {
  readonly id: string
  readonly atMs: number
  readonly fingerprint: string
  readonly labels: Labels
  readonly annotations: Labels
  readonly from: AlertState
  readonly to: AlertState
  /** Why it ended: absent for beginnings. */
  readonly reason?: ResolvedReason
  readonly value?: number
  /** Where it comes from: rule group file and name, absent for alerts from outside. */
  readonly rule?: { readonly file: string; readonly group: string; readonly name: string }
}

/** Keeps every change of state. */
export type TransitionRecorder = {
  /** Takes them at once and makes them durable soon; the order is kept. An id that it has already is left out. */
  record(transitions: readonly Transition[]): void
}
