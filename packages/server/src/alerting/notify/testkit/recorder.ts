import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'

const testdata = join(import.meta.dirname, 'testdata')
export const TEST_CA_FILE = join(testdata, 'server.pem')
const credentials = { cert: readFileSync(TEST_CA_FILE), key: readFileSync(join(testdata, 'server.key')) }

export type Recorded = {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
  /** Whether it came over TLS. */
  readonly secure: boolean
  /** Where a proxy request or a CONNECT wanted to go. */
  readonly via?: string
}

export type Answer = {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Nothing is answered. */
  readonly never?: boolean
  /** The connection is cut after the body came in. */
  readonly cut?: boolean
  /** The body is sent again and again, without an end. */
  readonly endless?: boolean
}

export type Recorder = AsyncDisposable & {
  readonly port: number
  readonly url: string
  readonly secureUrl: string
  readonly requests: Recorded[]
  /** CONNECT requests with their headers. */
  readonly connects: { readonly target: string; readonly headers: http.IncomingHttpHeaders }[]
  answer: (request: Recorded) => Answer
  readonly connections: () => number
}

/** A real server that keeps what it is sent, over HTTP and HTTPS, and a proxy that leads every CONNECT to itself. */
export async function startRecorder(answer: (request: Recorded) => Answer = () => ({})): Promise<Recorder> {
  const requests: Recorded[] = []
  const connects: Recorder['connects'] = []
  const sockets = new Set<Socket>()
  let connections = 0

  const handle = (secure: boolean) => async (incoming: http.IncomingMessage, outgoing: http.ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const given = incoming.url ?? '/'
    const isProxied = /^https?:\/\//.test(given)
    const url = new URL(given, 'http://here')
    const via = isProxied ? url.origin : (incoming.socket as Socket & { target?: string }).target
    const recorded: Recorded = {
      method: incoming.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString('utf8'),
      secure,
      ...(via === undefined ? {} : { via }),
    }
    requests.push(recorded)
    const { status = 200, headers = {}, body = '', never, cut, endless } = recorder.answer(recorded)
    if (never) return
    if (cut) return void incoming.socket.destroy()
    outgoing.writeHead(status, headers)
    if (!endless) return void outgoing.end(body)
    const more = () => {
      while (!outgoing.destroyed && outgoing.write(body));
    }
    outgoing.on('drain', more)
    outgoing.on('error', () => {})
    more()
  }
  const refuse = (error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error
  }
  const plain = http.createServer((request, response) => void handle(false)(request, response).catch(refuse))
  const secure = https.createServer(
    credentials,
    (request, response) => void handle(true)(request, response).catch(refuse),
  )
  plain.on('connect', (request: http.IncomingMessage, socket: Socket) => {
    connects.push({ target: request.url ?? '', headers: request.headers })
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    secure.emit('connection', socket)
  })
  for (const server of [plain, secure]) {
    server.on('connection', (socket: Socket) => {
      connections++
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => {})
    })
    server.on('tlsClientError', () => {})
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
  const portOf = (server: http.Server) => (server.address() as AddressInfo).port
  const recorder: Recorder = {
    port: portOf(plain),
    url: `http://127.0.0.1:${portOf(plain)}`,
    secureUrl: `https://127.0.0.1:${portOf(secure)}`,
    requests,
    connects,
    answer,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await Promise.all([plain, secure].map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
  return recorder
}
