export type SentMessage = { readonly ts: string; readonly channel: string }

export type MessageStore = {
  get(groupKey: string): SentMessage | undefined
  set(groupKey: string, message: SentMessage): void
  delete(groupKey: string): void
}

const MAX_MESSAGES = 10_000

/** Which message a group has in Slack; the least recently sent go first when there are too many. Lost by a restart. */
export function createMessageStore(): MessageStore {
  const messages = new Map<string, SentMessage>()
  return {
    get: (groupKey) => messages.get(groupKey),
    set(groupKey, message) {
      messages.delete(groupKey)
      messages.set(groupKey, message)
      if (messages.size > MAX_MESSAGES) messages.delete(messages.keys().next().value!)
    },
    delete: (groupKey) => void messages.delete(groupKey),
  }
}
