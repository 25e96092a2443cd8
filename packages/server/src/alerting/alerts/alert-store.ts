import type { Labels } from '@binnacle/promql'
import { BinnacleError } from '../../config/index.ts'
import type { Change } from '../../state/index.ts'
import { type Alert, isResolvedAt } from '../alert.ts'
import type { AlertingLimits } from '../limits.ts'
import type { AlertingTables } from '../tables.ts'
import { alertStatements, type KnownAlert, type Origin, readAlerts } from './alert-rows.sql.ts'
import { mergeAlerts } from './merge-alerts.ts'

/** What became of one alert that came in. */
export type AcceptedAlert = {
  readonly alert: Alert
  readonly origin: Origin
  /** Whether it was firing just before, and is now. */
  readonly wasFiring: boolean
  readonly isFiring: boolean
}

/** Alerts that were accepted and are firing, or have ended and are still needed. In memory; rows are its caller's to write. */
export type AlertStore = {
  /** Reads the rows. What ended unheard while nobody listened gets `graceMs` more, since its sender could not say otherwise. */
  load(nowMs: number, graceMs: number): Promise<readonly Alert[]>
  /** Takes an alert in. Throws `alerting.too_many_alerts`. `saved` collects what must be written. */
  put(alert: Alert, origin: Origin, nowMs: number, saved: AlertChanges): AcceptedAlert
  /** Alerts whose end has passed without anybody saying so; they are marked `expired`. */
  expire(nowMs: number, saved: AlertChanges): readonly KnownAlert[]
  /** Forgets what has ended and is not `needed`. */
  collect(nowMs: number, needed: (alert: Alert) => boolean, saved: AlertChanges): readonly Alert[]
  get(fingerprint: string): Alert | undefined
  values(): IterableIterator<Alert>
  /** Those that no rule of ours made. */
  fromOutside(): IterableIterator<Alert>
  readonly size: number
  newChanges(): AlertChanges
}

/** Changes to write, gathered over some alerts. */
export type AlertChanges = {
  readonly save: KnownAlert[]
  readonly touch: KnownAlert[]
  readonly remove: string[]
  toWrite(): readonly Change[]
}

export function createAlertStore(tables: AlertingTables, { maxAlerts }: Pick<AlertingLimits, 'maxAlerts'>): AlertStore {
  const alerts = new Map<string, Alert>()
  const origins = new Map<string, Origin>()
  const statements = alertStatements(tables)

  return {
    async load(nowMs, graceMs) {
      for await (const { alert, origin } of readAlerts(tables)) {
        const unheard = alert.endsAtMs <= nowMs && alert.resolvedReason === undefined
        alerts.set(alert.fingerprint, unheard ? Object.freeze({ ...alert, endsAtMs: nowMs + graceMs }) : alert)
        origins.set(alert.fingerprint, origin)
      }
      return [...alerts.values()]
    },
    put(incoming, origin, nowMs, saved) {
      const { fingerprint } = incoming
      const known = alerts.get(fingerprint)
      if (known === undefined && alerts.size >= maxAlerts)
        throw new BinnacleError('alerting.too_many_alerts', `there are ${alerts.size} alerts already`, {
          kind: 'overload',
          hint: `alerting.max_alerts is ${maxAlerts}`,
        })
      const alert = known === undefined ? incoming : keepTexts(known, mergeAlerts(known, incoming, nowMs))
      alerts.set(fingerprint, alert)
      origins.set(fingerprint, origin)
      const same =
        known !== undefined && alert.annotations === known.annotations && alert.generatorUrl === known.generatorUrl
      ;(same ? saved.touch : saved.save).push({ alert, origin })
      return {
        alert,
        origin,
        wasFiring: known !== undefined && !isResolvedAt(known, nowMs),
        isFiring: !isResolvedAt(alert, nowMs),
      }
    },
    expire(nowMs, saved) {
      const expired: KnownAlert[] = []
      for (const [fingerprint, alert] of alerts) {
        if (alert.endsAtMs > nowMs || alert.resolvedReason !== undefined) continue
        const ended: Alert = Object.freeze({ ...alert, resolvedReason: 'expired' })
        alerts.set(fingerprint, ended)
        expired.push({ alert: ended, origin: origins.get(fingerprint) ?? 'outside' })
      }
      saved.touch.push(...expired)
      return expired
    },
    collect(nowMs, needed, saved) {
      const gone: Alert[] = []
      for (const [fingerprint, alert] of alerts) {
        if (!isResolvedAt(alert, nowMs) || alert.resolvedReason === undefined || needed(alert)) continue
        alerts.delete(fingerprint)
        origins.delete(fingerprint)
        gone.push(alert)
        saved.remove.push(fingerprint)
      }
      return gone
    },
    get: (fingerprint) => alerts.get(fingerprint),
    values: () => alerts.values(),
    *fromOutside() {
      for (const [fingerprint, origin] of origins) {
        const alert = origin === 'outside' ? alerts.get(fingerprint) : undefined
        if (alert !== undefined) yield alert
      }
    },
    get size() {
      return alerts.size
    },
    newChanges() {
      const changes = { save: [] as KnownAlert[], touch: [] as KnownAlert[], remove: [] as string[] }
      return {
        ...changes,
        toWrite: () => [
          ...(changes.save.length > 0 ? [statements.save(changes.save)] : []),
          ...(changes.touch.length > 0 ? [statements.touch(changes.touch)] : []),
          ...(changes.remove.length > 0 ? [statements.remove(changes.remove)] : []),
        ],
      }
    },
  }
}

/** Equal texts are kept once: senders repeat an alert every minute, mostly word for word. */
function keepTexts(known: Alert, next: Alert): Alert {
  const labels = known.labels
  const annotations = sameLabels(known.annotations, next.annotations) ? known.annotations : next.annotations
  return labels === next.labels && annotations === next.annotations
    ? next
    : Object.freeze({ ...next, labels, annotations })
}

function sameLabels(a: Labels, b: Labels): boolean {
  return a === b || (a.length === b.length && a.every((text, i) => text === b[i]))
}
