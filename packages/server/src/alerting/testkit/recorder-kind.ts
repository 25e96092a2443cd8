import { z } from 'zod'
import type { Delivery, Notification, Notifier, ReceiverKind } from '../notify/index.ts'
import { receiverKind } from '../notify/receiver-kind.ts'

/** What one attempt was sent. */
export type Attempt = { readonly atMs: number; readonly index: number; readonly notification: Notification }

/** Decides what a receiver answers; `undefined`: it takes it. */
export type Answer = (attempt: Attempt, signal: AbortSignal) => Delivery | undefined | Promise<Delivery | undefined>

/** The `webhook_configs` of a story: no network, every attempt is kept. Only `url` and `send_resolved` count. */
export function recorderKind(now: () => number, onAttempt: Answer): ReceiverKind {
  return receiverKind({
    section: 'webhook_configs',
    kind: 'webhook',
    schema: z.strictObject({ url: z.string().optional(), send_resolved: z.string().optional() }),
    check: ({ send_resolved }) => ({ sendResolved: send_resolved !== 'false' }),
    create: ({ sendResolved }, _deps, index): Notifier => ({
      kind: 'webhook',
      index,
      sendResolved,
      render: async ({ groupKey, alerts }) => ({ title: groupKey, text: `${alerts.length} alerts`, request: {} }),
      async send(notification, signal) {
        const answer = await onAttempt({ atMs: now(), index, notification }, signal)
        return answer ?? { ok: true, status: 200, answer: '200 OK' }
      },
      stop: async () => {},
    }),
  })
}
