import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  notificationOf,
  oneNotifier,
  type Recorder,
  resolvedNotificationOf,
  startRecorder,
  TEST_CA_FILE,
} from '../testkit/index.ts'
import { sectionOf } from './aws-access.ts'
import { signV4 } from './sigv4.ts'

let recorder: Recorder
beforeEach(async () => {
  recorder = await startRecorder()
})
afterEach(() => recorder[Symbol.asyncDispose]())

const never = new AbortController().signal
const forms = () => recorder.requests.map(({ body }) => Object.fromEntries(new URLSearchParams(body)))
const SIGV4 = 'sigv4: {region: eu-west-1, access_key: AK, secret_key: SK}'

test('the signature is that of the published example', () => {
  // AWS's test suite for Signature Version 4, "post-x-www-form-urlencoded".
  const { authorization } = signV4(
    { url: 'https://example.amazonaws.com/', body: 'Param1=value1', contentType: 'application/x-www-form-urlencoded' },
    { accessKey: 'AKIDEXAMPLE', secretKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
    { region: 'us-east-1', service: 'service', nowMs: Date.UTC(2015, 7, 30, 12, 36, 0) },
  )
  expect(authorization).toBe(
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  )
})

test('a FIFO topic folds the same notification sent again, and no other of its group', async () => {
  const notifier = oneNotifier(
    `sns_configs: [{api_url: '${recorder.url}', topic_arn: 'arn:aws:sns:eu-west-1:1:a.fifo', ${SIGV4}}]`,
  )
  await notifier.send(notificationOf(), never)
  await notifier.send(notificationOf(), never)
  await notifier.send(resolvedNotificationOf(), never)
  const [first, again, next] = forms()
  expect(again!.MessageDeduplicationId).toBe(first!.MessageDeduplicationId)
  expect(next!.MessageDeduplicationId).not.toBe(first!.MessageDeduplicationId)
  expect(next!.MessageGroupId).toBe(first!.MessageGroupId)
})

test('messages and subjects are cut to what SNS takes, between characters', async () => {
  const notifier = oneNotifier(
    `sns_configs: [{api_url: '${recorder.url}', phone_number: '+1', ${SIGV4}, subject: "{{ range .Alerts }}line\\n{{ .Annotations.description }}{{ end }} 0123456789012345678901234567890123456789", message: '{{ range .Alerts }}${'é'.repeat(600)}{{ end }}'}]`,
  )
  await notifier.send(notificationOf(), never)
  const [form] = forms()
  expect(Buffer.byteLength(form!.Message!)).toBe(1600)
  expect(form!.Message).not.toContain('\ufffd')
  expect(form!.Subject!.length).toBeLessThan(100)
  expect(form!.Subject).not.toMatch(/\n/)
  expect(form!['MessageAttributes.entry.1.Name']).toBe('truncated')
})

test('keys come from the environment or a profile, and what is missing is said', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-notify-'))
  const credentials = join(folder, 'credentials')
  await writeFile(
    credentials,
    '[default]\naws_access_key_id = AKD\naws_secret_access_key = SKD\n[other]\naws_access_key_id=AKO\naws_secret_access_key=SKO\n',
  )
  const environment = { HOME: folder, AWS_REGION: 'eu-west-1', AWS_SHARED_CREDENTIALS_FILE: credentials }
  const keyOf = async (sigv4: string, more = {}) => {
    const notifier = oneNotifier(`sns_configs: [{api_url: '${recorder.url}', topic_arn: t, sigv4: {${sigv4}}}]`, {
      deps: { environment: { ...environment, ...more } },
    })
    const delivery = await notifier.send(notificationOf(), never)
    return delivery.ok
      ? /Credential=(\w+)/.exec(recorder.requests.at(-1)!.headers.authorization!)?.[1]
      : delivery.answer
  }
  expect(await keyOf('')).toBe('AKD')
  expect(await keyOf('profile: other')).toBe('AKO')
  expect(await keyOf('', { AWS_ACCESS_KEY_ID: 'AKE', AWS_SECRET_ACCESS_KEY: 'SKE' })).toBe('AKE')
  expect(await keyOf('', { AWS_REGION: '' })).toMatch(/^no region/)
  expect(await keyOf('profile: nobody')).toMatch(/^no AWS credentials/)
  await rm(folder, { recursive: true })
  expect(sectionOf('[a]\nx = 1\n[b]\nx=2 \n', 'b')).toEqual({ x: '2' })
})

test('a role is assumed once, and its keys sign until shortly before their end', async () => {
  let nowMs = Date.UTC(2026, 0, 1)
  recorder.answer = ({ headers }) =>
    headers.host?.startsWith('sts.')
      ? {
          body: '<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>tmpsecret</SecretAccessKey><SessionToken>tmptoken</SessionToken></Credentials></AssumeRoleResult></AssumeRoleResponse>',
        }
      : {}
  const { systemClock } = await import('../../../telemetry/index.ts')
  const notifier = oneNotifier(
    `sns_configs: [{api_url: '${recorder.url}', topic_arn: t, sigv4: {region: eu-west-1, access_key: AK, secret_key: SK, role_arn: 'arn:role', external_id: e}, http_config: {proxy_url: '${recorder.url}', tls_config: {ca_file: '${TEST_CA_FILE}', insecure_skip_verify: true}}}]`,
    { deps: { clock: { ...systemClock, now: () => nowMs } } },
  )
  for (const minute of [0, 5, 20]) {
    nowMs = Date.UTC(2026, 0, 1, 0, minute)
    expect(await notifier.send(notificationOf(), never)).toMatchObject({ ok: true })
  }
  const calls = recorder.requests.map(({ headers }) => headers.host?.split('.')[0])
  expect(calls.filter((host) => host === 'sts')).toHaveLength(2)
  expect(forms()[0]).toMatchObject({ Action: 'AssumeRole', RoleArn: 'arn:role', ExternalId: 'e' })
  const published = recorder.requests.find(({ body }) => body.includes('Action=Publish'))!
  expect(published.headers['x-amz-security-token']).toBe('tmptoken')
  expect(published.headers.authorization).toContain('Credential=ASIA/')
})
