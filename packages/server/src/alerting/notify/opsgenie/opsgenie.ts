import { filled } from '../filled.ts'
import { groupHash } from '../group-hash.ts'
import { type ComposedRequest, createHttpNotifier, marked } from '../http-notifier.ts'
import { notificationData } from '../notification-data.ts'
import type { Notifier } from '../notifier.ts'
import type { NotifierDeps } from '../receiver-kind.ts'
import { HIDDEN_SECRET } from '../secret-source.ts'
import { truncateRunes } from '../truncate.ts'
import type { OpsgenieConfig } from './config.ts'

const MAX_MESSAGE_RUNES = 130

/**
 * Creates an alert whose alias is the hash of the group key, and closes it when all is resolved; with `update_alerts`
 * message and description of the alert that is there are brought up to date too.
 * Source: Opsgenie's "Alert API".
 */
export function createOpsgenie(config: OpsgenieConfig, deps: NotifierDeps, index: number): Notifier {
  const { templates } = deps
  return createHttpNotifier(
    {
      kind: 'opsgenie',
      index,
      sendResolved: config.sendResolved,
      http: config.http,

      async compose(notification, secrets) {
        const data = notificationData(notification, templates.externalUrl)
        const render = (template: string) => templates.text(template, data)
        const word = (template: string) => templates.word(template, data)
        const secret = (await secrets.reveal(config.api_key)).trim()
        const key = secret === HIDDEN_SECRET ? secret : word(secret)
        secrets.add(key)
        const headers = { authorization: `GenieKey ${key}` }
        const alias = groupHash(notification.groupKey)
        const message = truncateRunes(marked(render(config.message), notification), MAX_MESSAGE_RUNES)
        const source = render(config.source)
        const at = (action: string) => `${config.api_url}v2/alerts/${alias}/${action}?identifierType=alias`
        if (notification.status === 'resolved') {
          const url = at('close')
          return { title: message, text: '', requests: [{ method: 'POST', url, headers, json: { source } }] }
        }
        const description = render(config.description)
        const responders = respondersOf(config, word)
        const tags = splitList(word(config.tags))
        const actions = splitList(word(config.actions))
        const json = {
          alias,
          message,
          ...filled({ description }),
          details: { ...data.commonLabels, ...renderValues(config.details, render) },
          source,
          ...(responders.length === 0 ? {} : { responders }),
          ...(tags.length === 0 ? {} : { tags }),
          ...filled({ note: render(config.note), priority: word(config.priority), entity: word(config.entity) }),
          ...(actions.length === 0 ? {} : { actions }),
        }
        const requests: ComposedRequest[] = [{ method: 'POST', url: `${config.api_url}v2/alerts`, headers, json }]
        if (config.update_alerts) {
          requests.push({ method: 'PUT', url: at('message'), headers, json: { message } })
          requests.push({ method: 'PUT', url: at('description'), headers, json: filled({ description }) })
        }
        return { title: message, text: description, requests }
      },
    },
    deps,
  )
}

type Render = (template: string) => string

function respondersOf(config: OpsgenieConfig, render: Render): Partial<Record<string, string>>[] {
  return config.responders.flatMap((responder): Partial<Record<string, string>>[] => {
    const { id, name, username, type } = responder
    const one = { id: render(id), name: render(name), username: render(username), type: render(type) }
    if (Object.values(one).every((text) => text === '')) return []
    if (one.type === 'teams') return splitList(one.name).map((team) => ({ name: team, type: 'team' }))
    return [{ ...filled({ id: one.id, name: one.name, username: one.username }), type: one.type }]
  })
}

const splitList = (text: string) =>
  text.trim() === ''
    ? []
    : text
        .trim()
        .split(',')
        .filter((part) => part !== '')

const renderValues = (values: Readonly<Record<string, string>>, render: Render) =>
  Object.fromEntries(Object.entries(values).map(([name, template]) => [name, render(template)]))
