import { z } from 'zod'
import { plainMap, secret, text } from '../../../config/go-yaml/index.ts'
import { onlyOne, receiverShape, toHttpOptions, toSource } from '../config-parts.ts'
import { httpUrl } from '../fields.ts'
import type { HttpOptions } from '../http/index.ts'
import type { ReceiverContext } from '../receiver-kind.ts'
import type { SecretSource } from '../secret-source.ts'

export type VictoropsConfig = {
  readonly sendResolved: boolean
  readonly http: HttpOptions
  readonly api_key: SecretSource
  /** Ends in `/`. */
  readonly api_url: string
  readonly routing_key: string
  readonly message_type: string
  readonly state_message: string
  readonly entity_display_name: string
  readonly monitoring_tool: string
  readonly custom_fields: Readonly<Record<string, string>>
}

const RESERVED = ['routing_key', 'message_type', 'state_message', 'entity_display_name', 'monitoring_tool'].concat([
  'entity_id',
  'entity_state',
])

export const victoropsSchema = z.strictObject({
  ...receiverShape,
  api_key: secret,
  api_key_file: text,
  api_url: httpUrl,
  routing_key: text,
  message_type: text,
  state_message: text,
  entity_display_name: text,
  monitoring_tool: text,
  custom_fields: plainMap,
})

/** Source: Alertmanager's documentation, "Configuration", `<victorops_config>`. */
export function checkVictorops(
  given: z.output<typeof victoropsSchema>,
  context: ReceiverContext,
): VictoropsConfig | undefined {
  const { globals, report, directory } = context
  const http = toHttpOptions(given.http_config, context)
  if (!given.routing_key) report('missing Routing key in VictorOps config', [])
  onlyOne(given, ['api_key', 'api_key_file'], context)
  for (const field of RESERVED) {
    if (Object.hasOwn(given.custom_fields ?? {}, field)) {
      report(
        `victorOps config contains custom field ${field} which cannot be used as it conflicts with the fixed/static fields`,
        ['custom_fields', field],
      )
    }
  }
  const api_key =
    toSource(given.api_key, given.api_key_file, directory) ??
    toSource(globals.victorops_api_key, globals.victorops_api_key_file, directory)
  if (api_key === undefined) {
    report('no global VictorOps API Key set', [])
    return undefined
  }
  const api_url = given.api_url ?? globals.victorops_api_url
  const byDefault = (name: string) => `{{ template "victorops.default.${name}" . }}`
  return {
    sendResolved: given.send_resolved ?? true,
    http,
    api_key,
    api_url: api_url.endsWith('/') ? api_url : `${api_url}/`,
    routing_key: given.routing_key ?? '',
    message_type: given.message_type ?? 'CRITICAL',
    state_message: given.state_message ?? byDefault('state_message'),
    entity_display_name: given.entity_display_name ?? byDefault('entity_display_name'),
    monitoring_tool: given.monitoring_tool ?? byDefault('monitoring_tool'),
    custom_fields: given.custom_fields ?? {},
  }
}
