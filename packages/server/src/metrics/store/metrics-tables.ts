import type { Labels } from '@binnacle/promql'
import { labelValue } from '@binnacle/promql'
import type { BatchWriter, Block, EngineClient } from '../../engine/index.ts'
import { sql } from '../../engine/index.ts'
import type { Clock } from '../../telemetry/index.ts'
import { BUCKET_MS } from './bucket.ts'
import type { Exemplar } from './exemplars/index.ts'
import type { HistogramRows, RowBatch } from './log/row-batch.ts'
import type { Deletion, MetricMetadata } from './metrics-store.ts'
import { strings } from './read/index.ts'
import type { SeriesRef } from './sample-batch.ts'
import { createStringColumn, textAt } from './string-column.ts'
import { OWNER } from './tables.ts'

/** One insert touches few partitions only: the engine refuses a block that touches more than 100. */
const BUCKETS_PER_INSERT = 48
/** Label sets of one insert: they are built in one go, which must not hold up the event loop. */
const SERIES_PER_INSERT = 2_000
const TOMBSTONES_PER_INSERT = 10_000

/** What the tables need to know of a series. */
export type SeriesFacts = {
  labelsOf(ref: SeriesRef): Labels
  /** Columns by ref; valid until a series is added. */
  columns(): { readonly hi: Uint32Array; readonly lo: Uint32Array; readonly metric: Uint32Array }
}

/** Writes and drops of the metrics tables; reads are in read/. All inserts carry a token, so that none counts twice. */
export type MetricsTables = {
  insertRows(rows: RowBatch, signal: AbortSignal): Promise<void>
  /** Writes the label sets, with `last_seen` now. Once written, `insertRows` may follow. */
  insertSeries(refs: readonly SeriesRef[], token: string, signal: AbortSignal): Promise<void>
  touchSeries(refs: readonly SeriesRef[], signal: AbortSignal): Promise<void>
  insertChunks(block: Block, token: string, signal: AbortSignal): Promise<void>
  commitCut(bucket: number, gen: number, signal: AbortSignal): Promise<void>
  /** Drops the rows of one bucket with gens up to `gen`, numbers and histograms. */
  dropRows(bucket: number, gen: number, signal: AbortSignal): Promise<void>
  insertMetadata(entries: readonly (readonly [string, MetricMetadata])[], signal: AbortSignal): Promise<void>
  insertTombstones(deletions: readonly Deletion[], signal: AbortSignal): Promise<void>
  insertExemplars(exemplars: readonly Exemplar[], token: string, signal: AbortSignal): Promise<void>
}

export type MetricsTablesDeps = {
  readonly client: EngineClient
  readonly writer: BatchWriter
  readonly clock: Clock
  readonly facts: SeriesFacts
  readonly tokenPrefix: string
  /** Hears which buckets rows belong to, before they are sent. */
  readonly onRows: (bucket: number, gen: number, histograms: boolean) => void
}

