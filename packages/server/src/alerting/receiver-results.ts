import type { ReceiverView } from './alerting.ts'
import type { NotificationRecord } from './notification-record.ts'
import type { Delivery, Notifier } from './notify/index.ts'

type Result = Pick<ReceiverView['integrations'][number], 'lastSuccessMs' | 'lastFailure'>
type Integration = Pick<Notifier, 'kind' | 'index'>

/** Whether the last that was heard of an integration is that it fails. */
export const isFailing = ({ lastSuccessMs = -1, lastFailure }: Result) =>
  lastFailure !== undefined && lastFailure.atMs > lastSuccessMs

/** What the last attempts of each integration came to. */
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
    if (ok) {
      results.set(key, { ...before, lastSuccessMs: atMs })
      return
    }
    const failure = before !== undefined && isFailing(before) ? before.lastFailure : undefined
    results.set(key, { ...before, lastFailure: { atMs, answer, sinceMs: failure?.sinceMs ?? atMs } })
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
