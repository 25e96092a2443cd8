import type { HttpReply } from '../http/index.ts'
import { createHttpNotifier, marked } from '../http-notifier.ts'
import { judgeReply } from '../judge-reply.ts'
import { notificationData } from '../notification-data.ts'
import type { Delivery, Notifier } from '../notifier.ts'
import type { NotifierDeps } from '../receiver-kind.ts'
import { revealUrl } from '../reveal-url.ts'
import type { MsteamsConfig } from './config.ts'

const COLOR = { firing: '8C1A1A', resolved: '2DC72D' }

/** A message card for an Office 365 connector. Source: Microsoft's "Legacy actionable message card reference". */
export function createMsteams(config: MsteamsConfig, deps: NotifierDeps, index: number): Notifier {
  const { templates } = deps
  return createHttpNotifier(
    {
      kind: 'msteams',
      index,
      sendResolved: config.sendResolved,
      http: config.http,
      async compose(notification, secrets) {
        const data = notificationData(notification, templates.externalUrl)
        const title = marked(templates.text(config.title, data), notification)
        const text = templates.text(config.text, data)
        const json = {
          '@context': 'http://schema.org/extensions',
          type: 'MessageCard',
          title,
          summary: templates.text(config.summary, data),
          text,
          themeColor: COLOR[notification.status],
        }
        const url = await revealUrl(config.webhook_url, secrets)
        return { title, text, requests: [{ method: 'POST', url, json }] }
      },
      judge: judgeMsteams,
    },
    deps,
  )
}

/** Connectors answer 200 with `1`; when Teams behind them refused, 200 with its status in the text. */
export function judgeMsteams(reply: HttpReply, nowMs: number): Delivery {
  const delivery = judgeReply(reply, { nowMs })
  const inner = delivery.ok ? /endpoint returned HTTP error (\d{3})/.exec(delivery.answer) : null
  if (inner === null) return delivery
  const status = Number(inner[1])
  return { ok: false, status, answer: delivery.answer, retry: status === 429 || status >= 500 }
}
