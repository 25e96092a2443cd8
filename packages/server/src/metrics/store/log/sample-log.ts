import { BinnacleError, messageOf } from '../../../config/index.ts'
import type { Clock, Logger, Registry } from '../../../telemetry/index.ts'
import { DUPLICATE } from '../head/index.ts'
import type { SampleBatch } from '../sample-batch.ts'
import { createRowBatch, type RowBatch, reserveRows, rowsIn } from './row-batch.ts'

/** A row waiting in memory costs ref, time and value. */
const ROW_BYTES = 20
/** What histograms of one insert may have together: they are built in one go, too. */
const MAX_BATCH_HISTOGRAM_BYTES = 4 << 20
/** Rows of one insert: after an outage the rows that waited go in pieces of a few MB, each built in a few ms. */
const MAX_BATCH_ROWS = 50_000
/** Pushers are turned away at this share of the bound, so that scrapes still find room while the engine is away. */
const PUSH_SHARE = 0.5

export type SampleLogDeps = {
  /** Resolves once the rows are in the engine, whatever it takes; rejects only when the process is stopping. */
  readonly write: (rows: RowBatch) => Promise<void>
  readonly clock: Clock
  readonly log: Logger
  readonly registry: Registry
}

export type SampleLogOptions = {
  readonly firstGen: number
  /** Unique to this run of the process. */
  readonly tokenPrefix: string
  /** Time between writes, ms. */
  readonly flushMs: number
  /** Bound of the rows waiting, bytes (`head.max_pending`). */
  readonly maxPendingBytes: number
}

/**
 * The head's log: rows wait here for at most `flushMs`, or less when somebody waits for them, and go to the engine one
 * write after the other, in order. When the engine is away, rows wait up to a bound; beyond it they are counted as
 * dropped (they are still in the head, and a later cut keeps them).
 */
export type SampleLog = {
  /**
   * Takes the rows of a batch whose verdict says that they were accepted. `records` (same indices) are its histograms,
   * each a chunk of one sample.
   */
  append(batch: SampleBatch, verdicts: Uint8Array | undefined, records?: readonly (Uint8Array | undefined)[]): void
  /** Throws `store.overloaded` when a push of so many samples, and so many bytes of histograms, must come later. */
  admit(samples: number, histogramBytes?: number): void
  /** Resolves once everything appended before the call is in the engine. */
  flushed(signal?: AbortSignal): Promise<void>
  /** Ends the current gen and returns it; rows appended from now on carry the next one. */
  seal(): number
  readonly gen: number
  /** Rows that wait; a histogram counts as the rows of numbers that would take its place. */
  readonly pendingRows: number
  readonly maxPendingRows: number
  /** Why the engine, though it answers, does not take the rows; undefined while all is well. */
  readonly problem: string | undefined
  start(signal: AbortSignal): void
  /** Writes what is waiting; gives up after `deadlineMs`. */
  stop(deadlineMs: number): Promise<void>
}

/** What a histogram adds to its row, in rows of numbers. */
function weightOf(record: Uint8Array): number {
  return Math.ceil(record.length / ROW_BYTES)
}

