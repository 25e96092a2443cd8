import { filled } from '../filled.ts'
import { createHttpNotifier, marked } from '../http-notifier.ts'
import { jsonObject, judgeReply } from '../judge-reply.ts'
import { notificationData } from '../notification-data.ts'
import type { Delivery, Notifier } from '../notifier.ts'
import type { NotifierDeps } from '../receiver-kind.ts'
import { truncateRunes } from '../truncate.ts'
import type { RocketchatConfig } from './config.ts'

const MAX_TITLE_RUNES = 1024

/** `chat.postMessage` with one attachment. Source: Rocket.Chat's developer documentation, "Post Message". */
export function createRocketchat(config: RocketchatConfig, deps: NotifierDeps, index: number): Notifier {
  const { templates } = deps
  return createHttpNotifier(
    {
      kind: 'rocketchat',
      index,
      sendResolved: config.sendResolved,
      http: config.http,

      async compose(notification, secrets) {
        const data = notificationData(notification, templates.externalUrl)
        const render = (template: string) => templates.text(template, data)
        const word = (template: string) => templates.word(template, data)
        const title = truncateRunes(marked(render(config.title), notification), MAX_TITLE_RUNES)
        const text = render(config.text)
        const fields = config.fields.map((field) => ({
          short: field.short,
          ...filled({ title: render(field.title), value: render(field.value) }),
        }))
        const actions = config.actions.map((action) => ({
          type: 'button',
          ...filled({ text: render(action.text), url: word(action.url), msg: render(action.msg) }),
          is_webview: false,
          msg_in_chat_window: false,
        }))
        const attachment = {
          ...filled({ title, title_link: word(config.title_link), text }),
          ...filled({ image_url: word(config.image_url), thumb_url: word(config.thumb_url) }),
          ...filled({ color: word(config.color) }),
          ...(fields.length === 0 ? {} : { fields }),
          ...(actions.length === 0 ? {} : { actions }),
        }
        const json = {
          ...filled({ channel: word(config.channel) }),
          ...filled({ emoji: word(config.emoji), avatar: word(config.icon_url) }),
          attachments: [attachment],
        }
        const headers = {
          'x-auth-token': (await secrets.reveal(config.token)).trim(),
          'x-user-id': (await secrets.reveal(config.token_id)).trim(),
        }
        const url = `${config.api_url.replace(/\/+$/, '')}/api/v1/chat.postMessage`
        return { title, text, requests: [{ method: 'POST', url, headers, json }] }
      },

      judge(reply, nowMs): Delivery {
        const delivery = judgeReply(reply, { nowMs })
        if (!delivery.ok) return delivery
        const answer = jsonObject(reply.body)
        if (answer?.success === true) return delivery
        const said = typeof answer?.error === 'string' ? answer.error : delivery.answer
        return { ok: false, status: reply.status, answer: said, retry: answer === undefined }
      },
    },
    deps,
  )
}
