import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { BinnacleError, messageOf } from '../../config/index.ts'
import { type Clock, type Logger, type Registry, withDeadline } from '../../telemetry/index.ts'
import type { Block, ColumnData, StringColumn } from '../block.ts'
import { type EngineClient, isRetryable } from '../client/index.ts'

export type BatchWriterDeps = {
  readonly client: Pick<EngineClient, 'insert'>
  readonly clock: Clock
  readonly log: Logger
  readonly registry: Registry
}

export type BatchWriterOptions = {
  /** Stands in metrics and errors, such as `metrics`. */
  readonly name: string
  /** Bytes of blocks that may wait, those being sent included; past it `add` refuses. */
  readonly maxPendingBytes: number
  /** Longest pause between two tries. Default 1,000 ms. */
  readonly maxBackoffMs?: number
}

export type WriterBatch = {
  readonly table: string
  /** Belongs to the writer until `add` has settled. */
  readonly block: Block
  /** Deduplication token; must be unique to this block for all time. Random unless given. */
  readonly token?: string
  readonly signal?: AbortSignal
}

/**
 * Brings blocks into the engine, one at a time for each table and in the order of `add`, and tries again with the same
 * token until the engine has them: a host that dies in between neither loses nor doubles them.
 */
export type BatchWriter = {
  /**
   * Resolves once the engine has the block. Rejects with `engine.writer_full` (kind `overload`) at once when too much
   * waits; with `engine.canceled` when its signal or `drain` ends it (whether the block is stored is unknown then);
   * with the engine's error when the statement itself is wrong, which no repetition would cure.
   */
  add(batch: WriterBatch): Promise<void>
  readonly pendingBytes: number
  /** True when another block would be refused now. */
  readonly full: boolean
  /** Takes nothing more; resolves when all is written, or gives the rest up after `deadlineMs`. Safe twice. */
  drain(deadlineMs: number): Promise<void>
}

const FIRST_BACKOFF_MS = 50

export function createBatchWriter(deps: BatchWriterDeps, options: BatchWriterOptions): BatchWriter {
  const { client, clock, log, registry } = deps
  const { name, maxPendingBytes, maxBackoffMs = 1_000 } = options
  const stored = registry.counters(
    `binnacle_writer_${name}_rows_total`,
    'Rows that the engine has acknowledged, by table.',
    ['table'],
  )
  const retries = registry.counter(
    `binnacle_writer_${name}_retries_total`,
    'Inserts that were tried again, because the engine was away or busy.',
  )
  const refused = registry.counter(
    `binnacle_writer_${name}_refused_total`,
    'Blocks refused because too much was waiting already.',
  )
  const failed = registry.counter(
    `binnacle_writer_${name}_failed_total`,
    'Blocks given up: wrong, or cut off by a stop.',
  )
  registry.observe(
    `binnacle_writer_${name}_pending_bytes`,
    'Bytes of blocks that wait for the engine or are on their way.',
    'gauge',
    [],
    () => [[[], pendingBytes]],
  )

  const tails = new Map<string, Promise<void>>()
  const giveUp = new AbortController()
  let pendingBytes = 0
  let closed = false

  async function write(batch: WriterBatch, token: string, signal: AbortSignal): Promise<void> {
    let backoff = FIRST_BACKOFF_MS
    for (;;) {
      try {
        await client.insert({ table: batch.table, columns: batch.block, token, signal })
        stored.with(batch.table).inc(batch.block.rows)
        return
      } catch (error) {
        // A time-out says nothing about the block either: the token makes the repetition safe.
        const again = isRetryable(error) || (error instanceof BinnacleError && error.code === 'engine.timeout')
        if (!again || signal.aborted) throw error
        retries.inc()
        log.warn({ writer: name, table: batch.table, error: messageOf(error) }, 'insert will be tried again')
        await clock.sleep(backoff, signal).catch(() => {})
        backoff = Math.min(backoff * 2, maxBackoffMs)
      }
    }
  }

  return {
    add(batch) {
      if (closed) return Promise.reject(stopped(name))
      const size = blockBytes(batch.block)
      // A single block larger than the bound must get through when nothing waits.
      if (pendingBytes > 0 && pendingBytes + size > maxPendingBytes) {
        refused.inc()
        return Promise.reject(full(name, pendingBytes, maxPendingBytes))
      }
      pendingBytes += size
      const token = batch.token ?? randomUUID()
      const before = tails.get(batch.table) ?? Promise.resolve()
      const own = joinSignals(giveUp.signal, batch.signal)
      const done = before
        .then(() => write(batch, token, own.signal))
        .catch((error: unknown) => {
          failed.inc()
          throw error
        })
        .finally(() => {
          own.release()
          pendingBytes -= size
          if (tails.get(batch.table) === settled) tails.delete(batch.table)
        })
      const settled = done.catch(() => {})
      tails.set(batch.table, settled)
      return done
    },
    get pendingBytes() {
      return pendingBytes
    },
    get full() {
      return closed || pendingBytes >= maxPendingBytes
    },
    async drain(deadlineMs) {
      closed = true
      const all = () => Promise.all(tails.values()).then(() => {})
      const never = new AbortController().signal
      await withDeadline(clock, never, deadlineMs, async (signal) => {
        const late = new Promise<void>((resolve) => {
          if (signal.aborted) resolve()
          else signal.addEventListener('abort', () => resolve(), { once: true })
        })
        await Promise.race([all(), late])
      })
      if (tails.size === 0) return
      log.error({ writer: name, pendingBytes }, 'stopped with rows that the engine has not acknowledged')
      giveUp.abort(stopped(name))
      await all()
    },
  }
}

/** Aborts with either; `release` takes the listeners off again. */
function joinSignals(one: AbortSignal, other: AbortSignal | undefined): { signal: AbortSignal; release(): void } {
  const own = new AbortController()
  const followers = [one, other].flatMap((signal) => {
    if (signal === undefined) return []
    const follow = () => own.abort(signal.reason)
    setMaxListeners(0, signal)
    signal.addEventListener('abort', follow, { once: true })
    if (signal.aborted) follow()
    return [() => signal.removeEventListener('abort', follow)]
  })
  return {
    signal: own.signal,
    release: () => {
      for (const off of followers) off()
    },
  }
}

function full(name: string, pendingBytes: number, maxPendingBytes: number): BinnacleError {
  return new BinnacleError(
    'engine.writer_full',
    `the engine is behind: ${pendingBytes} bytes wait to be written (${name}, at most ${maxPendingBytes})`,
    {
      kind: 'overload',
      retryAfterMs: 1_000,
      hint: 'send again later; if it lasts, the disk or the machine is too slow',
    },
  )
}

function stopped(name: string): BinnacleError {
  return new BinnacleError('engine.writer_stopped', `the writer ${name} is stopping`, {
    kind: 'unavailable',
    retryAfterMs: 1_000,
  })
}

/** Bytes that a block holds in memory. */
export function blockBytes(block: Block): number {
  let sum = 0
  for (const column of block.columns) sum += columnBytes(column)
  return sum
}

function columnBytes(column: ColumnData): number {
  switch (column.type) {
    case 'String':
      return stringBytes(column.data)
    case 'Map(String, String)':
      return column.data.offsets.byteLength + stringBytes(column.data.keys) + stringBytes(column.data.values)
    case 'Nullable':
      return column.nulls.byteLength + columnBytes(column.inner)
    case 'Array':
      return column.offsets.byteLength + columnBytes(column.inner)
    default:
      return column.data.byteLength
  }
}

function stringBytes(column: StringColumn): number {
  return column.offsets.byteLength + column.bytes.byteLength
}
