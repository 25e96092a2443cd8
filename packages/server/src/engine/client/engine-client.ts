import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { BinnacleError, messageOf } from '../../config/index.ts'
import type { Clock } from '../../telemetry/index.ts'
import type { Block } from '../block.ts'
import { createBlockDecoder, encodeBlock } from '../native/index.ts'
import { checkName, type Sql } from '../sql.ts'
import type { EngineEndpoint } from './endpoint.ts'
import { canceled, type parseException, toEngineError, unavailable } from './engine-error.ts'
import { createExceptionTail } from './exception-tail.ts'
import { createTransport, type EngineResponse } from './transport.ts'

/** Every read names what it may cost; past one of them it fails with the limit's name (kind `limit`). */
export type QueryLimits = {
  /** Running time in the engine; waiting for a free session counts too, as far as the client's own timer sees it. */
  readonly timeoutMs: number
  /** Uncompressed size of the result. */
  readonly maxResultBytes: number
  /** Memory of the query inside the engine. */
  readonly maxMemoryBytes: number
  readonly maxRowsToRead?: number
}

export type QueryOptions = {
  readonly signal: AbortSignal
  readonly limits: QueryLimits
  /** By which the query is found in `system.processes` and killed; random unless given. Must be unique. */
  readonly queryId?: string
  /** Further settings of ClickHouse by name. */
  readonly settings?: Readonly<Record<string, string | number>>
}

export type InsertOptions = {
  readonly table: string
  readonly columns: Block
  /**
   * Deduplication token: a second insert with it does nothing. Needs `non_replicated_deduplication_window` on the
   * table, and the block must be the same.
   */
  readonly token?: string
  readonly signal: AbortSignal
  /** Default 60 s. */
  readonly timeoutMs?: number
}

export type CommandOptions = {
  readonly signal: AbortSignal
  /** Default 60 s. */
  readonly timeoutMs?: number
  readonly settings?: Readonly<Record<string, string | number>>
}

/** What was asked and what became of it, for metrics. `code` is the error's, undefined when it went well. */
export type EngineCall = {
  readonly kind: 'query' | 'insert' | 'command'
  readonly durationMs: number
  readonly sentBytes: number
  readonly receivedBytes: number
  readonly code: string | undefined
}

/**
 * Speaks to the engine, embedded or remote, in the same way. Every method throws `BinnacleError`: the limits by name
 * (`engine.timeout`, `engine.result_too_large`, `engine.memory_limit`, `engine.rows_limit`), `engine.unavailable` and
 * `engine.overloaded` (may be tried again), `engine.canceled` (the signal ended it; its reason is the cause),
 * `engine.query_failed` (ClickHouse's code and name in a `ClickHouseException` as cause).
 * A query that is aborted, times out or is not read to its end is stopped in the engine too.
 */
export type EngineClient = {
  /** Blocks as they come, never one without rows. An error may come after some of them: use none then. */
  query(statement: Sql, options: QueryOptions): AsyncGenerator<Block, void, undefined>
  queryAll(statement: Sql, options: QueryOptions): Promise<Block[]>
  /** Resolves once the engine has the rows for good. The block may be reused as soon as this call returns. */
  insert(options: InsertOptions): Promise<void>
  /** A statement without a result: DDL, ALTER, SYSTEM. */
  command(statement: Sql, options: CommandOptions): Promise<void>
  ping(signal: AbortSignal): Promise<void>
  /** Stops in the engine what runs under this id, if anything does. */
  kill(queryId: string, signal: AbortSignal): Promise<void>
  /** Drops idle connections and waits for kills on their way. Calls still running fail. */
  close(): Promise<void>
}

export type EngineClientOptions = {
  readonly endpoint: EngineEndpoint
  readonly clock: Clock
  /** Connections at once; up to 1,000 calls beyond wait, more are refused. Default 16. */
  readonly maxConnections?: number
  readonly onCall?: (call: EngineCall) => void
}

/** The engine's own time limit fires first; the client's is for an engine that no longer answers. */
const CLIENT_GRACE_MS = 1_000
const DEFAULT_TIMEOUT_MS = 60_000
const KILL_TIMEOUT_MS = 5_000
/** Calls that may wait for a connection. */
const MAX_WAITING = 1_000

type Call = {
  readonly kind: EngineCall['kind']
  readonly params: URLSearchParams
  readonly body: Buffer
  readonly signal: AbortSignal
  readonly timeoutMs: number
  readonly queryId: string
  /** May be sent twice: a read, or an insert with a token. */
  readonly repeatable: boolean
  /** Throws when the answer, though it came to its end, is not whole. */
  readonly atEnd?: () => void
}

