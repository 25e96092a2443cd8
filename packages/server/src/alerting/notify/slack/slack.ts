import { filled } from '../filled.ts'
import type { HttpReply } from '../http/index.ts'
import { createHttpNotifier, marked } from '../http-notifier.ts'
import { jsonObject, judgeReply } from '../judge-reply.ts'
import { notificationData } from '../notification-data.ts'
import type { Delivery, Notification, Notifier } from '../notifier.ts'
import type { NotifierDeps } from '../receiver-kind.ts'
import { revealUrl } from '../reveal-url.ts'
import { truncateRunes } from '../truncate.ts'
import type { SlackConfig } from './config.ts'

const MAX_TITLE_RUNES = 1024
const DEFAULT_MARKDOWN_IN = ['fallback', 'pretext', 'text']

/**
 * One message with one attachment, to a webhook or by `chat.postMessage` with a bot's token. With `update_message` the
 * message of a group is changed as long as the group lives, instead of sent anew.
 * Source: Slack's "Reference: Secondary message attachments" and "chat.postMessage", "chat.update".
 */
export function createSlack(config: SlackConfig, deps: NotifierDeps, index: number): Notifier {
  const { templates } = deps
  return createHttpNotifier(
    {
      kind: 'slack',
      index,
      sendResolved: config.sendResolved,
      http: config.http,
      timeoutMs: config.timeout,

      async compose(notification, secrets) {
        const data = notificationData(notification, templates.externalUrl)
        const render = (template: string) => templates.text(template, data)
        const word = (template: string) => templates.word(template, data)
        const title = truncateRunes(marked(render(config.title), notification), MAX_TITLE_RUNES)
        const text = render(config.text)
        const fallback = marked(render(config.fallback), notification)
        const attachment = {
          ...filled({ title, title_link: word(config.title_link), pretext: render(config.pretext) }),
          text,
          fallback,
          callback_id: word(config.callback_id),
          ...(config.fields.length === 0 ? {} : { fields: config.fields.map((field) => fieldOf(field, render)) }),
          ...(config.actions.length === 0
            ? {}
            : { actions: config.actions.map((action) => actionOf(action, { render, word })) }),
          ...filled({ image_url: word(config.image_url), thumb_url: word(config.thumb_url) }),
          footer: render(config.footer),
          ...filled({ color: word(config.color) }),
          mrkdwn_in: config.mrkdwn_in.length === 0 ? DEFAULT_MARKDOWN_IN : config.mrkdwn_in,
        }
        const known = config.update_message ? messageOf(notification) : undefined
        const channel = known?.channel ?? word(config.channel)
        const json = {
          ...filled({ channel, ts: known?.ts ?? '' }),
          ...filled({ username: word(config.username), icon_emoji: word(config.icon_emoji) }),
          ...filled({ icon_url: word(config.icon_url) }),
          ...(config.link_names ? { link_names: true } : {}),
          ...filled({ text: render(config.message_text) }),
          attachments: [attachment],
        }
        const url = await revealUrl(config.url, secrets)
        const target = known === undefined ? url : url.replace(/chat\.postMessage$/, 'chat.update')
        return { title: title || fallback, text, requests: [{ method: 'POST', url: target, json }] }
      },

      judge: (reply, nowMs) => judgeSlack(reply, nowMs),

      ...(!config.update_message
        ? {}
        : {
            async exchange({ requests }, call, { notification }) {
              const reply = await call(requests[0]!)
              const delivery = judgeSlack(reply, deps.clock.now())
              const answer = jsonObject(reply.body)
              if (delivery.ok && typeof answer?.ts === 'string' && typeof answer.channel === 'string') {
                remember(notification, { ts: answer.ts, channel: answer.channel })
              } else if (answer?.error === 'message_not_found') {
                // Somebody deleted it: the next attempt sends a new one.
                remember(notification, undefined)
                return { ...delivery, retry: true } as Delivery
              }
              if (delivery.ok && notification.status === 'resolved') remember(notification, undefined)
              return delivery
            },
          }),
    },
    deps,
  )
}

/** Which message a group has in Slack. */
type SentMessage = { readonly ts: string; readonly channel: string }

const MESSAGE = 'message'

function messageOf({ memory }: Notification): SentMessage | undefined {
  const text = memory?.get(MESSAGE)
  return text === undefined ? undefined : (JSON.parse(text) as SentMessage)
}

function remember({ memory }: Notification, message: SentMessage | undefined): void {
  memory?.set(MESSAGE, message === undefined ? undefined : JSON.stringify(message))
}

/** Slack answers 200 to what it refuses: webhooks in words, methods as `ok: false`. */
export function judgeSlack(reply: HttpReply, nowMs: number): Delivery {
  const delivery = judgeReply(reply, { nowMs })
  if (!delivery.ok) return delivery
  const { status } = reply
  if (!/^application\/json/i.test(reply.headers['content-type'] ?? '')) {
    return delivery.answer === 'ok' ? delivery : { ok: false, status, answer: delivery.answer, retry: false }
  }
  const answer = jsonObject(reply.body)
  if (answer === undefined) return { ok: false, status, answer: delivery.answer, retry: true }
  if (answer.ok === true) return delivery
  const error = typeof answer.error === 'string' ? answer.error : delivery.answer
  // Slack's words for "try later", beside its statuses.
  return { ok: false, status, answer: error, retry: ['ratelimited', 'service_unavailable'].includes(error) }
}

type Render = (template: string) => string

function fieldOf(field: SlackConfig['fields'][number], render: Render) {
  return { ...filled({ title: render(field.title), value: render(field.value) }), short: field.short }
}

function actionOf(action: SlackConfig['actions'][number], { render, word }: { render: Render; word: Render }) {
  const { type, text, url, style, name, value, confirm } = action
  return {
    ...filled({ type: word(type), text: render(text), url: word(url), style: word(style) }),
    ...filled({ name: word(name), value: word(value) }),
    ...(confirm === undefined
      ? {}
      : {
          confirm: {
            ...filled({ text: render(confirm.text), title: render(confirm.title) }),
            ...filled({ ok_text: render(confirm.ok_text), dismiss_text: render(confirm.dismiss_text) }),
          },
        }),
  }
}
