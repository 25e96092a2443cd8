import type { ReceiverView } from './alerting.ts'
import type { NotificationRecord } from './notification-record.ts'
import type { Delivery, Notifier } from './notify/index.ts'

type Result = Pick<ReceiverView['integrations'][number], 'lastSuccessMs' | 'lastFailure'>
type Integration = Pick<Notifier, 'kind' | 'index'>

/** What the last notifications of each integration came to. */
export type ReceiverResults = {
  /** Newest first. */
  load(records: readonly NotificationRecord[]): void
  note(receiver: string, integration: Integration, atMs: number, delivery: Delivery): void
  of(receiver: string, integration: Integration): Result
}

export function createReceiverResults(): ReceiverResults {
  const results = new Map<string, Result>()
  const keyOf = (receiver: string, { kind, index }: Integration) => `${receiver}/${kind}/${index}`

  function note(key: string, atMs: number, ok: boolean, answer: string): void {
    const before = results.get(key)
    results.set(key, { ...before, ...(ok ? { lastSuccessMs: atMs } : { lastFailure: { atMs, answer } }) })
  }

  return {
    load(records) {
      // What was withheld went to none of its integrations.
      for (const { receiver, integration, index, atMs, delivered, answer } of [...records].reverse())
        if (integration !== '') note(keyOf(receiver, { kind: integration, index }), atMs, delivered, answer)
    },
    note: (receiver, integration, atMs, { ok, answer }) => note(keyOf(receiver, integration), atMs, ok, answer),
    of: (receiver, integration) => results.get(keyOf(receiver, integration)) ?? {},
  }
}
