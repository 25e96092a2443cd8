import http from 'node:http'
import https from 'node:https'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import { messageOf } from '../../../config/index.ts'
import type { Secrets } from '../secret-source.ts'
import type { Agents, HttpClientDeps, HttpReply, HttpRequest, Outgoing, Route } from './http-exchange.ts'
import type { HttpOptions } from './http-options.ts'
import { createTokenSource, type TokenSource } from './oauth2.ts'
import { type Environment, isSocks, openTunnel, proxyAuthorization, proxyFor } from './proxy.ts'
import { RequestFailed } from './request-failed.ts'
import { openSocks } from './socks.ts'
import { readTls, type TlsSettings } from './tls.ts'

export type HttpClient = {
  /** Rejects with `RequestFailed` without a usable answer, with `signal.reason` when aborted. Any status is an answer. */
  send(request: HttpRequest, context: { secrets: Secrets; signal: AbortSignal }): Promise<HttpReply>
  /** Closes idle connections now, and those in use as soon as their answer is there. */
  close(): void
}

export const MAX_REPLY_BYTES = 1024 * 1024
const MAX_REDIRECTS = 10
const MAX_AGENTS = 4
const AGENT_OPTIONS = { keepAlive: true, keepAliveMsecs: 30_000, maxSockets: 4, maxTotalSockets: 8, maxFreeSockets: 1 }

/** The connections of one integration. Secrets, certificates and proxies are read at each request. */
export function createHttpClient(options: HttpOptions, deps: HttpClientDeps): HttpClient {
  const agents = createAgents(deps.environment)
  const tokens = options.oauth2 ? createTokenSource(options.oauth2, deps, agents) : undefined

  async function send(request: HttpRequest, { secrets, signal }: { secrets: Secrets; signal: AbortSignal }) {
    signal.throwIfAborted()
    const headers = await ownHeaders(options, secrets)
    const reply = await attempt(request, headers, { secrets, signal, tokens })
    // The token may have been withdrawn before its time: once more with a new one.
    if (reply.status !== 401 || tokens === undefined) return reply
    tokens.forget()
    return attempt(request, headers, { secrets, signal, tokens })
  }

  async function attempt(
    request: HttpRequest,
    extra: http.OutgoingHttpHeaders,
    { secrets, signal, tokens }: { secrets: Secrets; signal: AbortSignal; tokens: TokenSource | undefined },
  ): Promise<HttpReply> {
    let { method, body } = request
    let at = toUrl(request.url)
    const { origin } = at
    const token = tokens === undefined ? undefined : await tokens.token(secrets, signal)
    for (let hop = 0; ; hop++) {
      const headers: http.OutgoingHttpHeaders = { 'user-agent': deps.userAgent, 'accept-encoding': 'identity' }
      for (const [name, value] of Object.entries(request.headers ?? {})) {
        if (body !== undefined || name !== 'content-type') headers[name] = value
      }
      // What is secret goes to the host that was configured, not to where that host points.
      if (at.origin === origin) {
        Object.assign(headers, extra)
        if (token !== undefined) headers.authorization = `Bearer ${token}`
      } else delete headers.authorization
      if (method !== 'GET') headers['content-length'] = body === undefined ? 0 : Buffer.byteLength(body)
      const reply = await agents.request(at, { method, headers, body }, { options, secrets, signal })
      const location = reply.headers.location
      if (!options.followRedirects || location === undefined || ![301, 302, 303, 307, 308].includes(reply.status)) {
        return reply
      }
      if (hop === MAX_REDIRECTS) throw new RequestFailed(`stopped after ${MAX_REDIRECTS} redirects`, { retry: true })
      at = toUrl(location, at)
      if (reply.status <= 303 && method !== 'GET') {
        method = 'GET'
        body = undefined
      }
    }
  }

  return { send, close: () => agents.close() }
}

