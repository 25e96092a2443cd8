import { type HttpAnswer, textAnswer } from './http-answer.ts'
import type { HttpRequest } from './http-request.ts'

const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\]|\[::ffff:127(\.\d{1,3}){3}\])$/i
/** A host name or address with its port, and nothing else (no user, no path). */
const AUTHORITY = /^([\w.-]+|\[[\da-f:.]+\])(:\d*)?$/i

/** Host part of `host:port`, brackets of IPv6 kept, lower case. */
export function hostName(authority: string): string {
  return authority.replace(/:\d*$/, '').toLowerCase()
}

/** Whether a host name can only mean this machine. */
export function isLoopbackHost(name: string): boolean {
  return LOOPBACK.test(name) || LOOPBACK.test(`[${name}]`)
}

/** An origin of this machine (any port): a page that the user started here, such as a local Grafana. */
function isLoopbackOrigin(origin: string): boolean {
  try {
    return isLoopbackHost(new URL(origin).host.replace(/:\d*$/, ''))
  } catch {
    return false
  }
}

/** Why a request is not answered; undefined when it may pass. */
export type Guard = (request: HttpRequest) => HttpAnswer | undefined

/**
 * Without a login, the only protection of a local server is that foreign pages cannot reach it. A page on the web can
 * let its own name point at 127.0.0.1 (DNS rebinding): the browser then thinks we are that page's server, but still
 * sends its name in `Host`. So a request must name this machine, or the address that we listen on.
 */
export function createHostGuard(listenHost: string): Guard {
  const own = listenHost.toLowerCase()
  /** Clients name us the same way each time. */
  let lastGood: string | undefined

  const judge = (authority: string): HttpAnswer | undefined => {
    if (authority === lastGood) return undefined
    if (!AUTHORITY.test(authority)) return textAnswer('Refused: the request names no host that could be ours.\n', 400)
    const name = hostName(authority)
    if (isLoopbackHost(name) || name === own || name === `[${own}]`) {
      lastGood = authority
      return undefined
    }
    return textAnswer(
      `Refused: the request names the host "${authority.slice(0, 200)}", but this Binnacle answers only to localhost and ${listenHost}.\n` +
        'This keeps web pages from reaching it through a name of theirs (DNS rebinding).\n' +
        'A proxy before it must send "Host: localhost" (nginx does so with its defaults).\n',
      403,
    )
  }

  return (request) => {
    const hosts = request.hosts()
    for (const host of hosts) {
      const refusal = judge(host)
      if (refusal) return refusal
    }
    const refusal = request.authority === undefined ? undefined : judge(request.authority)
    if (refusal) return refusal
    return hosts.length === 1 ? undefined : textAnswer('Refused: the request must name one host.\n', 400)
  }
}

/**
 * Refuses requests that change something when a browser sends them for another site's page. Browsers say so in
 * `Sec-Fetch-Site`, old ones only in `Origin`; programs send neither and pass. (Behind a proxy `Origin` has a name
 * that `Host` has not: so it counts only where the better header is missing.)
 */
export const sameSiteGuard: Guard = (request) => {
  const site = request.header('sec-fetch-site')
  const origin = request.header('origin')
  const own =
    site === undefined
      ? origin === undefined ||
        origin.replace(/^https?:\/\//i, '').toLowerCase() === request.header('host')?.toLowerCase()
      : site === 'same-origin' || site === 'none'
  return own ? undefined : textAnswer('Refused: this request comes from the page of another site.\n', 403)
}

const SECURITY = [
  ...['x-content-type-options', 'nosniff'],
  ...['referrer-policy', 'no-referrer'],
  ...['x-frame-options', 'DENY'],
  ...['cross-origin-resource-policy', 'same-origin'],
]
const NO_CONTENT = ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"]
const SECURITY_OF_DATA = [...SECURITY, ...NO_CONTENT]

/** Headers of every answer, names and values in turn; a new array. Pages bring their own, wider Content-Security-Policy. */
export function securityHeaders(answer: HttpAnswer): string[] {
  return (answer.headers?.['content-security-policy'] === undefined ? SECURITY_OF_DATA : SECURITY).slice()
}

/**
 * CORS with the headers that Prometheus sends, but not to every origin as it does: reading local metrics from any page
 * on the web would undo the guards above. Pages of this machine may (Grafana in "browser" access mode).
 * Adds to `headers`.
 */
export function addCorsHeaders(request: HttpRequest, headers: string[]): void {
  headers.push('vary', 'Origin')
  const origin = request.header('origin')
  if (origin === undefined || !isLoopbackOrigin(origin)) return
  headers.push('access-control-allow-origin', origin)
  headers.push('access-control-allow-headers', 'Accept, Authorization, Content-Type, Origin')
  headers.push('access-control-allow-methods', 'GET, POST, OPTIONS')
  headers.push('access-control-expose-headers', 'Date')
}
