import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { Notification } from '../notifier.ts'
import { createVolatileMemory } from '../receiver-memory.ts'
import {
  type BuildOptions,
  type Mailbox,
  type MailboxOptions,
  notificationOf,
  oneNotifier,
  resolvedNotificationOf,
  startMailbox,
  TEST_CA_FILE,
} from '../testkit/index.ts'

const PASS = 'S3cr3t-Passw0rd'
let mailbox: Mailbox | undefined

afterEach(async () => {
  await mailbox?.[Symbol.asyncDispose]()
  mailbox = undefined
})

async function start(options: MailboxOptions = {}): Promise<Mailbox> {
  mailbox = await startMailbox(options)
  return mailbox
}

/** A notifier for `{...}` of an e-mail section, to the mailbox. */
function build({ port }: { port: number }, more = '', options: BuildOptions = {}) {
  const common = `to: ops@x.example, from: am@x.example, smarthost: '127.0.0.1:${port}', send_resolved: true`
  const notifier = oneNotifier(`email_configs: [{${common}${more === '' ? '' : `, ${more}`}}]`, options)
  return (notification: Notification = notificationOf()) => notifier.send(notification, new AbortController().signal)
}

const TLS = `tls_config: {ca_file: '${TEST_CA_FILE}'}`
const LOGIN = `auth_username: me, auth_password: ${PASS}`

describe('encryption', () => {
  test('STARTTLS is required by default; a server without it gets nothing', async () => {
    const box = await start({ startTls: false })
    const delivery = await build(box)()
    expect(delivery).toMatchObject({ ok: false })
    expect(delivery.answer).toMatch(/STARTTLS|502|500/)
    expect(box.mails).toEqual([])
  })

  test('STARTTLS with a certificate that is trusted, and with one that is not', async () => {
    const box = await start()
    expect(await build(box, TLS)()).toMatchObject({ ok: true })
    expect(box.mails[0]).toMatchObject({
      secure: true,
      from: 'am@x.example',
      to: ['ops@x.example'],
      hello: 'localhost',
    })
    const untrusted = await build(box)()
    expect(untrusted).toMatchObject({ ok: false, retry: true })
    expect(untrusted.answer).toMatch(/self-signed/)
    expect(box.mails).toHaveLength(1)
  })

  test('TLS from the first byte', async () => {
    const box = await start({ implicitTls: true })
    expect(await build(box, `force_implicit_tls: true, ${TLS}`)()).toMatchObject({ ok: true })
    expect(box.mails[0]).toMatchObject({ secure: true })
  })

  test('require_tls: false speaks plainly even when the server could do more', async () => {
    const box = await start()
    expect(await build(box, 'require_tls: false, hello: me.example')()).toMatchObject({ ok: true })
    expect(box.mails[0]).toMatchObject({ secure: false, hello: 'me.example' })
  })
})

describe('authentication', () => {
  test.for([
    { methods: ['PLAIN'], more: LOGIN },
    { methods: ['LOGIN'], more: LOGIN },
    { methods: ['CRAM-MD5'], more: `auth_username: me, auth_secret: ${PASS}` },
    { methods: ['CRAM-MD5', 'PLAIN'], more: LOGIN },
  ])('$methods', async ({ methods, more }) => {
    const box = await start({ auth: { methods, user: 'me', pass: PASS } })
    expect(await build(box, `${more}, ${TLS}`)()).toMatchObject({ ok: true })
    expect(box.mails[0]).toMatchObject({ user: 'me', secure: true })
  })

  test('a wrong password is final, and neither it nor its encoding is in the answer', async () => {
    for (const methods of [['PLAIN'], ['LOGIN']]) {
      const box = await startMailbox({ auth: { methods, user: 'other', pass: 'x' } })
      const delivery = await build(box, `${LOGIN}, ${TLS}`)()
      expect(delivery).toMatchObject({ ok: false, retry: false })
      expect(delivery.answer).toMatch(/535/)
      expect(delivery.answer).not.toContain(PASS)
      await box[Symbol.asyncDispose]()
    }
  })

  test('without credentials that fit, it is said what the server offers', async () => {
    const box = await start({ auth: { methods: ['CRAM-MD5'], user: 'me', pass: PASS } })
    const delivery = await build(box, `${LOGIN}, ${TLS}`)()
    expect(delivery).toMatchObject({ ok: false })
    expect(delivery.answer).toContain('offered: CRAM-MD5; missing secret for CRAM-MD5')
  })

  test('a password file is read at each mail', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'binnacle-notify-'))
    const file = join(folder, 'password')
    await writeFile(file, 'old')
    const box = await start({ auth: { methods: ['PLAIN'], user: 'me', pass: PASS } })
    const send = build(box, `auth_username: me, auth_password_file: '${file}', ${TLS}`)
    expect(await send()).toMatchObject({ ok: false })
    await writeFile(file, `${PASS}\n`)
    expect(await send()).toMatchObject({ ok: true })
    await rm(file)
    expect(await send(notificationOf({ idempotencyKey: 'n-9' }))).toMatchObject({ ok: false, retry: true })
    await rm(folder, { recursive: true })
  })
})

