import { randomUUID } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { BinnacleError, messageOf } from '../config/index.ts'
import { createApp } from './app.ts'
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from './limits.ts'
import { createRehearsal } from './rehearsal.ts'
import type { HttpServerDeps } from './server-deps.ts'

export type HttpServerOptions = {
  /** `port` 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number }
  /** Folder with the built pages; by default the web package beside this one. */
  readonly webFolder?: string
  readonly limits?: Partial<HttpLimits>
}

export type HttpServer = {
  /** Resolves once the port is open. Throws `BinnacleError` (`http.address_in_use`, `http.cannot_listen`). */
  start(): Promise<{ readonly host: string; readonly port: number; readonly url: string }>
  /** Lets the code on the way of common questions be compiled before anybody asks them (rehearsal.ts). After `start`. */
  rehearse(): void
  /** Takes no new requests, lets those in flight finish until the deadline, then closes their sockets. Safe twice. */
  stop(): Promise<void>
}

/** The HTTP server: the APIs of `parts` and the pages. Building it has no side effects but its metrics. */
export function createHttpServer(deps: HttpServerDeps, options: HttpServerOptions): HttpServer {
  const { clock, log } = deps
  const limits = { ...DEFAULT_HTTP_LIMITS, ...options.limits }
  const { host, port } = options.listen
  const secret = randomUUID()
  const app = createApp(deps, {
    listenHost: host,
    limits,
    rehearsalSecret: secret,
    ...(options.webFolder ? { webFolder: options.webFolder } : {}),
  })
  const server = createServer({
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: 32 * 1024,
  })
  server.maxConnections = limits.maxConnections
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const open = new Set<ServerResponse>()
  server.on('request', (incoming, response: ServerResponse) => {
    open.add(response)
    response.on('close', () => {
      open.delete(response)
      // A client would keep its connection for a next request and so hold the stop back.
      if (stopped) setImmediate(() => server.closeIdleConnections())
    })
    app(incoming, response)
  })
  let stopped: Promise<void> | undefined
  const rehearsal = createRehearsal(
    { clock, log, isIdle: () => open.size === 0 },
    { host: nearHost(host), port: () => (server.address() as AddressInfo).port, secret },
  )

  return {
    start: () =>
      new Promise((resolve, reject) => {
        const refuse = (error: NodeJS.ErrnoException) => reject(listenError(error, host, port))
        server.once('error', refuse)
        server.listen({ host, port }, () => {
          server.off('error', refuse)
          server.on('error', (error) => log.error({ error }, 'http server failed'))
          const actual = (server.address() as AddressInfo).port
          const shown = host.includes(':') ? `[${host}]` : host
          resolve({ host, port: actual, url: `http://${shown}:${actual}` })
        })
      }),
    rehearse: () => rehearsal.start(),
    stop() {
      stopped ??= rehearsal.stop().then(close)
      return stopped
    },
  }

  function close(): Promise<void> {
    return new Promise((resolve) => {
      if (!server.listening) return resolve()
      const cancel = clock.after(limits.stopDeadlineMs, () => {
        log.warn({ connections: sockets.size }, 'http requests did not end in time; closing their connections')
        for (const socket of sockets) socket.destroy()
      })
      server.close(() => {
        cancel()
        resolve()
      })
      for (const response of open) if (!response.headersSent) response.setHeader('connection', 'close')
      server.closeIdleConnections()
    })
  }
}

/** Where this machine reaches itself when it listens on a host. */
function nearHost(host: string): string {
  return host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): BinnacleError {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`
  if (error.code === 'EADDRINUSE') {
    return new BinnacleError('http.address_in_use', `${address} is already in use`, {
      kind: 'unavailable',
      hint: `another program listens there, perhaps another Binnacle; choose another address with --listen ${host.includes(':') ? `[${host}]` : host}:${port + 1}`,
      cause: error,
    })
  }
  return new BinnacleError('http.cannot_listen', `cannot listen on ${address}: ${messageOf(error)}`, {
    kind: 'unavailable',
    hint: 'choose another address with --listen HOST:PORT',
    cause: error,
  })
}
