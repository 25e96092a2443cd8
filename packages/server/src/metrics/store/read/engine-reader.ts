import { BinnacleError } from '../../../config/index.ts'
import type { Block, EngineClient } from '../../../engine/index.ts'
import { bucketOf } from '../bucket.ts'
import { createChunkHeader, readChunkHeader } from '../chunk/index.ts'
import { appendChunk as appendSamples, mergeRuns, reserve, type SampleBuffer, trim } from '../head/index.ts'
import type { ChunkSharing } from './chunk-packet.ts'
import { doubleWords, strings, toMilliseconds, uint16, uint32, words64 } from './columns.ts'
import { createIdTable } from './id-table.ts'
import { chunksOf, histogramRowsOfSeries, rowsOfSeries } from './metrics-read.sql.ts'
import { type SeriesKeys, sliceKeys } from './series-keys.ts'
import { createSharedChunks } from './shared-chunks.ts'

/** A bucket with rows in the log, the gen up to which they are in chunks, and whether native histograms are among them. */
export type RowsOf = { readonly bucket: number; readonly aboveGen: number; readonly histograms: boolean }

export type EngineRead = {
  readonly series: SeriesKeys
  /** Unix ms, inclusive. */
  readonly fromMs: number
  readonly toMs: number
  /** Buckets whose rows count too (`CutRecord.withRows`); others inside the range have chunks only. */
  readonly rowsOf: readonly RowsOf[]
  readonly timeoutMs?: number
  /** Chunks that need not be read; absent: all are read. */
  readonly sharing?: ChunkSharing | undefined
}

/** Samples of the series of one read, by their place in it. */
export type FoundSamples = {
  /** Appends the samples of a row, strictly ascending; returns the parts that its chunks came in. */
  appendTo(row: number, out: SampleBuffer): number[]
}

export type EngineReader = { read(request: EngineRead, signal: AbortSignal): Promise<FoundSamples> }

/** Memory of one read stays around this, bytes. */
const READ_BYTES = 24_000_000
/** A chunk of a series scraped every 15 s has about 500 bytes; one of every 5 s about 1,200. */
const CHUNK_BYTES = 1200
/** One of native histograms every 15 s has 6,000 to 30,000. */
const HISTOGRAM_CHUNK_BYTES = 24_000
const MAX_SERIES_PER_READ = 2000
/** Up to 64 MiB the host answers from its thread pool; larger results are streamed from its event loop. */
const READ_LIMITS = { timeoutMs: 30_000, maxResultBytes: 64 * 1024 * 1024, maxMemoryBytes: 300_000_000 }

/**
 * How many series to ask for at once, so that a read's memory stays bounded whatever the time range is.
 * `histograms`: the share of the series, 0 to 1, that is known to have native histograms.
 */
export function seriesPerRead(fromMs: number, toMs: number, histograms = 0): number {
  const bytes = CHUNK_BYTES + histograms * HISTOGRAM_CHUNK_BYTES
  const buckets = bucketOf(toMs) - bucketOf(fromMs) + 1
  return Math.max(1, Math.min(MAX_SERIES_PER_READ, Math.floor(READ_BYTES / (buckets * bytes))))
}

/** `bytes[at .. end)` is one chunk or several behind one another. */
type FoundChunk = {
  bucket: number
  part: number
  gen: number
  n: number
  bytes: Uint8Array
  at: number
  end: number
}

export function createEngineReader(client: EngineClient): EngineReader {
  const read = (request: EngineRead, signal: AbortSignal) => readWhole(client, request, signal)
  return {
    async read(request, signal) {
      try {
        return await read(request, signal)
      } catch (error) {
        // Chunks of targets that are scraped every second are larger than the estimate: ask for half of them at a time.
        const tooLarge = error instanceof BinnacleError && error.code === 'engine.result_too_large'
        const { series } = request
        const count = series.metric.length
        if (!tooLarge || count < 2) throw error
        const half = count >> 1
        const left = await this.read({ ...request, series: sliceKeys(series, 0, half) }, signal)
        const right = await this.read({ ...request, series: sliceKeys(series, half, count) }, signal)
        return {
          appendTo: (row, out) => (row < half ? left.appendTo(row, out) : right.appendTo(row - half, out)),
        }
      }
    },
  }
}

