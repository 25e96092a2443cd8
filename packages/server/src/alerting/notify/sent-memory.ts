/** Which addresses or numbers of a notification have theirs already, so that another attempt tells only the others. */
export type SentMemory = {
  left(idempotencyKey: string, all: readonly string[]): string[]
  add(idempotencyKey: string, sent: readonly string[]): void
  forget(idempotencyKey: string): void
}

const MAX_NOTIFICATIONS = 1000

/** The oldest notification goes first when there are too many. Lost by a restart. */
export function createSentMemory(): SentMemory {
  const sent = new Map<string, Set<string>>()
  return {
    left: (key, all) => all.filter((one) => !sent.get(key)?.has(one)),
    add(key, addresses) {
      const known = sent.get(key) ?? new Set()
      for (const address of addresses) known.add(address)
      sent.set(key, known)
      if (sent.size > MAX_NOTIFICATIONS) sent.delete(sent.keys().next().value!)
    },
    forget: (key) => void sent.delete(key),
  }
}
