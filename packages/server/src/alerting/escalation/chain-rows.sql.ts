import type { Labels } from '@binnacle/promql'
import type { Change } from '../../state/index.ts'
import type { PatientWrites } from '../patient-writes.ts'
import type { AlertingTables } from '../tables.ts'

/** One climb of a group of alerts. Times are Unix ms. */
export type Chain = {
  readonly id: string
  readonly policy: string
  readonly labels: Labels
  readonly startedAtMs: number
  /** When each level was told last; null: not yet. */
  told: (number | null)[]
  /** Fingerprints of the alerts that have been in it; bounded. */
  members: string[]
  /** It climbs no further. */
  acknowledged?: { readonly by: string; readonly atMs: number }
}

/** Rows of `alerting_escalations`, one a chain. */
export function createChainRows(
  { db }: AlertingTables,
  { write }: PatientWrites,
): {
  /** All; there are at most as many as `maxChains`. */
  load(): Promise<readonly Chain[]>
  /** Together with what is written alongside. */
  save(chain: Chain, alongside?: readonly Change[]): Promise<void>
  remove(id: string): Promise<void>
} {
  const saving = (id: string, doc: string): Change =>
    db
      .insertInto('alerting_escalations')
      .values({ id, doc })
      .onConflict((conflict) => conflict.column('id').doUpdateSet((row) => ({ doc: row.ref('excluded.doc') })))
  return {
    async load() {
      const rows = await db.selectFrom('alerting_escalations').select('doc').execute()
      return rows.map(({ doc }) => JSON.parse(doc) as Chain)
    },
    async save(chain, alongside = []) {
      await write([saving(chain.id, JSON.stringify(chain)), ...alongside])
    },
    async remove(id) {
      await write([db.deleteFrom('alerting_escalations').where('id', '=', id)])
    },
  }
}
