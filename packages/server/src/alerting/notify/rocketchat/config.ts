import { z } from 'zod'
import { flag, secret, text } from '../../../config/go-yaml/index.ts'
import { onlyOne, receiverShape, toHttpOptions, toSource } from '../config-parts.ts'
import { httpUrl } from '../fields.ts'
import type { HttpOptions } from '../http/index.ts'
import type { ReceiverContext } from '../receiver-kind.ts'
import type { SecretSource } from '../secret-source.ts'

export type RocketchatConfig = {
  readonly sendResolved: boolean
  readonly http: HttpOptions
  readonly api_url: string
  readonly token: SecretSource
  readonly token_id: SecretSource
  readonly channel: string
  readonly color: string
  readonly title: string
  readonly title_link: string
  readonly text: string
  readonly fields: readonly { readonly title: string; readonly value: string; readonly short: boolean }[]
  readonly emoji: string
  readonly icon_url: string
  readonly image_url: string
  readonly thumb_url: string
  readonly actions: readonly { readonly text: string; readonly url: string; readonly msg: string }[]
}

/** Alertmanager reads these names without the underscores that its documentation writes. */
const actionSchema = z.strictObject({
  type: text,
  text,
  url: text,
  msg: text,
  imageurl: text,
  iswebview: flag,
  webviewheightratio: text,
  msginchatwindow: flag,
  msgprocessingtype: text,
})

export const rocketchatSchema = z
  .strictObject({
    ...receiverShape,
    api_url: httpUrl,
    token: secret,
    token_file: text,
    token_id: secret,
    token_id_file: text,
    channel: text,
    color: text,
    title: text,
    title_link: text,
    text,
    fields: z
      .array(z.strictObject({ title: text, value: text, short: flag }))
      .nullable()
      .optional(),
    short_fields: flag,
    emoji: text,
    icon_url: text,
    image_url: text,
    thumb_url: text,
    link_names: flag,
    actions: z.array(actionSchema).nullable().optional(),
  })
  .nullable()

type Input = NonNullable<z.output<typeof rocketchatSchema>>

/** Source: Alertmanager's documentation, "Configuration", `<rocketchat_config>`. */
export function checkRocketchat(section: Input | null, context: ReceiverContext): RocketchatConfig | undefined {
  const given = section ?? ({} as Input)
  const { globals, report, directory } = context
  const http = toHttpOptions(given.http_config, context)
  onlyOne(given, ['token', 'token_file'], context)
  onlyOne(given, ['token_id', 'token_id_file'], context)
  const token_id =
    toSource(given.token_id, given.token_id_file, directory) ??
    toSource(globals.rocketchat_token_id, globals.rocketchat_token_id_file, directory)
  const token =
    toSource(given.token, given.token_file, directory) ??
    toSource(globals.rocketchat_token, globals.rocketchat_token_file, directory)
  if (token_id === undefined) report('no global Rocketchat TokenID set either inline or in a file', [])
  if (token === undefined) report('no global Rocketchat Token set either inline or in a file', [])
  if (token === undefined || token_id === undefined) return undefined
  const byDefault = (template: string) => (section === null ? '' : template)
  return {
    sendResolved: given.send_resolved ?? false,
    http,
    api_url: given.api_url ?? globals.rocketchat_api_url,
    token,
    token_id,
    channel: given.channel ?? '',
    color: given.color ?? byDefault('{{ if eq .Status "firing" }}red{{ else }}green{{ end }}'),
    title: given.title ?? byDefault('{{ template "rocketchat.default.title" . }}'),
    title_link: given.title_link ?? byDefault('{{ template "rocketchat.default.titlelink" . }}'),
    text: given.text ?? byDefault('{{ template "rocketchat.default.text" . }}'),
    fields: (given.fields ?? []).map(({ title, value, short }) => ({
      title: title ?? '',
      value: value ?? '',
      short: short ?? given.short_fields ?? false,
    })),
    emoji: given.emoji ?? byDefault('{{ template "rocketchat.default.emoji" . }}'),
    icon_url: given.icon_url ?? byDefault('{{ template "rocketchat.default.iconurl" . }}'),
    image_url: given.image_url ?? '',
    thumb_url: given.thumb_url ?? '',
    actions: (given.actions ?? []).map((action) => ({
      text: action.text ?? '',
      url: action.url ?? '',
      msg: action.msg ?? '',
    })),
  }
}
