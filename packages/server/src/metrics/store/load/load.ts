import type { Labels } from '@binnacle/promql'
import { labelsOf } from '@binnacle/promql'
import type { EngineClient } from '../../../engine/index.ts'
import type { Clock, Logger } from '../../../telemetry/index.ts'
import { createChunkHeader, readChunkHeader } from '../chunk/index.ts'
import type { CutRecord } from '../cut/cut-record.ts'
import { appendChunk, clear, createSampleBuffer, type Head, reserve } from '../head/index.ts'
import type { MetricMetadata } from '../metrics-store.ts'
import { dropLogPartition, readLogPartitions } from '../metrics-tables.ts'
import { createPauser } from '../pause.ts'
import { doubleWords, maps, strings, toMilliseconds, uint16, uint32, words64 } from '../read/index.ts'
import type { SeriesRef } from '../sample-batch.ts'
import { textAt } from '../string-column.ts'
import type { Tombstones } from '../tombstones/index.ts'
import {
  chunksOfBucket,
  committedCuts,
  deletedIntervals,
  furtherParts,
  histogramRowsOfBucket,
  knownMetadata,
  newestChunkGen,
  rowsOfBucket,
  seriesBefore,
  seriesSince,
} from './load.sql.ts'

const LIMITS = { timeoutMs: 120_000, maxResultBytes: 4_000_000_000, maxMemoryBytes: 600_000_000 }
export const MAX_METADATA = 50_000

export type LoadDeps = {
  readonly client: EngineClient
  readonly head: Head
  readonly record: CutRecord
  readonly clock: Clock
  readonly log: Logger
  /** Ref of a label set that is durable already. */
  readonly addSeries: (labels: Labels) => SeriesRef
  readonly refById: (idLo: number, idHi: number) => SeriesRef | undefined
  readonly describe: (metric: string, metadata: MetricMetadata) => void
  readonly tombstones: Tombstones
}

export type Loaded = { readonly nextGen: number; readonly series: number; readonly samples: number }

/** Cuts: which gens are committed, what they left behind, and the next gen. Needed before anything is logged. */
export async function loadRecord(deps: LoadDeps, signal: AbortSignal): Promise<{ nextGen: number }> {
  const { client, record } = deps
  let newestGen = 0
  for (const block of await client.queryAll(committedCuts(), { signal, limits: LIMITS })) {
    const bucket = uint32(block, 'bucket')
    const gen = uint32(block, 'gen')
    for (let i = 0; i < block.rows; i++) {
      record.loaded(bucket[i]!, { cutGen: gen[i]! })
      newestGen = Math.max(newestGen, gen[i]!)
    }
  }
  for (const block of await client.queryAll(newestChunkGen(), { signal, limits: LIMITS })) {
    for (const gen of uint32(block, 'gen')) newestGen = Math.max(newestGen, gen)
  }
  for (const { table, bucket, gen } of await readLogPartitions(client, signal)) {
    newestGen = Math.max(newestGen, gen)
    if (gen > record.cutGenOf(bucket)) {
      record.loaded(bucket, table === 'samples' ? { rowsGen: gen } : { histogramGen: gen })
      continue
    }
    // A cut was committed and did not come to drop its rows.
    await dropLogPartition(client, { table, gen, bucket }, signal)
  }
  return { nextGen: newestGen + 1 }
}

/** Whether the engine has series that `loadSeries` leaves out. */
export async function hasOlderSeries(deps: LoadDeps, sinceMs: number, signal: AbortSignal): Promise<boolean> {
  const blocks = await deps.client.queryAll(seriesBefore(Math.floor(sinceMs / 1000)), { signal, limits: LIMITS })
  return blocks.some((block) => block.rows > 0)
}

/** Label sets seen since `sinceMs` into the index. */
export async function loadSeries(deps: LoadDeps, sinceMs: number, signal: AbortSignal): Promise<number> {
  const pause = createPauser(deps.clock, signal)
  let series = 0
  for await (const block of deps.client.query(seriesSince(Math.floor(sinceMs / 1000)), { signal, limits: LIMITS })) {
    const { offsets, keys, values } = maps(block, 'labels')
    for (let i = 0; i < block.rows; i++) {
      const pairs: [string, string][] = []
      for (let at = offsets[i]!; at < offsets[i + 1]!; at++) pairs.push([textAt(keys, at), textAt(values, at)])
      deps.addSeries(labelsOf(pairs))
      series++
      if (i % 64 === 0) await pause()
    }
  }
  return series
}

export async function loadTombstones(deps: LoadDeps, signal: AbortSignal): Promise<void> {
  for await (const block of deps.client.query(deletedIntervals(), { signal, limits: LIMITS })) {
    const metric = uint32(block, 'metric')
    const id = words64(block, 'id')
    const from = toMilliseconds(words64(block, 'from_ms'))
    const to = toMilliseconds(words64(block, 'to_ms'))
    for (let i = 0; i < block.rows; i++) {
      deps.tombstones.add({ metric: metric[i]!, idLo: id[i * 2]!, idHi: id[i * 2 + 1]! }, from[i]!, to[i]!)
    }
  }
}

