import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import http from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Clock } from '../../telemetry/index.ts'
import { clickhouseFailure, engineFailure, type HostFailure } from './http-error.ts'
import { type Lane, type PooledSession, QueueFull, type SessionPool } from './session-pool.ts'
import { laneOf, parseStatement, type Statement } from './statement.ts'

export type HostServerDeps = {
  readonly pool: SessionPool
  readonly clock: Clock
  /** A private directory on the same machine; inserts lie there until the engine has read them. */
  readonly spoolDir: string
  /** Asked for on every request but the ping, when set. */
  readonly login?: { readonly user: string; readonly password: string }
  /** False when the engine itself has stopped answering: the ping fails then, and the supervisor replaces us. */
  readonly alive: () => boolean
}

/** Up to this size a result is made whole in the engine (off our event loop) and sent in one piece. */
const WHOLE_RESULT_BYTES = 64 * 1024 * 1024
const MAX_STATEMENT_BYTES = 64 * 1024 * 1024
const MAX_INSERT_BYTES = 1024 * 1024 * 1024
const KILL_AGAIN_MS = 250

/** URL parameters of the protocol itself; all others are settings. */
const NOT_SETTINGS = new Set([
  ...['query', 'query_id', 'default_format', 'database', 'user', 'password', 'quota_key', 'role', 'session_id'],
  ...['session_timeout', 'session_check', 'compress', 'decompress', 'buffer_size', 'wait_end_of_query', 'stacktrace'],
  ...['enable_http_compression', 'http_zlib_compression_level', 'send_progress_in_http_headers'],
  ...['http_headers_progress_interval_ms', 'http_write_exception_in_output_format', 'client_protocol_version'],
  ...['log_comment', 'async_insert', 'wait_for_async_insert', 'cancel_http_readonly_queries_on_client_close'],
])

type Request = {
  readonly queryId: string
  readonly format: string
  readonly settings: ReadonlyMap<string, string>
  readonly wholeResult: boolean
}

/** A query from its arrival to its last byte. */
type Running = { stop(): void }

/**
 * As much of ClickHouse's HTTP interface as we and `@clickhouse/client` use: queries with formats and settings, inserts
 * in any input format, ping, KILL QUERY by id. (Source: ClickHouse docs, "HTTP interface".)
 * A connection that closes before its answer is whole stops its query in the engine.
 */
