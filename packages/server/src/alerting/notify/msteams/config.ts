import { z } from 'zod'
import { text } from '../../../config/go-yaml/index.ts'
import { onlyOne, receiverShape, toHttpOptions, toSource } from '../config-parts.ts'
import { secretUrl } from '../fields.ts'
import type { HttpOptions } from '../http/index.ts'
import type { ReceiverContext } from '../receiver-kind.ts'
import type { SecretSource } from '../secret-source.ts'

export type Msteamsv2Config = {
  readonly sendResolved: boolean
  readonly http: HttpOptions
  readonly webhook_url: SecretSource
  readonly title: string
  readonly text: string
}

export type MsteamsConfig = Msteamsv2Config & { readonly summary: string }

export const msteamsv2Schema = z.strictObject({
  ...receiverShape,
  webhook_url: secretUrl,
  webhook_url_file: text,
  title: text,
  text,
})

export const msteamsSchema = msteamsv2Schema.extend({ summary: text })

/** Source: Alertmanager's documentation, "Configuration", `<msteams_config>`. */
export function checkMsteams(
  given: z.output<typeof msteamsSchema>,
  context: ReceiverContext,
): MsteamsConfig | undefined {
  const common = checkCommon(given, context)
  if (common === undefined) return undefined
  return {
    ...common,
    title: given.title ?? '{{ template "msteams.default.title" . }}',
    summary: given.summary ?? '{{ template "msteams.default.summary" . }}',
    text: given.text ?? '{{ template "msteams.default.text" . }}',
  }
}

/** Source: Alertmanager's documentation, "Configuration", `<msteamsv2_config>`. */
export function checkMsteamsv2(
  given: z.output<typeof msteamsv2Schema>,
  context: ReceiverContext,
): Msteamsv2Config | undefined {
  const common = checkCommon(given, context)
  if (common === undefined) return undefined
  return {
    ...common,
    title: given.title ?? '{{ template "msteamsv2.default.title" . }}',
    text: given.text ?? '{{ template "msteamsv2.default.text" . }}',
  }
}

function checkCommon(given: z.output<typeof msteamsv2Schema>, context: ReceiverContext) {
  const http = toHttpOptions(given.http_config, context)
  onlyOne(given, ['webhook_url', 'webhook_url_file'], context)
  const webhook_url = toSource(given.webhook_url, given.webhook_url_file, context.directory)
  if (webhook_url === undefined) {
    context.report('one of webhook_url or webhook_url_file must be configured', [])
    return undefined
  }
  return { sendResolved: given.send_resolved ?? true, http, webhook_url }
}
