import { readFile } from 'node:fs/promises'
import { BinnacleError, messageOf } from '../../../config/index.ts'
import { createHttpNotifier, marked } from '../http-notifier.ts'
import { jsonObject, judgeReply } from '../judge-reply.ts'
import { notificationData } from '../notification-data.ts'
import type { Delivery, Notifier } from '../notifier.ts'
import type { NotifierDeps } from '../receiver-kind.ts'
import { truncateRunes } from '../truncate.ts'
import type { TelegramConfig } from './config.ts'
import { shortenHtml } from './shorten-html.ts'

const MAX_MESSAGE_RUNES = 4096

/** `sendMessage` of a bot. Source: core.telegram.org/bots/api#sendmessage. */
export function createTelegram(config: TelegramConfig, deps: NotifierDeps, index: number): Notifier {
  const { templates } = deps
  return createHttpNotifier(
    {
      kind: 'telegram',
      index,
      sendResolved: config.sendResolved,
      http: config.http,

      async compose(notification, secrets) {
        const data = notificationData(notification, templates.externalUrl)
        const isHtml = config.parse_mode === 'HTML'
        const rendered = isHtml ? templates.html(config.message, data) : templates.text(config.message, data)
        const whole = marked(rendered, notification)
        const text = isHtml ? shortenHtml(whole, MAX_MESSAGE_RUNES) : truncateRunes(whole, MAX_MESSAGE_RUNES)
        const token = (await secrets.reveal(config.bot_token)).trim()
        const json = {
          chat_id: 'id' in config.chat ? config.chat.id : await readChat(config.chat.file),
          text,
          disable_web_page_preview: true,
          ...(config.disable_notifications ? { disable_notification: true } : {}),
          ...(config.parse_mode === '' ? {} : { parse_mode: config.parse_mode }),
          ...(config.message_thread_id === 0 ? {} : { message_thread_id: config.message_thread_id }),
        }
        const url = `${config.api_url.replace(/\/$/, '')}/bot${token}/sendMessage`
        const title = marked(templates.text('{{ template "__subject" . }}', data), notification)
        return { title, text, requests: [{ method: 'POST', url, json }] }
      },

      judge(reply, nowMs): Delivery {
        const answer = jsonObject(reply.body)
        const delivery = judgeReply(reply, {
          nowMs,
          details: () => (typeof answer?.description === 'string' ? answer.description : undefined),
        })
        if (delivery.ok && answer?.ok !== true) {
          return { ok: false, status: reply.status, answer: delivery.answer, retry: true }
        }
        // Telegram says how long to wait in the body.
        const seconds = Number((answer?.parameters as { retry_after?: unknown } | undefined)?.retry_after)
        return !delivery.ok && delivery.retry && seconds > 0
          ? { ...delivery, retryAfterMs: Math.min(seconds * 1000, 3_600_000) }
          : delivery
      },
    },
    deps,
  )
}

async function readChat(file: string): Promise<string> {
  let id: string
  try {
    id = (await readFile(file, 'utf8')).trim()
  } catch (error) {
    throw new BinnacleError('config.secret_file', `cannot read chat_id_file: ${messageOf(error)}`)
  }
  if (!/^-?\d+$/.test(id)) throw new BinnacleError('config.secret_file', 'chat_id_file: expected a whole number')
  return id
}
