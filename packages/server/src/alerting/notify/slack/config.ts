import { z } from 'zod'
import { flag, secret, text, textList } from '../../../config/go-yaml/index.ts'
import { Secret } from '../../../config/index.ts'
import { onlyOne, receiverShape, toHttpOptions, toSource } from '../config-parts.ts'
import { goDurationMs, httpUrl, secretUrl } from '../fields.ts'
import type { HttpOptions } from '../http/index.ts'
import type { ReceiverContext } from '../receiver-kind.ts'
import type { SecretSource } from '../secret-source.ts'

export type SlackConfig = {
  readonly sendResolved: boolean
  readonly http: HttpOptions
  /** The webhook, or the method of Slack's API that a token calls. */
  readonly url: SecretSource
  readonly channel: string
  readonly username: string
  readonly color: string
  readonly title: string
  readonly title_link: string
  readonly pretext: string
  readonly text: string
  readonly message_text: string
  readonly fields: readonly { readonly title: string; readonly value: string; readonly short: boolean }[]
  readonly footer: string
  readonly fallback: string
  readonly callback_id: string
  readonly icon_emoji: string
  readonly icon_url: string
  readonly image_url: string
  readonly thumb_url: string
  readonly link_names: boolean
  readonly mrkdwn_in: readonly string[]
  readonly actions: readonly SlackAction[]
  readonly update_message: boolean
  /** ms; 0: no limit of its own. */
  readonly timeout: number
}

export type SlackAction = {
  readonly type: string
  readonly text: string
  readonly url: string
  readonly style: string
  readonly name: string
  readonly value: string
  readonly confirm:
    | { readonly text: string; readonly title: string; readonly ok_text: string; readonly dismiss_text: string }
    | undefined
}

const POST_MESSAGE = 'https://slack.com/api/chat.postMessage'

const confirmSchema = z.strictObject({ text, title: text, ok_text: text, dismiss_text: text })
const actionSchema = z.strictObject({
  type: text,
  text,
  url: text,
  style: text,
  name: text,
  value: text,
  confirm: confirmSchema.nullable().optional(),
})
const listOf = <T extends z.ZodType>(item: T) => z.array(item, { error: 'expected a list' }).nullable().optional()

export const slackSchema = z
  .strictObject({
    ...receiverShape,
    api_url: secretUrl,
    api_url_file: text,
    app_token: secret,
    app_token_file: text,
    app_url: httpUrl,
    channel: text,
    username: text,
    color: text,
    title: text,
    title_link: text,
    pretext: text,
    text,
    message_text: text,
    fields: listOf(z.strictObject({ title: text, value: text, short: flag })),
    short_fields: flag,
    footer: text,
    fallback: text,
    callback_id: text,
    icon_emoji: text,
    icon_url: text,
    image_url: text,
    thumb_url: text,
    link_names: flag,
    mrkdwn_in: textList,
    actions: listOf(actionSchema),
    update_message: flag,
    timeout: goDurationMs,
  })
  // An entry without a key takes everything from `global`.
  .nullable()

type Input = NonNullable<z.output<typeof slackSchema>>

