import { z } from 'zod'
import {
  checkHttpClient,
  flag,
  type HttpClientInput,
  plainMap,
  secret,
  text,
  tlsSchema,
} from '../../../config/go-yaml/index.ts'
import { tlsOptions, toSource } from '../config-parts.ts'
import { type HostPort, hostPort } from '../fields.ts'
import type { TlsOptions } from '../http/index.ts'
import type { ReceiverContext } from '../receiver-kind.ts'
import type { SecretSource } from '../secret-source.ts'

export type EmailConfig = {
  readonly sendResolved: boolean
  readonly to: string
  readonly from: string
  /** Name in EHLO. */
  readonly hello: string
  readonly smarthost: HostPort
  /** `''`: no authentication. */
  readonly auth_username: string
  /** For PLAIN and LOGIN. */
  readonly auth_password: SecretSource | undefined
  /** For CRAM-MD5. */
  readonly auth_secret: SecretSource | undefined
  readonly auth_identity: string
  /** By their canonical names, `Subject`, `To` and `From` always among them. */
  readonly headers: Readonly<Record<string, string>>
  readonly html: string
  readonly text: string
  /** STARTTLS or nothing; without it the connection stays as it is. */
  readonly requireTls: boolean
  /** TLS from the first byte. */
  readonly implicitTls: boolean
  readonly tls: TlsOptions
  readonly threading: 'off' | 'none' | 'daily'
}

export const emailSchema = z.strictObject({
  send_resolved: flag,
  to: text,
  from: text,
  hello: text,
  smarthost: hostPort,
  auth_username: text,
  auth_password: secret,
  auth_password_file: text,
  auth_secret: secret,
  auth_secret_file: text,
  auth_identity: text,
  headers: plainMap,
  html: text,
  text,
  require_tls: flag,
  tls_config: tlsSchema.nullable().optional(),
  force_implicit_tls: flag,
  threading: z.strictObject({ enabled: flag, thread_by_date: text }).nullable().optional(),
})

/** Source: Alertmanager's documentation, "Configuration", `<email_config>`. */
export function checkEmail(given: z.output<typeof emailSchema>, context: ReceiverContext): EmailConfig | undefined {
  const { globals, report, directory } = context
  if (!given.to) report('missing to address in email config', [])
  checkHttpClient({ tls_config: given.tls_config } as HttpClientInput, report)
  const headers = toHeaders(given.headers ?? {}, context)
  const threading = toThreading(given.threading, headers, context)
  const smarthost = given.smarthost ?? globals.smtp_smarthost
  const from = given.from || globals.smtp_from
  if (smarthost === undefined) report('no global SMTP smarthost set', [])
  else if (from === '') report('no global SMTP from set', [])
  if (smarthost === undefined || from === '') return undefined
  // A password of the receiver, in either form, replaces the global one in both; in a file it wins, as in Alertmanager.
  const passwordFile = given.auth_password_file ?? ''
  const own = toSource(passwordFile === '' ? given.auth_password : undefined, passwordFile, directory)
  const secretFile = given.auth_secret_file || globals.smtp_auth_secret_file
  const secretText = given.auth_secret ?? globals.smtp_auth_secret
  const to = given.to ?? ''
  return {
    sendResolved: given.send_resolved ?? false,
    to,
    from,
    hello: given.hello || globals.smtp_hello,
    smarthost,
    auth_username: given.auth_username || globals.smtp_auth_username,
    auth_password: own ?? toSource(globals.smtp_auth_password, globals.smtp_auth_password_file, directory),
    auth_secret: toSource(secretFile === '' ? secretText : undefined, secretFile, directory),
    auth_identity: given.auth_identity || globals.smtp_auth_identity,
    headers: { Subject: '{{ template "email.default.subject" . }}', To: to, From: from, ...headers },
    html: given.html ?? '{{ template "email.default.html" . }}',
    text: given.text ?? '',
    requireTls: given.require_tls ?? globals.smtp_require_tls,
    implicitTls: given.force_implicit_tls ?? globals.smtp_force_implicit_tls ?? smarthost.port === '465',
    tls: tlsOptions(given.tls_config ?? globals.smtp_tls_config, directory),
    threading,
  }
}

function toHeaders(given: Readonly<Record<string, string>>, { report }: ReceiverContext): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(given)) {
    const canonical = canonicalName(name)
    if (Object.hasOwn(headers, canonical)) report(`duplicate header "${canonical}" in email config`, ['headers', name])
    headers[canonical] = value
  }
  return headers
}

/** `message-id` as `Message-Id`. A name with signs that no header has stays as it is. Source: Go's net/textproto. */
const canonicalName = (name: string) =>
  /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)
    ? name.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())
    : name

function toThreading(
  given: z.output<typeof emailSchema>['threading'],
  headers: Readonly<Record<string, string>>,
  { report }: ReceiverContext,
): EmailConfig['threading'] {
  if (!given?.enabled) return 'off'
  for (const name of ['References', 'In-Reply-To']) {
    if (Object.hasOwn(headers, name)) {
      report(`conflicting configuration: threading.enabled conflicts with custom ${name} header`, ['threading'])
    }
  }
  const by = given.thread_by_date ?? ''
  if (by === 'none' || by === 'daily') return by
  report("threading.thread_by_date must be either 'none' or 'daily'", ['threading', 'thread_by_date'])
  return 'off'
}
