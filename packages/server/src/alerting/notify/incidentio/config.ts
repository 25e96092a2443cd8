import { z } from 'zod'
import { count, resolveIn, secret, text } from '../../../config/go-yaml/index.ts'
import { onlyOne, receiverShape, toHttpOptions, toSource } from '../config-parts.ts'
import { goDurationMs, httpUrl } from '../fields.ts'
import type { HttpOptions } from '../http/index.ts'
import type { ReceiverContext } from '../receiver-kind.ts'
import type { SecretSource } from '../secret-source.ts'

export type IncidentioConfig = {
  readonly sendResolved: boolean
  readonly http: HttpOptions
  readonly url: { readonly text: string } | { readonly file: string }
  /** Absent: `http` carries the credentials. */
  readonly token: SecretSource | undefined
  /** 0: all. */
  readonly max_alerts: number
  /** ms; 0: no limit of its own. */
  readonly timeout: number
}

export const incidentioSchema = z.strictObject({
  ...receiverShape,
  url: httpUrl,
  url_file: text,
  alert_source_token: secret,
  alert_source_token_file: text,
  max_alerts: count,
  timeout: goDurationMs,
})

/** Source: Alertmanager's documentation, "Configuration", `<incidentio_config>`. */
export function checkIncidentio(
  given: z.output<typeof incidentioSchema>,
  context: ReceiverContext,
): IncidentioConfig | undefined {
  const { report, directory } = context
  const http = toHttpOptions(given.http_config, context)
  onlyOne(given, ['url', 'url_file'], context)
  onlyOne(given, ['alert_source_token', 'alert_source_token_file'], context)
  const token = toSource(given.alert_source_token, given.alert_source_token_file, directory)
  const own = given.http_config
  const authorized = Boolean(own?.authorization) || own?.bearer_token !== undefined || Boolean(own?.bearer_token_file)
  if (authorized && token !== undefined) {
    report('cannot specify alert_source_token or alert_source_token_file when using http_config.authorization', [])
  }
  if (own && !authorized && token === undefined) {
    report(
      'at least one of alert_source_token, alert_source_token_file or http_config.authorization must be configured',
      [],
    )
  }
  if (given.url === undefined && !given.url_file) {
    report('one of url or url_file must be configured', [])
    return undefined
  }
  return {
    sendResolved: given.send_resolved ?? true,
    http,
    url: given.url === undefined ? { file: resolveIn(directory, given.url_file ?? '') } : { text: given.url },
    token,
    max_alerts: given.max_alerts ?? 0,
    timeout: given.timeout ?? 0,
  }
}
