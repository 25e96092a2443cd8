import { z } from 'zod'
import { BinnacleError } from '../../config/index.ts'

const text = z.string().max(512 * 1024)

const common = { MessageId: text, TopicArn: text, Message: text, Timestamp: text }
const signed = { SignatureVersion: text.optional(), Signature: text.optional(), SigningCertURL: text.optional() }

const schema = z.discriminatedUnion('Type', [
  z.object({ Type: z.literal('Notification'), Subject: text.nullish(), ...common, ...signed }),
  z.object({ Type: z.literal('SubscriptionConfirmation'), SubscribeURL: text, Token: text, ...common, ...signed }),
  z.object({ Type: z.literal('UnsubscribeConfirmation'), SubscribeURL: text, Token: text, ...common, ...signed }),
])

/** Source: AWS, "Parsing Amazon SNS message formats". */
export type SnsMessage = z.output<typeof schema>

/**
 * The messages of one body: an SNS message as SNS posts it, or the event in which a Lambda function gets several (those are
 * not signed: `Records[].Sns`). Throws `BinnacleError` (`alert_intake.bad_message`).
 */
export function parseSnsBody(body: string): { readonly messages: readonly SnsMessage[]; readonly fromLambda: boolean } {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw bad('the body is not JSON')
  }
  const { Records: records } = (value ?? {}) as { Records?: unknown }
  if (!Array.isArray(records)) return { messages: [check(value, 'the body')], fromLambda: false }
  if (records.length > 100) throw bad('more than 100 records')
  return {
    messages: records.map((record, i) => check((record as { Sns?: unknown } | null)?.Sns, `Records[${i}].Sns`)),
    fromLambda: true,
  }
}

function check(value: unknown, where: string): SnsMessage {
  const read = schema.safeParse(value)
  if (read.success) return read.data
  const issue = read.error.issues[0]
  const field = issue === undefined || issue.path.length === 0 ? '' : ` (${issue.path.join('.')}: ${issue.message})`
  throw bad(`${where} is not an SNS message${field}`)
}

function bad(what: string): BinnacleError {
  return new BinnacleError('alert_intake.bad_message', what, {
    hint: 'SNS posts JSON with Type, MessageId, TopicArn, Message and Timestamp; leave raw message delivery off',
  })
}

/** What a signature is made of: names and values in turn, each ended by a line feed. Source: AWS, "Verifying the signatures of Amazon SNS messages". */
export function signedText(message: SnsMessage): string {
  const fields: readonly (readonly [name: string, value: string | null | undefined])[] =
    message.Type === 'Notification'
      ? [
          ['Message', message.Message],
          ['MessageId', message.MessageId],
          ['Subject', message.Subject],
          ['Timestamp', message.Timestamp],
          ['TopicArn', message.TopicArn],
          ['Type', message.Type],
        ]
      : [
          ['Message', message.Message],
          ['MessageId', message.MessageId],
          ['SubscribeURL', message.SubscribeURL],
          ['Timestamp', message.Timestamp],
          ['Token', message.Token],
          ['TopicArn', message.TopicArn],
          ['Type', message.Type],
        ]
  return fields.flatMap(([name, value]) => (value == null ? [] : [`${name}\n${value}\n`])).join('')
}
