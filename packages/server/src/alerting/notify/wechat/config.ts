import { z } from 'zod'
import { secret, text } from '../../../config/go-yaml/index.ts'
import { onlyOne, receiverShape, toHttpOptions, toSource } from '../config-parts.ts'
import { httpUrl } from '../fields.ts'
import type { HttpOptions } from '../http/index.ts'
import type { ReceiverContext } from '../receiver-kind.ts'
import type { SecretSource } from '../secret-source.ts'

export type WechatConfig = {
  readonly sendResolved: boolean
  readonly http: HttpOptions
  readonly api_secret: SecretSource
  readonly corp_id: string
  /** Ends in `/`. */
  readonly api_url: string
  readonly message: string
  readonly to_user: string
  readonly to_party: string
  readonly to_tag: string
  readonly agent_id: string
  readonly message_type: 'text' | 'markdown'
}

export const wechatSchema = z
  .strictObject({
    ...receiverShape,
    api_secret: secret,
    api_secret_file: text,
    corp_id: text,
    message: text,
    api_url: httpUrl,
    to_user: text,
    to_party: text,
    to_tag: text,
    agent_id: text,
    message_type: text,
  })
  .nullable()

type Input = NonNullable<z.output<typeof wechatSchema>>

/** Source: Alertmanager's documentation, "Configuration", `<wechat_config>`. */
export function checkWechat(section: Input | null, context: ReceiverContext): WechatConfig | undefined {
  const given = section ?? ({} as Input)
  const { globals, report, directory } = context
  const http = toHttpOptions(given.http_config, context)
  const message_type = given.message_type || 'text'
  if (message_type !== 'text' && message_type !== 'markdown') {
    report(`weChat message type "${message_type}" does not match valid options ^(text|markdown)$`, ['message_type'])
    return undefined
  }
  onlyOne(given, ['api_secret', 'api_secret_file'], context)
  const api_secret =
    toSource(given.api_secret, given.api_secret_file, directory) ??
    toSource(globals.wechat_api_secret, globals.wechat_api_secret_file, directory)
  const corp_id = given.corp_id || globals.wechat_api_corp_id
  if (api_secret === undefined) report('no global Wechat Api Secret set either inline or in a file', [])
  if (corp_id === '') report('no global Wechat CorpID set', [])
  if (api_secret === undefined || corp_id === '') return undefined
  const api_url = given.api_url ?? globals.wechat_api_url
  const byDefault = (name: string) => (section === null ? '' : `{{ template "wechat.default.${name}" . }}`)
  return {
    sendResolved: given.send_resolved ?? false,
    http,
    api_secret,
    corp_id,
    api_url: api_url.endsWith('/') ? api_url : `${api_url}/`,
    message: given.message ?? byDefault('message'),
    to_user: given.to_user ?? byDefault('to_user'),
    to_party: given.to_party ?? byDefault('to_party'),
    to_tag: given.to_tag ?? byDefault('to_tag'),
    agent_id: given.agent_id ?? byDefault('agent_id'),
    message_type,
  }
}
