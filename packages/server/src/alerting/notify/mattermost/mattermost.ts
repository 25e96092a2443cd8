import { filled } from '../filled.ts'
import { createHttpNotifier, marked } from '../http-notifier.ts'
import { notificationData } from '../notification-data.ts'
import type { Notifier } from '../notifier.ts'
import type { NotifierDeps } from '../receiver-kind.ts'
import { revealUrl } from '../reveal-url.ts'
import { truncateRunes } from '../truncate.ts'
import type { MattermostAttachment, MattermostConfig } from './config.ts'

const MAX_TEXT_RUNES = 16_383

/** An incoming webhook, Slack's form with some words of its own. Source: developers.mattermost.com, "Incoming webhooks". */
export function createMattermost(config: MattermostConfig, deps: NotifierDeps, index: number): Notifier {
  const { templates } = deps
  return createHttpNotifier(
    {
      kind: 'mattermost',
      index,
      sendResolved: config.sendResolved,
      http: config.http,

      async compose(notification, secrets) {
        const data = notificationData(notification, templates.externalUrl)
        const render: Render = (template) => templates.text(template, data)
        const word = (template: string) => templates.word(template, data)
        const text = render(config.text)
        const own = attachmentOf(config, render)
        const title = marked(own.title ?? render('{{ template "__subject" . }}'), notification)
        // With attachments of its own the text stands above them; else it is the text of the only one.
        const body =
          config.attachments.length > 0
            ? {
                ...filled({ text: truncateRunes(marked(text, notification), MAX_TEXT_RUNES) }),
                attachments: config.attachments.map((attachment) => attachmentOf(attachment, render)),
              }
            : { attachments: [own.title === undefined ? own : { ...own, title }] }
        const priority = priorityOf(config, word)
        const card = config.card === '' ? '' : render(config.card)
        const json = {
          ...filled({ channel: word(config.channel), username: word(config.username) }),
          ...filled({ icon_url: word(config.icon_url), icon_emoji: word(config.icon_emoji) }),
          ...body,
          ...filled({ type: word(config.type) }),
          ...(card === '' ? {} : { props: { card } }),
          ...(priority === undefined ? {} : { priority }),
        }
        const url = await revealUrl(config.webhook_url, secrets)
        return { title, text, requests: [{ method: 'POST', url, json }] }
      },
    },
    deps,
  )
}

type Render = (template: string) => string

function attachmentOf({ fields, ...texts }: MattermostAttachment, render: Render) {
  return {
    ...filled({
      fallback: render(texts.fallback),
      color: render(texts.color),
      pretext: render(texts.pretext),
      text: render(texts.text),
      author_name: render(texts.author_name),
      author_link: render(texts.author_link),
      author_icon: render(texts.author_icon),
      title: render(texts.title),
      title_link: render(texts.title_link),
      thumb_url: render(texts.thumb_url),
      footer: render(texts.footer),
      footer_icon: render(texts.footer_icon),
      image_url: render(texts.image_url),
    }),
    ...(fields.length === 0
      ? {}
      : {
          fields: fields.map((field) => ({
            ...filled({ title: render(field.title), value: render(field.value) }),
            ...(field.short === undefined ? {} : { short: field.short }),
          })),
        }),
  }
}

/** What Mattermost allows: acknowledgement above `standard`, persistent notifications for `urgent` only. */
function priorityOf({ priority }: MattermostConfig, render: Render) {
  if (priority === undefined) return undefined
  const asked = render(priority.priority).toLowerCase()
  const level = ['urgent', 'important', 'standard'].includes(asked) ? asked : 'standard'
  return {
    priority: level,
    ...(priority.requested_ack && level !== 'standard' ? { requested_ack: true } : {}),
    ...(priority.persistent_notifications && level === 'urgent' ? { persistent_notifications: true } : {}),
  }
}
