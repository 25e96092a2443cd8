import { z } from 'zod'
import { flag, text } from '../../../config/go-yaml/index.ts'
import { onlyOne, receiverShape, toHttpOptions, toSource } from '../config-parts.ts'
import { secretUrl } from '../fields.ts'
import type { HttpOptions } from '../http/index.ts'
import type { ReceiverContext } from '../receiver-kind.ts'
import type { SecretSource } from '../secret-source.ts'

const TEXTS = [
  'fallback',
  'color',
  'pretext',
  'text',
  'author_name',
  'author_link',
  'author_icon',
  'title',
  'title_link',
  'thumb_url',
  'footer',
  'footer_icon',
  'image_url',
] as const
type Texts = Readonly<Record<(typeof TEXTS)[number], string>>

export type MattermostAttachment = Texts & {
  readonly fields: readonly { readonly title: string; readonly value: string; readonly short: boolean | undefined }[]
}

/** The texts of the only attachment stand on top, unless there are `attachments`. */
export type MattermostConfig = MattermostAttachment & {
  readonly sendResolved: boolean
  readonly http: HttpOptions
  readonly webhook_url: SecretSource
  readonly channel: string
  readonly username: string
  readonly icon_url: string
  readonly icon_emoji: string
  readonly attachments: readonly MattermostAttachment[]
  readonly type: string
  /** Markdown in the side bar; `''`: none. */
  readonly card: string
  readonly priority:
    | { readonly priority: string; readonly requested_ack: boolean; readonly persistent_notifications: boolean }
    | undefined
}

const attachmentShape = {
  ...(Object.fromEntries(TEXTS.map((name) => [name, text])) as Record<(typeof TEXTS)[number], typeof text>),
  fields: z
    .array(z.strictObject({ title: text, value: text, short: flag }))
    .nullable()
    .optional(),
}
const attachmentSchema = z.strictObject(attachmentShape)

export const mattermostSchema = z.strictObject({
  ...receiverShape,
  ...attachmentShape,
  webhook_url: secretUrl,
  webhook_url_file: text,
  channel: text,
  username: text,
  icon_url: text,
  icon_emoji: text,
  attachments: z.array(attachmentSchema).nullable().optional(),
  type: text,
  props: z.strictObject({ card: text }).nullable().optional(),
  priority: z
    .strictObject({ priority: text, requested_ack: flag, persistent_notifications: flag })
    .nullable()
    .optional(),
})

/** Source: Alertmanager's documentation, "Configuration", `<mattermost_config>`. */
export function checkMattermost(
  given: z.output<typeof mattermostSchema>,
  context: ReceiverContext,
): MattermostConfig | undefined {
  const { globals, directory } = context
  const http = toHttpOptions(given.http_config, context)
  onlyOne(given, ['webhook_url', 'webhook_url_file'], context)
  const webhook_url =
    toSource(given.webhook_url, given.webhook_url_file, directory) ??
    toSource(globals.mattermost_webhook_url, globals.mattermost_webhook_url_file, directory)
  if (webhook_url === undefined) {
    context.report('missing webhook_url or webhook_url_file on mattermost_config', [])
    return undefined
  }
  const byDefault = (name: string) => `{{ template "mattermost.default.${name}" . }}`
  const { priority } = given
  return {
    sendResolved: given.send_resolved ?? true,
    http,
    webhook_url,
    ...toAttachment(given, context, []),
    color: given.color ?? byDefault('color'),
    text: given.text ?? byDefault('text'),
    title: given.title ?? byDefault('title'),
    title_link: given.title_link ?? byDefault('titlelink'),
    fallback: given.fallback ?? byDefault('fallback'),
    channel: given.channel ?? '',
    username: given.username ?? byDefault('username'),
    icon_url: given.icon_url ?? '',
    icon_emoji: given.icon_emoji ?? '',
    attachments: (given.attachments ?? []).map((one, i) => toAttachment(one, context, ['attachments', i])),
    type: given.type ?? '',
    card: given.props?.card ?? '',
    priority: priority?.priority
      ? {
          priority: priority.priority,
          requested_ack: priority.requested_ack ?? false,
          persistent_notifications: priority.persistent_notifications ?? false,
        }
      : undefined,
  }
}

function toAttachment(
  given: z.output<typeof attachmentSchema>,
  { report }: ReceiverContext,
  path: readonly (string | number)[],
): MattermostAttachment {
  const fields = (given.fields ?? []).map(({ title, value, short }, i) => {
    if (!title) report('missing title in Mattermost field configuration', [...path, 'fields', i])
    if (!value) report('missing value in Mattermost field configuration', [...path, 'fields', i])
    return { title: title ?? '', value: value ?? '', short }
  })
  return { ...(Object.fromEntries(TEXTS.map((name) => [name, given[name] ?? ''])) as Texts), fields }
}
