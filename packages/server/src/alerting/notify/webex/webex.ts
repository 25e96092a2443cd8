import { createHttpNotifier, marked } from '../http-notifier.ts'
import { notificationData } from '../notification-data.ts'
import type { Notifier } from '../notifier.ts'
import type { NotifierDeps } from '../receiver-kind.ts'
import { truncateBytes } from '../truncate.ts'
import type { WebexConfig } from './config.ts'

/** Webex takes 7439 bytes. */
const MAX_MESSAGE_BYTES = 7439

/** A Markdown message in a room. Source: developer.webex.com, "Create a message". */
export function createWebex(config: WebexConfig, deps: NotifierDeps, index: number): Notifier {
  const { templates } = deps
  return createHttpNotifier(
    {
      kind: 'webex',
      index,
      sendResolved: config.sendResolved,
      http: config.http,
      async compose(notification) {
        const data = notificationData(notification, templates.externalUrl)
        const markdown = truncateBytes(marked(templates.text(config.message, data), notification), MAX_MESSAGE_BYTES)
        const roomId = templates.word(config.room_id, data)
        const json = { markdown, ...(roomId === '' ? {} : { roomId }) }
        const title = marked(templates.text('{{ template "__subject" . }}', data), notification)
        return { title, text: markdown, requests: [{ method: 'POST', url: config.api_url, json }] }
      },
    },
    deps,
  )
}
