import { createHttpNotifier, marked } from '../http-notifier.ts'
import { notificationData } from '../notification-data.ts'
import type { Notifier } from '../notifier.ts'
import type { NotifierDeps } from '../receiver-kind.ts'
import { revealUrl } from '../reveal-url.ts'
import { truncateRunes } from '../truncate.ts'
import type { DiscordConfig } from './config.ts'

const MAX_TITLE_RUNES = 256
const MAX_DESCRIPTION_RUNES = 4096
const MAX_CONTENT_RUNES = 2000
const COLOR = { firing: 0x992d22, resolved: 0x2ecc71 }

/** A message with one embed, by webhook. Source: Discord's developer documentation, "Execute webhook". */
export function createDiscord(config: DiscordConfig, deps: NotifierDeps, index: number): Notifier {
  const { templates } = deps
  return createHttpNotifier(
    {
      kind: 'discord',
      index,
      sendResolved: config.sendResolved,
      http: config.http,

      async compose(notification, secrets) {
        const data = notificationData(notification, templates.externalUrl)
        const render = (template: string) => templates.text(template, data)
        const title = truncateRunes(marked(render(config.title), notification), MAX_TITLE_RUNES)
        const description = truncateRunes(render(config.message), MAX_DESCRIPTION_RUNES)
        const json = {
          content: truncateRunes(render(config.content), MAX_CONTENT_RUNES),
          embeds: [{ title, description, color: COLOR[notification.status] }],
          ...(config.username === '' ? {} : { username: config.username }),
          ...(config.avatar_url === '' ? {} : { avatar_url: config.avatar_url }),
        }
        const url = await revealUrl(config.webhook_url, secrets)
        return { title, text: description, requests: [{ method: 'POST', url, json }] }
      },
    },
    deps,
  )
}
