import type { Secrets } from '../secret-source.ts'
import type { Agents, HttpClientDeps, HttpReply } from './http-exchange.ts'
import type { OAuth2Options } from './http-options.ts'
import { RequestFailed } from './request-failed.ts'

export type TokenSource = {
  /** A token that is valid for some seconds at least. Rejects with `RequestFailed`. */
  token(secrets: Secrets, signal: AbortSignal): Promise<string>
  /** The next call fetches a new one. */
  forget(): void
}

/** A token is renewed this long before its end. */
const MARGIN_MS = 10_000

/**
 * Tokens of the client-credentials grant, kept until shortly before their end. The client's id and secret go into the
 * header; when that is refused, into the body, and what worked is remembered.
 * Source: RFC 6749 §2.3.1 and §4.4.
 */
export function createTokenSource(options: OAuth2Options, deps: HttpClientDeps, agents: Agents): TokenSource {
  let kept: { token: string; untilMs: number; secret: string } | undefined
  let style: 'header' | 'body' | undefined

  async function ask(how: 'header' | 'body', secret: string, secrets: Secrets, signal: AbortSignal) {
    const form = new URLSearchParams({ ...options.endpointParams, grant_type: 'client_credentials' })
    if (options.scopes.length > 0) form.set('scope', options.scopes.join(' '))
    const headers: Record<string, string | number> = {
      'user-agent': deps.userAgent,
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    }
    if (how === 'header') {
      const pair = `${encodeURIComponent(options.clientId)}:${encodeURIComponent(secret)}`
      headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`
    } else {
      form.set('client_id', options.clientId)
      if (secret !== '') form.set('client_secret', secret)
    }
    const body = form.toString()
    headers['content-length'] = Buffer.byteLength(body)
    return agents.request(new URL(options.tokenUrl), { method: 'POST', headers, body }, { options, secrets, signal })
  }

  async function fetchToken(secret: string, secrets: Secrets, signal: AbortSignal): Promise<string> {
    let reply = await ask(style ?? 'header', secret, secrets, signal)
    let used = style ?? 'header'
    if (style === undefined && reply.status >= 400 && reply.status < 500) {
      used = 'body'
      reply = await ask('body', secret, secrets, signal)
    }
    const { token, lifetimeMs } = readToken(reply)
    style = used
    secrets.add(token)
    kept = { token, secret, untilMs: deps.clock.now() + lifetimeMs - MARGIN_MS }
    return token
  }

  return {
    async token(secrets, signal) {
      const secret = options.clientSecret === undefined ? '' : await secrets.reveal(options.clientSecret)
      if (kept !== undefined && kept.secret === secret && deps.clock.now() < kept.untilMs) {
        secrets.add(kept.token)
        return kept.token
      }
      return fetchToken(secret, secrets, signal)
    },
    forget() {
      kept = undefined
    },
  }
}

function readToken(reply: HttpReply): { token: string; lifetimeMs: number } {
  let answer: unknown
  try {
    answer = JSON.parse(reply.body.toString('utf8'))
  } catch {
    answer = undefined
  }
  const { access_token: token, expires_in: seconds, error } = Object(answer) as Record<string, unknown>
  if (reply.status >= 200 && reply.status < 300 && typeof token === 'string' && token !== '') {
    // Without a lifetime a token holds until the server refuses it.
    const lifetimeMs = Number(seconds) > 0 ? Number(seconds) * 1000 : 365 * 86_400_000
    return { token, lifetimeMs }
  }
  const reason = typeof error === 'string' ? `: ${error.slice(0, 100)}` : ''
  throw new RequestFailed(`no OAuth 2 token: the token server answered ${reply.status}${reason}`, {
    retry: reply.status >= 500 || reply.status === 429,
  })
}