/** Few agents, one for each way (proxy, certificates) to a server; the oldest goes when there are too many. */
function createAgents(environment: Environment): Agents {
  const agents = new Map<string, http.Agent>()

  function agentOf(key: string, create: () => http.Agent): http.Agent {
    const found = agents.get(key)
    if (found) return found
    for (const [old, agent] of agents) {
      if (agents.size < MAX_AGENTS) break
      retire(agent)
      agents.delete(old)
    }
    const made = create()
    agents.set(key, made)
    return made
  }

  async function request(url: URL, outgoing: Outgoing, { options, secrets, signal }: Route): Promise<HttpReply> {
    const proxy = await proxyFor(url, options.proxy, { environment, secrets })
    const settings = url.protocol === 'https:' ? await readTls(options.tls, secrets) : undefined
    const key = JSON.stringify([url.protocol, proxy?.href, settings])
    if (proxy === undefined) {
      const agent = agentOf(key, () => (settings ? new https.Agent({ ...AGENT_OPTIONS, ...settings }) : plainAgent()))
      return requestOnce(url.protocol, { ...targetOf(url), agent, signal }, outgoing)
    }
    if (settings === undefined && !isSocks(proxy)) {
      // A plain request goes to the proxy with its whole URL.
      const agent = agentOf(key, () => (proxy.protocol === 'https:' ? new https.Agent(AGENT_OPTIONS) : plainAgent()))
      const authorization = proxyAuthorization(proxy)
      const headers = {
        ...outgoing.headers,
        host: url.host,
        ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }),
      }
      const to = {
        ...addressOf(proxy),
        ...credentialsOf(url),
        path: `${url.origin}${url.pathname}${url.search}`,
        agent,
        signal,
      }
      return requestOnce(proxy.protocol, to, { ...outgoing, headers })
    }
    const connectHeaders: http.OutgoingHttpHeaders = {}
    for (const { name, values } of options.proxy.connectHeaders) {
      connectHeaders[name] = await Promise.all(values.map((value) => secrets.reveal(value)))
    }
    const agent = agentOf(key, () =>
      settings ? new TunnelAgent(settings, proxy, connectHeaders) : new SocksAgent(proxy),
    )
    return requestOnce(url.protocol, { ...targetOf(url), agent, signal }, outgoing)
  }

  return {
    request,
    close() {
      for (const agent of agents.values()) retire(agent)
      agents.clear()
    },
  }
}

const plainAgent = () => new http.Agent(AGENT_OPTIONS)

class TunnelAgent extends https.Agent {
  readonly #proxy: URL
  readonly #headers: http.OutgoingHttpHeaders

  constructor(settings: TlsSettings, proxy: URL, headers: http.OutgoingHttpHeaders) {
    super({ ...AGENT_OPTIONS, ...settings })
    this.#proxy = proxy
    this.#headers = headers
  }

