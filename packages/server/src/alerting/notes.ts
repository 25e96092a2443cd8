import type { Change } from '../state/index.ts'
import type { AlertingTables, NoteKind } from './tables.ts'

/** Texts of one kind by key, a row each. Who keeps them in memory reads them once and writes what changes. */
export type Notes = {
  all(): AsyncGenerator<readonly [key: string, text: string]>
  /** `undefined`: there is none any more. */
  change(key: string, text: string | undefined, nowMs: number): Change
  /** Deletes those of keys that are gone, but not what was noted anew meanwhile. */
  collect(isKnown: (key: string) => boolean): Promise<void>
}

const PAGE = 500

export function createNotes(tables: AlertingTables, kind: NoteKind): Notes {
  const { db } = tables
  const save = db
    .insertInto('alerting_notes')
    .values({ kind, key: '', text: '', at_ms: 0 })
    .onConflict((conflict) =>
      // What a full disk refused may be written behind what came after it.
      conflict
        .columns(['kind', 'key'])
        .doUpdateSet((excluded) => ({ text: excluded.ref('excluded.text'), at_ms: excluded.ref('excluded.at_ms') }))
        .whereRef('alerting_notes.at_ms', '<=', 'excluded.at_ms' as never),
    )
    .compile()
  const drop = db
    .deleteFrom('alerting_notes')
    .where('kind', '=', kind)
    .where('key', '=', '')
    .where('at_ms', '<=', 0)
    .compile()

  async function* rows() {
    for (let after = ''; ; ) {
      const page = await db
        .selectFrom('alerting_notes')
        .select(['key', 'text', 'at_ms'])
        .where('kind', '=', kind)
        .where('key', '>', after)
        .orderBy('key')
        .limit(PAGE)
        .execute()
      yield* page
      if (page.length < PAGE) return
      after = page.at(-1)!.key
    }
  }

  return {
    async *all() {
      for await (const { key, text } of rows()) if (text !== '') yield [key, text]
    },
    // An empty one is a row until it is collected: a late write of the one before must not come back.
    change: (key, text = '', nowMs) => ({ query: { compile: () => save }, rows: [[kind, key, text, nowMs]] }),
    async collect(isKnown) {
      const gone: (readonly [NoteKind, string, number])[] = []
      for await (const { key, at_ms } of rows()) if (!isKnown(key)) gone.push([kind, key, at_ms])
      if (gone.length > 0) await tables.write([{ query: { compile: () => drop }, rows: gone }])
    },
  }
}
