import { z } from 'zod'
import { flag, secret, text } from '../../../config/go-yaml/index.ts'
import { onlyOne, receiverShape, toHttpOptions, toSource } from '../config-parts.ts'
import { goDurationText } from '../fields.ts'
import type { HttpOptions } from '../http/index.ts'
import type { ReceiverContext } from '../receiver-kind.ts'
import type { SecretSource } from '../secret-source.ts'

export type PushoverConfig = {
  readonly sendResolved: boolean
  readonly http: HttpOptions
  readonly api_url: string
  readonly user_key: SecretSource
  readonly token: SecretSource
  readonly title: string
  readonly message: string
  readonly url: string
  readonly url_title: string
  readonly device: string
  readonly sound: string
  readonly priority: string
  /** ms. */
  readonly retry: number
  /** ms. */
  readonly expire: number
  /** ms; 0: for ever. */
  readonly ttl: number
  readonly html: boolean
  readonly monospace: boolean
}

const API_URL = 'https://api.pushover.net/1/messages.json'

export const pushoverSchema = z.strictObject({
  ...receiverShape,
  user_key: secret,
  user_key_file: text,
  token: secret,
  token_file: text,
  title: text,
  message: text,
  url: text,
  url_title: text,
  device: text,
  sound: text,
  priority: text,
  retry: goDurationText,
  expire: goDurationText,
  ttl: goDurationText,
  html: flag,
  monospace: flag,
})

/** Source: Alertmanager's documentation, "Configuration", `<pushover_config>`. */
export function checkPushover(
  given: z.output<typeof pushoverSchema>,
  context: ReceiverContext,
): PushoverConfig | undefined {
  const { report, directory } = context
  const http = toHttpOptions(given.http_config, context)
  onlyOne(given, ['user_key', 'user_key_file'], context)
  onlyOne(given, ['token', 'token_file'], context)
  if (given.html && given.monospace) report('at most one of monospace & html must be configured', ['monospace'])
  const user_key = toSource(given.user_key, given.user_key_file, directory)
  const token = toSource(given.token, given.token_file, directory)
  if (user_key === undefined) report('one of user_key or user_key_file must be configured', [])
  if (token === undefined) report('one of token or token_file must be configured', [])
  if (user_key === undefined || token === undefined) return undefined
  const retry = given.retry ?? 60_000
  const expire = given.expire ?? 3_600_000
  if (retry < 30_000)
    context.warn?.('retry: Pushover refuses emergency messages that repeat more often than every 30s', ['retry'])
  if (expire > 10_800_000) context.warn?.('expire: Pushover refuses emergency messages that last over 3h', ['expire'])
  return {
    sendResolved: given.send_resolved ?? true,
    http,
    api_url: API_URL,
    user_key,
    token,
    title: given.title ?? '{{ template "pushover.default.title" . }}',
    message: given.message ?? '{{ template "pushover.default.message" . }}',
    url: given.url ?? '{{ template "pushover.default.url" . }}',
    url_title: given.url_title ?? '',
    device: given.device ?? '',
    sound: given.sound ?? '',
    priority: given.priority ?? '{{ if eq .Status "firing" }}2{{ else }}0{{ end }}',
    retry,
    expire,
    ttl: given.ttl ?? 0,
    html: given.html ?? false,
    monospace: given.monospace ?? false,
  }
}
