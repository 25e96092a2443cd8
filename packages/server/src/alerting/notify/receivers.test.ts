import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { BinnacleError } from '../../config/index.ts'
import type { Delivery, Notification, Notifier } from './notifier.ts'
import {
  type BuildOptions,
  notificationOf,
  oneNotifier,
  protocols,
  type Recorder,
  resolvedNotificationOf,
  startRecorder,
} from './testkit/index.ts'

const SECRET = 'S3cr3t-T0ken.0123456789'
const table = Object.entries(protocols).map(([name, protocol]) => ({ name, ...protocol }))

let recorder: Recorder
let made: Notifier[] = []

beforeEach(async () => {
  recorder = await startRecorder()
})
afterEach(async () => {
  await Promise.all(made.map((notifier) => notifier.stop()))
  made = []
  await recorder[Symbol.asyncDispose]()
})

function build(section: string, options: BuildOptions = {}): Notifier {
  const notifier = oneNotifier(section, options)
  made.push(notifier)
  return notifier
}

const send = (notifier: Notifier, notification: Notification = notificationOf()): Promise<Delivery> =>
  notifier.send(notification, new AbortController().signal)

describe.for(table)('$name', ({ section, check, answer, refusals = [] }) => {
  /** Everything but the last request is answered well: steps before it (tokens, searches) are not what is tested. */
  const answerLast = (reply: typeof recorder.answer): void => {
    recorder.answer = (request) => {
      const isFirstStep = /gettoken$|\/search$/.test(request.path)
      return isFirstStep ? answer(request) : reply(request)
    }
  }

  test('sends what the service documents, for firing and resolved alerts, and a test', async () => {
    recorder.answer = answer
    const notifier = build(section(recorder.url, SECRET))
    for (const notification of [
      notificationOf(),
      resolvedNotificationOf(),
      notificationOf({ test: true, idempotencyKey: 'n-3' }),
    ]) {
      const delivery = await send(notifier, notification)
      expect(delivery).toMatchObject({ ok: true })
      expect(JSON.stringify(delivery)).not.toContain(SECRET)
    }
    expect(recorder.requests.length).toBeGreaterThanOrEqual(3)
    for (const request of recorder.requests) check(request)
    const last = recorder.requests.at(-1)!
    expect(`${decodeURIComponent(last.body.replaceAll('+', ' '))}`).toMatch(/\[TEST\]|"test":true/)
  })

  test('5xx and 429 are worth another attempt, at the time that Retry-After names; other refusals are final', async () => {
    const notifier = build(section(recorder.url, SECRET))
    for (const { status, retry } of [
      { status: 500, retry: true },
      { status: 503, retry: true },
      { status: 429, retry: true },
      { status: 400, retry: false },
      { status: 404, retry: false },
    ]) {
      answerLast(() => ({ status, headers: { 'retry-after': '7' }, body: 'because' }))
      const delivery = await send(notifier, notificationOf({ idempotencyKey: `n-${status}` }))
      expect(delivery).toMatchObject({ ok: false, status, retry })
      expect('retryAfterMs' in delivery ? delivery.retryAfterMs : undefined).toBe(retry ? 7000 : undefined)
    }
  })

  test.skipIf(refusals.length === 0)('refusals that only the body tells are seen', async () => {
    const notifier = build(section(recorder.url, SECRET))
    for (const refusal of refusals) {
      answerLast(() => refusal.answer)
      expect(await send(notifier)).toMatchObject({ ok: false, retry: refusal.retry })
    }
  })

  test('no answer in time, a cut connection and nobody there are worth another attempt', async () => {
    const notifier = build(section(recorder.url, SECRET), { deps: { attemptTimeoutMs: 150 } })
    answerLast(() => ({ never: true }))
    expect(await send(notifier)).toMatchObject({ ok: false, retry: true, answer: 'no answer within 150 ms' })
    answerLast(() => ({ cut: true }))
    expect(await send(notifier)).toMatchObject({ ok: false, retry: true })
    const gone = await startRecorder()
    const nobody = build(section(gone.url, SECRET))
    await gone[Symbol.asyncDispose]()
    const delivery = await send(nobody)
    expect(delivery).toMatchObject({ ok: false, retry: true })
    expect(delivery.answer).toMatch(/ECONNREFUSED/)
  })

  test('answers without an end, binary ones and ones that repeat the secret come out short, readable and clean', async () => {
    const notifier = build(section(recorder.url, SECRET), { deps: { attemptTimeoutMs: 5000 } })
    const chunk = Buffer.alloc(65_536, 'x')
    for (const status of [200, 500]) {
      answerLast(() => ({ status, headers: { 'content-type': 'text/plain' }, body: chunk, endless: true }))
      const delivery = await send(notifier, notificationOf({ idempotencyKey: `endless-${status}` }))
      expect(delivery.answer.length).toBeLessThanOrEqual(300)
    }
    answerLast(() => ({ status: 500, body: Buffer.from(Array.from({ length: 4000 }, (_, i) => i % 256)) }))
    const binary = await send(notifier)
    expect(binary).toMatchObject({ ok: false, retry: true })
    expect(binary.answer).not.toMatch(/[\u0000-\u001f\ufffd]/)
    for (const form of [SECRET, encodeURIComponent(SECRET), Buffer.from(SECRET).toString('base64')]) {
      answerLast((request) => ({ status: 400, body: `bad: ${form} ${request.path} ${request.headers.authorization}` }))
      const echoed = await send(notifier)
      expect(echoed.ok).toBe(false)
      expect(echoed.answer).not.toContain(form)
      expect(echoed.answer).not.toContain('S3cr3t')
    }
  })

  test('a preview has all but the secrets, and nothing is sent', async () => {
    const notifier = build(section(recorder.url, SECRET))
    const rendered = await notifier.render(notificationOf())
    expect(rendered.title).not.toBe('')
    const text = JSON.stringify(rendered)
    expect(text).not.toContain(SECRET)
    expect(text).toMatch(/HighLoad|firing/)
    expect(recorder.requests).toEqual([])
  })

  test('an attempt ends when it is aborted', async () => {
    recorder.answer = () => ({ never: true })
    const notifier = build(section(recorder.url, SECRET))
    const controller = new AbortController()
    const attempt = notifier.send(notificationOf(), controller.signal)
    const reason = new Error('stopping')
    setTimeout(() => controller.abort(reason), 30)
    await expect(attempt).rejects.toBe(reason)
  })
})

