import type { ResolvedReason } from '../transition.ts'
import type { AlertInstance } from './alert-instance.ts'

/*
 *                      seen, for its time
 *            ┌──────────┐          ┌────────┐  not seen, and keep_firing_for is over   ┌──────────┐
 *   seen ──► │ pending  │ ───────► │ firing │ ────────────────────────────────────────► │ inactive │ ── 15 min ──► gone
 *            └────┬─────┘          └────────┘                                           └──────────┘
 *                 └── not seen: gone                            seen again: a new pending one takes its place
 *
 * With `for: 0s` an alert fires at the moment when it is first seen. A no-data alert takes the same way with `nodata` in the
 * place of `firing`. Source: the behaviour of Prometheus 3.5 (rules/alerting.go).
 */

/** An alert that has ended is kept and sent again for so long, so that a receiver that was away hears of it. */
export const RESOLVED_KEPT_MS = 15 * 60_000

export type StepOptions = {
  /** Of the evaluation, Unix ms. */
  readonly atMs: number
  /** Its number: alerts that it saw carry it. */
  readonly evaluation: number
  readonly forMs: number
  /** The same for the alert that tells of missing data. */
  readonly noDataForMs: number
  readonly keepFiringForMs: number
  /** Most active alerts, one that tells of missing data not counted; 0: no limit. */
  readonly limit: number
}

/** A change of state; `before` is where it came from. */
export type Step = { readonly alert: AlertInstance; readonly before: AlertInstance['state']; readonly gone: boolean }

export type StepResult = {
  readonly steps: readonly Step[]
  /** Alerts whose condition became false, or true again, while `keep_firing_for` holds them. */
  readonly touched: readonly AlertInstance[]
  /** Active alerts by now, in the order in which they became active. */
  readonly active: readonly AlertInstance[]
  /** There were more than the limit: all of them are gone, which is in `steps`. */
  readonly overLimit: number | undefined
}

/** The alerts that would end with this evaluation: whoever calls `stepAlerts` must know why. */
export function endingAlerts(alerts: ReadonlyMap<string, AlertInstance>, options: StepOptions): AlertInstance[] {
  const ending: AlertInstance[] = []
  for (const alert of alerts.values()) {
    if (alert.seen === options.evaluation || alert.state === 'inactive') continue
    if (!isKept(alert, options)) ending.push(alert)
  }
  return ending
}

function isKept(alert: AlertInstance, { atMs, keepFiringForMs }: StepOptions): boolean {
  if (alert.state !== 'firing' || keepFiringForMs === 0) return false
  return atMs - (alert.keepFiringSinceMs ?? atMs) < keepFiringForMs
}

/**
 * Moves the alerts of a rule on by one evaluation. `alerts` holds all that were there and the new ones. `reasonOf` is asked
 * for those of `endingAlerts`; `undefined` says that it is too early to tell, and leaves the alert as it is.
 */
export function stepAlerts(
  alerts: Map<string, AlertInstance>,
  options: StepOptions,
  reasonOf: (alert: AlertInstance) => ResolvedReason | undefined,
): StepResult {
  const { atMs, evaluation, limit } = options
  const steps: Step[] = []
  const touched: AlertInstance[] = []
  const active: AlertInstance[] = []
  for (const alert of alerts.values()) {
    const before = alert.state
    if (alert.seen !== evaluation) {
      if (before === 'inactive') {
        if (atMs - alert.resolvedAtMs! > RESOLVED_KEPT_MS) alerts.delete(alert.key)
        continue
      }
      if (isKept(alert, options)) {
        if (alert.keepFiringSinceMs === undefined) touched.push(alert)
        alert.keepFiringSinceMs ??= atMs
        active.push(alert)
        continue
      }
      const reason = reasonOf(alert)
      if (reason === undefined) {
        active.push(alert)
        continue
      }
      end(alert, reason, atMs)
      if (before === 'pending') alerts.delete(alert.key)
      steps.push({ alert, before, gone: before === 'pending' })
      continue
    }
    if (alert.keepFiringSinceMs !== undefined) touched.push(alert)
    alert.keepFiringSinceMs = undefined
    active.push(alert)
    const isNew = alert.lastTransition === undefined
    const forMs = alert.isNoData ? options.noDataForMs : options.forMs
    if (before === 'pending' && atMs - alert.activeAtMs >= forMs) {
      alert.state = alert.isNoData ? 'nodata' : 'firing'
      alert.firedAtMs = atMs
      steps.push({ alert, before: isNew ? 'inactive' : 'pending', gone: false })
    } else if (isNew) steps.push({ alert, before: 'inactive', gone: false })
  }
  const counted = active.filter(({ isNoData }) => !isNoData).length
  if (limit === 0 || counted <= limit) return { steps, touched, active, overLimit: undefined }
  const dropped = new Set(active)
  const told = steps.filter(({ alert }) => !dropped.has(alert))
  for (const alert of active) {
    const known = alert.lastTransition
    alerts.delete(alert.key)
    // What began in this very evaluation never was.
    if (known === undefined) continue
    const before = known.to
    end(alert, 'limit', atMs)
    told.push({ alert, before, gone: true })
  }
  return { steps: told, touched: [], active: [], overLimit: counted }
}

function end(alert: AlertInstance, reason: ResolvedReason, atMs: number): void {
  alert.state = 'inactive'
  alert.resolvedAtMs = atMs
  alert.resolvedReason = reason
}
