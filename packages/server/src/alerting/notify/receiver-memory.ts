/**
 * What an integration keeps about one group from one attempt to the next: short texts by names of its own. What it sets
 * while it sends is durable before the next attempt begins, and survives a restart.
 */
export type ReceiverMemory = {
  get(name: string): string | undefined
  /** `undefined` forgets it. */
  set(name: string, text: string | undefined): void
}

/** One that lasts as long as the object. */
export function createVolatileMemory(): ReceiverMemory {
  const texts = new Map<string, string>()
  return {
    get: (name) => texts.get(name),
    set(name, text) {
      if (text === undefined) texts.delete(name)
      else texts.set(name, text)
    },
  }
}
