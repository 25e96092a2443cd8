import type { Notification } from './notifier.ts'
import { createVolatileMemory } from './receiver-memory.ts'

/** Which addresses or numbers of a notification have theirs already, so that another attempt tells only the others. */
export type SentMemory = {
  left(all: readonly string[]): string[]
  add(sent: readonly string[]): void
  /** All have it. */
  forget(): void
}

const NAME = 'told'

/** Kept by the receiver's memory; what was noted of another notification counts for nothing. */
export function openSentMemory({ idempotencyKey, memory = createVolatileMemory() }: Notification): SentMemory {
  const known = (): readonly string[] => {
    const text = memory.get(NAME)
    const [key, ...addresses] = text === undefined ? [] : (JSON.parse(text) as string[])
    return key === idempotencyKey ? addresses : []
  }
  return {
    left(all) {
      const told = new Set(known())
      return all.filter((one) => !told.has(one))
    },
    add: (sent) => memory.set(NAME, JSON.stringify([idempotencyKey, ...new Set([...known(), ...sent])])),
    forget: () => memory.set(NAME, undefined),
  }
}
