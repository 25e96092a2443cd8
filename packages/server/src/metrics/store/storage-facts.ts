import { type EngineClient, sql } from '../../engine/index.ts'
import { strings, toMilliseconds, words64 } from './read/index.ts'
import { textAt } from './string-column.ts'

/** What the engine keeps of metrics. Bytes are on disk, after compression. */
export type StorageFacts = {
  readonly tables: readonly {
    readonly name: string
    readonly rows: number
    readonly bytes: number
    /** Times of the samples, Unix ms; null where there are none, or where the table holds none. */
    readonly oldest: number | null
    readonly newest: number | null
  }[]
  /** Samples in chunks and in the log; a sample that waits for its rows to be dropped counts twice. */
  readonly samples: number
  readonly chunkSamples: number
  /** Bytes of `chunks` for each sample in it; NaN while there is none. */
  readonly bytesPerSample: number
  /** Parts of all tables: many mean that merges do not keep up. */
  readonly parts: number
}

const LIMITS = { timeoutMs: 30_000, maxResultBytes: 64_000_000, maxMemoryBytes: 200_000_000 }

const tableSizes = () => sql`SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes, count() AS parts
  FROM system.parts WHERE database = currentDatabase() AND active GROUP BY table ORDER BY table`

/** Times of what is kept: table, oldest, newest. Chunks tell their bucket only. Reads primary keys. */
const timeRanges = () => sql`
  SELECT 'samples' AS name, min(ts) AS oldest, max(ts) AS newest, count() AS rows FROM samples UNION ALL
  SELECT 'histogram_samples', min(ts), max(ts), count() FROM histogram_samples UNION ALL
  SELECT 'chunks', min(toInt64(bucket)) * 7200000, (max(toInt64(bucket)) + 1) * 7200000 - 1, count() FROM chunks`

/** Samples in chunks that count: reads three narrow columns. */
const chunkSamples = () => sql`SELECT toUInt64(sum(n)) AS samples FROM chunks`

/** A few ms, and 10 ms more for every million chunks. */
export async function readStorage(client: EngineClient, signal: AbortSignal): Promise<StorageFacts> {
  const ranges = new Map<string, { oldest: number; newest: number }>()
  for (const block of await client.queryAll(timeRanges(), { signal, limits: LIMITS })) {
    const names = strings(block, 'name')
    const oldest = toMilliseconds(words64(block, 'oldest'))
    const newest = toMilliseconds(words64(block, 'newest'))
    const rows = words64(block, 'rows')
    for (let i = 0; i < block.rows; i++) {
      if (numberAt(rows, i) > 0) ranges.set(textAt(names, i), { oldest: oldest[i]!, newest: newest[i]! })
    }
  }
  const tables: StorageFacts['tables'][number][] = []
  let parts = 0
  for (const block of await client.queryAll(tableSizes(), { signal, limits: LIMITS })) {
    const names = strings(block, 'table')
    const rows = words64(block, 'rows')
    const bytes = words64(block, 'bytes')
    const counts = words64(block, 'parts')
    for (let i = 0; i < block.rows; i++) {
      const name = textAt(names, i)
      const { oldest = null, newest = null } = ranges.get(name) ?? {}
      tables.push({ name, rows: numberAt(rows, i), bytes: numberAt(bytes, i), oldest, newest })
      parts += numberAt(counts, i)
    }
  }
  let inChunks = 0
  for (const block of await client.queryAll(chunkSamples(), { signal, limits: LIMITS })) {
    if (block.rows > 0) inChunks = numberAt(words64(block, 'samples'), 0)
  }
  const chunkBytes = tables.find(({ name }) => name === 'chunks')?.bytes ?? 0
  const logRows = tables
    .filter(({ name }) => name === 'samples' || name === 'histogram_samples')
    .reduce((sum, { rows }) => sum + rows, 0)
  return {
    tables,
    samples: inChunks + logRows,
    chunkSamples: inChunks,
    bytesPerSample: inChunks > 0 ? chunkBytes / inChunks : Number.NaN,
    parts,
  }
}

function numberAt(words: Uint32Array, row: number): number {
  return words[row * 2 + 1]! * 0x1_0000_0000 + words[row * 2]!
}