  // Node calls this for each new connection and waits for the callback when nothing is returned.
  override createConnection(
    options: https.RequestOptions & { signal?: AbortSignal },
    callback: (error: Error | null, socket?: Duplex) => void,
  ): undefined {
    const { host, port, signal } = endOf(options)
    const target = `${host.includes(':') ? `[${host}]` : host}:${port}`
    const opened = isSocks(this.#proxy)
      ? openSocks(this.#proxy, { host, port }, signal)
      : openTunnel(this.#proxy, target, { headers: this.#headers, signal })
    opened.then(
      (socket) => callback(null, tls.connect({ ...(options as tls.ConnectionOptions), socket })),
      (error: Error) => callback(error),
    )
    return undefined
  }
}

/** Plain HTTP through a SOCKS proxy; to an HTTP proxy a plain request goes as it is. */
class SocksAgent extends http.Agent {
  readonly #proxy: URL

  constructor(proxy: URL) {
    super(AGENT_OPTIONS)
    this.#proxy = proxy
  }

  override createConnection(
    options: http.RequestOptions & { signal?: AbortSignal },
    callback: (error: Error | null, socket?: Duplex) => void,
  ): undefined {
    const { host, port, signal } = endOf(options)
    openSocks(this.#proxy, { host, port }, signal).then(
      (socket) => callback(null, socket),
      (error: Error) => callback(error),
    )
    return undefined
  }
}

const endOf = (options: http.RequestOptions & { signal?: AbortSignal }) => ({
  host: String(options.host),
  port: Number(options.port),
  signal: options.signal ?? new AbortController().signal,
})

const targetOf = (url: URL): http.RequestOptions => ({
  ...addressOf(url),
  ...credentialsOf(url),
  path: `${url.pathname}${url.search}`,
})

function addressOf(url: URL): http.RequestOptions {
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port || (url.protocol === 'https:' ? 443 : 80),
  }
}

/** A user and a password in the URL are credentials, as in any HTTP client. */
function credentialsOf(url: URL): http.RequestOptions {
  if (url.username === '') return {}
  return { auth: `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}` }
}

async function requestOnce(protocol: string, to: http.RequestOptions, outgoing: Outgoing): Promise<HttpReply> {
  for (let attempt = 0; ; attempt++) {
    const sent = { reused: false }
    try {
      return await exchange(protocol, to, outgoing, sent)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? ''
      // The server may close an idle connection at the moment that we use it: that says nothing about the server.
      if (attempt === 0 && sent.reused && (code === 'ECONNRESET' || code === 'EPIPE')) continue
      if (to.signal?.aborted) throw to.signal.reason
      if (error instanceof RequestFailed) throw error
      throw new RequestFailed(messageOf(error) || code, { retry: true, cause: error })
    }
  }
}

function exchange(
  protocol: string,
  to: http.RequestOptions,
  { method, headers, body }: Outgoing,
  sent: { reused: boolean },
): Promise<HttpReply> {
  return new Promise((resolve, reject) => {
    const { request } = protocol === 'https:' ? https : http
    const outgoing = request({ ...to, method, headers }, (answer) => {
      const chunks: Buffer[] = []
      let size = 0
      const finish = () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) })
      answer.on('data', (chunk: Buffer) => {
        const room = MAX_REPLY_BYTES - size
        size += chunk.length
        if (chunk.length <= room) chunks.push(chunk)
        else {
          // The status has said it all; nobody reads on.
          chunks.push(chunk.subarray(0, room))
          finish()
          outgoing.destroy()
        }
      })
      answer.on('error', reject)
      answer.on('aborted', () => reject(new Error('the connection was closed before the answer was complete')))
      answer.on('end', finish)
    })
    outgoing.on('error', (error) => {
      sent.reused = outgoing.reusedSocket
      reject(error)
    })
    outgoing.end(body)
  })
}

async function ownHeaders(options: HttpOptions, secrets: Secrets): Promise<http.OutgoingHttpHeaders> {
  const headers: http.OutgoingHttpHeaders = {}
  for (const { name, values, secrets: hidden } of options.headers) {
    headers[name.toLowerCase()] = [...values, ...(await Promise.all(hidden.map((source) => secrets.reveal(source))))]
  }
  const { basicAuth, authorization } = options
  if (basicAuth) {
    const user = basicAuth.usernameFile ? await secrets.reveal({ file: basicAuth.usernameFile }) : basicAuth.username
    const password = basicAuth.password === undefined ? '' : await secrets.reveal(basicAuth.password)
    const encoded = Buffer.from(`${user}:${password}`).toString('base64')
    secrets.add(encoded)
    headers.authorization = `Basic ${encoded}`
  } else if (authorization?.credentials) {
    headers.authorization = `${authorization.type} ${await secrets.reveal(authorization.credentials)}`
  }
  return headers
}

function toUrl(text: string, base?: URL): URL {
  const url = URL.canParse(text, base?.href) ? new URL(text, base) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new RequestFailed('the URL is no http:// or https:// URL', { retry: false })
  }
  return url
}

function retire(agent: http.Agent): void {
  agent.maxFreeSockets = 0
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy()
}