export async function loadMetadata(deps: LoadDeps, signal: AbortSignal): Promise<void> {
  for await (const block of deps.client.query(knownMetadata(MAX_METADATA), { signal, limits: LIMITS })) {
    const metric = strings(block, 'metric')
    const type = strings(block, 'type')
    const help = strings(block, 'help')
    const unit = strings(block, 'unit')
    for (let i = 0; i < block.rows; i++) {
      deps.describe(textAt(metric, i), { type: textAt(type, i), help: textAt(help, i), unit: textAt(unit, i) })
    }
  }
}

/** Refills the head: for each of its buckets the chunks first, then the log's rows that no chunk holds. */
export async function refillHead(deps: LoadDeps, newestBucket: number, signal: AbortSignal): Promise<number> {
  const { client, head, record, log } = deps
  const pause = createPauser(deps.clock, signal)
  const header = createChunkHeader()
  const run = createSampleBuffer()
  let samples = 0
  let unknown = 0

  for (const block of await client.queryAll(furtherParts(head.lowestBucket), { signal, limits: LIMITS })) {
    const bucket = uint32(block, 'bucket')
    const part = uint16(block, 'part')
    for (let i = 0; i < block.rows; i++) record.loaded(bucket[i]!, { maxPart: part[i]! })
  }

  // Buckets ahead of the clock too: a clock may have been wrong, or a sender's is.
  const ahead = record.withRows().filter((bucket) => bucket > newestBucket)
  const buckets = Array.from({ length: newestBucket - head.lowestBucket + 1 }, (_, i) => head.lowestBucket + i)
  for (const bucket of [...buckets, ...ahead]) {
    for await (const block of client.query(chunksOfBucket(bucket), { signal, limits: LIMITS })) {
      const id = words64(block, 'id')
      const { bytes, offsets } = strings(block, 'data')
      for (let i = 0; i < block.rows; i++) {
        const ref = deps.refById(id[i * 2]!, id[i * 2 + 1]!)
        if (ref === undefined) {
          unknown++
          continue
        }
        samples += head.loadChunks(bucket, ref, bytes.subarray(offsets[i]!, offsets[i + 1]!))
        if (i % 64 === 0) await pause()
      }
    }
    if (!record.hasRows(bucket)) continue
    const rows = rowsOfBucket(bucket, record.cutGenOf(bucket))
    for await (const block of client.query(rows, { signal, limits: LIMITS })) {
      const id = words64(block, 'id')
      const ts = toMilliseconds(words64(block, 'ts'))
      const words = doubleWords(block, 'value')
      for (let from = 0; from < block.rows; ) {
        const lo = id[from * 2]!
        const hi = id[from * 2 + 1]!
        let to = from + 1
        while (to < block.rows && id[to * 2] === lo && id[to * 2 + 1] === hi) to++
        const ref = deps.refById(lo, hi)
        if (ref === undefined) unknown++
        else {
          clear(run)
          reserve(run, to - from)
          for (let i = from; i < to; i++) {
            if (run.length > 0 && run.ts[run.length - 1] === ts[i]) continue
            run.ts[run.length] = ts[i]!
            run.words[run.length * 2] = words[i * 2]!
            run.words[run.length * 2 + 1] = words[i * 2 + 1]!
            run.length++
          }
          head.loadRun(bucket, ref, run)
          samples += run.length
        }
        from = to
        await pause()
      }
    }
    if (!record.hasHistograms(bucket)) continue
    const histogramRows = histogramRowsOfBucket(bucket, record.cutGenOf(bucket))
    for await (const block of client.query(histogramRows, { signal, limits: LIMITS })) {
      const id = words64(block, 'id')
      const { bytes, offsets } = strings(block, 'data')
      for (let from = 0; from < block.rows; ) {
        const lo = id[from * 2]!
        const hi = id[from * 2 + 1]!
        clear(run)
        for (; from < block.rows && id[from * 2] === lo && id[from * 2 + 1] === hi; from++) {
          readChunkHeader(bytes, offsets[from]!, header)
          if (run.length === 0 || run.ts[run.length - 1] !== header.firstMs) {
            appendChunk(bytes, offsets[from]!, header, run)
          }
        }
        const ref = deps.refById(lo, hi)
        if (ref === undefined) unknown++
        else {
          head.loadRun(bucket, ref, run)
          samples += run.length
        }
        await pause()
      }
    }
  }
  if (unknown > 0) log.error({ unknown }, 'the engine holds samples of series whose label sets are not known')
  return samples
}
