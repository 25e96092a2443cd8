import { z } from 'zod'
import { anything, count, oneOf, plainMap, secret, text } from '../../../config/go-yaml/index.ts'
import { onlyOne, receiverShape, toHttpOptions, toSource } from '../config-parts.ts'
import { goDurationMs, secretUrl } from '../fields.ts'
import type { HttpOptions } from '../http/index.ts'
import type { ReceiverContext } from '../receiver-kind.ts'
import type { SecretSource } from '../secret-source.ts'

export type SmsConfig = {
  readonly sendResolved: boolean
  readonly http: HttpOptions
  /** A secret as a whole; its text is a template, in which what is filled in is escaped for URLs. */
  readonly url: SecretSource
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly headers: Readonly<Record<string, string>>
  /** Numbers, separated by commas. */
  readonly to: string
  readonly text: string
  /** Code points. */
  readonly max_length: number
  /** One of `body`, `json` and `form` at most; `''` and `undefined`: not given. */
  readonly body: string
  readonly json: unknown
  readonly form: Readonly<Record<string, string>> | undefined
  readonly secret: SecretSource | undefined
  readonly retry_on: readonly number[]
  /** ms; 0: no limit of its own. */
  readonly timeout: number
}

const DEFAULT_TEXT =
  '{{ .Status | toUpper }}{{ if eq .Status "firing" }} {{ .Alerts.Firing | len }}{{ end }}: ' +
  '{{ .GroupLabels.SortedPairs.Values | join " " }} {{ .CommonAnnotations.summary }}'
/** What fits in two joined messages of 16-bit characters, or in one of 7-bit ones with little to spare. */
const DEFAULT_MAX_LENGTH = 134

export const smsSchema = z.strictObject({
  ...receiverShape,
  url: secretUrl,
  url_file: text,
  method: oneOf(['GET', 'POST', 'PUT']),
  headers: plainMap,
  to: text,
  text,
  max_length: count,
  body: text,
  json: anything,
  form: plainMap,
  secret,
  secret_file: text,
  retry_on: z.array(count, { error: 'expected a list of statuses' }).nullable().optional(),
  timeout: goDurationMs,
})

export function checkSms(given: z.output<typeof smsSchema>, context: ReceiverContext): SmsConfig | undefined {
  const { report, directory } = context
  const http = toHttpOptions(given.http_config, context)
  onlyOne(given, ['url', 'url_file'], context)
  onlyOne(given, ['secret', 'secret_file'], context)
  const bodies = (['body', 'json', 'form'] as const).filter((key) => given[key] != null && given[key] !== '')
  if (bodies.length > 1) report(`at most one of body, json & form must be configured`, [bodies[1]!])
  if (!given.to) report('missing to (the numbers to send to) in sms_config', [])
  const url = toSource(given.url, given.url_file, directory)
  if (url === undefined) {
    report('one of url or url_file must be configured', [])
    return undefined
  }
  return {
    sendResolved: given.send_resolved ?? false,
    http,
    url,
    method: given.method ?? 'POST',
    headers: given.headers ?? {},
    to: given.to ?? '',
    text: given.text ?? DEFAULT_TEXT,
    max_length: given.max_length ?? DEFAULT_MAX_LENGTH,
    body: given.body ?? '',
    json: given.json == null ? undefined : context.typed(['json']),
    form: given.form,
    secret: toSource(given.secret, given.secret_file, directory),
    retry_on: (given.retry_on ?? []).filter((status) => status !== undefined),
    timeout: given.timeout ?? 0,
  }
}
