import { createHmac } from 'node:crypto'

/** One command of the dialogue: the server's status and the text behind it. */
export type Command = (line: string) => Promise<{ readonly status: number; readonly text: string }>

export type Credentials = {
  readonly username: string
  readonly identity: string
  /** For PLAIN and LOGIN. */
  readonly password: string | undefined
  /** For CRAM-MD5. */
  readonly secret: string | undefined
}

/** Refused by the server, or not even tried. */
export class AuthFailed extends Error {
  /** The server's; absent when it was not asked. */
  readonly status: number | undefined

  constructor(message: string, status?: number) {
    super(message)
    this.name = 'AuthFailed'
    this.status = status
  }
}

/**
 * Logs in by the first mechanism that the server offers and for which there are credentials: CRAM-MD5 with the secret,
 * PLAIN and LOGIN with the password. PLAIN is not spoken over a connection that others can read.
 * Source: RFC 4616 (PLAIN), RFC 2195 (CRAM-MD5), draft-murchison-sasl-login (LOGIN).
 */
export async function authenticate(
  command: Command,
  credentials: Credentials,
  server: { readonly mechanisms: readonly string[]; readonly isPrivate: boolean },
): Promise<void> {
  const reasons: string[] = []
  for (const mechanism of ['CRAM-MD5', 'PLAIN', 'LOGIN']) {
    if (!server.mechanisms.includes(mechanism)) continue
    const key = mechanism === 'CRAM-MD5' ? credentials.secret : credentials.password
    if (!key) {
      reasons.push(`missing ${mechanism === 'CRAM-MD5' ? 'secret' : 'password'} for ${mechanism}`)
      continue
    }
    if (mechanism === 'PLAIN' && !server.isPrivate) {
      reasons.push('PLAIN is not spoken over an unencrypted connection')
      continue
    }
    return speak(mechanism, command, { ...credentials, key })
  }
  const offered = server.mechanisms.join(', ') || 'none that is known here'
  throw new AuthFailed(`no way to authenticate (offered: ${offered}${reasons.map((why) => `; ${why}`).join('')})`)
}

async function speak(mechanism: string, command: Command, given: Credentials & { key: string }): Promise<void> {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  let answer: { status: number; text: string }
  if (mechanism === 'PLAIN') {
    answer = await command(`AUTH PLAIN ${base64(`${given.identity}\0${given.username}\0${given.key}`)}`)
  } else if (mechanism === 'LOGIN') {
    answer = await command('AUTH LOGIN')
    if (answer.status === 334) answer = await command(base64(given.username))
    if (answer.status === 334) answer = await command(base64(given.key))
  } else {
    answer = await command('AUTH CRAM-MD5')
    if (answer.status === 334) {
      const challenge = Buffer.from(answer.text.trim(), 'base64')
      const digest = createHmac('md5', given.key).update(challenge).digest('hex')
      answer = await command(base64(`${given.username} ${digest}`))
    }
  }
  if (answer.status === 235) return
  throw new AuthFailed(`${mechanism} authentication failed: ${answer.status} ${answer.text}`.trim(), answer.status)
}
