import { createHttpNotifier, marked } from '../http-notifier.ts'
import { notificationData } from '../notification-data.ts'
import type { Notifier } from '../notifier.ts'
import type { NotifierDeps } from '../receiver-kind.ts'
import { revealUrl } from '../reveal-url.ts'
import type { Msteamsv2Config } from './config.ts'
import { judgeMsteams } from './msteams.ts'

const COLOR = { firing: 'Attention', resolved: 'Good' }

/** An adaptive card for a Teams workflow. Source: adaptivecards.io, "Schema explorer", version 1.2. */
export function createMsteamsv2(config: Msteamsv2Config, deps: NotifierDeps, index: number): Notifier {
  const { templates } = deps
  return createHttpNotifier(
    {
      kind: 'msteamsv2',
      index,
      sendResolved: config.sendResolved,
      http: config.http,
      async compose(notification, secrets) {
        const data = notificationData(notification, templates.externalUrl)
        const title = marked(templates.text(config.title, data), notification)
        const text = templates.text(config.text, data)
        const heading = {
          type: 'TextBlock',
          text: title,
          weight: 'Bolder',
          size: 'Medium',
          wrap: true,
          style: 'heading',
        }
        const json = {
          type: 'message',
          attachments: [
            {
              contentType: 'application/vnd.microsoft.card.adaptive',
              contentUrl: null,
              content: {
                $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
                type: 'AdaptiveCard',
                version: '1.2',
                body: [
                  { ...heading, color: COLOR[notification.status] },
                  { type: 'TextBlock', text, wrap: true },
                ],
                msteams: { width: 'full' },
              },
            },
          ],
        }
        const url = await revealUrl(config.webhook_url, secrets)
        return { title, text, requests: [{ method: 'POST', url, json }] }
      },
      judge: judgeMsteams,
    },
    deps,
  )
}
