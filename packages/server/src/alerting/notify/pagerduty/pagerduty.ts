import { renderValues } from '../deep-template.ts'
import { filled } from '../filled.ts'
import { groupHash } from '../group-hash.ts'
import { createHttpNotifier, marked } from '../http-notifier.ts'
import { jsonObject, judgeReply } from '../judge-reply.ts'
import { notificationData } from '../notification-data.ts'
import type { Notification, Notifier } from '../notifier.ts'
import type { NotifierDeps } from '../receiver-kind.ts'
import { HIDDEN_SECRET } from '../secret-source.ts'
import { truncateRunes } from '../truncate.ts'
import type { PagerdutyConfig } from './config.ts'

/** PagerDuty takes no larger event. */
const MAX_EVENT_BYTES = 512_000
const MAX_SUMMARY_RUNES = 1024
const V1_PATH = '/generic/2010-04-15/create_event.json'

/**
 * An event of the Events API v2, or of v1 for a `service_key`. The hash of the group key is the key by which PagerDuty
 * folds events of one group: the same on trigger and resolve.
 * Source: PagerDuty's developer documentation, "Send an alert event" and "Events API v1".
 */
export function createPagerduty(config: PagerdutyConfig, deps: NotifierDeps, index: number): Notifier {
  const { templates } = deps
  const { key } = config
  return createHttpNotifier(
    {
      kind: 'pagerduty',
      index,
      sendResolved: config.sendResolved,
      http: config.http,
      timeoutMs: config.timeout,

      async compose(notification, secrets) {
        const data = notificationData(notification, templates.externalUrl)
        const render = (template: string) => templates.text(template, data)
        const word = (template: string) => templates.word(template, data)
        const details = renderValues(config.details, render, templates) as Record<string, unknown>
        const secret = (await secrets.reveal(key.source)).trim()
        const rendered = secret === HIDDEN_SECRET ? secret : word(secret)
        secrets.add(rendered)
        const event = { config, notification, render, word, details, secret: rendered }
        const make = key.version === 1 ? eventV1 : eventV2
        let json = make(event)
        if (Buffer.byteLength(JSON.stringify(json)) > MAX_EVENT_BYTES) {
          json = make({
            ...event,
            details: { error: `the details were left out: the event had more than ${MAX_EVENT_BYTES} bytes` },
          })
        }
        const title = marked(render(config.description), notification)
        const url = key.version === 1 ? urlOfV1(config.url) : config.url
        return { title, text: JSON.stringify(details, null, 2), requests: [{ method: 'POST', url, json }] }
      },

      judge: (reply, nowMs) =>
        judgeReply(reply, {
          nowMs,
          // v1 says 403 for "too many calls".
          ...(key.version === 1 ? { retryOn: [403] } : {}),
          details: detailsOf,
        }),
    },
    deps,
  )
}

/** v1 has one path, whichever address of PagerDuty (region, proxy) the configuration names. */
export function urlOfV1(url: string): string {
  const { origin, pathname } = new URL(url)
  return pathname.endsWith('/create_event.json') ? url : `${origin}${V1_PATH}`
}

type Event = {
  readonly config: PagerdutyConfig
  readonly notification: Notification
  readonly render: (template: string) => string
  readonly word: (template: string) => string
  readonly details: Readonly<Record<string, unknown>>
  readonly secret: string
}

function eventV1({ config, notification, render, word, details, secret }: Event): Record<string, unknown> {
  const triggers = notification.status === 'firing'
  return {
    service_key: secret,
    event_type: triggers ? 'trigger' : 'resolve',
    incident_key: groupHash(notification.groupKey),
    ...filled({ description: summaryOf(config, notification, render) }),
    ...(triggers ? filled({ client: render(config.client), client_url: word(config.client_url) }) : {}),
    ...(Object.keys(details).length === 0 ? {} : { details }),
  }
}

function eventV2({ config, notification, render, word, details, secret }: Event): Record<string, unknown> {
  const images = config.images
    .map(({ src, alt, href }) => ({ src: word(src), alt: render(alt), href: word(href) }))
    .filter(({ src }) => src !== '')
  const links = config.links
    .map(({ href, text }) => ({ href: word(href), text: render(text) }))
    .filter(({ href }) => href !== '')
  return {
    routing_key: secret,
    dedup_key: groupHash(notification.groupKey),
    event_action: notification.status === 'firing' ? 'trigger' : 'resolve',
    payload: {
      summary: summaryOf(config, notification, render),
      source: render(config.source),
      severity: severityOf(word(config.severity)),
      ...filled({ class: word(config.class), component: word(config.component), group: word(config.group) }),
      ...(Object.keys(details).length === 0 ? {} : { custom_details: details }),
    },
    ...filled({ client: render(config.client), client_url: word(config.client_url) }),
    ...(images.length === 0 ? {} : { images }),
    ...(links.length === 0 ? {} : { links }),
  }
}

/** PagerDuty refuses an event with any other word; a page with the wrong severity is better than none. */
const severityOf = (text: string) => (['critical', 'error', 'warning', 'info'].includes(text) ? text : 'error')

const summaryOf = (config: PagerdutyConfig, notification: Notification, render: Event['render']) =>
  truncateRunes(marked(render(config.description), notification), MAX_SUMMARY_RUNES)

function detailsOf(body: string): string | undefined {
  const answer = jsonObject(body)
  if (typeof answer?.message !== 'string') return undefined
  const errors = Array.isArray(answer.errors) ? answer.errors.join(', ') : ''
  return errors === '' ? answer.message : `${answer.message}: ${errors}`
}
