import { type EngineClient, sql } from '../../../engine/index.ts'
import type { Clock, Logger, Registry } from '../../../telemetry/index.ts'
import { BUCKET_MS, bucketOf, bucketStartMs } from '../bucket.ts'
import type { Head } from '../head/index.ts'
import type { LabelIndex } from '../label-index/index.ts'
import type { SampleLog } from '../log/sample-log.ts'
import type { MetricsTables } from '../metrics-tables.ts'
import type { SeriesKey } from '../read/index.ts'
import type { SeriesRef } from '../sample-batch.ts'
import type { Tombstones } from '../tombstones/index.ts'
import type { ChunkKey } from './chunk-rows.ts'
import { cleanTombstones } from './clean.ts'
import type { CutRecord } from './cut-record.ts'
import { rewriteFromEngine } from './rewrite.ts'
import { settleFromHead } from './settle.ts'

const CHECK_MS = 5_000
/** A bucket is cut so long after its end: late scrapes and pushes are in by then. */
const SETTLE_AFTER_MS = 5 * 60_000
/** Late rows wait for more of their kind before their bucket is written again. */
const REWRITE_QUIET_MS = 2 * 60_000
const FORGET_SERIES_EVERY_MS = 30 * 60_000

export type MaintenanceDeps = {
  readonly client: EngineClient
  readonly tables: MetricsTables
  readonly head: Head
  readonly log: SampleLog
  readonly record: CutRecord
  readonly clock: Clock
  readonly logger: Logger
  readonly registry: Registry
  readonly keyOf: (ref: SeriesRef) => ChunkKey
  readonly index: LabelIndex
  /** Refs were dropped: caches outside are void. */
  readonly onDropped: () => void
  readonly tombstones: Tombstones
  /** Runs alone among deletions. */
  readonly amongDeletions: <T>(run: () => Promise<T>) => Promise<T>
  /** Whether the label set of a series is in the engine. */
  readonly isDurable: (ref: SeriesRef) => boolean
}

/** What goes on in the background: cuts, evictions, rewrites, forgetting series. One job at a time. */
export type Maintenance = {
  start(signal: AbortSignal): void
  stop(): Promise<void>
  /** One round of it, now. */
  check(signal: AbortSignal): Promise<void>
  /** True while the head is over its budget and nothing that could be given back is left. */
  isShort(): boolean
  /** Runs while no cut or rewrite is under way. */
  exclusively<T>(run: () => Promise<T>): Promise<T>
  /** Takes deleted samples that the head does not hold out of chunks and log, then their tombstones. */
  cleanTombstones(signal: AbortSignal): Promise<{ buckets: number; series: number }>
  /** Cuts every bucket that has rows in the log, then merges the tables. */
  cutNow(signal: AbortSignal): Promise<{ series: number; samples: number }>
}

