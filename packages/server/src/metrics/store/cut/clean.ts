import { type EngineClient, sql } from '../../../engine/index.ts'
import { BUCKET_MS, bucketStartMs } from '../bucket.ts'
import type { Deletion } from '../metrics-store.ts'
import type { MetricsTables } from '../metrics-tables.ts'
import { createIdTable, keyColumns, type SeriesKey, uint32, words64 } from '../read/index.ts'
import { after, type Intervals, type Tombstones } from '../tombstones/index.ts'
import { bucketsOf, dropSeries, dropTombstones, SERIES_PER_STATEMENT, stillThere } from './clean.sql.ts'
import type { CutRecord } from './cut-record.ts'

/** Buckets in one partition of `chunks`. */
const BUCKETS_PER_PARTITION = 12
const LIMITS = { timeoutMs: 120_000, maxResultBytes: 64_000_000, maxMemoryBytes: 300_000_000 }
/** Mutations and merges return when they are done. */
const WAIT = { mutations_sync: 1 }
const MERGE_TIMEOUT_MS = 600_000

/** What a rewrite leaves out: of these series what was deleted. */
export type DeletedSeries = {
  readonly series: readonly SeriesKey[]
  deletedOf(key: SeriesKey): Intervals | undefined
}

export type CleanDeps = {
  readonly client: EngineClient
  readonly tables: MetricsTables
  readonly record: CutRecord
  readonly tombstones: Tombstones
  /** First bucket of the head. Its samples, and those behind it, are cleaned once the head has let go of them. */
  readonly lowestBucket: () => number
  /** Cuts a bucket that the head does not hold, without what was deleted; waits until no other cut is under way. */
  readonly rewrite: (bucket: number, deleted: DeletedSeries) => Promise<unknown>
  /** Runs alone among deletions. */
  readonly amongDeletions: <T>(run: () => Promise<T>) => Promise<T>
  /** Takes series without samples out of memory; gives those that are not there (any more), and the time before it, Unix s. */
  readonly forget: (
    series: readonly SeriesKey[],
  ) => Promise<{ readonly gone: readonly SeriesKey[]; readonly atSeconds: number }>
}

/**
 * Takes deleted samples out of chunks and log for good, then the tombstones that stood for them, then series of which
 * nothing is left. Each bucket is written anew by a cut of its own, with a new gen, so that a crash leaves one of the
 * states of ARCHITECTURE.md, "The cut"; the tombstones go last: until then they hide whatever is left. Only buckets older
 * than the head's are touched; of intervals that reach into it the rest stays.
 */
export async function cleanTombstones(
  deps: CleanDeps,
  signal: AbortSignal,
): Promise<{ buckets: number; series: number }> {
  const { client, tables, tombstones, amongDeletions } = deps
  const lowest = deps.lowestBucket()
  const headMs = bucketStartMs(lowest)
  const before = tombstones.entries().filter(({ intervals }) => intervals[0]! < headMs)
  if (before.length === 0) return { buckets: 0, series: 0 }

  const buckets = await touchedBuckets(deps, before, lowest, signal)
  for (const bucket of buckets) {
    const fromMs = bucketStartMs(bucket)
    const inside = before.filter(({ intervals }) => overlaps(intervals, fromMs, fromMs + BUCKET_MS - 1))
    await deps.rewrite(bucket, { series: inside.map(({ key }) => key), deletedOf: (key) => tombstones.of(key) })
  }
  // The old chunks are still in their files until the parts are merged.
  for (const partition of new Set(buckets.map((bucket) => Math.floor(bucket / BUCKETS_PER_PARTITION)))) {
    await client.command(sql`OPTIMIZE TABLE chunks PARTITION ${partition} FINAL`, {
      signal,
      timeoutMs: MERGE_TIMEOUT_MS,
    })
  }

  const cleaned = await amongDeletions(async () => {
    // What was deleted meanwhile was not in force at every rewrite: such a series is for the next time.
    const same = before.filter(({ key, intervals }) => tombstones.of(key) === intervals)
    const rest: Deletion[] = []
    for (const { key, intervals } of same) {
      const left = after(intervals, headMs)
      for (let i = 0; i < left.length; i += 2) rest.push({ key, fromMs: left[i]!, toMs: left[i + 1]! })
    }
    await tables.insertTombstones(rest, signal)
    const keys = same.map(({ key }) => key)
    await eachSlice(keys, (slice) =>
      client.command(dropTombstones(slice, headMs), { signal, settings: WAIT, timeoutMs: MERGE_TIMEOUT_MS }),
    )
    for (const { key, intervals } of same) tombstones.replace(key, after(intervals, headMs))
    return keys
  })

  const empty: SeriesKey[] = []
  await eachSlice(cleaned, async (slice) => {
    const table = createIdTable(keyColumns(slice))
    const there = new Set<number>()
    for await (const block of client.query(stillThere(slice), { signal, limits: LIMITS })) {
      const id = words64(block, 'id')
      for (let i = 0; i < block.rows; i++) there.add(table.rowOf(id[i * 2]!, id[i * 2 + 1]!))
    }
    slice.forEach((key, row) => {
      if (!there.has(row)) empty.push(key)
    })
  })
  const { gone, atSeconds } = await deps.forget(empty)
  await eachSlice(gone, (slice) =>
    client.command(dropSeries(slice, atSeconds), { signal, settings: WAIT, timeoutMs: MERGE_TIMEOUT_MS }),
  )
  return { buckets: buckets.length, series: cleaned.length }
}

/** Buckets before the head's in which one of the series may have deleted samples, ascending. */
async function touchedBuckets(
  { client, record }: CleanDeps,
  before: readonly { readonly key: SeriesKey; readonly intervals: Intervals }[],
  lowest: number,
  signal: AbortSignal,
): Promise<number[]> {
  const found = new Set(record.withRows().filter((bucket) => bucket < lowest))
  await eachSlice(
    before.map(({ key }) => key),
    async (slice) => {
      for await (const block of client.query(bucketsOf(slice, lowest), { signal, limits: LIMITS })) {
        for (const bucket of uint32(block, 'bucket')) found.add(bucket)
      }
    },
  )
  return [...found]
    .filter((bucket) => {
      const fromMs = bucketStartMs(bucket)
      return before.some(({ intervals }) => overlaps(intervals, fromMs, fromMs + BUCKET_MS - 1))
    })
    .sort((a, b) => a - b)
}

function overlaps(intervals: Intervals, fromMs: number, toMs: number): boolean {
  for (let i = 0; i < intervals.length; i += 2) if (intervals[i]! <= toMs && intervals[i + 1]! >= fromMs) return true
  return false
}

async function eachSlice(
  series: readonly SeriesKey[],
  run: (slice: readonly SeriesKey[]) => Promise<unknown>,
): Promise<void> {
  for (let at = 0; at < series.length; at += SERIES_PER_STATEMENT) {
    await run(series.slice(at, at + SERIES_PER_STATEMENT))
  }
}
