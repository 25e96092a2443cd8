import type { Change } from '../../state/index.ts'
import { createNotes } from '../notes.ts'
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

export function createWithheldMemory(tables: AlertingTables): WithheldMemory {
  const notes = createNotes(tables, 'withheld')
  const known = new Map<string, string>()

  return {
    async load() {
      for await (const [key, digest] of notes.all()) known.set(key, digest)
    },
    get: (key) => known.get(key),
    set(key, digest, nowMs) {
      const before = known.get(key)
      known.delete(key)
      if (digest !== undefined) known.set(key, digest)
      if (known.size > MOST_GROUPS) known.delete(known.keys().next().value!)
      return before === digest ? [] : [notes.change(key, digest, nowMs)]
    },
    async collect(isGroup) {
      for (const key of known.keys()) if (!isGroup(key)) known.delete(key)
      await notes.collect((key) => known.has(key))
    },
  }
}