export function createSampleLog(deps: SampleLogDeps, options: SampleLogOptions): SampleLog {
  const { clock, log, registry } = deps
  const maxPendingRows = Math.floor(options.maxPendingBytes / ROW_BYTES)
  const written = registry.counter('binnacle_log_samples_written_total', 'Samples written to the log in the engine.')
  const dropped = registry.counter(
    'binnacle_log_samples_dropped_total',
    'Samples that could not be logged because the engine was away too long. They are in the head only.',
  )
  const flushSeconds = registry.histogram(
    'binnacle_log_flush_duration_seconds',
    'Time of one write of the log to the engine.',
    [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  )

  let batches = 0
  const nextBatch = (gen: number) => createRowBatch(gen, `${options.tokenPrefix}-${batches++}`)
  let open = nextBatch(options.firstGen)
  /** Full or sealed batches in front of `open`, oldest first. */
  const sealed: RowBatch[] = []
  let pendingRows = 0
  /** Batches are numbered as they are begun; everything up to `doneSeq` is in the engine. */
  let openSeq = 1
  let doneSeq = 0
  const waiters: { seq: number; resolve: () => void; reject: (reason: unknown) => void }[] = []
  let wake: (() => void) | undefined
  let stopping = false
  let problem: string | undefined

  registry.observe('binnacle_log_pending_samples', 'Samples waiting to be written to the engine.', 'gauge', [], () => [
    [[], pendingRows],
  ])

  function closeOpen(gen: number): void {
    if (rowsIn(open) > 0 || open.gen !== gen) {
      if (rowsIn(open) > 0) {
        sealed.push(open)
        openSeq++
      }
      open = nextBatch(gen)
    }
  }

  function dropFull(samples: number): void {
    dropped.inc(samples)
    log.warn({ pendingRows, maxPendingRows }, 'the log is full: samples stay in memory only until the engine is back')
  }

  /** A batch with histograms among its samples. */
  function appendMixed(
    { refs, ts, values, length }: SampleBatch,
    verdicts: Uint8Array | undefined,
    records: readonly (Uint8Array | undefined)[],
  ): void {
    let rows = length
    for (const record of records) if (record !== undefined) rows += weightOf(record)
    if (pendingRows + rows > maxPendingRows) {
      dropFull(length)
      return
    }
    const words = new Uint32Array(values.buffer, values.byteOffset, length * 2)
    for (let i = 0; i < length; i++) {
      const verdict = verdicts?.[i]
      if (verdict !== undefined && verdict >= DUPLICATE) continue
      const record = records[i]
      let weight = 1
      if (record === undefined) {
        reserveRows(open, 1)
        open.refs[open.length] = refs[i]!
        open.ts[open.length] = ts[i]!
        open.words[open.length * 2] = words[i * 2]!
        open.words[open.length * 2 + 1] = words[i * 2 + 1]!
        open.length++
      } else {
        open.histograms ??= { refs: [], ts: [], records: [], bytes: 0 }
        open.histograms.refs.push(refs[i]!)
        open.histograms.ts.push(ts[i]!)
        open.histograms.records.push(record)
        open.histograms.bytes += record.length
        weight += weightOf(record)
      }
      pendingRows += weight
      open.weight += weight
      if (rowsIn(open) >= MAX_BATCH_ROWS || (open.histograms?.bytes ?? 0) >= MAX_BATCH_HISTOGRAM_BYTES) {
        closeOpen(open.gen)
        wake?.()
      }
    }
  }

  async function writeOne(batch: RowBatch): Promise<void> {
    const from = clock.monotonic()
    await deps.write(batch)
    problem = undefined
    flushSeconds.observe((clock.monotonic() - from) / 1000)
    written.inc(rowsIn(batch))
    pendingRows -= batch.weight
    doneSeq++
    while (waiters.length > 0 && waiters[0]!.seq <= doneSeq) waiters.shift()!.resolve()
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (waiters.length === 0 && sealed.length === 0) {
        const cancel = clock.after(options.flushMs, () => wake?.())
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        wake = undefined
        cancel()
      }
      closeOpen(open.gen)
      while (sealed.length > 0 && !signal.aborted) {
        try {
          await writeOne(sealed[0]!)
          sealed.shift()
        } catch (error) {
          if (signal.aborted) break
          problem = messageOf(error)
          log.error({ error }, 'writing samples to the engine failed; they are kept and tried again')
          await clock.sleep(1000, signal).catch(() => {})
        }
      }
      while (waiters.length > 0 && waiters[0]!.seq <= doneSeq) waiters.shift()!.resolve()
    }
  }

  const sampleLog: SampleLog = {
    append(batch, verdicts, records) {
      const { refs, ts, values, length } = batch
      if (records !== undefined) {
        appendMixed(batch, verdicts, records)
        return
      }
      if (pendingRows + length > maxPendingRows) {
        dropFull(length)
        return
      }
      reserveRows(open, length)
      const words = new Uint32Array(values.buffer, values.byteOffset, length * 2)
      let at = open.length
      if (verdicts === undefined) {
        open.refs.set(refs.subarray(0, length), at)
        open.ts.set(ts.subarray(0, length), at)
        open.words.set(words, at * 2)
        at += length
      } else {
        for (let i = 0; i < length; i++) {
          const verdict = verdicts[i]!
          if (verdict >= DUPLICATE) continue
          open.refs[at] = refs[i]!
          open.ts[at] = ts[i]!
          open.words[at * 2] = words[i * 2]!
          open.words[at * 2 + 1] = words[i * 2 + 1]!
          at++
        }
      }
      pendingRows += at - open.length
      open.weight += at - open.length
      open.length = at
      if (at >= MAX_BATCH_ROWS) {
        closeOpen(open.gen)
        wake?.()
      }
    },
    admit(samples, histogramBytes = 0) {
      if (problem !== undefined) {
        throw new BinnacleError('store.write_refused', `the engine refuses to take samples: ${problem}`, {
          kind: 'unavailable',
          retryAfterMs: 5000,
          hint: 'Binnacle keeps them and goes on trying; the log of the engine says more',
        })
      }
      const rows = samples + Math.ceil(histogramBytes / ROW_BYTES)
      if (!stopping && pendingRows + rows <= maxPendingRows * PUSH_SHARE) return
      throw new BinnacleError('store.overloaded', `${pendingRows} samples are waiting for the engine`, {
        kind: 'overload',
        retryAfterMs: 5000,
        hint: 'send the same again later; the bound is head.max_pending',
      })
    },
    flushed(signal) {
      const seq = rowsIn(open) > 0 ? openSeq : openSeq - 1
      if (seq <= doneSeq) return Promise.resolve()
      return new Promise((resolve, reject) => {
        const waiter = {
          seq,
          resolve: () => {
            signal?.removeEventListener('abort', onAbort)
            resolve()
          },
          reject,
        }
        const onAbort = () => {
          const at = waiters.indexOf(waiter)
          if (at >= 0) waiters.splice(at, 1)
          reject(signal?.reason)
        }
        if (signal?.aborted) return reject(signal.reason)
        signal?.addEventListener('abort', onAbort, { once: true })
        waiters.push(waiter)
        wake?.()
      })
    },
    seal() {
      const gen = open.gen
      closeOpen(gen + 1)
      return gen
    },
    get gen() {
      return open.gen
    },
    get pendingRows() {
      return pendingRows
    },
    maxPendingRows,
    get problem() {
      return problem
    },
    start(signal) {
      signal.addEventListener('abort', () => wake?.(), { once: true })
      void run(signal)
    },
    async stop(deadlineMs) {
      stopping = true
      const give = new AbortController()
      const cancel = clock.after(deadlineMs, () => give.abort(new Error('the log could not be written in time')))
      try {
        await sampleLog.flushed(give.signal)
      } catch (error) {
        log.error({ pendingRows, reason: messageOf(error) }, 'stopping with samples that are not in the engine')
      } finally {
        cancel()
        for (const waiter of waiters.splice(0)) waiter.reject(new Error('stopped'))
      }
    },
  }
  return sampleLog
}
