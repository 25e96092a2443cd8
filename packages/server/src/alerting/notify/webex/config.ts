import { z } from 'zod'
import { text } from '../../../config/go-yaml/index.ts'
import { receiverShape, toHttpOptions } from '../config-parts.ts'
import { httpUrl } from '../fields.ts'
import type { HttpOptions } from '../http/index.ts'
import type { ReceiverContext } from '../receiver-kind.ts'

export type WebexConfig = {
  readonly sendResolved: boolean
  readonly http: HttpOptions
  readonly api_url: string
  readonly message: string
  readonly room_id: string
}

export const webexSchema = z.strictObject({ ...receiverShape, api_url: httpUrl, message: text, room_id: text })

/** Source: Alertmanager's documentation, "Configuration", `<webex_config>`. */
export function checkWebex(given: z.output<typeof webexSchema>, context: ReceiverContext): WebexConfig | undefined {
  const http = toHttpOptions(given.http_config, context)
  if (!given.room_id) context.report('missing room_id on webex_config', [])
  // Alertmanager takes the old spelling of a bearer token for an authorization too.
  const { http_config: own } = given
  if (!own?.authorization && own?.bearer_token === undefined && !own?.bearer_token_file) {
    context.report('missing webex_configs.http_config.authorization', [])
  }
  return {
    sendResolved: given.send_resolved ?? true,
    http,
    api_url: given.api_url ?? context.globals.webex_api_url,
    message: given.message ?? '{{ template "webex.default.message" . }}',
    room_id: given.room_id ?? '',
  }
}
