import type { Place } from '../../config/index.ts'

/** Both ends included. */
export type NumberRange = { readonly from: number; readonly to: number }

/**
 * Moments at which all of the conditions hold that it has; an absent one always holds, an empty list never.
 * Source: Alertmanager's documentation, "Configuration", `<time_interval_spec>`.
 */
export type TimeInterval = {
  /** Minutes since midnight, the end not included. */
  readonly times: readonly NumberRange[] | undefined
  /** 0: Sunday. */
  readonly weekdays: readonly NumberRange[] | undefined
  /** Negative ones count from the end of the month, -1 being its last day. */
  readonly daysOfMonth: readonly NumberRange[] | undefined
  /** 1: January. */
  readonly months: readonly NumberRange[] | undefined
  readonly years: readonly NumberRange[] | undefined
  /** Name in the IANA time zone database, or `Local`. Absent: UTC. */
  readonly location: string | undefined
}

/** A named set of them: it holds when one holds. */
export type NamedTimeInterval = {
  readonly name: string
  readonly intervals: readonly TimeInterval[]
  readonly place: Place
}
