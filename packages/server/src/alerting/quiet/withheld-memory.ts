import type { Change } from '../../state/index.ts'
import type { AlertingTables } from '../tables.ts'

/** What was recorded last of each group that has something withheld. In memory with a row for each, so that a restart repeats nothing. */
export type WithheldMemory = {
  load(): Promise<void>
  get(key: string): string | undefined
  /** Undefined: nothing is withheld any more. The changes make it durable; they belong into one commit with the record. */
  set(key: string, digest: string | undefined, nowMs: number): readonly Change[]
  /** Drops those of groups that are gone. */
  collect(isGroup: (key: string) => boolean): Promise<void>
}

/** The least recently noted go first; a group whose memory is gone has its record repeated. */
const MOST_GROUPS = 50_000
const PAGE = 500

export function createWithheldMemory(tables: AlertingTables): WithheldMemory {
  const { db } = tables
  const known = new Map<string, string>()
  const save = db
    .insertInto('alerting_withheld')
    .values({ group_key: '', digest: '', at_ms: 0 })
    .onConflict((conflict) =>
      // What a full disk refused may be written behind what came after it.
      conflict
        .column('group_key')
        .doUpdateSet((excluded) => ({ digest: excluded.ref('excluded.digest'), at_ms: excluded.ref('excluded.at_ms') }))
        .whereRef('alerting_withheld.at_ms', '<=', 'excluded.at_ms' as never),
    )
    .compile()
  const drop = db.deleteFrom('alerting_withheld').where('group_key', '=', '').where('at_ms', '<=', 0).compile()

  /** All rows, some at a time. */
  async function* rows() {
    for (let after = ''; ; ) {
      const page = await db
        .selectFrom('alerting_withheld')
        .selectAll()
        .where('group_key', '>', after)
        .orderBy('group_key')
        .limit(PAGE)
        .execute()
      yield* page
      if (page.length < PAGE) return
      after = page.at(-1)!.group_key
    }
  }

  return {
    async load() {
      for await (const { group_key, digest } of rows()) if (digest !== '') known.set(group_key, digest)
    },
    get: (key) => known.get(key),
    set(key, digest, nowMs) {
      const before = known.get(key)
      known.delete(key)
      if (digest !== undefined) known.set(key, digest)
      if (known.size > MOST_GROUPS) known.delete(known.keys().next().value!)
      // An empty one is a row until it is collected: a late write of the one before must not come back.
      return before === digest ? [] : [{ query: { compile: () => save }, rows: [[key, digest ?? '', nowMs]] }]
    },
    async collect(isGroup) {
      for (const key of known.keys()) if (!isGroup(key)) known.delete(key)
      const gone: (readonly [string, number])[] = []
      for await (const { group_key, at_ms } of rows()) if (!known.has(group_key)) gone.push([group_key, at_ms])
      // Not what was noted anew meanwhile.
      if (gone.length > 0) await tables.write([{ query: { compile: () => drop }, rows: gone }])
    },
  }
}
