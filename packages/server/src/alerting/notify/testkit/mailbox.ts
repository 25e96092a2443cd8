import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'
import { TEST_CA_FILE } from './recorder.ts'

export type ReceivedMail = {
  readonly from: string
  readonly to: readonly string[]
  readonly user: string | undefined
  readonly secure: boolean
  readonly hello: string
  readonly raw: string
}

export type MailboxOptions = {
  /** TLS from the first byte. */
  readonly implicitTls?: boolean
  readonly startTls?: boolean
  /** Mechanisms and the only user; absent: nobody has to log in. */
  readonly auth?: { readonly methods: readonly string[]; readonly user: string; readonly pass: string }
  /** Refuses an address: status and text. */
  readonly refuse?: (address: string) => { readonly status: number; readonly text: string } | undefined
  /** Refuses the message after it was sent. */
  readonly refuseData?: { readonly status: number; readonly text: string }
}

export type Mailbox = AsyncDisposable & {
  readonly port: number
  readonly mails: ReceivedMail[]
  options: MailboxOptions
}

/** A real SMTP server that keeps the mails it is given. */
export async function startMailbox(options: MailboxOptions = {}): Promise<Mailbox> {
  const mails: ReceivedMail[] = []
  const { auth } = options
  const failure = ({ status, text }: { status: number; text: string }) =>
    Object.assign(new Error(text), { responseCode: status })
  const server = new SMTPServer({
    secure: options.implicitTls ?? false,
    cert: readFileSync(TEST_CA_FILE),
    key: readFileSync(join(import.meta.dirname, 'testdata', 'server.key')),
    authOptional: auth === undefined,
    disabledCommands: [...(auth === undefined ? ['AUTH'] : []), ...(options.startTls === false ? ['STARTTLS'] : [])],
    ...(auth === undefined ? {} : { authMethods: [...auth.methods] }),
    allowInsecureAuth: true,
    logger: false,
    onAuth(given, _session, done) {
      const isRight =
        given.username === auth?.user &&
        (given.method === 'CRAM-MD5' ? given.validatePassword(auth?.pass ?? '') : given.password === auth?.pass)
      if (isRight) return done(null, { user: auth?.user })
      done(failure({ status: 535, text: `no such user or password: ${given.password ?? ''}` }))
    },
    onRcptTo({ address }, _session, done) {
      const refused = mailbox.options.refuse?.(address)
      done(refused === undefined ? undefined : failure(refused))
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        mails.push({
          from: mailFrom === false ? '' : (mailFrom?.address ?? ''),
          to: rcptTo.map(({ address }) => address),
          user: session.user as string | undefined,
          secure: session.secure,
          hello: String(session.hostNameAppearsAs),
          raw: Buffer.concat(chunks).toString('utf8'),
        })
        const { refuseData } = mailbox.options
        done(refuseData === undefined ? undefined : failure(refuseData))
      })
    },
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const mailbox: Mailbox = {
    port: (server.server.address() as AddressInfo).port,
    mails,
    options,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
  return mailbox
}
