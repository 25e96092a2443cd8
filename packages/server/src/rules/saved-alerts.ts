import type { Clock, Logger } from '../telemetry/index.ts'
import type { AlertInstance } from './alert-state/index.ts'
import { keyOf } from './alert-state/index.ts'
import type { GroupRule } from './group/index.ts'
import type { RuleStateStore, StoredAlert, StoredPlace } from './state-store/index.ts'

/** Keeps the store up to date with the alerts. */
export type SavedAlerts = {
  /** Never throws: what could not be saved is saved with the next changes. */
  save(changed: readonly { readonly rule: GroupRule; readonly alert: AlertInstance }[], atMs: number): void
  /** Alerts that stand elsewhere from now on: the next call of `save` takes them from where they were. */
  leave(places: readonly StoredPlace[]): void
  /** Alerts that have no rule any more. */
  saveStored(alerts: readonly StoredAlert[], atMs: number): void
  drained(): Promise<void>
}

/** How often it is noted that rules are evaluated, when nothing changes. */
const NOTE_EVERY_MS = 5_000
/** Writes that may wait for the disk. */
const MAX_WAITING = 32

export function createSavedAlerts(deps: {
  readonly store: RuleStateStore
  readonly clock: Clock
  readonly log: Logger
}): SavedAlerts {
  const { store, clock, log } = deps
  /** Alerts of which the store has not the last state, by what tells them apart there. */
  const unsaved = new Map<AlertInstance, GroupRule>()
  let leaving: StoredPlace[] = []
  let saving: Promise<void> = Promise.resolve()
  let waiting = 0
  let notedMs = Number.NEGATIVE_INFINITY

  function write(stored: readonly StoredAlert[], atMs: number, onFailure: () => void): void {
    waiting++
    notedMs = clock.monotonic()
    const places = leaving
    leaving = []
    const one = store.save(stored, atMs, places).then(
      () => true,
      (error: unknown) => {
        leaving.push(...places)
        onFailure()
        log.error({ error, alerts: stored.length }, 'the state of alerts could not be saved; it is tried again')
        return false
      },
    )
    saving = Promise.all([saving, one]).then(([, isSaved]) => {
      waiting--
      // What has gathered while the disk was behind; after a failure it waits for the next evaluation.
      if (isSaved && unsaved.size > 0) writeUnsaved(clock.now())
    })
  }

  function writeUnsaved(atMs: number): void {
    const batch = [...unsaved]
    unsaved.clear()
    write(
      batch.map(([alert, rule]) => toStored(rule, alert)),
      atMs,
      () => {
        for (const [alert, rule] of batch) if (!unsaved.has(alert)) unsaved.set(alert, rule)
      },
    )
  }

  return {
    save(changed, atMs) {
      for (const { rule, alert } of changed) unsaved.set(alert, rule)
      const isDue = clock.monotonic() - notedMs >= NOTE_EVERY_MS
      // While the disk is behind, changes gather here: an alert takes one place, however often it changes.
      if (waiting >= MAX_WAITING || (unsaved.size === 0 && leaving.length === 0 && !isDue)) return
      writeUnsaved(atMs)
    },
    leave(places) {
      for (const place of places) leaving.push(place)
    },
    saveStored(alerts, atMs) {
      if (alerts.length > 0) write(alerts, atMs, () => {})
    },
    async drained() {
      await saving
      if (unsaved.size === 0 && leaving.length === 0) return
      writeUnsaved(clock.now())
      await saving
    },
  }
}

export function placeOf(rule: GroupRule, { labels }: Pick<AlertInstance, 'labels'>): StoredPlace {
  return { rule: { ...rule.address, labels: rule.labels }, labels }
}

export function toStored(rule: GroupRule, alert: AlertInstance): StoredAlert {
  const { source, annotations, state, value, activeAtMs, firedAtMs, keepFiringSinceMs } = alert
  const { resolvedAtMs, resolvedReason, isNoData, lastTransition } = alert
  return {
    ...placeOf(rule, alert),
    source,
    annotations,
    state,
    value,
    activeAtMs,
    firedAtMs,
    keepFiringSinceMs,
    resolvedAtMs,
    resolvedReason,
    isNoData,
    lastTransition,
  }
}

export function fromStored(stored: StoredAlert, fingerprint: string): AlertInstance {
  const { labels, source, annotations, state, value, activeAtMs, firedAtMs, keepFiringSinceMs } = stored
  const { resolvedAtMs, resolvedReason, isNoData, lastTransition } = stored
  return {
    key: keyOf(labels),
    fingerprint,
    labels,
    source,
    annotations,
    state,
    value,
    activeAtMs,
    firedAtMs,
    keepFiringSinceMs,
    resolvedAtMs,
    resolvedReason,
    // A crash may have come before anybody had taken it, so it is told again at once; who knows it already keeps still.
    lastSentAtMs: undefined,
    isNoData,
    isRestored: true,
    lastTransition,
    seen: 0,
  }
}
