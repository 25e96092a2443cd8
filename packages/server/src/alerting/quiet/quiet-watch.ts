import { labelValue } from '@binnacle/promql'
import type { Change } from '../../state/index.ts'
import { type Clock, createPacer } from '../../telemetry/index.ts'
import { type Alert, isResolvedAt } from '../alert.ts'
import type { EventRecords } from '../history/index.ts'
import type { CareEvent } from '../history-event.ts'
import type { PatientWrites } from '../patient-writes.ts'
import type { Silence } from '../silence-record.ts'
import type { AlertingTables } from '../tables.ts'

/** What keeps an alert quiet: ids of silences, and the fingerprint of an alert that inhibits it. */
export type Quiet = { readonly silences: readonly string[]; readonly inhibitor?: string }

export type QuietDeps = {
  readonly clock: Clock
  readonly tables: AlertingTables
  readonly writes: PatientWrites
  readonly events: EventRecords
  readonly newId: () => string
  readonly alerts: () => Iterable<Alert>
  readonly alert: (fingerprint: string) => Alert | undefined
  readonly quietOf: (alert: Alert, nowMs: number) => Quiet
  readonly silence: (id: string) => Silence | undefined
}

/**
 * Notices when silences and inhibitions begin and cease to cover alerts that fire, and leaves it in the history. What was
 * recorded is kept in rows, written together with the events: a restart neither repeats nor misses one.
 */
export type QuietWatch = {
  load(): Promise<void>
  /** Looks at all alerts; how many are told of and how many are kept quiet now. */
  look(): Promise<{ readonly active: number; readonly suppressed: number }>
}

const ALERTS_A_WRITE = 200
const NOTHING: Quiet = { silences: [] }

type Told = Pick<CareEvent, 'kind' | 'what' | 'by' | 'note' | 'ref'> & { readonly atMs: number }

export function createQuietWatch(deps: QuietDeps): QuietWatch {
  const { clock, events, newId } = deps
  const { db } = deps.tables
  const known = new Map<string, Quiet>()
  const save = db
    .insertInto('alerting_quiet')
    .values({ fingerprint: '', doc: '' })
    .onConflict((conflict) => conflict.column('fingerprint').doUpdateSet((row) => ({ doc: row.ref('excluded.doc') })))
    .compile()
  const remove = db.deleteFrom('alerting_quiet').where('fingerprint', '=', '').compile()

  /** What became different, each with its time where it is known. */
  function changesOf(alert: Alert, before: Quiet, now: Quiet, nowMs: number): readonly Told[] {
    const told: Told[] = []
    const said = (id: string) => {
      const silence = deps.silence(id)
      return { ref: id, ...(silence === undefined ? {} : { by: silence.createdBy, note: silence.comment }) }
    }
    for (const id of now.silences) {
      if (before.silences.includes(id)) continue
      const began = Math.max(deps.silence(id)?.startsAtMs ?? nowMs, alert.startsAtMs)
      told.push({ kind: 'silence', what: 'began', atMs: Math.min(nowMs, began), ...said(id) })
    }
    for (const id of before.silences) {
      if (now.silences.includes(id)) continue
      told.push({
        kind: 'silence',
        what: 'ended',
        atMs: Math.min(nowMs, deps.silence(id)?.endsAtMs ?? nowMs),
        ...said(id),
      })
    }
    // Another source in the place of one that ended changes nothing for the alert.
    if ((before.inhibitor === undefined) !== (now.inhibitor === undefined)) {
      const ref = now.inhibitor ?? before.inhibitor!
      const name = labelValue(deps.alert(ref)?.labels ?? [], 'alertname')
      const what = now.inhibitor === undefined ? 'ended' : 'began'
      told.push({ kind: 'inhibition', what, atMs: nowMs, ref, ...(name === '' ? {} : { by: name }) })
    }
    return told
  }

  async function write(fresh: CareEvent[], saved: Map<string, Quiet>, gone: string[]): Promise<void> {
    const changes: Change[] = [...events.changesFor(fresh)]
    const rows = [...saved].map(([fingerprint, quiet]) => [fingerprint, JSON.stringify(quiet)])
    if (rows.length > 0) changes.push({ query: { compile: () => save }, rows })
    if (gone.length > 0) changes.push({ query: { compile: () => remove }, rows: gone.map((one) => [one]) })
    await deps.writes.write(changes)
  }

  return {
    async load() {
      // At most one for each alert that is kept.
      for (const row of await db.selectFrom('alerting_quiet').selectAll().execute())
        known.set(row.fingerprint, JSON.parse(row.doc))
    },
    async look() {
      const pace = createPacer(clock)
      const nowMs = clock.now()
      const counts = { active: 0, suppressed: 0 }
      let fresh: CareEvent[] = []
      let saved = new Map<string, Quiet>()
      let gone: string[] = []
      const flush = async () => {
        const batch = [fresh, saved, gone] as const
        fresh = []
        saved = new Map()
        gone = []
        await write(...batch)
      }
      let i = 0
      for (const alert of deps.alerts()) {
        if (++i % 64 === 0) await pace()
        if (isResolvedAt(alert, nowMs)) continue
        const { fingerprint, labels } = alert
        const now = deps.quietOf(alert, nowMs)
        const isQuiet = now.silences.length > 0 || now.inhibitor !== undefined
        counts[isQuiet ? 'suppressed' : 'active']++
        const before = known.get(fingerprint)
        if (before === undefined && !isQuiet) continue
        const told = changesOf(alert, before ?? NOTHING, now, nowMs)
        if (told.length === 0) continue
        for (const one of told) fresh.push({ id: newId(), fingerprint, labels, ...one })
        if (isQuiet) {
          known.set(fingerprint, now)
          saved.set(fingerprint, now)
        } else {
          known.delete(fingerprint)
          gone.push(fingerprint)
        }
        if (saved.size + gone.length >= ALERTS_A_WRITE) await flush()
      }
      // Its end says enough.
      for (const fingerprint of known.keys()) {
        const alert = deps.alert(fingerprint)
        if (alert !== undefined && !isResolvedAt(alert, nowMs)) continue
        known.delete(fingerprint)
        gone.push(fingerprint)
        if (gone.length >= ALERTS_A_WRITE) await flush()
      }
      await flush()
      return counts
    },
  }
}