export function createMetricsTables(deps: MetricsTablesDeps): MetricsTables {
  const { client, writer, clock, facts, onRows } = deps
  let tokens = 0

  function seriesBlock(refs: readonly SeriesRef[]): Block {
    const rows = refs.length
    const seconds = Math.floor(clock.now() / 1000)
    const id = new Uint32Array(rows * 2)
    const metric = new Uint32Array(rows)
    const offsets = new Uint32Array(rows + 1)
    const names: string[] = []
    const keys: string[] = []
    const values: string[] = []
    const known = facts.columns()
    refs.forEach((ref, i) => {
      const labels = facts.labelsOf(ref)
      metric[i] = known.metric[ref]!
      id[i * 2] = known.lo[ref]!
      id[i * 2 + 1] = known.hi[ref]!
      names.push(labelValue(labels, '__name__'))
      for (let at = 0; at < labels.length; at += 2) {
        keys.push(labels[at]!)
        values.push(labels[at + 1]!)
      }
      offsets[i + 1] = keys.length
    })
    return {
      rows,
      columns: [
        { name: 'owner', type: 'UInt16', data: new Uint16Array(rows).fill(OWNER) },
        { name: 'metric', type: 'UInt32', data: metric },
        { name: 'id', type: 'UInt64', data: id },
        { name: 'name', type: 'String', data: createStringColumn(names) },
        {
          name: 'labels',
          type: 'Map(String, String)',
          data: { offsets, keys: createStringColumn(keys), values: createStringColumn(values) },
        },
        { name: 'first_seen', type: 'UInt32', data: new Uint32Array(rows).fill(seconds) },
        { name: 'last_seen', type: 'UInt32', data: new Uint32Array(rows).fill(seconds) },
      ],
    }
  }

  function rowsBlock(batch: RowBatch, picks: Uint32Array | undefined): Block {
    const rows = picks ? picks.length : batch.length
    const metric = new Uint32Array(rows)
    const id = new Uint32Array(rows * 2)
    const ts = new Uint32Array(rows * 2)
    const value = new Float64Array(rows)
    const words = new Uint32Array(value.buffer)
    const known = facts.columns()
    for (let i = 0; i < rows; i++) {
      const from = picks ? picks[i]! : i
      const ref = batch.refs[from]!
      const time = batch.ts[from]!
      metric[i] = known.metric[ref]!
      id[i * 2] = known.lo[ref]!
      id[i * 2 + 1] = known.hi[ref]!
      putInt64(ts, i, time)
      words[i * 2] = batch.words[from * 2]!
      words[i * 2 + 1] = batch.words[from * 2 + 1]!
    }
    return {
      rows,
      columns: [
        { name: 'owner', type: 'UInt16', data: new Uint16Array(rows).fill(OWNER) },
        { name: 'gen', type: 'UInt32', data: new Uint32Array(rows).fill(batch.gen) },
        { name: 'metric', type: 'UInt32', data: metric },
        { name: 'id', type: 'UInt64', data: id },
        { name: 'ts', type: 'Int64', data: ts },
        { name: 'value', type: 'Float64', data: value },
      ],
    }
  }

  function histogramsBlock(histograms: HistogramRows, gen: number, picks: Uint32Array | undefined): Block {
    const rows = picks ? picks.length : histograms.refs.length
    const metric = new Uint32Array(rows)
    const id = new Uint32Array(rows * 2)
    const ts = new Uint32Array(rows * 2)
    const offsets = new Uint32Array(rows + 1)
    const records: Uint8Array[] = []
    const known = facts.columns()
    for (let i = 0; i < rows; i++) {
      const from = picks ? picks[i]! : i
      const ref = histograms.refs[from]!
      const time = histograms.ts[from]!
      const record = histograms.records[from]!
      metric[i] = known.metric[ref]!
      id[i * 2] = known.lo[ref]!
      id[i * 2 + 1] = known.hi[ref]!
      putInt64(ts, i, time)
      records.push(record)
      offsets[i + 1] = offsets[i]! + record.length
    }
    return {
      rows,
      columns: [
        { name: 'owner', type: 'UInt16', data: new Uint16Array(rows).fill(OWNER) },
        { name: 'gen', type: 'UInt32', data: new Uint32Array(rows).fill(gen) },
        { name: 'metric', type: 'UInt32', data: metric },
        { name: 'id', type: 'UInt64', data: id },
        { name: 'ts', type: 'Int64', data: ts },
        { name: 'data', type: 'String', data: { bytes: Buffer.concat(records), offsets } },
      ],
    }
  }

  /** Writes rows with these times into one table, in as many inserts as their buckets need. */
  async function insertByBucket(
    { ts, length }: { readonly ts: ArrayLike<number>; readonly length: number },
    to: {
      readonly table: LogTable
      readonly gen: number
      readonly token: string
      readonly blockOf: (picks: Uint32Array | undefined) => Block
    },
    signal: AbortSignal,
  ): Promise<void> {
    const buckets = new Set<number>()
    let last = Number.NaN
    for (let i = 0; i < length; i++) {
      const bucket = Math.floor(ts[i]! / BUCKET_MS)
      if (bucket !== last) {
        buckets.add(bucket)
        last = bucket
      }
    }
    for (const bucket of buckets) onRows(bucket, to.gen, to.table === 'histogram_samples')
    if (buckets.size <= BUCKETS_PER_INSERT) {
      await writer.add({ table: to.table, block: to.blockOf(undefined), token: to.token, signal })
      return
    }
    const sorted = [...buckets].sort((a, b) => a - b)
    for (let at = 0; at < sorted.length; at += BUCKETS_PER_INSERT) {
      const wanted = new Set(sorted.slice(at, at + BUCKETS_PER_INSERT))
      const picks: number[] = []
      for (let i = 0; i < length; i++) if (wanted.has(Math.floor(ts[i]! / BUCKET_MS))) picks.push(i)
      const block = to.blockOf(Uint32Array.from(picks))
      await writer.add({ table: to.table, block, token: `${to.token}.${at}`, signal })
    }
  }

  const tables: MetricsTables = {
    async insertRows(batch, signal) {
      const { gen, token, histograms } = batch
      if (batch.length > 0) {
        const blockOf = (picks: Uint32Array | undefined) => rowsBlock(batch, picks)
        await insertByBucket(batch, { table: 'samples', gen, token, blockOf }, signal)
      }
      if (histograms !== undefined) {
        const { ts } = histograms
        const blockOf = (picks: Uint32Array | undefined) => histogramsBlock(histograms, gen, picks)
        const to = { table: 'histogram_samples', gen, token: `${token}-histograms`, blockOf } as const
        await insertByBucket({ ts, length: ts.length }, to, signal)
      }
    },
    async insertSeries(refs, token, signal) {
      for (let at = 0; at < refs.length; at += SERIES_PER_INSERT) {
        const block = seriesBlock(refs.slice(at, at + SERIES_PER_INSERT))
        await writer.add({ table: 'series', block, token: `${token}.${at}`, signal })
      }
    },
    touchSeries(refs, signal) {
      return tables.insertSeries(refs, `${deps.tokenPrefix}-touch-${tokens++}`, signal)
    },
    async insertChunks(block, token, signal) {
      await writer.add({ table: 'chunks', block, token: `${deps.tokenPrefix}-${token}`, signal })
    },
    async commitCut(bucket, gen, signal) {
      await writer.add({
        table: 'cuts',
        block: {
          rows: 1,
          columns: [
            { name: 'owner', type: 'UInt16', data: Uint16Array.of(OWNER) },
            { name: 'bucket', type: 'UInt32', data: Uint32Array.of(bucket) },
            { name: 'gen', type: 'UInt32', data: Uint32Array.of(gen) },
          ],
        },
        token: `${deps.tokenPrefix}-commit-${bucket}-${gen}`,
        signal,
      })
    },
    async dropRows(bucket, gen, signal) {
      for (const found of await readLogPartitions(client, signal)) {
        if (found.bucket === bucket && found.gen <= gen) await dropLogPartition(client, found, signal)
      }
    },
    async insertMetadata(entries, signal) {
      const rows = entries.length
      await writer.add({
        table: 'metric_metadata',
        block: {
          rows,
          columns: [
            { name: 'metric', type: 'String', data: createStringColumn(entries.map(([metric]) => metric)) },
            { name: 'type', type: 'String', data: createStringColumn(entries.map(([, entry]) => entry.type)) },
            { name: 'help', type: 'String', data: createStringColumn(entries.map(([, entry]) => entry.help)) },
            { name: 'unit', type: 'String', data: createStringColumn(entries.map(([, entry]) => entry.unit)) },
            { name: 'seen', type: 'UInt32', data: new Uint32Array(rows).fill(Math.floor(clock.now() / 1000)) },
          ],
        },
        token: `${deps.tokenPrefix}-metadata-${tokens++}`,
        signal,
      })
    },
    async insertTombstones(deletions, signal) {
      for (let at = 0; at < deletions.length; at += TOMBSTONES_PER_INSERT) {
        const slice = deletions.slice(at, at + TOMBSTONES_PER_INSERT)
        const rows = slice.length
        const words = (msOf: (deletion: Deletion) => number) => {
          const column = new Uint32Array(rows * 2)
          for (let i = 0; i < rows; i++) putInt64(column, i, msOf(slice[i]!))
          return column
        }
        await writer.add({
          table: 'tombstones',
          block: {
            rows,
            columns: [
              { name: 'owner', type: 'UInt16', data: new Uint16Array(rows).fill(OWNER) },
              { name: 'metric', type: 'UInt32', data: Uint32Array.from(slice, ({ key }) => key.metric) },
              {
                name: 'id',
                type: 'UInt64',
                data: Uint32Array.from(slice.flatMap(({ key }) => [key.idLo, key.idHi])),
              },
              { name: 'from_ms', type: 'Int64', data: words(({ fromMs }) => fromMs) },
              { name: 'to_ms', type: 'Int64', data: words(({ toMs }) => toMs) },
              { name: 'created', type: 'UInt32', data: new Uint32Array(rows).fill(Math.floor(clock.now() / 1000)) },
            ],
          },
          token: `${deps.tokenPrefix}-tombstones-${tokens++}`,
          signal,
        })
      }
    },
    async insertExemplars(exemplars, token, signal) {
      const rows = exemplars.length
      const metric = new Uint32Array(rows)
      const id = new Uint32Array(rows * 2)
      const ts = new Uint32Array(rows * 2)
      const value = new Float64Array(rows)
      const offsets = new Uint32Array(rows + 1)
      const keys: string[] = []
      const values: string[] = []
      exemplars.forEach((exemplar, i) => {
        metric[i] = exemplar.key.metric
        id[i * 2] = exemplar.key.idLo
        id[i * 2 + 1] = exemplar.key.idHi
        putInt64(ts, i, exemplar.ts)
        value[i] = exemplar.value
        for (let at = 0; at < exemplar.labels.length; at += 2) {
          keys.push(exemplar.labels[at]!)
          values.push(exemplar.labels[at + 1]!)
        }
        offsets[i + 1] = keys.length
      })
      await writer.add({
        table: 'exemplars',
        block: {
          rows,
          columns: [
            { name: 'metric', type: 'UInt32', data: metric },
            { name: 'id', type: 'UInt64', data: id },
            { name: 'ts', type: 'Int64', data: ts },
            { name: 'value', type: 'Float64', data: value },
            {
              name: 'labels',
              type: 'Map(String, String)',
              data: { offsets, keys: createStringColumn(keys), values: createStringColumn(values) },
            },
          ],
        },
        token,
        signal,
      })
    },
  }
  return tables
}

