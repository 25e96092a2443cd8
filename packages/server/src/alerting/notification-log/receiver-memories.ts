import type { Change } from '../../state/index.ts'
import type { ReceiverMemory } from '../notify/index.ts'
import type { AlertingTables } from '../tables.ts'

/** Of one integration and group, by the key in the notification log. */
export type OwnMemory = ReceiverMemory & {
  /** What makes durable what was set since the last call. */
  changes(nowMs: number): readonly Change[]
}

/** What integrations remember of groups. In memory with a row for each. */
export type ReceiverMemories = {
  load(): Promise<void>
  of(logKey: string): OwnMemory
  /** Drops those that the notification log no longer knows. */
  collect(isKnown: (logKey: string) => boolean): Promise<void>
}

type Texts = Readonly<Record<string, string>>

const PAGE = 500

export function createReceiverMemories(tables: AlertingTables): ReceiverMemories {
  const { db } = tables
  const kept = new Map<string, Texts>()
  const save = db
    .insertInto('alerting_receiver_memory')
    .values({ log_key: '', doc: '', at_ms: 0 })
    .onConflict((conflict) =>
      // What a full disk refused may be written behind what came after it.
      conflict
        .column('log_key')
        .doUpdateSet((excluded) => ({ doc: excluded.ref('excluded.doc'), at_ms: excluded.ref('excluded.at_ms') }))
        .whereRef('alerting_receiver_memory.at_ms', '<=', 'excluded.at_ms' as never),
    )
    .compile()
  const drop = db.deleteFrom('alerting_receiver_memory').where('log_key', '=', '').compile()

  return {
    async load() {
      for (let after = ''; ; ) {
        const rows = await db
          .selectFrom('alerting_receiver_memory')
          .selectAll()
          .where('log_key', '>', after)
          .orderBy('log_key')
          .limit(PAGE)
          .execute()
        for (const { log_key, doc } of rows) kept.set(log_key, JSON.parse(doc) as Texts)
        if (rows.length < PAGE) return
        after = rows.at(-1)!.log_key
      }
    },
    of(logKey) {
      let isChanged = false
      return {
        get: (name) => kept.get(logKey)?.[name],
        set(name, text) {
          const { [name]: before, ...others } = kept.get(logKey) ?? {}
          if (before === text) return
          isChanged = true
          const texts = text === undefined ? others : { ...others, [name]: text }
          if (Object.keys(texts).length === 0) kept.delete(logKey)
          else kept.set(logKey, texts)
        },
        changes(nowMs) {
          if (!isChanged) return []
          isChanged = false
          // An empty one is a row until it is collected: a late write of the one before must not come back.
          const row = [logKey, JSON.stringify(kept.get(logKey) ?? {}), nowMs]
          return [{ query: { compile: () => save }, rows: [row] }]
        },
      }
    },
    async collect(isKnown) {
      const gone: string[] = []
      for (let after = ''; ; ) {
        const rows = await db
          .selectFrom('alerting_receiver_memory')
          .select('log_key')
          .where('log_key', '>', after)
          .orderBy('log_key')
          .limit(PAGE)
          .execute()
        for (const { log_key } of rows) if (!isKnown(log_key)) gone.push(log_key)
        if (rows.length < PAGE) break
        after = rows.at(-1)!.log_key
      }
      if (gone.length === 0) return
      for (const key of gone) kept.delete(key)
      await tables.write([{ query: { compile: () => drop }, rows: gone.map((key) => [key]) }])
    },
  }
}
