import http from 'node:http'
import https from 'node:https'
import type { Secrets } from '../secret-source.ts'
import type { ProxyOptions } from './http-options.ts'
import { isDirect } from './no-proxy.ts'
import { RequestFailed } from './request-failed.ts'

const PROTOCOLS = ['http:', 'https:', 'socks5:', 'socks5h:']

export const isSocks = (proxy: URL): boolean => proxy.protocol.startsWith('socks5')

export type Environment = Readonly<Record<string, string | undefined>>

/** The proxy that `url` is reached through, or `undefined` for a direct connection. Rejects with `RequestFailed`. */
export async function proxyFor(
  url: URL,
  options: ProxyOptions,
  { environment, secrets }: { environment: Environment; secrets: Secrets },
): Promise<URL | undefined> {
  let text: string | undefined
  if (options.url !== undefined) {
    if (options.noProxy !== undefined && isDirect(url, options.noProxy)) return undefined
    text = await secrets.reveal(options.url)
  } else if (options.fromEnvironment) {
    const read = (name: string) => environment[name] || environment[name.toLowerCase()]
    if (isDirect(url, read('NO_PROXY') ?? '')) return undefined
    text = url.protocol === 'https:' ? read('HTTPS_PROXY') : read('HTTP_PROXY')
    if (text !== undefined) secrets.add(text)
  }
  if (text === undefined || text === '') return undefined
  const full = text.includes('://') ? text : `http://${text}`
  const proxy = URL.canParse(full) ? new URL(full) : undefined
  if (proxy === undefined || !PROTOCOLS.includes(proxy.protocol)) {
    throw new RequestFailed('the proxy is not usable: it must be an http://, https:// or socks5:// URL', {
      retry: false,
    })
  }
  return proxy
}

export function proxyAuthorization(proxy: URL): string | undefined {
  if (proxy.username === '' && proxy.password === '') return undefined
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  return `Basic ${Buffer.from(user).toString('base64')}`
}

/** A byte pipe to `host:port` through the proxy. Rejects with `RequestFailed`. */
export function openTunnel(
  proxy: URL,
  target: string,
  { headers, signal }: { headers: http.OutgoingHttpHeaders; signal: AbortSignal },
): Promise<import('node:net').Socket> {
  return new Promise((resolve, reject) => {
    const authorization = proxyAuthorization(proxy)
    const { request } = proxy.protocol === 'https:' ? https : http
    const outgoing = request({
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: target,
      agent: false,
      signal,
      headers: {
        host: target,
        ...headers,
        ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }),
      },
    })
    outgoing.on('connect', (answer, socket) => {
      if (answer.statusCode === 200) return resolve(socket)
      socket.destroy()
      reject(new RequestFailed(`the proxy answered ${answer.statusCode} to CONNECT ${target}`, { retry: true }))
    })
    outgoing.on('response', (answer) => {
      answer.destroy()
      reject(new RequestFailed(`the proxy answered ${answer.statusCode} to CONNECT ${target}`, { retry: true }))
    })
    outgoing.on('error', (error) => reject(new RequestFailed(`proxy: ${error.message}`, { retry: true, cause: error })))
    outgoing.end()
  })
}