export function createHostServer(deps: HostServerDeps): http.Server {
  const { pool, clock } = deps
  const running = new Map<string, Running>()
  const isLogin = deps.login && loginCheck(deps.login)

  async function handle(req: http.IncomingMessage, res: http.ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', 'http://engine')
    const params = url.searchParams
    if (url.pathname === '/ping') {
      const alive = deps.alive()
      res.writeHead(alive ? 200 : 503, { 'Content-Type': 'text/plain' })
      res.end(alive ? 'Ok.\n' : 'The engine does not answer.\n')
      return
    }
    const queryId = params.get('query_id') || randomUUID()
    const fail = (failure: HostFailure) => answerFailure(req, res, failure, queryId)
    if (isLogin && !isLogin(req, params)) {
      return fail(clickhouseFailure(516, 'AUTHENTICATION_FAILED', 'Authentication failed: no such user or password'))
    }
    if (url.pathname !== '/') {
      return answerFailure(req, res, { status: 404, code: 0, text: 'There is no such path.\n' }, queryId)
    }
    if (req.headers['content-encoding'] !== undefined && req.headers['content-encoding'] !== 'identity') {
      return fail(clickhouseFailure(89, 'UNKNOWN_COMPRESSION_METHOD', 'this host takes no compressed requests'))
    }
    const asked = Buffer.from(params.get('query') ?? '')
    let statement: Statement | undefined = asked.length === 0 ? undefined : parseStatement(asked)
    if (statement?.kind !== 'insert') {
      // The statement goes on in the body.
      const body = await readBody(req, MAX_STATEMENT_BYTES)
      if (body === undefined) return fail(clickhouseFailure(223, 'QUERY_IS_TOO_LARGE', 'the statement exceeds 64 MiB'))
      const text = asked.length === 0 ? body : Buffer.concat([asked, Buffer.from('\n'), body])
      if (text.length === 0) {
        res.writeHead(200, { 'Content-Type': 'text/plain' })
        res.end('Ok.\n')
        return
      }
      statement = parseStatement(text)
    }
    if (req.method === 'GET' && statement.kind !== 'read') {
      return fail(clickhouseFailure(164, 'READONLY', 'a GET request may only read'))
    }
    if (statement.kind === 'kill') {
      running.get(statement.queryId)?.stop()
      res.writeHead(200, headersOf(queryId, 'Null'))
      res.end()
      return
    }
    if (running.has(queryId)) {
      const name = 'QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING'
      return fail(clickhouseFailure(216, name, `Query with id = ${queryId} is already running`))
    }
    await execute(req, res, statement, readRequest(params, queryId))
  }

  async function execute(
    req: http.IncomingMessage,
    res: http.ServerResponse,
    statement: Exclude<Statement, { kind: 'kill' }>,
    request: Request,
  ): Promise<void> {
    const waiting = new AbortController()
    let began = false
    let ended = false
    let stopped = false
    const stop = () => {
      if (stopped || ended) return
      stopped = true
      waiting.abort(new Stopped())
      if (began) killUntil(request.queryId, () => ended)
    }
    const onClose = () => {
      if (!res.writableFinished) stop()
    }
    running.set(request.queryId, { stop })
    res.on('close', onClose)
    try {
      if (statement.kind === 'insert')
        await insert(req, res, statement, request, waiting.signal, () => {
          began = true
        })
      else {
        const { kind, sql } = statement
        await pool.run(kind, waiting.signal, async (session) => {
          began = true
          if (kind === 'read' && !request.wholeResult) await sendStream(res, session, sql, request)
          else await sendWhole(res, session, sql, request)
        })
      }
    } catch (error) {
      if (!res.destroyed) answerFailure(req, res, failureOf(error, laneOf(statement)), request.queryId)
    } finally {
      ended = true
      res.off('close', onClose)
      running.delete(request.queryId)
    }
  }

  async function insert(
    req: http.IncomingMessage,
    res: http.ServerResponse,
    statement: Extract<Statement, { kind: 'insert' }>,
    request: Request,
    signal: AbortSignal,
    onBegin: () => void,
  ): Promise<void> {
    const path = await spool(req, statement.inline)
    if (path === undefined) {
      answerFailure(req, res, clickhouseFailure(223, 'QUERY_IS_TOO_LARGE', 'the insert exceeds 1 GiB'), request.queryId)
      return
    }
    try {
      const sql = `${statement.head} FROM INFILE '${path}' FORMAT ${statement.format}`
      await pool.run('insert', signal, async (session) => {
        onBegin()
        await sendWhole(res, session, sql, request)
      })
    } finally {
      await rm(join(deps.spoolDir, path), { force: true })
    }
  }

  /** Kills until the query has ended: a KILL that comes before the query is registered finds nothing. */
  async function killUntil(queryId: string, ended: () => boolean): Promise<void> {
    const sql = `KILL QUERY WHERE Settings['log_comment'] = '${queryId.replace(/[\\']/g, '\\$&')}' ASYNC`
    while (!ended()) {
      try {
        await pool.run('control', NEVER, (session) => session.query(sql, 'Null', new Map()))
      } catch {
        // The next round tries again; the query's own time limit is behind all this.
      }
      await clock.sleep(KILL_AGAIN_MS)
    }
  }

  /** The insert's data in a file of the spool directory (our working directory): its name, or undefined if too large. */
  async function spool(req: http.IncomingMessage, inline: Buffer): Promise<string | undefined> {
    const path = `${randomUUID()}.insert`
    const file = createWriteStream(join(deps.spoolDir, path), { mode: 0o600 })
    let size = inline.length
    try {
      await pipeline(async function* () {
        if (inline.length > 0) yield inline
        for await (const piece of req as AsyncIterable<Buffer>) {
          size += piece.length
          if (size > MAX_INSERT_BYTES) throw new TooLarge()
          yield piece
        }
      }, file)
      return path
    } catch (error) {
      await rm(join(deps.spoolDir, path), { force: true })
      if (error instanceof TooLarge) return undefined
      throw error
    }
  }

  return http.createServer({ keepAliveTimeout: 65_000, requestTimeout: 0 }, (req, res) => {
    handle(req, res).catch((error: unknown) => {
      if (!res.destroyed) answerFailure(req, res, engineFailure(error), '')
    })
  })
}

class Stopped extends Error {}
class TooLarge extends Error {}

const NEVER = new AbortController().signal

function failureOf(error: unknown, lane: Lane): HostFailure {
  if (error instanceof QueueFull) {
    return clickhouseFailure(
      202,
      'TOO_MANY_SIMULTANEOUS_QUERIES',
      `Too many simultaneous queries (${lane}): ${error.message}`,
    )
  }
  if (error instanceof Stopped) return clickhouseFailure(394, 'QUERY_WAS_CANCELLED', 'Query was cancelled')
  return engineFailure(error)
}

