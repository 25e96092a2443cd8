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
  startMailbox,
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

  if (refusals.length > 0) {
    test('refusals that only the body tells are seen', async () => {
      const notifier = build(section(recorder.url, SECRET))
      for (const refusal of refusals) {
        answerLast(() => refusal.answer)
        expect(await send(notifier)).toMatchObject({ ok: false, retry: refusal.retry })
      }
    })
  }

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
  { name: 'webhook payload', section: 'webhook_configs:\n- url: URL/a\n  payload: {a: ["{{ .Nope }}"]}' },
  { name: 'slack', section: 'slack_configs:\n- api_url: URL/a\n  title: "a {{ .Nope }}"\n  color: "{{ .Nope }}"' },
  {
    name: 'slack field',
    section: 'slack_configs:\n- api_url: URL/a\n  fields: [{title: t, value: "{{ .Nope }}"}]',
  },
  {
    name: 'pagerduty',
    section:
      'pagerduty_configs:\n- routing_key: k\n  url: URL/v2/enqueue\n  details: {a: {b: "{{ .Nope }}"}}\n  severity: "{{ .Nope }}"',
  },
  { name: 'opsgenie', section: 'opsgenie_configs:\n- api_key: k\n  api_url: URL\n  description: "{{ .Nope }}"' },
  {
    name: 'telegram',
    section: 'telegram_configs:\n- {bot_token: t, chat_id: 1, api_url: URL, message: "<b>{{ .Nope }}</b>"}',
  },
  {
    name: 'jira',
    section: 'jira_configs:\n- {api_url: "URL/rest/api/2", project: P, issue_type: B, summary: "{{ .Nope }}"}',
  },
  {
    name: 'sns',
    section:
      'sns_configs:\n- {api_url: URL, topic_arn: t, subject: "{{ .Nope }}", sigv4: {region: r, access_key: a, secret_key: s}}',
  },
  { name: 'sms', section: 'sms_configs:\n- {url: URL, to: "1", text: "{{ .Nope }}", json: {t: "{{ .Text }}"}}' },
]

test.for(templated)('a template that fails keeps nobody from being told: $name', async ({ section }) => {
  recorder.answer = ({ path }) => ({
    headers: { 'content-type': path.startsWith('/a') ? 'text/plain' : 'application/json' },
    body: path.startsWith('/a') ? 'ok' : '{"ok":true,"issues":[]}',
  })
  const notifier = build(section.replaceAll('URL', recorder.url))
  const failed = await notifier.render(notificationOf()).then(
    () => undefined,
    (error: BinnacleError) => error,
  )
  expect(failed?.code).toBe('notify.template')
  expect(failed?.place).toMatchObject({ line: 1, column: expect.any(Number) })
  const delivery = await send(notifier)
  expect(delivery).toMatchObject({ ok: true })
  expect(delivery.answer).toMatch(/^template: :1:.*Nope.*; sent with a plain text instead: /)
  const sent = decodeURIComponent(recorder.requests.at(-1)!.body.replaceAll('+', ' '))
  expect(sent).toContain('[FIRING:2] HighLoad eu-1')
})

test('a template of an address that fails is final: there is nowhere to send to', async () => {
  for (const section of [
    `webhook_configs:\n- url: ${recorder.url}/{{ .Nope }}`,
    'email_configs:\n- {to: "{{ .Nope }}", from: c@d.example, smarthost: "127.0.0.1:1"}',
  ]) {
    const notifier = build(section)
    await expect(notifier.render(notificationOf())).rejects.toMatchObject({ code: 'notify.template' })
    expect(await send(notifier)).toMatchObject({ ok: false, retry: false, answer: expect.stringContaining('Nope') })
  }
  expect(recorder.requests).toEqual([])
})

test('a mail whose subject and HTML fail goes out with plain ones', async () => {
  await using mailbox = await startMailbox({ startTls: false })
  const notifier = build(
    `email_configs:\n- {to: a@b.example, from: c@d.example, smarthost: "127.0.0.1:${mailbox.port}", require_tls: false, headers: {subject: "{{ .Nope }}", x-a: "{{ .Nope }}"}, html: "<p>{{ .Nope }}</p>"}`,
  )
  await expect(notifier.render(notificationOf())).rejects.toMatchObject({ code: 'notify.template' })
  expect(await send(notifier)).toMatchObject({
    ok: true,
    answer: expect.stringContaining('sent with a plain text instead'),
  })
  expect(mailbox.mails[0]?.raw).toMatch(/^Subject: \[FIRING:2\] HighLoad eu-1/m)
})

test('requests that are steps of one notification have keys of their own, the same when they are repeated', async () => {
  const keys = () => recorder.requests.splice(0).map(({ headers }) => headers['idempotency-key'])
  recorder.answer = () => ({ status: 503 })
  const webhook = build(`webhook_configs:\n- url: ${recorder.url}/`)
  await send(webhook)
  await send(webhook)
  expect(keys()).toEqual(['n-1', 'n-1'])
  const sms = build(`sms_configs:\n- {url: "${recorder.url}/", to: "+1,+2", body: "{{ .To }}"}`)
  await send(sms)
  await send(sms)
  const [first, second, ...again] = keys()
  expect(first).toMatch(/^n-1-[0-9a-f]{16}$/)
  expect(second).not.toBe(first)
  expect(again).toEqual([first, second])
})
