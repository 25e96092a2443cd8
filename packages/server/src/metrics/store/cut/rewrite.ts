import type { EngineClient } from '../../../engine/index.ts'
import type { Clock } from '../../../telemetry/index.ts'
import { BUCKET_MS, bucketStartMs } from '../bucket.ts'
import { clear, createSampleBuffer } from '../head/index.ts'
import type { SampleLog } from '../log/sample-log.ts'
import type { MetricsTables } from '../metrics-tables.ts'
import { createPauser } from '../pause.ts'
import { createEngineReader, keyColumns, type SeriesKey } from '../read/index.ts'
import { withoutDeleted } from '../tombstones/index.ts'
import { createChunkRows } from './chunk-rows.ts'
import type { DeletedSeries } from './clean.ts'
import type { CutRecord } from './cut-record.ts'
import { logKeysOf } from './log-keys.sql.ts'

const ROWS_PER_INSERT = 4096
const BYTES_PER_INSERT = 2_000_000
/** Series whose rows and chunks are merged in one go: bounds the memory of a rewrite. */
const SERIES_PER_SLICE = 1000

export type RewriteDeps = {
  readonly client: EngineClient
  readonly tables: MetricsTables
  readonly log: SampleLog
  readonly record: CutRecord
  readonly clock: Clock
}

/**
 * Cuts a bucket that the head no longer holds: late rows and backfill. Of every series that has rows in the log, rows
 * and all parts of its chunks become one new part 0, and the other parts are marked as replaced in the same insert.
 * The order of steps is that of `settleFromHead`, and so is what a crash leaves behind.
 *
 * With `deleted` also those series are written anew, without what was deleted of them.
 */
export async function rewriteFromEngine(
  deps: RewriteDeps,
  bucket: number,
  signal: AbortSignal,
  deleted?: DeletedSeries,
): Promise<{ series: number; samples: number }> {
  const { client, tables, log, record, clock } = deps
  const gen = log.seal()
  await log.flushed(signal)

  const rowsOf = { bucket, aboveGen: record.cutGenOf(bucket), histograms: record.hasHistograms(bucket) }
  const logKeys = await logKeysOf(client, { ...rowsOf, signal })
  const keys = deleted === undefined ? logKeys : together(logKeys, deleted.series)
  const reader = createEngineReader(client)
  const rows = createChunkRows(bucket, gen)
  const pause = createPauser(clock, signal)
  const samples = createSampleBuffer()
  let total = 0
  let inserts = 0
  const send = () => tables.insertChunks(rows.take(), `rewrite-${bucket}-${gen}-${inserts++}`, signal)

  for (let at = 0; at < keys.length; at += SERIES_PER_SLICE) {
    const slice = keys.slice(at, at + SERIES_PER_SLICE)
    const found = await reader.read(
      {
        series: keyColumns(slice),
        fromMs: bucketStartMs(bucket),
        toMs: bucketStartMs(bucket) + BUCKET_MS - 1,
        rowsOf: [rowsOf],
      },
      signal,
    )
    for (let row = 0; row < slice.length; row++) {
      clear(samples)
      const key = slice[row]!
      const parts = found.appendTo(row, samples)
      const intervals = deleted?.deletedOf(key)
      if (intervals) withoutDeleted(samples, 0, intervals)
      if (samples.length > 0) rows.add(key, 0, samples)
      for (const part of parts) if (part !== 0 || samples.length === 0) rows.addReplaced(key, part)
      total += samples.length
      if (rows.rows >= ROWS_PER_INSERT || rows.bytes >= BYTES_PER_INSERT) await send()
      await pause()
    }
  }
  if (rows.rows > 0) await send()
  await tables.commitCut(bucket, gen, signal)
  record.committed(bucket, gen, 0)
  await tables.dropRows(bucket, gen, signal)
  return { series: keys.length, samples: total }
}

/** Both lists by metric and id, each series once. */
function together(a: readonly SeriesKey[], b: readonly SeriesKey[]): SeriesKey[] {
  const all = new Map<string, SeriesKey>()
  for (const key of [...a, ...b]) all.set(`${key.idHi}:${key.idLo}`, key)
  return [...all.values()].sort((x, y) => x.metric - y.metric || x.idHi - y.idHi || x.idLo - y.idLo)
}
