import type { Change } from '../../state/index.ts'
import type { AlertingTables } from '../tables.ts'

export type Acknowledgement = { readonly by: string; readonly atMs: number; readonly comment: string }

/** Who said of which alert that they care for it. In memory with a row each; ends with the alert. */
export type Acknowledgements = {
  load(): Promise<void>
  get(fingerprint: string): Acknowledgement | undefined
  /** Durable once it resolves, together with what is written alongside. */
  set(fingerprints: readonly string[], acknowledgement: Acknowledgement, alongside: readonly Change[]): Promise<void>
  /** Takes them back: the same. */
  remove(fingerprints: readonly string[], alongside: readonly Change[]): Promise<void>
  /** Forgets them at once; the changes make it durable. */
  clear(fingerprints: readonly string[]): readonly Change[]
}

export function createAcknowledgements(tables: AlertingTables): Acknowledgements {
  const { db } = tables
  const known = new Map<string, Acknowledgement>()
  const save = db
    .insertInto('alerting_acknowledgements')
    .values({ fingerprint: '', doc: '' })
    .onConflict((conflict) =>
      conflict.column('fingerprint').doUpdateSet((excluded) => ({ doc: excluded.ref('excluded.doc') })),
    )
  const remove = db.deleteFrom('alerting_acknowledgements').where('fingerprint', '=', '')
  return {
    async load() {
      // At most one for each alert that is kept.
      for (const row of await db.selectFrom('alerting_acknowledgements').selectAll().execute()) {
        known.set(row.fingerprint, JSON.parse(row.doc))
      }
    },
    get: (fingerprint) => known.get(fingerprint),
    async set(fingerprints, acknowledgement, alongside) {
      const doc = JSON.stringify(acknowledgement)
      await tables.write([{ query: save, rows: fingerprints.map((one) => [one, doc]) }, ...alongside])
      for (const one of fingerprints) known.set(one, acknowledgement)
    },
    async remove(fingerprints, alongside) {
      await tables.write([{ query: remove, rows: fingerprints.map((one) => [one]) }, ...alongside])
      for (const one of fingerprints) known.delete(one)
    },
    clear(fingerprints) {
      const gone = fingerprints.filter((one) => known.delete(one))
      return gone.length === 0 ? [] : [{ query: remove, rows: gone.map((one) => [one]) }]
    },
  }
}