function readRequest(params: URLSearchParams, queryId: string): Request {
  // The engine knows the query by this comment; its own ids cannot be chosen from here.
  const settings = new Map([['log_comment', queryId]])
  for (const [name, value] of params) {
    if (/^[a-z][a-z0-9_]*$/i.test(name) && !NOT_SETTINGS.has(name)) settings.set(name, value)
  }
  const bound = Number(params.get('max_result_bytes') ?? 0)
  return {
    queryId,
    format: params.get('default_format') ?? 'TabSeparated',
    settings,
    wholeResult: bound > 0 && bound <= WHOLE_RESULT_BYTES,
  }
}

function headersOf(queryId: string, format: string, tag?: string): Record<string, string> {
  return {
    'Content-Type': 'application/octet-stream',
    'X-ClickHouse-Query-Id': queryId,
    'X-ClickHouse-Format': format,
    'X-ClickHouse-Server-Display-Name': 'binnacle-engine',
    'X-ClickHouse-Timezone': 'UTC',
    ...(tag === undefined ? {} : { 'X-ClickHouse-Exception-Tag': tag }),
  }
}

async function sendWhole(
  res: http.ServerResponse,
  session: PooledSession,
  sql: string,
  request: Request,
): Promise<void> {
  const bytes = await session.query(sql, request.format, request.settings)
  if (res.destroyed) return
  res.writeHead(200, { ...headersOf(request.queryId, request.format), 'Content-Length': String(bytes.length) })
  res.end(bytes)
  // The session stays taken until the bytes are gone: so the results in memory are never more than the sessions.
  if (!res.writableFinished && !res.destroyed) await nextOf(res, 'finish')
}

/** Resolves at the event, or when the connection closes first. Leaves no listener behind. */
function nextOf(res: http.ServerResponse, event: 'finish' | 'drain'): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      res.off(event, done)
      res.off('close', done)
      resolve()
    }
    res.on(event, done)
    res.on('close', done)
  })
}

async function sendStream(
  res: http.ServerResponse,
  session: PooledSession,
  sql: string,
  request: Request,
): Promise<void> {
  const tag = randomBytes(8).toString('hex')
  const begin = () => res.writeHead(200, headersOf(request.queryId, request.format, tag))
  try {
    for await (const piece of session.stream(sql, request.format, request.settings)) {
      if (res.destroyed) throw new Stopped()
      if (!res.headersSent) begin()
      if (!res.write(piece) && !res.destroyed) await nextOf(res, 'drain')
    }
  } catch (error) {
    if (res.headersSent && !res.destroyed) {
      const { text } = failureOf(error, 'read')
      res.end(`\r\n__exception__\r\n${tag}\r\n${text}${Buffer.byteLength(text)} ${tag}\r\n__exception__\r\n`)
    }
    throw error
  }
  if (!res.headersSent) begin()
  res.end()
}

function answerFailure(
  req: http.IncomingMessage,
  res: http.ServerResponse,
  failure: HostFailure,
  queryId: string,
): void {
  if (res.headersSent) {
    res.end()
    return
  }
  // What is left of the request is read and dropped, so that the connection can be used again.
  req.resume()
  res.writeHead(failure.status, {
    ...headersOf(queryId, 'Null'),
    'Content-Type': 'text/plain; charset=UTF-8',
    'X-ClickHouse-Exception-Code': String(failure.code),
  })
  res.end(failure.text)
}

async function readBody(req: http.IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of req as AsyncIterable<Buffer>) {
    size += piece.length
    if (size > limit) return undefined
    pieces.push(piece)
  }
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
}

function loginCheck(login: { readonly user: string; readonly password: string }) {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const want = digest(`${login.user}\u0000${login.password}`)
  return (req: http.IncomingMessage, params: URLSearchParams): boolean => {
    let user = req.headers['x-clickhouse-user'] ?? params.get('user')
    let password = req.headers['x-clickhouse-key'] ?? params.get('password')
    const basic = /^Basic (.+)$/i.exec(req.headers.authorization ?? '')
    if (basic) {
      const text = Buffer.from(basic[1]!, 'base64').toString('utf8')
      const colon = text.indexOf(':')
      user = text.slice(0, colon)
      password = text.slice(colon + 1)
    }
    return timingSafeEqual(digest(`${user ?? ''}\u0000${password ?? ''}`), want)
  }
}
