import { z } from 'zod'
import { text } from '../../../config/go-yaml/index.ts'
import { onlyOne, receiverShape, toHttpOptions, toSource } from '../config-parts.ts'
import { secretUrl } from '../fields.ts'
import type { HttpOptions } from '../http/index.ts'
import type { ReceiverContext } from '../receiver-kind.ts'
import type { SecretSource } from '../secret-source.ts'

export type DiscordConfig = {
  readonly sendResolved: boolean
  readonly http: HttpOptions
  readonly webhook_url: SecretSource
  readonly content: string
  readonly title: string
  readonly message: string
  readonly username: string
  readonly avatar_url: string
}

export const discordSchema = z.strictObject({
  ...receiverShape,
  webhook_url: secretUrl,
  webhook_url_file: text,
  content: text,
  title: text,
  message: text,
  username: text,
  avatar_url: text,
})

/** Source: Alertmanager's documentation, "Configuration", `<discord_config>`. */
export function checkDiscord(
  given: z.output<typeof discordSchema>,
  context: ReceiverContext,
): DiscordConfig | undefined {
  const http = toHttpOptions(given.http_config, context)
  onlyOne(given, ['webhook_url', 'webhook_url_file'], context)
  const webhook_url = toSource(given.webhook_url, given.webhook_url_file, context.directory)
  if (webhook_url === undefined) {
    context.report('one of webhook_url or webhook_url_file must be configured', [])
    return undefined
  }
  return {
    sendResolved: given.send_resolved ?? true,
    http,
    webhook_url,
    content: given.content ?? '',
    title: given.title ?? '{{ template "discord.default.title" . }}',
    message: given.message ?? '{{ template "discord.default.message" . }}',
    username: given.username ?? '',
    avatar_url: given.avatar_url ?? '',
  }
}
