import { z } from 'zod'
import { anything, secret, text } from '../../../config/go-yaml/index.ts'
import { onlyOne, receiverShape, toHttpOptions, toSource } from '../config-parts.ts'
import { goDurationMs, httpUrl } from '../fields.ts'
import type { HttpOptions } from '../http/index.ts'
import type { ReceiverContext } from '../receiver-kind.ts'
import type { SecretSource } from '../secret-source.ts'

export type PagerdutyConfig = {
  readonly sendResolved: boolean
  readonly http: HttpOptions
  /** A `service_key` speaks version 1 of the Events API, a `routing_key` version 2. */
  readonly key: { readonly version: 1 | 2; readonly source: SecretSource }
  readonly url: string
  readonly client: string
  readonly client_url: string
  readonly description: string
  readonly details: Readonly<Record<string, unknown>>
  readonly images: readonly { readonly src: string; readonly alt: string; readonly href: string }[]
  readonly links: readonly { readonly href: string; readonly text: string }[]
  readonly source: string
  readonly severity: string
  readonly class: string
  readonly component: string
  readonly group: string
  /** ms; 0: no limit of its own. */
  readonly timeout: number
}

const DEFAULT_DETAILS = {
  firing: '{{ .Alerts.Firing | toJson }}',
  resolved: '{{ .Alerts.Resolved | toJson }}',
  num_firing: '{{ .Alerts.Firing | len }}',
  num_resolved: '{{ .Alerts.Resolved | len }}',
}

export const pagerdutySchema = z.strictObject({
  ...receiverShape,
  service_key: secret,
  service_key_file: text,
  routing_key: secret,
  routing_key_file: text,
  url: httpUrl,
  client: text,
  client_url: text,
  description: text,
  details: z.record(z.string(), anything, { error: 'expected names and values' }).nullable().optional(),
  images: z
    .array(z.strictObject({ src: text, alt: text, href: text }))
    .nullable()
    .optional(),
  links: z
    .array(z.strictObject({ href: text, text }))
    .nullable()
    .optional(),
  source: text,
  severity: text,
  class: text,
  component: text,
  group: text,
  timeout: goDurationMs,
})

/** Source: Alertmanager's documentation, "Configuration", `<pagerduty_config>`. */
export function checkPagerduty(
  given: z.output<typeof pagerdutySchema>,
  context: ReceiverContext,
): PagerdutyConfig | undefined {
  const { globals, report, directory } = context
  const http = toHttpOptions(given.http_config, context)
  onlyOne(given, ['routing_key', 'routing_key_file'], context)
  onlyOne(given, ['service_key', 'service_key_file'], context)
  const service = toSource(given.service_key, given.service_key_file, directory)
  const routing = toSource(given.routing_key, given.routing_key_file, directory)
  const source = service ?? routing
  if (source === undefined) {
    report('missing service or routing key in PagerDuty config', [])
    return undefined
  }
  const url = given.url ?? globals.pagerduty_url
  const client = given.client ?? '{{ template "pagerduty.default.client" . }}'
  return {
    sendResolved: given.send_resolved ?? true,
    http,
    key: { version: service === undefined ? 2 : 1, source },
    url,
    client,
    client_url: given.client_url ?? '{{ template "pagerduty.default.clientURL" . }}',
    description: given.description ?? '{{ template "pagerduty.default.description" .}}',
    details: { ...DEFAULT_DETAILS, ...Object(given.details == null ? {} : context.typed(['details'])) },
    images: (given.images ?? []).map(({ src, alt, href }) => ({ src: src ?? '', alt: alt ?? '', href: href ?? '' })),
    links: (given.links ?? []).map((link) => ({ href: link.href ?? '', text: link.text ?? '' })),
    source: given.source || client,
    severity: given.severity || 'error',
    class: given.class ?? '',
    component: given.component ?? '',
    group: given.group ?? '',
    timeout: given.timeout ?? 0,
  }
}
