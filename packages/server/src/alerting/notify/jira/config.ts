import { z } from 'zod'
import { anything, flag, text, textList } from '../../../config/go-yaml/index.ts'
import { receiverShape, toHttpOptions } from '../config-parts.ts'
import { durationMs, httpUrl } from '../fields.ts'
import type { HttpOptions } from '../http/index.ts'
import type { ReceiverContext } from '../receiver-kind.ts'

export type JiraField = { readonly template: string; readonly enableUpdate: boolean }

export type JiraConfig = {
  readonly sendResolved: boolean
  readonly http: HttpOptions
  readonly api_url: string
  readonly api_type: 'auto' | 'cloud' | 'datacenter'
  readonly project: string
  readonly summary: JiraField
  readonly description: JiraField
  readonly labels: readonly string[]
  readonly priority: string
  readonly issue_type: string
  readonly reopen_transition: string
  readonly resolve_transition: string
  readonly wont_fix_resolution: string
  /** ms; 0: no limit is set, resolved issues are not reopened. */
  readonly reopen_duration: number
  readonly fields: Readonly<Record<string, unknown>>
}

/** A template, or a template and whether an issue that is there gets it too. */
const fieldSchema = z
  .union([z.string(), z.strictObject({ template: text, enable_update: flag })], {
    error: 'expected a text, or template and enable_update',
  })
  .nullable()
  .optional()

export const jiraSchema = z.strictObject({
  ...receiverShape,
  api_url: httpUrl,
  api_type: text,
  project: text,
  summary: fieldSchema,
  description: fieldSchema,
  labels: textList,
  priority: text,
  issue_type: text,
  reopen_transition: text,
  resolve_transition: text,
  wont_fix_resolution: text,
  reopen_duration: durationMs,
  fields: z.record(z.string(), anything, { error: 'expected names and values' }).nullable().optional(),
})

/** Source: Alertmanager's documentation, "Configuration", `<jira_config>`. */
export function checkJira(given: z.output<typeof jiraSchema>, context: ReceiverContext): JiraConfig | undefined {
  const { globals, report } = context
  const http = toHttpOptions(given.http_config, context)
  if (!given.project) report('missing project in jira_config', [])
  if (!given.issue_type) report('missing issue_type in jira_config', [])
  const api_type = given.api_type ?? 'auto'
  const api_url = given.api_url ?? globals.jira_api_url
  if (api_type !== 'auto' && api_type !== 'cloud' && api_type !== 'datacenter') {
    report('unknown api_type on jira_config, must be auto, cloud or datacenter', ['api_type'])
    return undefined
  }
  if (api_url === undefined) {
    report('no global Jira Cloud URL set', [])
    return undefined
  }
  return {
    sendResolved: given.send_resolved ?? true,
    http,
    api_url,
    api_type,
    project: given.project ?? '',
    summary: toField(given.summary, '{{ template "jira.default.summary" . }}'),
    description: toField(given.description, '{{ template "jira.default.description" . }}'),
    labels: given.labels ?? [],
    priority: given.priority ?? '{{ template "jira.default.priority" . }}',
    issue_type: given.issue_type ?? '',
    reopen_transition: given.reopen_transition ?? '',
    resolve_transition: given.resolve_transition ?? '',
    wont_fix_resolution: given.wont_fix_resolution ?? '',
    reopen_duration: given.reopen_duration ?? 0,
    fields: Object(given.fields == null ? {} : context.typed(['fields'])) as Record<string, unknown>,
  }
}

function toField(given: z.output<typeof fieldSchema>, template: string): JiraField {
  if (given == null) return { template, enableUpdate: true }
  if (typeof given === 'string') return { template: given, enableUpdate: true }
  return { template: given.template ?? template, enableUpdate: given.enable_update ?? true }
}
