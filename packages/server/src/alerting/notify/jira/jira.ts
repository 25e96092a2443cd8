import { renderValues } from '../deep-template.ts'
import { groupHash } from '../group-hash.ts'
import type { HttpReply } from '../http/index.ts'
import { type Call, type ComposedRequest, createHttpNotifier, marked } from '../http-notifier.ts'
import { jsonObject, judgeReply } from '../judge-reply.ts'
import { notificationData } from '../notification-data.ts'
import type { Delivery, Notification, Notifier } from '../notifier.ts'
import type { NotifierDeps } from '../receiver-kind.ts'
import { truncateRunes } from '../truncate.ts'
import type { JiraConfig } from './config.ts'
import { parseIssues, parseTransitions } from './replies.ts'
import { searchQuery, searchUrl } from './search.ts'

const MAX_SUMMARY_RUNES = 255
const MAX_DESCRIPTION_RUNES = 32_767
const HEADERS = { 'accept-language': 'en' }

/**
 * Keeps one issue for a group, found again by a label that holds the hash of the group key: created, updated, reopened
 * and resolved by its transitions.
 * Source: Atlassian's "The Jira Cloud platform REST API", version 2 and 3.
 */
export function createJira(config: JiraConfig, deps: NotifierDeps, index: number): Notifier {
  const { templates } = deps
  const base = config.api_url.replace(/\/+$/, '')

  return createHttpNotifier(
    {
      kind: 'jira',
      index,
      sendResolved: config.sendResolved,
      http: config.http,

      async compose(notification) {
        const data = notificationData(notification, templates.externalUrl)
        const render = (template: string) => templates.text(template, data)
        const word = (template: string) => templates.word(template, data)
        const fields = issueFields(config, notification, { render, word, isFallback: templates.isFallback })
        const search: ComposedRequest = {
          method: 'POST',
          url: searchUrl(base, config.api_type),
          headers: HEADERS,
          json: { jql: searchQuery(config, notification, word(config.project)), maxResults: 2, fields: ['status'] },
        }
        const create: ComposedRequest = { method: 'POST', url: `${base}/issue`, headers: HEADERS, json: { fields } }
        return {
          title: String(fields.summary),
          text: typeof fields.description === 'string' ? fields.description : '',
          requests: [search, create],
        }
      },

      async exchange({ requests }, call, { notification }): Promise<Delivery> {
        const [search, create] = requests as [ComposedRequest, ComposedRequest]
        const found = await step(call, search, deps)
        if (!found.delivery.ok) return found.delivery
        const issue = parseIssues(found.reply)[0]
        if (issue === undefined) {
          // Nothing to resolve: the issue was closed by hand, or there never was one.
          if (notification.status === 'resolved') return { ...found.delivery, answer: 'no open issue' }
          return (await step(call, create, deps)).delivery
        }
        const { fields } = create.json as { fields: Record<string, unknown> }
        const { summary, description, ...rest } = fields
        const json = {
          fields: {
            ...rest,
            ...(config.summary.enableUpdate ? { summary } : {}),
            ...(config.description.enableUpdate && description !== undefined ? { description } : {}),
          },
        }
        const url = `${base}/issue/${encodeURIComponent(issue.key)}`
        const updated = await step(call, { method: 'PUT', url, headers: HEADERS, json }, deps)
        if (!updated.delivery.ok) return updated.delivery
        const transition = transitionOf(config, notification, issue.isDone)
        if (transition === '') return updated.delivery
        return transitionIssue(call, `${url}/transitions`, transition, deps)
      },
    },
    deps,
  )
}

async function transitionIssue(call: Call, url: string, name: string, deps: NotifierDeps): Promise<Delivery> {
  const listed = await step(call, { method: 'GET', url, headers: HEADERS }, deps)
  if (!listed.delivery.ok) return listed.delivery
  const transition = parseTransitions(listed.reply).find((one) => one.name === name)
  if (transition === undefined) {
    return { ok: false, status: listed.reply.status, answer: `the issue has no transition "${name}"`, retry: false }
  }
  const json = { transition: { id: transition.id } }
  return (await step(call, { method: 'POST', url, headers: HEADERS, json }, deps)).delivery
}

async function step(call: Call, request: ComposedRequest, { clock }: NotifierDeps) {
  const reply = await call(request)
  return { reply, delivery: judgeReply(reply, { nowMs: clock.now(), details: () => detailsOf(reply) }) }
}

type Render = (template: string) => string

/** Which way the issue must go: back to open, to done, or (`''`) it stays where it is. */
function transitionOf(config: JiraConfig, notification: Notification, isDone: boolean): string {
  if (notification.status === 'firing') return isDone ? config.reopen_transition : ''
  return isDone ? '' : config.resolve_transition
}

function issueFields(
  config: JiraConfig,
  notification: Notification,
  { render, word, isFallback }: { render: Render; word: Render; isFallback: boolean },
): Record<string, unknown> {
  const labels = [
    ...config.labels.map(word).filter((label) => label !== ''),
    `ALERT{${groupHash(notification.groupKey)}}`,
  ].sort()
  const description = truncateRunes(render(config.description.template), MAX_DESCRIPTION_RUNES)
  const priority = word(config.priority)
  return {
    project: { key: word(config.project) },
    issuetype: { name: word(config.issue_type) },
    summary: truncateRunes(marked(render(config.summary.template), notification), MAX_SUMMARY_RUNES),
    ...describe(description, /\/3\/*$/.test(config.api_url)),
    labels,
    ...(priority === '' ? {} : { priority: { name: priority } }),
    ...(renderValues(config.fields, render, { isFallback }) as Record<string, unknown>),
  }
}

/** Version 3 takes descriptions in the Atlassian Document Format: one that is no JSON becomes paragraphs of it. */
function describe(text: string, isVersion3: boolean): { description?: unknown } {
  if (!isVersion3) return text === '' ? {} : { description: text }
  const trimmed = text.trim()
  if (trimmed === '') return {}
  const document = /^[[{]/.test(trimmed) ? jsonObject(trimmed) : undefined
  if (document !== undefined) return { description: document }
  const content = trimmed
    .split(/\n{2,}/)
    .map((paragraph) => ({ type: 'paragraph', content: [{ type: 'text', text: paragraph }] }))
  return { description: { type: 'doc', version: 1, content } }
}

function detailsOf(reply: HttpReply): string | undefined {
  const answer = jsonObject(reply.body)
  if (answer === undefined) return undefined
  const general = Array.isArray(answer.errorMessages) ? answer.errorMessages.map(String) : []
  const byField = Object.entries(Object(answer.errors) as object).map(([field, why]) => `${field}: ${String(why)}`)
  const all = [...general, ...byField]
  return all.length === 0 ? undefined : all.join('; ')
}
