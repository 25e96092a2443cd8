import type { MiddlewareHandler } from 'hono'

const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\]|\[::ffff:127(\.\d{1,3}){3}\])$/i

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

/**
 * Without a login, the only protection of a local server is that foreign pages cannot reach it. A page on the web can
 * let its own name point at 127.0.0.1 (DNS rebinding): the browser then thinks we are that page's server, but still
 * sends its name in `Host`. So a request must name this machine, or the address that we listen on.
 */
export function hostGuard(listenHost: string): MiddlewareHandler {
  return async (c, next) => {
    const authority = c.req.header('host') ?? ''
    const name = hostName(authority)
    if (!isLoopbackHost(name) && name !== listenHost.toLowerCase() && name !== `[${listenHost.toLowerCase()}]`) {
      return c.text(
        `Refused: the request names the host "${authority.slice(0, 200)}", but this Binnacle answers only to localhost and ${listenHost}.\n` +
          'This keeps web pages from reaching it through a name of theirs (DNS rebinding).\n' +
          'A proxy before it must send "Host: localhost" (nginx does so with its defaults).\n',
        403,
      )
    }
    await next()
  }
}

/**
 * Refuses requests that change something when a browser sends them for another site's page. Browsers say so in
 * `Sec-Fetch-Site`, old ones only in `Origin`; programs send neither and pass. (Behind a proxy `Origin` has a name
 * that `Host` has not: so it counts only where the better header is missing.)
 */
export const sameSiteGuard: MiddlewareHandler = async (c, next) => {
  const site = c.req.header('sec-fetch-site')
  const origin = c.req.header('origin')
  const own =
    site === undefined
      ? origin === undefined ||
        origin.replace(/^https?:\/\//i, '').toLowerCase() === c.req.header('host')?.toLowerCase()
      : site === 'same-origin' || site === 'none'
  if (!own) return c.text('Refused: this request comes from the page of another site.\n', 403)
  await next()
}

/** Headers of every answer. Pages set their own, stricter Content-Security-Policy. */
export const securityHeaders: MiddlewareHandler = async (c, next) => {
  await next()
  const headers = c.res.headers
  headers.set('x-content-type-options', 'nosniff')
  headers.set('referrer-policy', 'no-referrer')
  headers.set('x-frame-options', 'DENY')
  headers.set('cross-origin-resource-policy', 'same-origin')
  if (!headers.has('content-security-policy'))
    headers.set('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
}

/**
 * CORS with the headers that Prometheus sends, but not to every origin as it does: reading local metrics from any page
 * on the web would undo the guards above. Pages of this machine may (Grafana in "browser" access mode).
 */
export const localCors: MiddlewareHandler = async (c, next) => {
  const origin = c.req.header('origin')
  const allowed = origin !== undefined && isLoopbackOrigin(origin)
  if (c.req.method === 'OPTIONS') c.res = new Response(null, { status: 204 })
  else await next()
  c.res.headers.append('vary', 'Origin')
  if (!allowed) return
  c.res.headers.set('access-control-allow-origin', origin)
  c.res.headers.set('access-control-allow-headers', 'Accept, Authorization, Content-Type, Origin')
  c.res.headers.set('access-control-allow-methods', 'GET, POST, OPTIONS')
  c.res.headers.set('access-control-expose-headers', 'Date')
}
