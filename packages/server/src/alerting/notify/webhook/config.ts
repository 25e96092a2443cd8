import { z } from 'zod'
import { anything, count, text } from '../../../config/go-yaml/index.ts'
import { Secret } from '../../../config/index.ts'
import { onlyOne, receiverShape, toHttpOptions, toSource } from '../config-parts.ts'
import { goDurationMs, SECRET_TOKEN, secretField } from '../fields.ts'
import type { HttpOptions } from '../http/index.ts'
import type { ReceiverContext } from '../receiver-kind.ts'
import type { SecretSource } from '../secret-source.ts'
import { templateProblem } from '../template-problem.ts'
import { urlProblem } from '../url-text.ts'

export type WebhookConfig = {
  readonly sendResolved: boolean
  readonly http: HttpOptions
  /** A secret as a whole; its text is a template. */
  readonly url: SecretSource
  /** 0: all. */
  readonly max_alerts: number
  /** ms; 0: no limit of its own. */
  readonly timeout: number
  /** Instead of the body of version 4; all its texts are templates. */
  readonly payload: unknown
}

export const webhookSchema = z.strictObject({
  ...receiverShape,
  url: secretField(text),
  url_file: text,
  max_alerts: count,
  timeout: goDurationMs,
  payload: anything,
})

/** Source: Alertmanager's documentation, "Configuration", `<webhook_config>`. */
export function checkWebhook(
  given: z.output<typeof webhookSchema>,
  context: ReceiverContext,
): WebhookConfig | undefined {
  const { report, directory } = context
  onlyOne(given, ['url', 'url_file'], context)
  const problem = given.url === SECRET_TOKEN ? undefined : problemOf(given.url ?? '')
  if (problem !== undefined) report(problem, ['url'])
  const url = toSource(given.url ? new Secret(given.url) : undefined, given.url_file, directory)
  const http = toHttpOptions(given.http_config, context)
  if (url === undefined) {
    report('one of url or url_file must be configured', [])
    return undefined
  }
  return {
    sendResolved: given.send_resolved ?? true,
    http,
    url,
    max_alerts: given.max_alerts ?? 0,
    timeout: given.timeout ?? 0,
    payload: given.payload == null ? undefined : context.typed(['payload']),
  }
}

/** No message repeats the URL. */
function problemOf(url: string): string | undefined {
  if (url === '') return undefined
  if (!url.includes('{{')) {
    return urlProblem(url) === undefined
      ? undefined
      : 'url: invalid URL (expected one such as https://example.com/path)'
  }
  const why = templateProblem(url)
  return why === undefined ? undefined : `url: invalid template syntax: ${why}`
}