describe('addresses', () => {
  const to = `to: 'Ops <ops@x.example>, dev@x.example, gone@x.example', require_tls: false`
  const buildTo = (box: Mailbox) => {
    const common = `from: am@x.example, smarthost: '127.0.0.1:${box.port}'`
    const notifier = oneNotifier(`email_configs: [{${to}, ${common}}]`)
    return (notification = notificationOf()) => notifier.send(notification, new AbortController().signal)
  }

  test('one that is refused for good does not keep the others from getting theirs, and is named', async () => {
    const box = await start({
      refuse: (address) => (address.startsWith('gone') ? { status: 550, text: 'no such mailbox' } : undefined),
    })
    const delivery = await buildTo(box)()
    expect(delivery).toMatchObject({ ok: true })
    expect(delivery.answer).toContain('gone@x.example')
    expect(delivery.answer).toContain('no such mailbox')
    expect(box.mails.map((mail) => mail.to)).toEqual([['ops@x.example', 'dev@x.example']])
  })

  test('one that is refused for now gets its mail by the next attempt, the others no second one', async () => {
    const box = await start({
      refuse: (address) => (address.startsWith('dev') ? { status: 451, text: 'later' } : undefined),
    })
    const memory = createVolatileMemory()
    expect(await buildTo(box)(notificationOf({ memory }))).toMatchObject({ ok: false, retry: true })
    box.options = {}
    // Another notifier, as after a restart: what is remembered is the notification's.
    const send = buildTo(box)
    expect(await send(notificationOf({ memory }))).toMatchObject({ ok: true })
    expect(box.mails.map((mail) => mail.to)).toEqual([['ops@x.example', 'gone@x.example'], ['dev@x.example']])
    expect(await send(notificationOf({ idempotencyKey: 'n-2', memory }))).toMatchObject({ ok: true })
    expect(box.mails.at(-1)?.to).toHaveLength(3)
  })

  test('all refused, and a message refused, by the status of the server', async () => {
    const box = await start({ refuse: () => ({ status: 550, text: 'no' }) })
    expect(await buildTo(box)()).toMatchObject({ ok: false, retry: false })
    box.options = { refuseData: { status: 452, text: 'full' } }
    expect(await buildTo(box)()).toMatchObject({ ok: false, retry: true })
    box.options = { refuseData: { status: 554, text: 'spam' } }
    const delivery = await buildTo(box)()
    expect(delivery).toMatchObject({ ok: false, retry: false })
    expect(delivery.answer).toContain('spam')
  })
})

describe('the message', () => {
  test('has the same id when it is sent again, another for the next, and says that it is a test', async () => {
    const box = await start()
    const send = build(box, TLS)
    await send()
    await send()
    await send(notificationOf({ idempotencyKey: 'n-2', test: true }))
    const ids = box.mails.map(({ raw }) => /^Message-I[dD]: (.*)$/m.exec(raw)?.[1])
    expect(ids[0]).toMatch(/^<[0-9a-f]{32}@binnacle\.example>/)
    expect(ids[1]).toBe(ids[0])
    expect(ids[2]).not.toBe(ids[0])
    expect(box.mails[2]?.raw).toMatch(/^Subject: \[TEST\] \[FIRING:2\]/m)
  })

  test('templates cannot add headers or commands', async () => {
    const box = await start()
    const notifier = build(
      box,
      `${TLS}, headers: {subject: "a\\r\\nBcc: x@y.example\\r\\n\\r\\nbody", X-A: "b\\nX-B: c"}`,
    )
    expect(await notifier()).toMatchObject({ ok: true })
    expect(box.mails[0]?.to).toEqual(['ops@x.example'])
    const head = box.mails[0]!.raw.split('\r\n\r\n')[0]!
    expect(head).not.toMatch(/^Bcc:/m)
    expect(head).not.toMatch(/^X-B:/m)
  })

  test('mails of a group are one thread', async () => {
    const box = await start()
    const send = build(box, `${TLS}, threading: {enabled: true, thread_by_date: daily}`)
    await send()
    await send(resolvedNotificationOf())
    const roots = box.mails.map(({ raw }) => /^References: (.*)$/m.exec(raw)?.[1])
    expect(roots[0]).toMatch(/^<alert-[0-9a-f]{16}-2026-11-26@alertmanager>/)
    expect(roots[1]).toBe(roots[0])
  })

  test('a preview has headers and parts, and no password', async () => {
    const notifier = oneNotifier(
      `email_configs: [{to: a@x.example, from: b@x.example, smarthost: 'mail.x.example:587', ${LOGIN}, text: 'T {{ .Status }}', html: '<p>{{ .Status }}</p>'}]`,
    )
    const rendered = await notifier.render(notificationOf())
    expect(rendered).toMatchObject({
      title: expect.stringContaining('[FIRING:2] HighLoad eu-1'),
      text: 'T firing',
      request: { server: 'mail.x.example:587', to: 'a@x.example', text: 'T firing', html: '<p>firing</p>' },
    })
    expect(JSON.stringify(rendered)).not.toContain(PASS)
  })
})

test('a server that says nothing, and nobody there, end by the deadline', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  await new Promise((resolve) => silent.once('listening', resolve))
  const { port } = silent.address() as { port: number }
  const send = build({ port }, '', { deps: { attemptTimeoutMs: 200 } })
  expect(await send()).toMatchObject({ ok: false, retry: true })
  silent.close()
  const nobody = await build({ port: 1 })()
  expect(nobody).toMatchObject({ ok: false, retry: true })
  expect(nobody.answer).toMatch(/ECONNREFUSED/)
})
