import { createSign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { labelValue } from '@binnacle/promql'
import { beforeEach, expect, test } from 'vitest'
import { createDrivenClock } from '../../metrics/intake/scrape/testkit/driven-clock.ts'
import type { IncomingAlert } from '../../rules/index.ts'
import { silentLogger } from '../../telemetry/index.ts'
import { createSnsIntake, type SnsOptions } from './index.ts'
import { parseSnsBody, signedText } from './sns-message.ts'
import { isSnsAddress } from './sns-signature.ts'

// A key of our own stands for Amazon's (openssl req -x509 -newkey rsa:2048 -days 36500); it guards nothing.
const pem = (name: string) => readFileSync(new URL(`testdata/sns-test-${name}.pem`, import.meta.url), 'utf8')
const KEY = pem('key')
const CERTIFICATE = pem('certificate')
const CERTIFICATE_URL = 'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-test.pem'
const TOPIC = 'arn:aws:sns:us-east-1:123456789012:threatcompass-production-critical-alerts'
const NOW = Date.parse('2026-11-26T12:00:00Z')
const HOLD_MS = 30 * 86_400_000

const alarm = (state: string, at: string, over: object = {}) =>
  JSON.stringify({
    AlarmName: 'flask-no-running-task',
    AlarmDescription: 'The Flask service has no running task',
    AWSAccountId: '123456789012',
    NewStateValue: state,
    NewStateReason: `Threshold crossed: ${state}`,
    StateChangeTime: at,
    Region: 'US East (N. Virginia)',
    AlarmArn: 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:flask-no-running-task',
    OldStateValue: 'OK',
    Trigger: {
      MetricName: 'RunningTaskCount',
      Namespace: 'ECS/ContainerInsights',
      Dimensions: [{ name: 'ServiceName', value: 'flask-app' }],
    },
    ...over,
  })

let fetched: string[]
let received: IncomingAlert[][]
let answers: Record<string, () => Response>

beforeEach(() => {
  fetched = []
  received = []
  answers = { [CERTIFICATE_URL]: () => new Response(CERTIFICATE) }
})

function intake(over: Partial<SnsOptions> = {}) {
  const get = async (url: unknown) => {
    fetched.push(String(url))
    const answer = answers[String(url)]
    if (answer === undefined) throw new TypeError('fetch failed')
    return answer()
  }
  const part = createSnsIntake(
    {
      clock: createDrivenClock(NOW),
      log: silentLogger,
      fetch: get as typeof fetch,
      receive: async (alerts) => {
        received.push([...alerts])
      },
    },
    { topics: { [TOPIC]: { severity: 'critical' } }, verify: true, holdMs: HOLD_MS, ...over },
  )
  return (message: object | string) =>
    part.receive(typeof message === 'string' ? message : JSON.stringify(message), new AbortController().signal)
}

function signed(message: Record<string, string>, version: '1' | '2' = '2'): Record<string, string> {
  const whole = { SignatureVersion: version, SigningCertURL: CERTIFICATE_URL, Signature: '', ...message }
  const [parsed] = parseSnsBody(JSON.stringify(whole)).messages
  const signature = createSign(version === '1' ? 'RSA-SHA1' : 'RSA-SHA256').update(signedText(parsed!), 'utf8')
  return { ...whole, Signature: signature.sign(KEY, 'base64') }
}

const notification = (message: string, over: Record<string, string> = {}) => ({
  Type: 'Notification',
  MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
  TopicArn: TOPIC,
  Subject: 'ALARM: "flask-no-running-task"',
  Message: message,
  Timestamp: '2026-11-26T12:00:00.000Z',
  ...over,
})

const open = () => received.flat().filter(({ endsAtMs = 0 }) => endsAtMs > NOW)

test.for(['1', '2'] as const)(
  'an alarm signed in version %s becomes a firing alert with its labels',
  async (version) => {
    const post = intake()
    expect(await post(signed(notification(alarm('ALARM', '2026-11-26T11:59:58.000+0000')), version))).toEqual({
      alerts: 2,
    })
    expect(open()).toHaveLength(1)
    const [alert] = open()
    expect(Object.fromEntries(pairsOf(alert!.labels))).toEqual({
      alertname: 'flask-no-running-task',
      source: 'cloudwatch',
      region: 'us-east-1',
      account: '123456789012',
      namespace: 'ECS/ContainerInsights',
      metric: 'RunningTaskCount',
      ServiceName: 'flask-app',
      severity: 'critical',
    })
    expect(alert!.startsAtMs).toBe(Date.parse('2026-11-26T11:59:58Z'))
    expect(labelValue(alert!.annotations, 'state')).toBe('ALARM')
    expect(labelValue(alert!.annotations, 'reason')).toBe('Threshold crossed: ALARM')
    expect(alert!.generatorUrl).toContain('us-east-1.console.aws.amazon.com')
  },
)

test('no data is an alert of its own, and OK ends both', async () => {
  const post = intake()
  await post(signed(notification(alarm('ALARM', '2026-11-26T11:00:00Z'))))
  await post(signed(notification(alarm('INSUFFICIENT_DATA', '2026-11-26T11:10:00Z'))))
  const states = received.map((alerts) =>
    alerts.map(({ labels, endsAtMs = 0 }) => [labelValue(labels, 'alarm_state'), endsAtMs > NOW]),
  )
  expect(states).toEqual([
    [
      ['', true],
      ['INSUFFICIENT_DATA', false],
    ],
    [
      ['', false],
      ['INSUFFICIENT_DATA', true],
    ],
  ])
  received = []
  await post(signed(notification(alarm('OK', '2026-11-26T11:20:00Z'))))
  expect(open()).toEqual([])
  expect(received.flat().map(({ resolvedReason }) => resolvedReason)).toEqual(['sender', 'sender'])
})

test('a message that comes after a newer change of its alarm changes nothing', async () => {
  const post = intake()
  await post(signed(notification(alarm('OK', '2026-11-26T11:20:00Z'))))
  expect(await post(signed(notification(alarm('ALARM', '2026-11-26T11:10:00Z'))))).toEqual({ alerts: 0 })
  expect(received).toHaveLength(1)
})

test('text that is no alarm is told once, with its subject', async () => {
  await intake()(signed(notification('The budget is used up', { Subject: 'AWS Budgets' })))
  expect(received.flat()).toHaveLength(1)
  expect(formatted(received[0]![0]!)).toEqual({
    alertname: 'SNSNotification',
    source: 'sns',
    topic: 'threatcompass-production-critical-alerts',
    subject: 'AWS Budgets',
    severity: 'critical',
  })
})

const tampered: readonly (readonly [name: string, change: (message: Record<string, string>) => object, why: string])[] =
  [
    ['another text', (m) => ({ ...m, Message: alarm('OK', '2026-11-26T11:00:00Z') }), 'its signature does not fit'],
    ['no signature', ({ Signature: _, ...m }) => m, 'it has no signature'],
    ['an unknown version', (m) => ({ ...m, SignatureVersion: '3' }), 'it has no signature'],
    [
      "a certificate that is not Amazon's",
      (m) => ({ ...m, SigningCertURL: 'https://sns.us-east-1.amazonaws.com.example/x.pem' }),
      'its certificate does not lie at Amazon',
    ],
  ]
test.for(tampered)('a message with %s is refused', async ([, change, why]) => {
  const message = change(signed(notification(alarm('ALARM', '2026-11-26T11:00:00Z'))))
  await expect(intake()(message)).rejects.toMatchObject({
    code: 'alert_intake.bad_signature',
    kind: 'forbidden',
    message: expect.stringContaining(why),
  })
  expect(received).toEqual([])
})

test('a topic that is not named in the settings is refused before anything is fetched', async () => {
  await expect(intake({ topics: {} })(signed(notification('x')))).rejects.toMatchObject({
    code: 'alert_intake.unknown_topic',
  })
  expect(fetched).toEqual([])
})

test('a certificate is fetched once; one that cannot be had is told as something to repeat', async () => {
  const post = intake()
  await post(signed(notification(alarm('ALARM', '2026-11-26T11:00:00Z'))))
  await post(signed(notification(alarm('OK', '2026-11-26T11:05:00Z'))))
  expect(fetched).toEqual([CERTIFICATE_URL])
  answers = {}
  await expect(intake()(signed(notification('x')))).rejects.toMatchObject({ kind: 'unavailable' })
})

const confirmation = (url: string) => ({
  Type: 'SubscriptionConfirmation',
  MessageId: '165545c9-2a5c-472c-8df2-7ff2be2b3b1b',
  Token: '2336412f37',
  TopicArn: TOPIC,
  Message: 'You have chosen to subscribe to the topic.',
  SubscribeURL: url,
  Timestamp: '2026-11-26T12:00:00.000Z',
})

test('a subscription to one of our topics is confirmed', async () => {
  const url = 'https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f37'
  answers[url] = () => new Response('<ConfirmSubscriptionResponse/>')
  expect(await intake()(signed(confirmation(url)))).toEqual({ alerts: 0, confirmed: TOPIC })
  expect(fetched).toContain(url)
})

test("an address for confirming that is not Amazon's is not called", async () => {
  const url = 'https://169.254.169.254/latest/meta-data/'
  await expect(intake()(signed(confirmation(url)))).rejects.toMatchObject({ code: 'alert_intake.bad_message' })
  expect(fetched).toEqual([CERTIFICATE_URL])
})

test('the event of a Lambda function counts where signatures are not asked for', async () => {
  const event = { Records: [{ EventSource: 'aws:sns', Sns: notification(alarm('ALARM', '2026-11-26T11:00:00Z')) }] }
  await expect(intake()(event)).rejects.toMatchObject({ code: 'alert_intake.bad_signature' })
  expect(await intake({ verify: false })(event)).toEqual({ alerts: 2 })
})

test.for(['', '{', '[]', 'null', '{"Type":"Notification"}', '{"Records":[null]}'])(
  '%s is told to be no SNS message',
  async (body) => {
    await expect(intake()(body)).rejects.toMatchObject({ code: 'alert_intake.bad_message', kind: 'input' })
  },
)

test.for([
  ['https://sns.eu-central-1.amazonaws.com/x', true],
  ['https://sns.cn-north-1.amazonaws.com.cn/x', true],
  ['http://sns.us-east-1.amazonaws.com/x', false],
  ['https://sns.us-east-1.amazonaws.com@evil.example/x', false],
  ['https://sns.us-east-1.amazonaws.com:8443/x', false],
  ['https://evil.example/sns.us-east-1.amazonaws.com', false],
  ['https://xsns.us-east-1.amazonaws.com/x', false],
  ['nonsense', false],
] as const)('%s is an address of SNS: %s', ([url, is]) => {
  expect(isSnsAddress(url)).toBe(is)
})

function pairsOf(labels: readonly string[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let i = 0; i < labels.length; i += 2) pairs.push([labels[i]!, labels[i + 1]!])
  return pairs
}

function formatted(alert: IncomingAlert): Record<string, string> {
  return Object.fromEntries(pairsOf(alert.labels))
}
