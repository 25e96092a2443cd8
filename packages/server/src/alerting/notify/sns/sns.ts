import { groupHash } from '../group-hash.ts'
import type { HttpReply } from '../http/index.ts'
import { type Call, createHttpNotifier, marked } from '../http-notifier.ts'
import { judgeReply } from '../judge-reply.ts'
import { notificationData } from '../notification-data.ts'
import type { Notification, Notifier } from '../notifier.ts'
import type { NotifierDeps } from '../receiver-kind.ts'
import type { Secrets } from '../secret-source.ts'
import { prefixOfBytes, truncateRunes } from '../truncate.ts'
import { assumeRole } from './assume-role.ts'
import { type AwsAccess, awsAccess } from './aws-access.ts'
import type { SnsConfig } from './config.ts'
import { type AwsCredentials, signV4 } from './sigv4.ts'

const MAX_MESSAGE_BYTES = 256 * 1024
const MAX_SMS_BYTES = 1600
const MAX_SUBJECT_RUNES = 99
const CONTENT_TYPE = 'application/x-www-form-urlencoded; charset=utf-8'

/** `Publish` to a topic, an endpoint or a phone. Source: AWS's "Amazon SNS API Reference", Publish. */
export function createSns(config: SnsConfig, deps: NotifierDeps, index: number): Notifier {
  const { templates, clock, environment } = deps
  let assumed: { credentials: AwsCredentials; untilMs: number } | undefined

  async function access(call: Call, secrets: Secrets): Promise<AwsAccess> {
    const own = await awsAccess(config.sigv4, environment, secrets)
    if (config.sigv4.role_arn === '') return own
    if (assumed === undefined || assumed.untilMs <= clock.now()) {
      assumed = await assumeRole({ arn: config.sigv4.role_arn, externalId: config.sigv4.external_id }, own, {
        call,
        clock,
        domain: domainOf(own.region),
      })
    }
    secrets.add(assumed.credentials.secretKey)
    if (assumed.credentials.sessionToken) secrets.add(assumed.credentials.sessionToken)
    return { ...own, credentials: assumed.credentials }
  }

  return createHttpNotifier(
    {
      kind: 'sns',
      index,
      sendResolved: config.sendResolved,
      http: config.http,

      async compose(notification) {
        const data = notificationData(notification, templates.externalUrl)
        const render = (template: string) => templates.text(template, data)
        const word = (template: string) => templates.word(template, data)
        const { form, subject, message } = publishForm(config, notification, { render, word })
        const region = config.sigv4.region || environment.AWS_REGION || environment.AWS_DEFAULT_REGION || '<region>'
        const url = endpointOf(word(config.api_url), region)
        const headers = { 'content-type': CONTENT_TYPE }
        const title = subject || marked(render('{{ template "__subject" . }}'), notification)
        return { title, text: message, requests: [{ method: 'POST', url, headers, text: form }] }
      },

      async exchange({ requests }, call, { notification, secrets }) {
        const { credentials, region } = await access(call, secrets)
        const data = notificationData(notification, templates.externalUrl)
        const url = endpointOf(templates.word(config.api_url, data), region)
        const body = requests[0]?.text ?? ''
        const scope = { region, service: 'sns', nowMs: clock.now() }
        const headers = signV4({ url, body, contentType: CONTENT_TYPE }, credentials, scope)
        const reply = await call({ method: 'POST', url, headers, text: body })
        return judgeReply(reply, { nowMs: clock.now(), details: () => detailsOf(reply), retryOn: retryOn(reply) })
      },
    },
    deps,
  )
}

type Render = (template: string) => string

function publishForm(
  config: SnsConfig,
  notification: Notification,
  { render, word }: { render: Render; word: Render },
) {
  const form = new URLSearchParams({ Action: 'Publish', Version: '2010-03-31' })
  const topic = word(config.topic_arn)
  if (topic !== '') form.set('TopicArn', topic)
  if (topic.endsWith('.fifo')) {
    form.set('MessageGroupId', groupHash(notification.groupKey))
    // The same message sent again is folded; the next one of its group is not.
    form.set('MessageDeduplicationId', groupHash(notification.idempotencyKey))
  }
  if (config.phone_number !== '') form.set('PhoneNumber', word(config.phone_number))
  if (config.target_arn !== '') form.set('TargetArn', word(config.target_arn))
  const whole = marked(render(config.message), notification)
  const message = prefixOfBytes(whole, config.phone_number === '' ? MAX_MESSAGE_BYTES : MAX_SMS_BYTES)
  form.set('Message', message)
  // One line of fewer than 100 characters, or SNS refuses the message.
  const line = marked(render(config.subject), notification)
    .replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .trim()
  const subject = truncateRunes(line, MAX_SUBJECT_RUNES)
  if (subject !== '') form.set('Subject', subject)
  const attributes = Object.entries(config.attributes).map(([name, value]) => [render(name), render(value)])
  if (message !== whole) attributes.push(['truncated', 'true'])
  for (const [i, [name, value]] of attributes.entries()) {
    const entry = `MessageAttributes.entry.${i + 1}`
    form.set(`${entry}.Name`, name ?? '')
    form.set(`${entry}.Value.DataType`, 'String')
    form.set(`${entry}.Value.StringValue`, value ?? '')
  }
  return { form: form.toString(), subject, message }
}

const domainOf = (region: string) => `amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`

function endpointOf(given: string, region: string): string {
  return given === '' ? `https://sns.${region}.${domainOf(region)}/` : given
}

const textOf = (reply: HttpReply, tag: string) =>
  new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(reply.body.toString('utf8', 0, 64 * 1024))?.[1]

function detailsOf(reply: HttpReply): string | undefined {
  const code = textOf(reply, 'Code')
  return code === undefined ? undefined : `${code}: ${textOf(reply, 'Message') ?? ''}`
}

/** AWS says "too fast" and "too late" with 400 and 403. */
const retryOn = (reply: HttpReply): number[] =>
  ['Throttling', 'ThrottlingException', 'Throttled', 'RequestExpired'].includes(textOf(reply, 'Code') ?? '')
    ? [400, 403]
    : []
