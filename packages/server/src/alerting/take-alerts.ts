import { BinnacleError } from '../config/index.ts'
import type { IncomingAlert, Transition } from '../rules/index.ts'
import { type Clock, createPacer } from '../telemetry/index.ts'
import type { Acknowledgements } from './acknowledge/index.ts'
import type { AlertingMetrics } from './alerting-metrics.ts'
import { type AcceptedAlert, type AlertStore, type Origin, readIncoming } from './alerts/index.ts'
import type { EventRecords } from './history/index.ts'
import type { AlertingLimits } from './limits.ts'
import type { PatientWrites } from './patient-writes.ts'
import type { Router } from './router.ts'
import type { AlertingTables } from './tables.ts'

export type TakeDeps = {
  readonly clock: Clock
  readonly tables: AlertingTables
  readonly writes: PatientWrites
  readonly store: AlertStore
  readonly acknowledgements: Acknowledgements
  readonly transitions: EventRecords
  readonly metrics: AlertingMetrics
  readonly newId: () => string
  readonly router: () => Router
  /** Forgets ended alerts that nobody needs. */
  readonly collectEnded: () => Promise<void>
}

/** The way of alerts in; calls must not overlap. */
export type AlertTaker = {
  /** Resolves once the good ones of the alerts are in their groups, whatever the disk does. */
  take(incoming: readonly IncomingAlert[], origin: Origin): Promise<Taken>
  /** Ends that nobody spoke of. */
  expire(): Promise<void>
}

/** Alerts that are in their groups. */
export type Taken = {
  /** Settles once they are rows. */
  readonly written: Promise<unknown>
  /** Names all that were bad. */
  readonly error?: BinnacleError
}

/** Small enough for a piece of work between two turns of the event loop. */
const ALERTS_A_WRITE = 100
const ERRORS_TOLD = 20

export function createAlertTaker(
  { clock, tables, writes, store, acknowledgements, transitions, metrics, newId, router, collectEnded }: TakeDeps,
  { maxAlertSize, maxAlerts }: Pick<AlertingLimits, 'maxAlertSize' | 'maxAlerts'>,
): AlertTaker {
  function toTransition({ alert, wasFiring, isFiring }: AcceptedAlert): readonly Transition[] {
    if (wasFiring === isFiring) return []
    const { fingerprint, labels, annotations, value } = alert
    const what = { id: newId(), fingerprint, labels, annotations, ...(value === undefined ? {} : { value }) }
    if (isFiring) return [{ ...what, atMs: alert.startsAtMs, from: 'inactive', to: 'firing' }]
    const reason = alert.resolvedReason ?? 'sender'
    return [{ ...what, atMs: alert.endsAtMs, from: 'firing', to: 'inactive', reason }]
  }

  return {
    async take(incoming, origin) {
      const { dispatcher, inhibitor, config } = router()
      const about = { resolveTimeoutMs: config.resolveTimeoutMs, maxAlertSize }
      if (store.size + incoming.length > maxAlerts) await collectEnded()
      const nowMs = clock.now()
      const accepted: AcceptedAlert[] = []
      const errors: BinnacleError[] = []
      const writes: Promise<unknown>[] = []
      const pace = createPacer(clock)
      for (let at = 0; at < incoming.length; at += ALERTS_A_WRITE) {
        const saved = store.newChanges()
        const some: AcceptedAlert[] = []
        for (const one of incoming.slice(at, at + ALERTS_A_WRITE)) {
          try {
            some.push(store.put(readIncoming(one, nowMs, about), origin, nowMs, saved))
          } catch (error) {
            if (!(error instanceof BinnacleError)) throw error
            errors.push(error)
          }
        }
        const anew = some
          .filter(({ wasFiring, isFiring }) => !(wasFiring && isFiring))
          .map(({ alert }) => alert.fingerprint)
        // The alert and the record of its change are there together or not at all.
        const changes = origin === 'outside' ? transitions.changesFor(some.flatMap(toTransition)) : []
        const write = tables.write([...saved.toWrite(), ...changes, ...acknowledgements.clear(anew)])
        // Its failure is told at the end.
        write.catch(() => {})
        writes.push(write)
        for (const { alert, isFiring } of some) {
          inhibitor.take(alert)
          metrics.received(isFiring)
        }
        accepted.push(...some)
        await pace()
      }
      // Only when all sources of inhibitions are known.
      await dispatcher.insert(accepted.map(({ alert }) => alert))
      metrics.invalid(errors.length)
      const written = Promise.all(writes)
      written.catch(() => {})
      return { written, ...(errors.length > 0 ? { error: allOf(errors) } : {}) }
    },
    async expire() {
      const saved = store.newChanges()
      const expired = store.expire(clock.now(), saved)
      if (expired.length === 0) return
      const { dispatcher } = router()
      for (const { alert } of expired) dispatcher.update(alert)
      const ends = expired.flatMap(({ alert, origin }) =>
        toTransition({ alert, origin, wasFiring: true, isFiring: false }),
      )
      const cleared = acknowledgements.clear(expired.map(({ alert }) => alert.fingerprint))
      await writes.write([...saved.toWrite(), ...transitions.changesFor(ends), ...cleared])
    },
  }
}

/** One error that names all; the error itself where there is only one. */
function allOf(errors: readonly BinnacleError[]): BinnacleError {
  const [first] = errors
  if (errors.length === 1 && first !== undefined) return first
  const lines = errors.slice(0, ERRORS_TOLD).map(({ message }) => message)
  if (errors.length > ERRORS_TOLD) lines.push(`and ${errors.length - ERRORS_TOLD} more`)
  const overload = errors.find(({ kind }) => kind === 'overload')
  return new BinnacleError(overload?.code ?? 'alerting.bad_alert', lines.join('\n'), {
    kind: overload?.kind ?? 'input',
    ...(overload?.hint === undefined ? {} : { hint: overload.hint }),
  })
}
