import type { AlertInstance } from './alert-instance.ts'

export type RestoreOptions = {
  /** Older samples restore nothing (`rules.for_outage_tolerance`). */
  readonly outageToleranceMs: number
  /** Alerts of a shorter `for` are not restored, and none fires sooner than this after a restart. */
  readonly gracePeriodMs: number
}

/** The last sample of ALERTS_FOR_STATE of an alert: when it was written, and since when the alert was active. Unix ms. */
export type ForState = { readonly writtenAtMs: number; readonly activeAtMs: number }

/**
 * Since when an alert counts as active after a restart without saved state. Time during which nobody evaluated does not
 * count as pending; one that would fire soon waits for the grace period. Undefined: it begins anew.
 * Source: the behaviour of Prometheus 3.5 (rules/group.go, `RestoreForState`).
 */
export function restoreFromSeries(
  found: ForState | undefined,
  { forMs, nowMs }: { readonly forMs: number; readonly nowMs: number },
  { gracePeriodMs }: RestoreOptions,
): number | undefined {
  if (found === undefined || forMs < gracePeriodMs) return undefined
  const { writtenAtMs, activeAtMs } = found
  const remainingMs = forMs - (writtenAtMs - activeAtMs)
  if (remainingMs <= 0) return activeAtMs
  if (remainingMs < gracePeriodMs) return nowMs + gracePeriodMs - forMs
  return activeAtMs + (nowMs - writtenAtMs)
}

/** Outages up to this long (and two intervals) change nothing: a restart is no reason to wait longer. */
const SHORT_OUTAGE_MS = 60_000

/**
 * Brings saved alerts up to date after an outage: what was pending does not count the time during which nobody evaluated,
 * unless that was short, and begins anew when it was longer than the tolerance. What fires goes on firing: the next
 * evaluation tells.
 */
export function restoreFromState(
  alerts: Iterable<AlertInstance>,
  outage: { readonly evaluatedAtMs: number; readonly nowMs: number; readonly intervalMs: number },
  { outageToleranceMs }: RestoreOptions,
): void {
  const { evaluatedAtMs, nowMs, intervalMs } = outage
  const outageMs = nowMs - evaluatedAtMs
  const isShort = outageMs <= SHORT_OUTAGE_MS + 2 * intervalMs
  for (const alert of alerts) {
    alert.isRestored = true
    if (alert.state !== 'pending' || isShort) continue
    alert.activeAtMs = outageMs > outageToleranceMs ? nowMs : alert.activeAtMs + outageMs
  }
}
