import http from 'node:http'
import https from 'node:https'
import { describeEndpoint, type EngineEndpoint } from './endpoint.ts'

export type EngineRequest = {
  readonly params: URLSearchParams
  readonly body: Buffer
}

/** An answer whose head has come. `body` throws when the connection breaks before its end. */
export type EngineResponse = {
  readonly status: number
  readonly exceptionCode: string | undefined
  readonly exceptionTag: string | undefined
  readonly body: AsyncIterable<Uint8Array>
  /** Closes the connection: the engine stops the query. */
  abort(): void
}

export type Transport = {
  readonly where: string
  /** Rejects with the socket's error, or with `signal.reason`. After the head, `signal` destroys the body too. */
  send(request: EngineRequest, signal: AbortSignal): Promise<EngineResponse>
  ping(signal: AbortSignal): Promise<number>
  close(): void
}

/** Idle connections are dropped before the host (65 s) or a ClickHouse server (10 s by default) would. */
const IDLE_MS = 8_000

/** Keep-alive HTTP to one endpoint, over a Unix socket or TCP. */
export function createTransport(endpoint: EngineEndpoint, maxSockets: number): Transport {
  const secure = endpoint.kind === 'url' && endpoint.url.startsWith('https:')
  const agentOptions: http.AgentOptions = { keepAlive: true, maxSockets, maxFreeSockets: maxSockets, timeout: IDLE_MS }
  const tls = endpoint.kind === 'url' ? endpoint.tls : undefined
  const agent = secure
    ? new https.Agent({
        ...agentOptions,
        ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
        ...(tls?.cert === undefined ? {} : { cert: tls.cert }),
        ...(tls?.key === undefined ? {} : { key: tls.key }),
        ...(tls?.serverName === undefined ? {} : { servername: tls.serverName }),
        rejectUnauthorized: tls?.insecureSkipVerify !== true,
      })
    : new http.Agent(agentOptions)
  const base = target(endpoint)
  const headers: Record<string, string> = {}
  if (endpoint.kind === 'url') {
    if (endpoint.user !== undefined || endpoint.password !== undefined) {
      // Basic, not X-ClickHouse-Key: a header of its own could not carry a password beyond Latin-1.
      const login = Buffer.from(`${endpoint.user ?? 'default'}:${endpoint.password ?? ''}`)
      headers.Authorization = `Basic ${login.toString('base64')}`
    }
    if (endpoint.database !== undefined) headers['X-ClickHouse-Database'] = endpoint.database
  }

  function open(method: string, path: string, body: Buffer | undefined, signal: AbortSignal): Promise<EngineResponse> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      let failure: unknown
      const request = (secure ? https : http).request({
        ...base,
        method,
        path,
        agent,
        headers: { ...headers, ...(body === undefined ? {} : { 'Content-Length': String(body.length) }) },
      })
      // The agent's timeout is about idle sockets; a busy one may be silent as long as its query runs.
      request.setTimeout(0)
      const onAbort = () => {
        failure = signal.reason
        request.destroy()
      }
      signal.addEventListener('abort', onAbort, { once: true })
      request.on('close', () => signal.removeEventListener('abort', onAbort))
      request.on('error', (error) => reject(failure ?? error))
      request.on('response', (response) => {
        // A server may answer before it has read the whole body, and close: that answer is what counts.
        resolve({
          status: response.statusCode ?? 0,
          exceptionCode: one(response.headers['x-clickhouse-exception-code']),
          exceptionTag: one(response.headers['x-clickhouse-exception-tag']),
          body: read(response, () => failure),
          abort: () => request.destroy(),
        })
      })
      request.end(body)
    })
  }

  return {
    where: describeEndpoint(endpoint),
    send: ({ params, body }, signal) => open('POST', `/?${params}`, body, signal),
    async ping(signal) {
      const response = await open('GET', '/ping', undefined, signal)
      for await (const _ of response.body);
      return response.status
    },
    close: () => agent.destroy(),
  }
}

async function* read(response: http.IncomingMessage, failure: () => unknown): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of response) yield piece as Buffer
  } catch (error) {
    throw failure() ?? error
  }
  if (!response.complete) throw failure() ?? new Error('the connection closed in the middle of an answer')
}

function target(endpoint: EngineEndpoint): { socketPath: string; host: string } | { host: string; port: number } {
  if (endpoint.kind === 'socket') return { socketPath: endpoint.path, host: 'localhost' }
  const url = new URL(endpoint.url)
  const port = url.port === '' ? (url.protocol === 'https:' ? 8443 : 8123) : Number(url.port)
  // Brackets belong to IPv6 in a URL only.
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port }
}

function one(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0]
}