const templated = [
  { name: 'webhook', section: 'webhook_configs:\n- url: http://x.example/{{ .Nope }}' },
  { name: 'webhook payload', section: 'webhook_configs:\n- url: http://x.example/\n  payload: {a: ["{{ .Nope }}"]}' },
  { name: 'slack', section: 'slack_configs:\n- api_url: http://x.example/\n  title: "a {{ .Nope }}"' },
  {
    name: 'slack field',
    section: 'slack_configs:\n- api_url: http://x.example/\n  fields: [{title: t, value: "{{ .Nope }}"}]',
  },
  { name: 'pagerduty details', section: 'pagerduty_configs:\n- routing_key: k\n  details: {a: {b: "{{ .Nope }}"}}' },
  { name: 'opsgenie', section: 'opsgenie_configs:\n- api_key: k\n  description: "{{ .Nope }}"' },
  {
    name: 'email subject',
    section:
      'email_configs:\n- {to: a@b.example, from: c@d.example, smarthost: "x:25", headers: {subject: "{{ .Nope }}"}}',
  },
  {
    name: 'email html',
    section: 'email_configs:\n- {to: a@b.example, from: c@d.example, smarthost: "x:25", html: "<p>{{ .Nope }}</p>"}',
  },
  { name: 'telegram', section: 'telegram_configs:\n- {bot_token: t, chat_id: 1, message: "{{ .Nope }}"}' },
  {
    name: 'jira',
    section: 'jira_configs:\n- {api_url: "http://x.example/", project: P, issue_type: B, summary: "{{ .Nope }}"}',
  },
  { name: 'sns', section: 'sns_configs:\n- {topic_arn: t, subject: "{{ .Nope }}"}' },
  { name: 'sms', section: 'sms_configs:\n- {url: "http://x.example/", to: "1", text: "{{ .Nope }}"}' },
]

test.for(templated)(
  'a template that fails is named with its place, and not tried again: $name',
  async ({ section }) => {
    const notifier = build(section)
    const failed = await notifier.render(notificationOf()).then(
      () => undefined,
      (error: BinnacleError) => error,
    )
    expect(failed?.code).toBe('notify.template')
    expect(failed?.message).toContain('Nope')
    expect(failed?.place?.line).toBe(1)
    expect(failed?.place?.column).toBeGreaterThan(1)
    expect(await send(notifier)).toMatchObject({ ok: false, retry: false, answer: expect.stringContaining('Nope') })
  },
)
