import { createHttpNotifier, marked } from '../http-notifier.ts'
import { jsonObject, judgeReply } from '../judge-reply.ts'
import { notificationData } from '../notification-data.ts'
import type { Notifier } from '../notifier.ts'
import type { NotifierDeps } from '../receiver-kind.ts'
import { HIDDEN_SECRET, type SecretSource, type Secrets } from '../secret-source.ts'
import { truncateRunes } from '../truncate.ts'
import type { PushoverConfig } from './config.ts'

const MAX_TITLE_RUNES = 250
const MAX_MESSAGE_RUNES = 1024
const MAX_URL_RUNES = 512
const MAX_URL_TITLE_RUNES = 100

/**
 * One message of Pushover. The parameters go as a form in the body, so that the keys stay out of URLs.
 * Source: pushover.net/api.
 */
export function createPushover(config: PushoverConfig, deps: NotifierDeps, index: number): Notifier {
  const { templates } = deps
  return createHttpNotifier(
    {
      kind: 'pushover',
      index,
      sendResolved: config.sendResolved,
      http: config.http,

      async compose(notification, secrets) {
        const data = notificationData(notification, templates.externalUrl)
        const render = (template: string) => templates.text(template, data)
        const word = (template: string) => templates.word(template, data)
        const body = config.html ? templates.html(config.message, data) : render(config.message)
        const title = truncateRunes(marked(render(config.title), notification), MAX_TITLE_RUNES)
        const message = truncateRunes(body, MAX_MESSAGE_RUNES).trim()
        const form = new URLSearchParams({
          token: await keyOf(config.token, secrets, word),
          user: await keyOf(config.user_key, secrets, word),
          title,
          // Pushover refuses an empty message.
          message: message === '' ? '(no details)' : message,
          url: truncateRunes(word(config.url), MAX_URL_RUNES),
          url_title: truncateRunes(render(config.url_title), MAX_URL_TITLE_RUNES),
          priority: word(config.priority),
          retry: String(Math.floor(config.retry / 1000)),
          expire: String(Math.floor(config.expire / 1000)),
          device: word(config.device),
          sound: word(config.sound),
        })
        if (config.html) form.set('html', '1')
        if (config.monospace) form.set('monospace', '1')
        if (config.ttl >= 1000) form.set('ttl', String(Math.floor(config.ttl / 1000)))
        const headers = { 'content-type': 'application/x-www-form-urlencoded' }
        return {
          title,
          text: message,
          requests: [{ method: 'POST', url: config.api_url, headers, text: form.toString() }],
        }
      },

      judge: (reply, nowMs) =>
        judgeReply(reply, {
          nowMs,
          details: (body) => {
            const errors = jsonObject(body)?.errors
            return Array.isArray(errors) ? errors.join(', ') : undefined
          },
        }),
    },
    deps,
  )
}

async function keyOf(source: SecretSource, secrets: Secrets, render: (template: string) => string): Promise<string> {
  const secret = (await secrets.reveal(source)).trim()
  if (secret === HIDDEN_SECRET) return secret
  const key = render(secret)
  secrets.add(key)
  return key
}
