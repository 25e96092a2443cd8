import type { Bulk } from '../../state/index.ts'
import { createMatcher, type Matcher } from '../matcher/index.ts'
import type { Silence } from '../silence-record.ts'
import type { AlertingTables } from '../tables.ts'

/** A silence without what follows from the time. */
export type StoredSilence = Omit<Silence, 'state'>

type Doc = Omit<StoredSilence, 'matchers'> & {
  readonly matchers: readonly (readonly [Matcher['kind'], string, string])[]
}

const PAGE = 100

/** Inserts silences or puts them in the place of those with their ids. */
export function saveSilences({ db }: AlertingTables, silences: readonly StoredSilence[]): Bulk {
  return {
    query: db
      .insertInto('alerting_silences')
      .values({ id: '', doc: '', ends_ms: 0 })
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet((excluded) => ({
          doc: excluded.ref('excluded.doc'),
          ends_ms: excluded.ref('excluded.ends_ms'),
        })),
      ),
    rows: silences.map((silence) => {
      const doc: Doc = { ...silence, matchers: silence.matchers.map(({ kind, name, value }) => [kind, name, value]) }
      return [silence.id, JSON.stringify(doc), silence.endsAtMs]
    }),
  }
}

export const deleteSilences = ({ db }: AlertingTables, ids: readonly string[]): Bulk => ({
  query: db.deleteFrom('alerting_silences').where('id', '=', ''),
  rows: ids.map((id) => [id]),
})

/** All silences, page by page along the key. */
export async function* readSilences({ db }: AlertingTables): AsyncGenerator<StoredSilence> {
  for (let after = ''; ; ) {
    const rows = await db
      .selectFrom('alerting_silences')
      .select(['id', 'doc'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(PAGE)
      .execute()
    for (const row of rows) {
      const doc = JSON.parse(row.doc) as Doc
      yield { ...doc, matchers: doc.matchers.map(([kind, name, value]) => createMatcher(kind, name, value)) }
    }
    if (rows.length < PAGE) return
    after = rows.at(-1)!.id
  }
}
