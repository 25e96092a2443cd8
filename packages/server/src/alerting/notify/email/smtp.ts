import { Readable } from 'node:stream'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { nextTurn } from '../../../telemetry/index.ts'
import type { TlsSettings } from '../http/index.ts'
import { AuthFailed, authenticate, type Credentials } from './smtp-auth.ts'

export type SmtpOptions = {
  readonly host: string
  readonly port: number
  readonly hello: string
  readonly implicitTls: boolean
  /** STARTTLS is asked for and must work; without it the connection stays as it is. */
  readonly requireTls: boolean
  readonly tls: TlsSettings
  readonly credentials: Credentials | undefined
  readonly timeoutMs: number
}

export type SmtpOutcome = {
  readonly accepted: readonly string[]
  readonly refused: readonly { readonly address: string; readonly status: number; readonly answer: string }[]
  /** What the server said to the message; `''` when no address was accepted. */
  readonly answer: string
}

/** No mail went out. */
export class SmtpFailed extends Error {
  /** The server's last reply; absent for a connection that failed. */
  readonly status: number | undefined

  constructor(message: string, options: { status?: number | undefined; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'SmtpFailed'
    this.status = options.status
  }
}

/** Delivers one message over a connection of its own. Rejects with `SmtpFailed`, or `signal.reason` when aborted. */
export async function sendMail(
  envelope: { from: string; to: readonly string[] },
  message: Buffer,
  options: SmtpOptions & { signal: AbortSignal },
): Promise<SmtpOutcome> {
  const { signal, credentials } = options
  signal.throwIfAborted()
  const connection: SMTPConnection = new SMTPConnection({
    host: options.host,
    port: options.port,
    name: options.hello,
    secure: options.implicitTls,
    requireTLS: options.requireTls && !options.implicitTls,
    ignoreTLS: !options.requireTls,
    tls: options.tls,
    connectionTimeout: options.timeoutMs,
    greetingTimeout: options.timeoutMs,
    socketTimeout: options.timeoutMs,
    logger: false,
    customAuth: credentials === undefined ? {} : { [OWN_AUTH]: loginWith(credentials, options.host, () => connection) },
  })
  let fail: (error: unknown) => void = () => {}
  const broken = new Promise<never>((_, reject) => {
    fail = reject
  })
  // It may break while nobody waits for it.
  broken.catch(() => {})
  connection.on('error', (error) => fail(error))
  const abort = () => fail(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  const step = <T>(start: (done: (error?: unknown, value?: T) => void) => void) =>
    Promise.race([
      broken,
      new Promise<T>((resolve, reject) => start((error, value) => (error ? reject(error) : resolve(value as T)))),
    ])
  try {
    await step<void>((done) => connection.connect((error) => done(error)))
    if (credentials !== undefined && connection.allowsAuth) {
      await step<boolean>((done) => connection.login({ method: OWN_AUTH, user: credentials.username }, done))
    }
    const sent = await step<Sent>((done) =>
      connection.send({ from: envelope.from, to: [...envelope.to] }, Readable.from(inPieces(message)), (error, info) =>
        done(error ?? undefined, info as Sent | undefined),
      ),
    )
    connection.quit()
    return { accepted: sent.accepted, refused: (sent.rejectedErrors ?? []).map(toRefused), answer: sent.response }
  } catch (error) {
    connection.close()
    if (signal.aborted) throw signal.reason
    const { rejectedErrors } = error as { rejectedErrors?: SmtpError[] }
    if (rejectedErrors?.length) return { accepted: [], refused: rejectedErrors.map(toRefused), answer: '' }
    throw toFailed(error)
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** Each line is looked at for a dot at its beginning: some ms for a piece, a quarter of a second for a mail of 2 MB. */
async function* inPieces(message: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < message.length; at += PIECE_BYTES) {
    if (at > 0) await nextTurn()
    yield message.subarray(at, at + PIECE_BYTES)
  }
}

const PIECE_BYTES = 64 * 1024
const OWN_AUTH = 'BINNACLE'

type SmtpError = Error & {
  responseCode?: number | undefined
  response?: string | undefined
  recipient?: string | undefined
  cause?: unknown
}
type Sent = { accepted: string[]; rejectedErrors?: SmtpError[] | undefined; response: string }
type AuthContext = {
  authMethods: string[]
  sendCommand(line: string): Promise<{ status: number; text: string }>
}

function loginWith(credentials: Credentials, host: string, connection: () => { secure: boolean }) {
  return async ({ authMethods, sendCommand }: AuthContext): Promise<void> => {
    const isPrivate = connection().secure || ['localhost', '127.0.0.1', '::1'].includes(host)
    await authenticate(sendCommand, credentials, { mechanisms: authMethods, isPrivate })
  }
}

function toRefused(error: SmtpError): SmtpOutcome['refused'][number] {
  const { recipient, responseCode, response, message } = error
  return { address: recipient ?? '', status: responseCode ?? 0, answer: response ?? message }
}

function toFailed(error: unknown): SmtpFailed {
  const { message, responseCode, response, cause } = error as SmtpError
  const status = responseCode ?? (cause instanceof AuthFailed ? cause.status : undefined)
  const said = response !== undefined && !message.includes(response) ? `: ${response}` : ''
  return new SmtpFailed(`${message}${said}`, { status, cause: error })
}