/** Source: Alertmanager's documentation, "Configuration", `<slack_config>`. */
export function checkSlack(section: Input | null, context: ReceiverContext): SlackConfig | undefined {
  const given = section ?? ({} as Input)
  const reached = reach(given, context)
  const fields = (given.fields ?? []).map((field, i) => {
    if (!field.title) context.report('missing title in Slack field configuration', ['fields', i])
    if (!field.value) context.report('missing value in Slack field configuration', ['fields', i])
    const short = field.short ?? given.short_fields ?? false
    return { title: field.title ?? '', value: field.value ?? '', short }
  })
  const actions = (given.actions ?? []).map((action, i) => toAction(action, i, context))
  if (reached === undefined) return undefined
  // What Alertmanager fills in when the entry is there but empty; an empty section has no texts at all.
  const byDefault = (name: string) => (section === null ? '' : `{{ template "slack.default.${name}" . }}`)
  return {
    sendResolved: given.send_resolved ?? false,
    ...reached,
    channel: given.channel ?? '',
    username: given.username ?? byDefault('username'),
    color: given.color ?? (section === null ? '' : '{{ template "slack.default.color" . }}'),
    title: given.title ?? byDefault('title'),
    title_link: given.title_link ?? byDefault('titlelink'),
    pretext: given.pretext ?? byDefault('pretext'),
    text: given.text ?? byDefault('text'),
    message_text: given.message_text ?? '',
    fields,
    footer: given.footer ?? byDefault('footer'),
    fallback: given.fallback ?? byDefault('fallback'),
    callback_id: given.callback_id ?? byDefault('callbackid'),
    icon_emoji: given.icon_emoji ?? byDefault('iconemoji'),
    icon_url: given.icon_url ?? byDefault('iconurl'),
    image_url: given.image_url ?? '',
    thumb_url: given.thumb_url ?? '',
    link_names: given.link_names ?? false,
    mrkdwn_in: given.mrkdwn_in ?? [],
    actions,
    update_message: given.update_message ?? false,
    timeout: given.timeout ?? 0,
  }
}

/** Where to, and with which credentials: a webhook, or Slack's API with the token of an app. */
function reach(given: Input, context: ReceiverContext): Pick<SlackConfig, 'url' | 'http'> | undefined {
  const { globals, report, directory } = context
  const http = toHttpOptions(given.http_config, context)
  onlyOne(given, ['api_url', 'api_url_file'], context)
  onlyOne(given, ['app_token', 'app_token_file'], context)
  const ownUrl = toSource(given.api_url, given.api_url_file, directory)
  const ownToken = toSource(given.app_token, given.app_token_file, directory)
  if (ownUrl !== undefined && ownToken !== undefined) {
    const key = given.app_token === undefined ? 'app_token_file' : 'app_token'
    report('at most one of api_url/api_url_file & app_token/app_token_file must be configured', [key])
  }
  const takesGlobalToken = ownToken === undefined && !given.http_config?.authorization && given.api_url === undefined
  const globalToken = toSource(globals.slack_app_token, globals.slack_app_token_file, directory)
  const token = ownToken ?? (takesGlobalToken ? globalToken : undefined)
  const appUrl = given.app_url ?? globals.slack_app_url
  if (given.update_message && token === undefined && given.api_url?.reveal() !== POST_MESSAGE) {
    report(`update_message can only be used with bot tokens. api_url must be set to ${POST_MESSAGE}`, [
      'update_message',
    ])
  }
  if (token !== undefined) {
    if (http.authorization !== undefined) {
      report("http authorization can't be set when using Slack App tokens", ['http_config'])
    }
    return {
      url: { value: new Secret(appUrl) },
      http: { ...http, authorization: { type: 'Bearer', credentials: token } },
    }
  }
  const url = ownUrl ?? toSource(globals.slack_api_url, globals.slack_api_url_file, directory)
  if (url !== undefined) return { url, http }
  report('no Slack API URL nor App token set either inline or in a file', [])
  return undefined
}

function toAction(given: z.output<typeof actionSchema>, i: number, { report }: ReceiverContext): SlackAction {
  if (!given.type) report('missing type in Slack action configuration', ['actions', i])
  if (!given.text) report('missing text in Slack action configuration', ['actions', i])
  if (!given.url && !given.name) report('missing name or url in Slack action configuration', ['actions', i])
  if (given.confirm && !given.confirm.text) {
    report('missing text in Slack confirmation configuration', ['actions', i, 'confirm'])
  }
  const isLink = Boolean(given.url)
  const { confirm } = given
  return {
    type: given.type ?? '',
    text: given.text ?? '',
    url: given.url ?? '',
    style: given.style ?? '',
    // A link has none of the parts of a button.
    name: isLink ? '' : (given.name ?? ''),
    value: isLink ? '' : (given.value ?? ''),
    confirm:
      isLink || !confirm
        ? undefined
        : {
            text: confirm.text ?? '',
            title: confirm.title ?? '',
            ok_text: confirm.ok_text ?? '',
            dismiss_text: confirm.dismiss_text ?? '',
          },
  }
}