export function createEngineClient({
  endpoint,
  clock,
  maxConnections = 16,
  onCall,
}: EngineClientOptions): EngineClient {
  const transport = createTransport(endpoint, maxConnections)
  const kills = new Set<Promise<void>>()
  let calls = 0

  /** One call from its first byte to its last; yields the bytes of the answer. */
  async function* run(call: Call): AsyncGenerator<Uint8Array, void, undefined> {
    if (calls >= maxConnections + MAX_WAITING) throw tooMany(calls)
    calls++
    const started = clock.monotonic()
    const own = new AbortController()
    const follow = () => own.abort(canceled(call.signal.reason))
    const cancelTimer = clock.after(call.timeoutMs + CLIENT_GRACE_MS, () => own.abort(lateAnswer(call.timeoutMs)))
    // Many calls may share one signal, a life's for example; each takes its listener off again.
    setMaxListeners(0, call.signal)
    call.signal.addEventListener('abort', follow, { once: true })
    if (call.signal.aborted) follow()
    let received = 0
    let code: string | undefined = 'engine.canceled'
    let response: EngineResponse | undefined
    let finished = false
    try {
      response = await send(call, own.signal)
      const tail = createExceptionTail(response.exceptionTag)
      const failed = response.status !== 200 || response.exceptionCode !== undefined
      let broken: unknown
      try {
        for await (const piece of response.body) {
          received += piece.length
          tail.push(piece)
          if (!failed && broken === undefined) {
            try {
              yield piece
            } catch (error) {
              // The reader could not decode it: perhaps because an exception's text stands there. Read on to know.
              broken = error
            }
          }
        }
      } catch (error) {
        if (own.signal.aborted) throw own.signal.reason
        const late = tail.any()
        throw late ? toEngineError(late) : unavailable(transport.where, error)
      }
      finished = true
      if (failed) throw failureOf(response, tail.any())
      try {
        if (broken === undefined) call.atEnd?.()
      } catch (error) {
        broken = error
      }
      const late = broken === undefined ? tail.framed() : tail.any()
      if (late) throw toEngineError(late)
      if (broken !== undefined) throw broken
      code = undefined
    } catch (error) {
      const problem = own.signal.aborted ? own.signal.reason : error
      const known = problem instanceof BinnacleError ? problem : unavailable(transport.where, problem)
      code = known.code
      throw known
    } finally {
      calls--
      cancelTimer()
      call.signal.removeEventListener('abort', follow)
      if (!finished) {
        response?.abort()
        // A closed connection alone does not stop a query on a ClickHouse server.
        if (endpoint.kind === 'url' && code !== 'engine.unavailable') killInBackground(call.queryId)
      }
      onCall?.({
        kind: call.kind,
        durationMs: clock.monotonic() - started,
        sentBytes: call.body.length,
        receivedBytes: received,
        code,
      })
    }
  }

  async function send(call: Call, signal: AbortSignal): Promise<EngineResponse> {
    const request = { params: call.params, body: call.body }
    try {
      return await transport.send(request, signal)
    } catch (error) {
      // A kept connection that the other side has closed meanwhile, most often because the host was restarted.
      if (signal.aborted || !call.repeatable || !isReset(error)) throw error
      return await transport.send(request, signal)
    }
  }

  function killInBackground(queryId: string): void {
    const timeout = new AbortController()
    const cancel = clock.after(KILL_TIMEOUT_MS, () => timeout.abort(new Error('no answer to KILL QUERY')))
    // Its failure changes nothing for the caller: the engine's own time limit ends the query then.
    const done = kill(queryId, timeout.signal)
      .catch(() => {})
      .finally(() => {
        cancel()
        kills.delete(done)
      })
    kills.add(done)
  }

  async function kill(queryId: string, signal: AbortSignal): Promise<void> {
    const statement = `KILL QUERY WHERE query_id = '${queryId.replace(/[\\']/g, '\\$&')}' ASYNC FORMAT Null`
    const response = await transport.send({ params: new URLSearchParams(), body: Buffer.from(statement) }, signal)
    const tail = createExceptionTail(response.exceptionTag)
    for await (const piece of response.body) tail.push(piece)
    if (response.status !== 200) throw failureOf(response, tail.any())
  }

  function failureOf(response: EngineResponse, exception: ReturnType<typeof parseException>): BinnacleError {
    if (exception) return toEngineError(exception, response.status)
    const message = `status ${response.status} without an explanation of ClickHouse`
    if (response.status === 401 || response.status === 403) {
      return toEngineError({ code: 516, name: 'AUTHENTICATION_FAILED', message }, response.status)
    }
    return unavailable(transport.where, new Error(message))
  }

  async function drain(call: Call): Promise<void> {
    for await (const _ of run(call));
  }

  async function* query(statement: Sql, options: QueryOptions): AsyncGenerator<Block, void, undefined> {
    const { limits } = options
    const decoder = createBlockDecoder()
    const queryId = options.queryId ?? randomUUID()
    const params = parameters(queryId, limits.timeoutMs, options.settings)
    params.set('default_format', 'Native')
    params.set('max_result_bytes', String(limits.maxResultBytes))
    params.set('max_memory_usage', String(limits.maxMemoryBytes))
    if (limits.maxRowsToRead !== undefined) params.set('max_rows_to_read', String(limits.maxRowsToRead))
    const bytes = run({
      kind: 'query',
      params,
      body: Buffer.from(statement.render()),
      signal: options.signal,
      timeoutMs: limits.timeoutMs,
      queryId,
      repeatable: true,
      atEnd: () => decoder.end(),
    })
    try {
      let next = await bytes.next()
      while (!next.done) {
        let blocks: Block[]
        try {
          blocks = decoder.push(next.value)
        } catch (error) {
          next = await bytes.throw(error)
          continue
        }
        yield* blocks
        next = await bytes.next()
      }
    } finally {
      await bytes.return()
    }
  }

  return {
    query,
    async queryAll(statement, options) {
      const blocks: Block[] = []
      for await (const block of query(statement, options)) blocks.push(block)
      return blocks
    },
    async insert({ table, columns, token, signal, timeoutMs = DEFAULT_TIMEOUT_MS }) {
      if (columns.rows === 0) return
      const names = columns.columns.map(({ name }) => `\`${checkName(name)}\``).join(', ')
      const queryId = randomUUID()
      const params = parameters(queryId, timeoutMs)
      params.set('query', `INSERT INTO ${checkName(table)} (${names}) FORMAT Native`)
      // One thread and one order, so that a repeated insert is cut into the same parts and its token holds.
      params.set('max_insert_threads', '1')
      params.set('max_threads', '1')
      params.set('async_insert', '0')
      if (token !== undefined) params.set('insert_deduplication_token', token)
      await drain({
        kind: 'insert',
        params,
        body: encodeBlock(columns),
        signal,
        timeoutMs,
        queryId,
        repeatable: token !== undefined,
      })
    },
    async command(statement, { signal, timeoutMs = DEFAULT_TIMEOUT_MS, settings }) {
      const queryId = randomUUID()
      await drain({
        kind: 'command',
        params: parameters(queryId, timeoutMs, settings),
        body: Buffer.from(statement.render()),
        signal,
        timeoutMs,
        queryId,
        repeatable: false,
      })
    },
    async ping(signal) {
      let status: number
      try {
        status = await transport.ping(signal)
      } catch (error) {
        throw signal.aborted ? canceled(signal.reason) : unavailable(transport.where, error)
      }
      if (status !== 200) throw unavailable(transport.where, new Error(`status ${status} to a ping`))
    },
    async kill(queryId, signal) {
      try {
        await kill(queryId, signal)
      } catch (error) {
        if (signal.aborted) throw canceled(signal.reason)
        throw error instanceof BinnacleError ? error : unavailable(transport.where, error)
      }
    },
    async close() {
      await Promise.all(kills)
      transport.close()
    },
  }
}

function parameters(
  queryId: string,
  timeoutMs: number,
  settings?: Readonly<Record<string, string | number>>,
): URLSearchParams {
  const params = new URLSearchParams({
    query_id: queryId,
    max_execution_time: String(timeoutMs / 1000),
    // Errors belong behind the answer, where they are found, not inside it.
    http_write_exception_in_output_format: '0',
  })
  for (const [name, value] of Object.entries(settings ?? {})) params.set(name, String(value))
  return params
}

function tooMany(calls: number): BinnacleError {
  return new BinnacleError('engine.overloaded', `${calls} calls to the engine are under way or waiting already`, {
    kind: 'overload',
    retryAfterMs: 1_000,
  })
}

function lateAnswer(timeoutMs: number): BinnacleError {
  return new BinnacleError('engine.timeout', `no answer of the engine within ${timeoutMs} ms`, {
    kind: 'limit',
    hint: 'ask for less, or try again when the engine is less busy',
  })
}

function isReset(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ECONNRESET' || code === 'EPIPE' || messageOf(error) === 'socket hang up'
}