export function createMaintenance(
  deps: MaintenanceDeps,
  options: { readonly indexKeepsMs: number; readonly retentionMs: number },
): Maintenance {
  const { head, log, record, clock, logger, registry, index, client } = deps
  const cuts = registry.counters('binnacle_cuts_total', 'Buckets cut into chunks, by kind.', ['kind'])
  const cutFailures = registry.counter('binnacle_cut_failures_total', 'Cuts that failed; they are tried again.')
  const cutSeconds = registry.histogram(
    'binnacle_cut_duration_seconds',
    'Time of one cut.',
    [0.1, 0.5, 1, 5, 10, 30, 60],
  )
  let queue: Promise<unknown> = Promise.resolve()
  let running: Promise<void> | undefined
  let own: AbortController | undefined
  let short = false
  let forgotAt = clock.monotonic()

  /** Jobs run one after the other: a cut and a rewrite of one bucket must not meet. */
  function enqueue<T>(job: () => Promise<T>): Promise<T> {
    const next = queue.then(job, job)
    queue = next.catch(() => {})
    return next
  }

  async function cut(bucket: number, signal: AbortSignal): Promise<{ series: number; samples: number }> {
    const from = clock.monotonic()
    const inHead = bucket >= head.lowestBucket && head.refsEnd(bucket) > 0
    const result = inHead ? await settleFromHead(deps, bucket, signal) : await rewriteFromEngine(deps, bucket, signal)
    cuts.with(inHead ? 'head' : 'rewrite').inc()
    cutSeconds.observe((clock.monotonic() - from) / 1000)
    logger.info({ bucket, inHead, ...result, ms: Math.round(clock.monotonic() - from) }, 'bucket cut')
    return result
  }

  /**
   * Gives a bucket's memory back. Its rows and chunks must be in the engine, or be lost with the memory. A job of its own
   * or part of one: a cut that reads the bucket meanwhile would commit what is left of it, and drop the rows of the rest.
   */
  async function evict(bucket: number, signal: AbortSignal): Promise<void> {
    await log.flushed(signal)
    head.evict(bucket)
  }

  async function check(signal: AbortSignal): Promise<void> {
    const now = clock.now()
    const current = bucketOf(now)
    for (const bucket of record.withRows()) {
      if (bucket >= current) continue
      const inHead = bucket >= head.lowestBucket
      const due = inHead
        ? now >= bucketStartMs(bucket) + BUCKET_MS + SETTLE_AFTER_MS
        : clock.monotonic() - record.lastRowAt(bucket) >= REWRITE_QUIET_MS
      const alreadyCut = record.cutGenOf(bucket) >= 0
      if (due && (!inHead || !alreadyCut)) await enqueue(() => cut(bucket, signal))
    }
    // The newest bucket stays however old it is: after a machine has slept, for example.
    while (head.lowestBucket < Math.min(current - 1, head.newestBucket)) {
      await enqueue(() => evict(head.lowestBucket, signal))
    }
    await keepBudget(current, signal)
    if (clock.monotonic() - forgotAt >= FORGET_SERIES_EVERY_MS) {
      forgotAt = clock.monotonic()
      await forgetSeries(now, signal)
    }
    record.forgetBefore(bucketOf(now - options.retentionMs) - 1)
  }

  /** Short of memory: the previous bucket goes first, then the pieces of the open one. */
  async function keepBudget(current: number, signal: AbortSignal): Promise<void> {
    if (head.usedBytes <= head.maxBytes) {
      short = false
      return
    }
    while (head.usedBytes > head.maxBytes && head.lowestBucket < Math.min(current, head.newestBucket)) {
      const bucket = head.lowestBucket
      await enqueue(async () => {
        if (record.hasRows(bucket)) await cut(bucket, signal)
        await evict(bucket, signal)
      })
    }
    if (head.usedBytes > head.maxBytes) {
      await enqueue(async () => {
        await cut(current, signal)
        await log.flushed(signal)
        head.evictPieces(current)
        record.headLost(current)
      })
    }
    short = head.usedBytes > head.maxBytes
    if (short) logger.warn({ usedBytes: head.usedBytes, maxBytes: head.maxBytes }, 'the head is over its budget')
  }

  /** Series without samples in the head and older than the index keeps leave the index. */
  async function forgetSeries(now: number, signal: AbortSignal): Promise<void> {
    const gone: SeriesRef[] = []
    for (const ref of index.refs()) {
      if (head.lastMsOf(ref) < now - options.indexKeepsMs && !head.hasData(ref)) gone.push(ref)
    }
    if (gone.length === 0) return
    // What is still waiting to be written may name these refs: only with an empty log they may go.
    await log.flushed(signal)
    if (log.pendingRows > 0) return
    const refs = Uint32Array.from(gone.filter((ref) => head.lastMsOf(ref) < now - options.indexKeepsMs))
    head.forget(refs)
    index.remove(refs)
    deps.onDropped()
  }

  /** Of series that have nothing left: takes them out of memory unless samples have come meanwhile. */
  async function forgetEmpty(series: readonly SeriesKey[], signal: AbortSignal) {
    await log.flushed(signal)
    const atSeconds = Math.floor(clock.now() / 1000)
    // What waits to be written may name these refs: then nothing goes, and a next cleaning finds them again.
    if (log.pendingRows > 0) return { gone: [], atSeconds }
    const refs: SeriesRef[] = []
    const gone = series.filter((key) => {
      const ref = index.refById(key.idHi, key.idLo)
      if (ref === undefined) return true
      if (head.hasData(ref) || !deps.isDurable(ref)) return false
      refs.push(ref)
      return true
    })
    if (refs.length > 0) {
      const dropped = Uint32Array.from(refs).sort()
      head.forget(dropped)
      index.remove(dropped)
      deps.onDropped()
    }
    return { gone, atSeconds }
  }

  return {
    start(signal) {
      own = new AbortController()
      const { signal: ownSignal } = own
      signal.addEventListener('abort', () => own?.abort(signal.reason), { once: true })
      running = (async () => {
        while (!ownSignal.aborted) {
          await clock.sleep(CHECK_MS, ownSignal).catch(() => {})
          if (ownSignal.aborted) return
          try {
            await check(ownSignal)
          } catch (error) {
            if (ownSignal.aborted) return
            cutFailures.inc()
            logger.warn({ error }, 'background work of the metrics store failed; it will be tried again')
          }
        }
      })()
    },
    async stop() {
      own?.abort(new Error('stopped'))
      await running
      await queue
    },
    check,
    isShort: () => short,
    exclusively: enqueue,
    async cleanTombstones(signal) {
      const from = clock.monotonic()
      const { tables, tombstones, amongDeletions } = deps
      const result = await cleanTombstones(
        {
          client,
          tables,
          record,
          tombstones,
          amongDeletions,
          lowestBucket: () => head.lowestBucket,
          rewrite: (bucket, deleted) => enqueue(() => rewriteFromEngine(deps, bucket, signal, deleted)),
          forget: (series) => forgetEmpty(series, signal),
        },
        signal,
      )
      logger.info({ ...result, ms: Math.round(clock.monotonic() - from) }, 'tombstones cleaned')
      return result
    },
    async cutNow(signal) {
      const total = { series: 0, samples: 0 }
      await log.flushed(signal)
      for (const bucket of record.withRows()) {
        const result = await enqueue(() => cut(bucket, signal))
        total.series += result.series
        total.samples += result.samples
      }
      for (const statement of [sql`OPTIMIZE TABLE chunks FINAL`, sql`OPTIMIZE TABLE series FINAL`]) {
        await client.command(statement, { signal, timeoutMs: 600_000 })
      }
      return total
    },
  }
}