/** A whole number (exact within 2^53) as number `i` of a column of 64-bit ones, low words first. */
function putInt64(words: Uint32Array, i: number, value: number): void {
  words[i * 2] = value >>> 0
  words[i * 2 + 1] = Math.floor(value / 0x1_0000_0000)
}

export type LogTable = 'samples' | 'histogram_samples'
export type LogPartition = { readonly table: LogTable; readonly gen: number; readonly bucket: number }

/** Partitions of the log's tables of this owner. Reads `system.parts`, a few ms. */
export async function readLogPartitions(client: EngineClient, signal: AbortSignal): Promise<LogPartition[]> {
  const blocks = await client.queryAll(
    sql`SELECT DISTINCT table, partition FROM system.parts
        WHERE database = currentDatabase() AND table IN ('samples', 'histogram_samples') AND active`,
    { signal, limits: { timeoutMs: 30_000, maxResultBytes: 64_000_000, maxMemoryBytes: 100_000_000 } },
  )
  const found: LogPartition[] = []
  for (const block of blocks) {
    const tables = strings(block, 'table')
    const partitions = strings(block, 'partition')
    for (let i = 0; i < block.rows; i++) {
      const match = /^\((\d+),(\d+),(-?\d+)\)$/.exec(textAt(partitions, i))
      if (!match || Number(match[1]) !== OWNER) continue
      found.push({ table: textAt(tables, i) as LogTable, gen: Number(match[2]), bucket: Number(match[3]) })
    }
  }
  return found
}

export async function dropLogPartition(
  client: EngineClient,
  { table, gen, bucket }: LogPartition,
  signal: AbortSignal,
): Promise<void> {
  const partition = sql`DROP PARTITION (${OWNER}, ${gen}, ${bucket})`
  const statement =
    table === 'samples' ? sql`ALTER TABLE samples ${partition}` : sql`ALTER TABLE histogram_samples ${partition}`
  await client.command(statement, { signal })
}
