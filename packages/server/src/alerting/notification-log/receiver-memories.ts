import type { Change } from '../../state/index.ts'
import { createNotes } from '../notes.ts'
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

export function createReceiverMemories(tables: AlertingTables): ReceiverMemories {
  const notes = createNotes(tables, 'receiver')
  const kept = new Map<string, Texts>()

  return {
    async load() {
      for await (const [key, text] of notes.all()) kept.set(key, JSON.parse(text) as Texts)
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
          const texts = kept.get(logKey)
          return [notes.change(logKey, texts && JSON.stringify(texts), nowMs)]
        },
      }
    },
    async collect(isKnown) {
      for (const key of kept.keys()) if (!isKnown(key)) kept.delete(key)
      await notes.collect((key) => kept.has(key))
    },
  }
}