async function readWhole(
  client: EngineClient,
  { series, fromMs, toMs, rowsOf, timeoutMs, sharing }: EngineRead,
  signal: AbortSignal,
): Promise<FoundSamples> {
  const table = createIdTable(series)
  const limits = timeoutMs === undefined ? READ_LIMITS : { ...READ_LIMITS, timeoutMs }
  const fromBucket = bucketOf(fromMs)
  const toBucket = bucketOf(toMs)

  /** Rows of the log by series: start and end in `rows`. */
  const rows: { ts: Float64Array; words: Uint32Array }[] = []
  const rowRuns = new Map<number, { block: number; from: number; to: number }[]>()
  const wanted = rowsOf.filter(({ bucket }) => bucket >= fromBucket && bucket <= toBucket)
  if (wanted.length > 0) {
    for await (const block of client.query(rowsOfSeries(series, wanted, fromMs, toMs), { signal, limits })) {
      const id = words64(block, 'id')
      const columns = { ts: toMilliseconds(words64(block, 'ts')), words: doubleWords(block, 'value') }
      rows.push(columns)
      for (let from = 0; from < block.rows; ) {
        const lo = id[from * 2]!
        const hi = id[from * 2 + 1]!
        let to = from + 1
        while (to < block.rows && id[to * 2] === lo && id[to * 2 + 1] === hi) to++
        const row = table.rowOf(lo, hi)
        if (row >= 0) addTo(rowRuns, row, { block: rows.length - 1, from, to })
        from = to
      }
    }
  }

  /** Native histograms of the log by series, in the order of time. */
  const records = new Map<number, { bytes: Uint8Array; at: number }[]>()
  const withHistograms = wanted.filter(({ histograms }) => histograms)
  if (withHistograms.length > 0) {
    const statement = histogramRowsOfSeries(series, withHistograms, fromMs, toMs)
    for await (const block of client.query(statement, { signal, limits })) {
      const id = words64(block, 'id')
      const { bytes, offsets } = strings(block, 'data')
      for (let i = 0; i < block.rows; i++) {
        const row = table.rowOf(id[i * 2]!, id[i * 2 + 1]!)
        if (row >= 0) addTo(records, row, { bytes, at: offsets[i]! })
      }
    }
  }

  const chunks = new Map<number, FoundChunk[]>()
  const shared = createSharedChunks(series, { fromBucket, toBucket }, sharing)
  shared?.take((row, bucket, { bytes, at, end }) => {
    addTo(chunks, row, { bucket, part: 0, gen: 0, n: 1, bytes, at, end })
  })
  const missing = shared === undefined ? { series, fromBucket, toBucket } : shared.missing()
  const statement = missing === undefined ? undefined : chunksOf(missing.series, missing.fromBucket, missing.toBucket)
  for await (const block of statement === undefined ? NO_BLOCKS : client.query(statement, { signal, limits })) {
    const id = words64(block, 'id')
    const bucket = uint32(block, 'bucket')
    const part = uint16(block, 'part')
    const gen = uint32(block, 'gen')
    const n = uint32(block, 'n')
    const data = strings(block, 'data')
    for (let i = 0; i < block.rows; i++) {
      const row = table.rowOf(id[i * 2]!, id[i * 2 + 1]!)
      if (row < 0 || shared?.has(row, bucket[i]!) === true) continue
      const { bytes, offsets } = data
      const at = offsets[i]!
      const end = offsets[i + 1]!
      addTo(chunks, row, { bucket: bucket[i]!, part: part[i]!, gen: gen[i]!, n: n[i]!, bytes, at, end })
    }
  }

  shared?.keep((row, bucket) => newestOfEach((chunks.get(row) ?? []).filter((chunk) => chunk.bucket === bucket)))

  return {
    appendTo(row, out) {
      const parts: number[] = []
      const start = out.length
      for (const chunk of newestOfEach(chunks.get(row) ?? [])) {
        if (!parts.includes(chunk.part)) parts.push(chunk.part)
        if (chunk.n > 0) appendChunks(chunk, fromMs, toMs, start, out)
      }
      for (const run of rowRuns.get(row) ?? []) {
        const { ts, words } = rows[run.block]!
        const middle = out.length
        reserve(out, run.to - run.from)
        let at = middle
        for (let i = run.from; i < run.to; i++) {
          if (at > middle && out.ts[at - 1] === ts[i]) continue
          out.ts[at] = ts[i]!
          out.words[at * 2] = words[i * 2]!
          out.words[at * 2 + 1] = words[i * 2 + 1]!
          at++
        }
        out.length = at
        mergeRuns(out, start, middle)
      }
      const ofRow = records.get(row)
      if (ofRow !== undefined) {
        const middle = out.length
        for (const { bytes, at } of ofRow) {
          readChunkHeader(bytes, at, header)
          if (out.length === middle || out.ts[out.length - 1] !== header.firstMs) appendSamples(bytes, at, header, out)
        }
        mergeRuns(out, start, middle)
      }
      return parts
    },
  }
}

const NO_BLOCKS: readonly Block[] = []

const header = createChunkHeader()

function appendChunks(chunk: FoundChunk, fromMs: number, toMs: number, start: number, out: SampleBuffer): void {
  const middle = out.length
  for (let at = chunk.at; at < chunk.end; at += header.bytes) {
    readChunkHeader(chunk.bytes, at, header)
    const { firstMs, lastMs } = header
    if (lastMs < fromMs || firstMs > toMs) continue
    const from = out.length
    appendSamples(chunk.bytes, at, header, out)
    if (firstMs < fromMs || lastMs > toMs) trim(out, from, fromMs, toMs)
  }
  mergeRuns(out, start, middle)
}

/** The newest gen of every (bucket, part), by bucket and part; a part that was replaced (`n = 0`) stays in the list. */
function newestOfEach(chunks: FoundChunk[]): FoundChunk[] {
  chunks.sort((a, b) => a.bucket - b.bucket || a.part - b.part || b.gen - a.gen)
  return chunks.filter((chunk, i) => {
    const before = chunks[i - 1]
    return before === undefined || before.bucket !== chunk.bucket || before.part !== chunk.part
  })
}

function addTo<T>(lists: Map<number, T[]>, row: number, item: T): void {
  const list = lists.get(row)
  if (list) list.push(item)
  else lists.set(row, [item])
}
