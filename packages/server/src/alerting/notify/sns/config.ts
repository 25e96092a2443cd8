import { z } from 'zod'
import { flag, plainMap, secret, text } from '../../../config/go-yaml/index.ts'
import { receiverShape, toHttpOptions, toSource } from '../config-parts.ts'
import type { HttpOptions } from '../http/index.ts'
import type { ReceiverContext } from '../receiver-kind.ts'
import type { SecretSource } from '../secret-source.ts'

export type SnsConfig = {
  readonly sendResolved: boolean
  readonly http: HttpOptions
  /** `''`: the service of the region. */
  readonly api_url: string
  readonly sigv4: {
    /** `''`: from the environment or the profile. */
    readonly region: string
    readonly access_key: string
    readonly secret_key: SecretSource | undefined
    readonly profile: string
    readonly role_arn: string
    readonly external_id: string
  }
  readonly topic_arn: string
  readonly phone_number: string
  readonly target_arn: string
  readonly subject: string
  readonly message: string
  readonly attributes: Readonly<Record<string, string>>
}

const sigv4Schema = z.strictObject({
  region: text,
  access_key: text,
  secret_key: secret,
  profile: text,
  role_arn: text,
  external_id: text,
  use_fips_sts_endpoint: flag,
})

export const snsSchema = z.strictObject({
  ...receiverShape,
  api_url: text,
  sigv4: sigv4Schema.nullable().optional(),
  topic_arn: text,
  phone_number: text,
  target_arn: text,
  subject: text,
  message: text,
  attributes: plainMap,
  use_aws_http_client: flag,
})

/** Source: Alertmanager's documentation, "Configuration", `<sns_config>`. */
export function checkSns(given: z.output<typeof snsSchema>, context: ReceiverContext): SnsConfig | undefined {
  const { report, directory } = context
  const http = toHttpOptions(given.http_config, context)
  const { topic_arn = '', phone_number = '', target_arn = '', sigv4 } = given
  // Alertmanager counts like this; it takes a file that names all three.
  const named = [target_arn, topic_arn, phone_number].filter((target) => target !== '').length
  if (named === 0 || named === 2) {
    report('must provide either a Target ARN, Topic ARN, or Phone Number for SNS config', [])
  }
  if (Boolean(sigv4?.access_key) !== (sigv4?.secret_key !== undefined)) {
    report('must provide a AWS SigV4 Access key and Secret Key if credentials are specified in the SigV4 config', [
      'sigv4',
    ])
  }
  if (sigv4?.external_id && !sigv4.role_arn) {
    report('external_id can only be used with role_arn', ['sigv4', 'external_id'])
  }
  return {
    sendResolved: given.send_resolved ?? true,
    http,
    api_url: given.api_url ?? '',
    sigv4: {
      region: sigv4?.region ?? '',
      access_key: sigv4?.access_key ?? '',
      secret_key: toSource(sigv4?.secret_key, undefined, directory),
      profile: sigv4?.profile ?? '',
      role_arn: sigv4?.role_arn ?? '',
      external_id: sigv4?.external_id ?? '',
    },
    topic_arn,
    phone_number,
    target_arn,
    subject: given.subject ?? '{{ template "sns.default.subject" . }}',
    message: given.message ?? '{{ template "sns.default.message" . }}',
    attributes: given.attributes ?? {},
  }
}
