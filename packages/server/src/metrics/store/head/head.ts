import { BUCKET_MS, bucketOf, bucketStartMs } from '../bucket.ts'
import { createChunkHeader, readChunkHeader } from '../chunk/index.ts'
import type { SampleBatch, SeriesRef } from '../sample-batch.ts'
import { type Arena, createArena, LOADED_PIECE_SAMPLES, writeEncodedPiece, writePieces, writeSamples } from './arena.ts'
import { appendLate as appendLateRun } from './head-reader.ts'
import { type Block, createHistogramTails, type HistogramTail, MAX_HISTOGRAM_TAIL_BYTES } from './histogram-tails.ts'
import { createLateRun, insertLate, LATE_RUN_MAX, type LateRun } from './late-samples.ts'
import {
  chainHas,
  type HeadSnapshot,
  HISTOGRAM_TAIL,
  type LateSamples,
  readChain,
  readTail,
  TAIL_SAMPLES,
  TAIL_UNITS,
  TAILS_PER_SLAB,
} from './layout.ts'
import { createReadTickets } from './read-tickets.ts'
import { appendChunk, clear, createSampleBuffer, mergeRuns, reserve, type SampleBuffer } from './sample-buffer.ts'
import { addressOf, createSlabPool, type SlabChange, type SlabViews, slabOf, unitOf } from './slab-pool.ts'

/** What became of one sample of a batch (`Head.append`). */
export const TAKEN = 0
/** Taken, older than the newest of its series. */
export const TAKEN_LATE = 1
/** Older than all that the head keeps: belongs into the log only. */
export const LOG_ONLY = 2
/** From here on nothing of the sample is kept: its series has another one at this time. */
export const DUPLICATE = 3
export const OUT_OF_BOUNDS = 4
/** A duplicate with the value that is there already; told only of a series' newest samples. */
export const REPEATED = 5

export type HeadOptions = {
  /** Budget for all memory of the head, bytes (`head.max_bytes`). */
  readonly maxBytes: number
  /** Oldest bucket that the head keeps from the start on. */
  readonly lowestBucket: number
}

export type Head = {
  /**
   * Appends a batch; what became of each sample is in `verdicts` (same indices). Returns how many are not `TAKEN`.
   * Samples outside `[oldestMs, newestMs]` are refused. Histograms are taken from `records` (same indices), each a chunk
   * of one sample that is never changed.
   */
  append(
    batch: SampleBatch,
    verdicts: Uint8Array,
    oldestMs: number,
    newestMs: number,
    records?: readonly (Uint8Array | undefined)[],
  ): number
  /** Every accepted sample of this time or later is in the head. Unix ms. */
  readonly completeFromMs: number
  readonly lowestBucket: number
  readonly newestBucket: number
  readonly usedBytes: number
  readonly maxBytes: number
  /** What would be a chunk each if all were cut now: the samples of one series in one bucket. Looks at every series. */
  chunkCount(): number
  /** Newest sample of all series, 0 without any. Unix ms. Looks at every series. */
  newestMs(): number
  /** Newest sample of a series that this process has seen, -Infinity without any. Unix ms. */
  lastMsOf(ref: SeriesRef): number
  /**
   * Moves those of the series `refs[from .. to)` that may have samples in a range to `refs[at ..)`, and returns where they
   * end. `unseen`: whether a series counts that has brought nothing to this process.
   */
  keepInRange(refs: Uint32Array, place: RefPlace, range: InRange): number
  /** Makes `span` reach over these series as well. */
  addToSpan(refs: Uint32Array, place: { readonly from: number; readonly to: number }, span: HeadSpan): void
  /** How many of these series have native histograms as their newest samples. */
  histogramSeries(refs: Uint32Array): number
  /** The oldest likewise; Infinity without any, -Infinity when it may have had samples before (`beganBefore`). */
  firstMsOf(ref: SeriesRef): number
  /** The series was there before this process. */
  beganBefore(ref: SeriesRef): void

  /** What is needed to read these series; valid until the ticket is closed. */
  snapshot(refs: Uint32Array, fromMs: number, toMs: number): HeadSnapshot
  /** The same for many series, slice by slice; others may run between slices. The caller holds a ticket all the while. */
  beginSnapshot(fromMs: number, toMs: number): SnapshotInSlices
  openTicket(): number
  closeTicket(ticket: number): void
  readonly views: readonly (SlabViews | undefined)[]
  followSlabs(onChange: (change: SlabChange) => void): () => void

  /** Highest ref plus one that may have samples in `bucket`; for walking a bucket in slices. */
  refsEnd(bucket: number): number
  /** Writes tail and late samples of the series into pieces, then appends its whole bucket to `out`. False when empty. */
  gather(bucket: number, ref: SeriesRef, out: SampleBuffer): boolean
  /** Starts rebuilding a bucket with one chunk a series. */
  beginSettled(bucket: number): Settled
  /** Gives a bucket's memory back; nothing happens to the newest one, nor to one that has no samples. */
  evict(bucket: number): void
  /** Takes the pieces of the newest bucket away; tails stay. */
  evictPieces(bucket: number): void

  /** While loading: the chunks of a series and bucket that lie one behind the other in `bytes`. Returns how many samples. */
  loadChunks(bucket: number, ref: SeriesRef, bytes: Uint8Array): number
  /** While loading: ascending samples of one series and bucket, merged with what is already there. */
  loadRun(bucket: number, ref: SeriesRef, run: SampleBuffer): void
  /** The index dropped these series. They must have no samples in the head (`hasData`). */
  forget(refs: Uint32Array): void
  hasData(ref: SeriesRef): boolean
}

/** Entries `[from, to)`, which go to `at` and on; `at` is not behind `from`. */
export type RefPlace = { readonly from: number; readonly to: number; readonly at: number }

/** Unix ms, inclusive. */
export type InRange = { readonly fromMs: number; readonly toMs: number; readonly unseen: boolean }

/** Of some series: the latest of their first and the earliest of their last samples, and whether one was never seen. */
export type HeadSpan = { latestFirstMs: number; earliestLastMs: number; unseen: boolean }

export type SnapshotInSlices = {
  /** Words a row takes in the table. */
  readonly stride: number
  /** `completeFromMs` of the head as it is at the beginning, and, unless `finish` says otherwise, to the end. */
  readonly completeFromMs: number
  /** Fills the rows `[from, to)` of `table`, a row a ref. Rows ascend from call to call. */
  add(refs: Uint32Array, from: number, to: number, table: Uint32Array): void
  /** Undefined when a bucket came or went meanwhile: then all of it has to be done again. */
  finish(table: Uint32Array): HeadSnapshot | undefined
}

/** A bucket being rebuilt: one chunk a series beside the old pieces, exchanged at once by `commit`. */
export type Settled = {
  add(ref: SeriesRef, samples: SampleBuffer): void
  commit(): void
  discard(): void
}

/** Bytes that one series costs in per-series columns: oldest and newest time, tail address, tail count, tail limit. */
const SERIES_BYTES = 8 + 8 + 4 + 1 + 1

export function createHead(options: HeadOptions): Head {
  const pool = createSlabPool()
  const tickets = createReadTickets()
  const buckets = new Map<number, Arena>()
  const late = new Map<number, Map<SeriesRef, LateRun>>()
  const histogramTails = createHistogramTails(pool)
  let lateBytes = 0

  let capacity = 1024
  let lastMs = new Float64Array(capacity).fill(Number.NEGATIVE_INFINITY)
  let firstMs = new Float64Array(capacity).fill(Number.POSITIVE_INFINITY)
  let tailAddress = new Uint32Array(capacity)
  let tailCount = new Uint8Array(capacity)
  /**
   * A tail is compressed when it has so many samples: TAIL_SAMPLES, but the first one of a series earlier and at another
   * count for each, so that series that are scraped together are not all compressed together. 0: no tail of numbers;
   * an address beside it is that of a block in `histogramTails`.
   */
  let tailLimit = new Uint8Array(capacity)

  /** Free tail slots; their slabs are kept. */
  const freeTails: number[] = []
  /** Values of tails, shifted so that they are indexed like the times (see layout.ts). By slab. */
  const tailValues: (Float64Array | undefined)[] = []

  let lowestBucket = options.lowestBucket
  let completeFromMs = bucketStartMs(lowestBucket)
  let newest = createArena(lowestBucket, capacity)
  buckets.set(lowestBucket, newest)
  let newestStart = bucketStartMs(lowestBucket)
  let newestEnd = newestStart + BUCKET_MS

  const scratch = createSampleBuffer()
  const tailScratch = createSampleBuffer(TAIL_SAMPLES)

  function grow(ref: number): void {
    while (capacity <= ref) capacity *= 2
    const nextLast = new Float64Array(capacity).fill(Number.NEGATIVE_INFINITY)
    nextLast.set(lastMs)
    lastMs = nextLast
    const nextFirst = new Float64Array(capacity).fill(Number.POSITIVE_INFINITY)
    nextFirst.set(firstMs)
    firstMs = nextFirst
    tailAddress = widen(tailAddress, new Uint32Array(capacity))
    tailCount = widen(tailCount, new Uint8Array(capacity))
    tailLimit = widen(tailLimit, new Uint8Array(capacity))
    for (const arena of buckets.values()) arena.chain = widen(arena.chain, new Uint32Array(capacity))
  }

  function arenaOf(bucket: number): Arena {
    let arena = buckets.get(bucket)
    if (!arena) {
      arena = createArena(bucket, capacity)
      buckets.set(bucket, arena)
      if (bucket > newest.bucket) {
        newest = arena
        newestStart = bucketStartMs(bucket)
        newestEnd = newestStart + BUCKET_MS
      }
    }
    return arena
  }

  function takeTail(): number {
    let address = freeTails.pop()
    if (address === undefined) {
      const slab = pool.take()
      tailValues[slab] = new Float64Array(pool.views[slab]!.doubles.buffer, TAIL_SAMPLES * 8)
      // Slot 0 of slab 0 would have address 0, which means "nothing": no slab uses its slot 0.
      for (let slot = TAILS_PER_SLAB - 1; slot >= 1; slot--) freeTails.push(addressOf(slab, slot * TAIL_UNITS))
      address = freeTails.pop()!
    }
    return address
  }

  /**
   * Moves the tail into pieces, one for each bucket that it reaches into. The slot stays with the series, unless a
   * reader may be looking at it.
   */
  function flushTail(ref: SeriesRef): void {
    const count = tailCount[ref]!
    if (count === 0) return
    if (tailLimit[ref] === 0) {
      flushHistograms(ref)
      return
    }
    const address = tailAddress[ref]!
    const slab = slabOf(address)
    const unit = unitOf(address)
    const { doubles } = pool.views[slab]!
    const end = unit + count
    for (let from = unit; from < end; ) {
      const arena = arenaOf(bucketOf(doubles[from]!))
      const bucketEnd = bucketStartMs(arena.bucket) + BUCKET_MS
      let to = from + 1
      while (to < end && doubles[to]! < bucketEnd) to++
      writePieces(pool, arena, ref, doubles, tailValues[slab]!, from, to)
      from = to
    }
    tailCount[ref] = 0
    tailLimit[ref] = TAIL_SAMPLES
    if (tickets.anyOpen) {
      tailAddress[ref] = 0
      tickets.whenUnread(() => freeTails.push(address))
    }
  }

  /** The same for a tail of histograms. */
  function flushHistograms(ref: SeriesRef): void {
    const tail = histogramTails.of(ref)!
    clear(tailScratch)
    readTail(
      pool.views,
      tail.address,
      tailCount[ref]! | HISTOGRAM_TAIL,
      Number.NEGATIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      tailScratch,
    )
    for (let from = 0; from < tailScratch.length; ) {
      const arena = arenaOf(bucketOf(tailScratch.ts[from]!))
      const bucketEnd = bucketStartMs(arena.bucket) + BUCKET_MS
      let to = from + 1
      while (to < tailScratch.length && tailScratch.ts[to]! < bucketEnd) to++
      writeSamples(pool, arena, ref, tailScratch, { from, to })
      from = to
    }
    tailCount[ref] = 0
    tail.bytes = 0
    tail.limit = TAIL_SAMPLES
    if (tickets.anyOpen) leaveBlock(ref, tail)
  }

  /** The block goes back once nobody reads it. */
  function leaveBlock(ref: SeriesRef, tail: HistogramTail): void {
    if (tail.address !== 0) freeBlock({ address: tail.address, capacity: tail.capacity })
    tail.address = 0
    tail.capacity = 0
    tailAddress[ref] = 0
  }

  function freeBlock(block: Block): void {
    tickets.whenUnread(() => histogramTails.give(block))
  }

  /** Whether the tail has samples of this bucket or an older one. */
  function tailReaches(ref: SeriesRef, bucket: number): boolean {
    if (tailCount[ref] === 0) return false
    return firstOfTail(ref) < bucketStartMs(bucket) + BUCKET_MS
  }

  function firstOfTail(ref: SeriesRef): number {
    const address = tailAddress[ref]!
    const { bytes, doubles } = pool.views[slabOf(address)]!
    if (tailLimit[ref] !== 0) return doubles[unitOf(address)]!
    readChunkHeader(bytes, unitOf(address) * 8, chunkHeader)
    return chunkHeader.firstMs
  }

  function releaseTail(ref: SeriesRef): void {
    flushTail(ref)
    const histograms = histogramTails.of(ref)
    if (histograms !== undefined) {
      leaveBlock(ref, histograms)
      histogramTails.end(ref)
      return
    }
    const address = tailAddress[ref]!
    if (address === 0) return
    tailAddress[ref] = 0
    freeTails.push(address)
  }

  function appendSlow(ref: SeriesRef, time: number, lo: number, hi: number): number {
    if (ref >= capacity) grow(ref)
    if (time < firstMs[ref]!) firstMs[ref] = time
    if (time < completeFromMs) return logOnly(ref, time)
    const bucket = bucketOf(time)
    if (time > lastMs[ref]!) {
      arenaOf(bucket)
      if (tailLimit[ref] === 0) {
        if (histogramTails.of(ref) !== undefined) releaseTail(ref)
        tailLimit[ref] = firstLimit(ref)
      } else if (tailCount[ref]! >= tailLimit[ref]!) flushTail(ref)
      if (tailAddress[ref] === 0) tailAddress[ref] = takeTail()
      putTail(ref, time, lo, hi)
      return TAKEN
    }
    return appendLate(ref, bucket, time, lo, hi, undefined)
  }

  /** The head does not take it, but knows of it: it may be the newest of its series all the same. */
  function logOnly(ref: SeriesRef, time: number): number {
    if (time > lastMs[ref]!) lastMs[ref] = time
    return LOG_ONLY
  }

  function appendHistogram(ref: SeriesRef, time: number, record: Uint8Array): number {
    if (ref >= capacity) grow(ref)
    if (time < firstMs[ref]!) firstMs[ref] = time
    if (time < completeFromMs) return logOnly(ref, time)
    const bucket = bucketOf(time)
    if (time <= lastMs[ref]!) return appendLate(ref, bucket, time, 0, 0, record)
    const arena = arenaOf(bucket)
    let tail = histogramTails.of(ref)
    if (tail === undefined) {
      releaseTail(ref)
      tailLimit[ref] = 0
      tail = histogramTails.begin(ref, firstLimit(ref))
    } else if (tailCount[ref]! >= tail.limit || tail.bytes + record.length > MAX_HISTOGRAM_TAIL_BYTES) {
      flushHistograms(ref)
    }
    lastMs[ref] = time
    if (record.length > MAX_HISTOGRAM_TAIL_BYTES) {
      writeEncodedPiece(pool, arena, ref, record, time)
      return TAKEN
    }
    histogramTails.append(tail, record, freeBlock)
    tailAddress[ref] = tail.address
    tailCount[ref]!++
    return TAKEN
  }

  function putTail(ref: SeriesRef, time: number, lo: number, hi: number): void {
    const address = tailAddress[ref]!
    const { doubles, words } = pool.views[slabOf(address)]!
    const at = unitOf(address) + tailCount[ref]!
    doubles[at] = time
    words[(at + TAIL_SAMPLES) * 2] = lo
    words[(at + TAIL_SAMPLES) * 2 + 1] = hi
    tailCount[ref]!++
    lastMs[ref] = time
  }

  /** A `record` is a histogram; otherwise the value is in the words. */
  function appendLate(
    ref: SeriesRef,
    bucket: number,
    time: number,
    lo: number,
    hi: number,
    record: Uint8Array | undefined,
  ): number {
    if (tailCount[ref]! > 0 && tailLimit[ref] === 0) {
      clear(scratch)
      readTail(pool.views, tailAddress[ref]!, tailCount[ref]! | HISTOGRAM_TAIL, time, time, scratch)
      if (scratch.length > 0) return DUPLICATE
    } else if (tailCount[ref]! > 0) {
      const { doubles, words } = pool.views[slabOf(tailAddress[ref]!)]!
      const unit = unitOf(tailAddress[ref]!)
      for (let i = tailCount[ref]! - 1; i >= 0 && doubles[unit + i]! >= time; i--) {
        if (doubles[unit + i] !== time) continue
        const value = (unit + i + TAIL_SAMPLES) * 2
        return record === undefined && words[value] === lo && words[value + 1] === hi ? REPEATED : DUPLICATE
      }
    }
    const arena = arenaOf(bucket)
    if (chainHas(pool.views, arena.chain[ref]!, time)) return DUPLICATE
    let ofBucket = late.get(bucket)
    if (!ofBucket) {
      ofBucket = new Map()
      late.set(bucket, ofBucket)
    }
    let run = ofBucket.get(ref)
    if (!run) {
      run = createLateRun()
      ofBucket.set(ref, run)
    }
    if (!insertLate(run, time, lo, hi, record)) return DUPLICATE
    lateBytes += LATE_SAMPLE_BYTES + (record?.length ?? 0)
    if (run.length >= LATE_RUN_MAX) mergeLate(arena, ref)
    return TAKEN_LATE
  }

  /** Rewrites the chain of a series so that its late samples stand in their place. Old pieces stay for their readers. */
  function mergeLate(arena: Arena, ref: SeriesRef): void {
    const run = late.get(arena.bucket)?.get(ref)
    if (!run) return
    if (tailReaches(ref, arena.bucket)) flushTail(ref)
    clear(scratch)
    if (arena.chain[ref] !== 0) {
      readChain(pool.views, arena.chain[ref]!, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, scratch)
    }
    const middle = scratch.length
    appendLateRun(samplesOf(run), Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, scratch)
    mergeRuns(scratch, 0, middle)
    arena.chain[ref] = 0
    writeSamples(pool, arena, ref, scratch)
    late.get(arena.bucket)!.delete(ref)
    lateBytes -= bytesOf(run)
  }

  function freeArena(arena: Arena): void {
    const slabs = arena.slabs
    tickets.whenUnread(() => {
      for (const slab of slabs) pool.give(slab)
    })
  }

  function dropLate(bucket: number): void {
    for (const run of late.get(bucket)?.values() ?? []) lateBytes -= bytesOf(run)
    late.delete(bucket)
  }

  /** Buckets with samples in `[fromMs, toMs]`, ascending. */
  function bucketsIn(fromMs: number, toMs: number): number[] {
    const wanted: number[] = []
    for (const bucket of buckets.keys()) {
      const startMs = bucketStartMs(bucket)
      if (startMs <= toMs && startMs + BUCKET_MS > fromMs) wanted.push(bucket)
    }
    return wanted.length < 2 ? wanted : wanted.sort((a, b) => a - b)
  }

  /** Fills rows of a snapshot's table; late samples of these series go to `lateOf`. */
  function fillRows(
    wanted: readonly number[],
    refs: Uint32Array,
    rows: { readonly from: number; readonly to: number },
    table: Uint32Array,
    lateOf: LateSamples[],
  ): void {
    const stride = 2 + wanted.length
    const arenas: (Arena | undefined)[] = []
    const runs: ReadonlyMap<SeriesRef, LateRun>[] = []
    for (const bucket of wanted) {
      arenas.push(buckets.get(bucket))
      const run = late.get(bucket)
      if (run !== undefined && run.size > 0) runs.push(run)
    }
    for (let row = rows.from, at = rows.from * stride; row < rows.to; row++, at += stride) {
      const ref = refs[row]!
      if (ref >= capacity) {
        table.fill(0, at, at + stride)
        continue
      }
      table[at] = tailAddress[ref]!
      const count = tailCount[ref]!
      table[at + 1] = count === 0 || tailLimit[ref] !== 0 ? count : count | HISTOGRAM_TAIL
      for (let i = 0; i < arenas.length; i++) table[at + 2 + i] = arenas[i]?.chain[ref] ?? 0
      for (const run of runs) {
        const samples = run.get(ref)
        if (samples) lateOf.push(copyLate(row, samples))
      }
    }
  }

  const head: Head = {
    append(batch, verdicts, oldestMs, newestMs, records) {
      const { refs, ts, values, length } = batch
      if (records !== undefined) return appendMixed(batch, verdicts, { oldestMs, newestMs, records })
      const words = new Uint32Array(values.buffer, values.byteOffset, length * 2)
      let other = 0
      for (let i = 0; i < length; i++) {
        const ref = refs[i]!
        const time = ts[i]!
        if (
          time < newestEnd &&
          time >= newestStart &&
          time <= newestMs &&
          time > lastMs[ref]! && // undefined (a new ref) compares false: the slow way makes room
          tailAddress[ref] !== 0 &&
          tailCount[ref]! < tailLimit[ref]!
        ) {
          const address = tailAddress[ref]!
          const { doubles, words: slabWords } = pool.views[slabOf(address)]!
          const at = unitOf(address) + tailCount[ref]!++
          doubles[at] = time
          slabWords[(at + TAIL_SAMPLES) * 2] = words[i * 2]!
          slabWords[(at + TAIL_SAMPLES) * 2 + 1] = words[i * 2 + 1]!
          lastMs[ref] = time
          verdicts[i] = TAKEN
          continue
        }
        const verdict =
          time >= oldestMs && time <= newestMs ? appendSlow(ref, time, words[i * 2]!, words[i * 2 + 1]!) : OUT_OF_BOUNDS
        verdicts[i] = verdict
        if (verdict !== TAKEN) other++
      }
      return other
    },
    get completeFromMs() {
      return completeFromMs
    },
    get lowestBucket() {
      return lowestBucket
    },
    get newestBucket() {
      return newest.bucket
    },
    get usedBytes() {
      let chains = 0
      for (const arena of buckets.values()) chains += arena.chain.byteLength
      return pool.usedBytes + capacity * SERIES_BYTES + chains + lateBytes + histogramTails.usedBytes
    },
    maxBytes: options.maxBytes,
    chunkCount() {
      let count = 0
      for (const arena of buckets.values()) {
        for (let ref = 0; ref < capacity; ref++) if (arena.chain[ref] !== 0) count++
      }
      for (let ref = 0; ref < capacity; ref++) {
        if (tailCount[ref]! > 0 && (buckets.get(bucketOf(lastMs[ref]!))?.chain[ref] ?? 0) === 0) count++
      }
      return count
    },
    newestMs() {
      let newest = 0
      for (let ref = 0; ref < capacity; ref++) if (lastMs[ref]! > newest) newest = lastMs[ref]!
      return newest
    },
    lastMsOf: (ref) => lastMs[ref] ?? Number.NEGATIVE_INFINITY,
    histogramSeries: (refs) => histogramTails.among(refs),
    firstMsOf: (ref) => firstMs[ref] ?? Number.POSITIVE_INFINITY,
    keepInRange(refs, { from, to, at }, { fromMs, toMs, unseen }) {
      let kept = at
      for (let i = from; i < to; i++) {
        const ref = refs[i]!
        // What has brought nothing is not in the columns, or stands there as it began.
        const last = ref < capacity ? lastMs[ref]! : Number.NEGATIVE_INFINITY
        const first = ref < capacity ? firstMs[ref]! : Number.POSITIVE_INFINITY
        if (first > toMs || (last === Number.NEGATIVE_INFINITY ? !unseen : last < fromMs)) continue
        refs[kept++] = ref
      }
      return kept
    },
    addToSpan(refs, { from, to }, span) {
      for (let i = from; i < to; i++) {
        const ref = refs[i]!
        const last = ref < capacity ? lastMs[ref]! : Number.NEGATIVE_INFINITY
        const first = ref < capacity ? firstMs[ref]! : Number.POSITIVE_INFINITY
        if (first > span.latestFirstMs) span.latestFirstMs = first
        if (last === Number.NEGATIVE_INFINITY) span.unseen = true
        else if (last < span.earliestLastMs) span.earliestLastMs = last
      }
    },
    beganBefore(ref) {
      if (ref >= capacity) grow(ref)
      firstMs[ref] = Number.NEGATIVE_INFINITY
    },

    beginSnapshot(fromMs, toMs) {
      const wanted = bucketsIn(fromMs, toMs)
      const began = completeFromMs
      const lateOf: LateSamples[] = []
      return {
        stride: 2 + wanted.length,
        completeFromMs: began,
        add: (refs, from, to, table) => fillRows(wanted, refs, { from, to }, table, lateOf),
        finish(table) {
          if (completeFromMs !== began || bucketsIn(fromMs, toMs).join() !== wanted.join()) return undefined
          return { buckets: wanted, table, late: joinLate(lateOf) }
        },
      }
    },
    snapshot(refs, fromMs, toMs) {
      const wanted = bucketsIn(fromMs, toMs)
      const table = new Uint32Array(refs.length * (2 + wanted.length))
      const lateOf: LateSamples[] = []
      fillRows(wanted, refs, { from: 0, to: refs.length }, table, lateOf)
      return { buckets: wanted, table, late: lateOf.length === 0 ? lateOf : joinLate(lateOf) }
    },
    openTicket: () => tickets.open(),
    closeTicket: (ticket) => tickets.close(ticket),
    views: pool.views,
    followSlabs: (onChange) => pool.follow(onChange),

    refsEnd: (bucket) => (buckets.has(bucket) || late.has(bucket) ? capacity : 0),
    gather(bucket, ref, out) {
      const arena = buckets.get(bucket)
      if (!arena || ref >= capacity) return false
      if (tailReaches(ref, bucket)) {
        // A series that has nothing newer may never come again: its slot is for others.
        if (lastMs[ref]! < bucketStartMs(bucket) + BUCKET_MS && bucket < newest.bucket) releaseTail(ref)
        else flushTail(ref)
      }
      mergeLate(arena, ref)
      const newestPiece = arena.chain[ref]!
      if (newestPiece === 0) return false
      readChain(pool.views, newestPiece, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, out)
      return true
    },
    beginSettled(bucket) {
      const old = buckets.get(bucket)
      if (!old) throw new Error(`bucket ${bucket} is not in the head`)
      const settled = createArena(bucket, capacity)
      /** Newest piece of each series when it was copied: what is in front of it afterwards came later. */
      let seen = new Uint32Array(capacity)
      return {
        add(ref, samples) {
          if (ref >= settled.chain.length) {
            settled.chain = widen(settled.chain, new Uint32Array(capacity))
            seen = widen(seen, new Uint32Array(capacity))
          }
          settled.chain[ref] = 0
          writeSamples(pool, settled, ref, samples)
          seen[ref] = old.chain[ref]!
        },
        commit() {
          if (buckets.get(bucket) !== old) {
            for (const slab of settled.slabs) pool.give(slab)
            return
          }
          settled.chain = widen(settled.chain, new Uint32Array(capacity))
          seen = widen(seen, new Uint32Array(capacity))
          for (let ref = 0; ref < capacity; ref++) {
            if (old.chain[ref] !== seen[ref]) carryOver(old, settled, ref)
          }
          buckets.set(bucket, settled)
          if (newest === old) newest = settled
          freeArena(old)
        },
        discard() {
          for (const slab of settled.slabs) pool.give(slab)
        },
      }
    },
    evict(bucket) {
      const arena = buckets.get(bucket)
      if (arena === newest) return
      if (arena) {
        for (let ref = 0; ref < capacity; ref++) {
          if (tailReaches(ref, bucket)) flushTail(ref)
        }
        buckets.delete(bucket)
        dropLate(bucket)
        freeArena(arena)
      }
      if (bucket >= lowestBucket && bucket < newest.bucket) {
        lowestBucket = bucket + 1
        completeFromMs = Math.max(completeFromMs, bucketStartMs(lowestBucket))
      }
    },
    evictPieces(bucket) {
      const arena = buckets.get(bucket)
      if (!arena) return
      for (const [ref, run] of late.get(bucket) ?? []) {
        completeFromMs = Math.max(completeFromMs, run.ts[run.length - 1]! + 1)
        lateBytes -= bytesOf(run)
        late.get(bucket)!.delete(ref)
      }
      completeFromMs = Math.max(completeFromMs, arena.newestMs + 1)
      const empty = createArena(bucket, capacity)
      buckets.set(bucket, empty)
      if (newest === arena) newest = empty
      freeArena(arena)
    },

    loadChunks(bucket, ref, bytes) {
      if (ref >= capacity) grow(ref)
      const arena = arenaOf(bucket)
      let samples = 0
      for (let at = 0, size = 0; at < bytes.length; at += size) {
        readChunkHeader(bytes, at, chunkHeader)
        size = chunkHeader.bytes
        samples += chunkHeader.count
        const { firstMs, lastMs: chunkLastMs } = chunkHeader
        if (firstMs > lastMs[ref]! && writeEncodedPiece(pool, arena, ref, bytes.subarray(at, at + size), chunkLastMs)) {
          lastMs[ref] = chunkLastMs
          continue
        }
        // A further part of the same bucket, or a chunk of many samples: decode and merge.
        const run = createSampleBuffer()
        appendChunk(bytes, at, chunkHeader, run)
        head.loadRun(bucket, ref, run)
      }
      return samples
    },
    loadRun(bucket, ref, run) {
      if (run.length === 0) return
      if (ref >= capacity) grow(ref)
      const arena = arenaOf(bucket)
      if (tailCount[ref]! > 0) flushTail(ref)
      if (run.ts[0]! > lastMs[ref]!) {
        writeSamples(pool, arena, ref, run, { most: LOADED_PIECE_SAMPLES })
      } else {
        clear(scratch)
        if (arena.chain[ref] !== 0) {
          readChain(pool.views, arena.chain[ref]!, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, scratch)
        }
        const middle = scratch.length
        appendSamples(scratch, run)
        mergeRuns(scratch, 0, middle)
        arena.chain[ref] = 0
        writeSamples(pool, arena, ref, scratch, { most: LOADED_PIECE_SAMPLES })
      }
      lastMs[ref] = Math.max(lastMs[ref]!, run.ts[run.length - 1]!)
    },
    hasData(ref) {
      if (ref >= capacity) return false
      if (tailCount[ref]! > 0) return true
      for (const arena of buckets.values()) if (arena.chain[ref] !== 0) return true
      for (const runs of late.values()) if (runs.has(ref)) return true
      return false
    },
    forget(refs) {
      for (const ref of refs) {
        if (ref >= capacity) continue
        if (head.hasData(ref)) throw new Error(`series ${ref} still has samples in the head`)
        lastMs[ref] = Number.NEGATIVE_INFINITY
        firstMs[ref] = Number.POSITIVE_INFINITY
        releaseTail(ref)
        tailLimit[ref] = 0
      }
    },
  }

  /** A batch with histograms among its samples. */
  function appendMixed(
    { refs, ts, values, length }: SampleBatch,
    verdicts: Uint8Array,
    {
      oldestMs,
      newestMs,
      records,
    }: { oldestMs: number; newestMs: number; records: readonly (Uint8Array | undefined)[] },
  ): number {
    const words = new Uint32Array(values.buffer, values.byteOffset, length * 2)
    let other = 0
    for (let i = 0; i < length; i++) {
      const ref = refs[i]!
      const time = ts[i]!
      const record = records[i]
      let verdict = OUT_OF_BOUNDS
      if (time >= oldestMs && time <= newestMs) {
        if (record === undefined) verdict = appendSlow(ref, time, words[i * 2]!, words[i * 2 + 1]!)
        else verdict = appendHistogram(ref, time, record)
      }
      verdicts[i] = verdict
      if (verdict !== TAKEN) other++
    }
    return other
  }

  /** Samples came into the bucket after the series was copied: the copy is made again from the old chain, which has all. */
  function carryOver(old: Arena, settled: Arena, ref: SeriesRef): void {
    clear(scratch)
    readChain(pool.views, old.chain[ref]!, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, scratch)
    settled.chain[ref] = 0
    writeSamples(pool, settled, ref, scratch)
  }

  return head
}

function widen<T extends Uint32Array | Uint8Array>(from: T, to: T): T {
  if (from.length === to.length) return from
  to.set(from)
  return to
}

const chunkHeader = createChunkHeader()

/** Time and value of a late sample. */
const LATE_SAMPLE_BYTES = 16

function bytesOf(run: LateRun): number {
  let bytes = run.length * LATE_SAMPLE_BYTES
  for (const record of run.records ?? []) bytes += record?.length ?? 0
  return bytes
}

/** See `tailLimit`. */
function firstLimit(ref: SeriesRef): number {
  return 1 + ((ref * 11) % TAIL_SAMPLES)
}

/** What there is of a run, in place. */
function samplesOf(run: LateRun): Omit<LateSamples, 'row'> {
  return { ts: run.ts.subarray(0, run.length), values: run.values.subarray(0, run.length), records: run.records }
}

function appendSamples(out: SampleBuffer, run: SampleBuffer): void {
  const middle = out.length
  reserve(out, run.length)
  out.ts.set(run.ts.subarray(0, run.length), middle)
  out.words.set(run.words.subarray(0, run.length * 2), middle * 2)
  if (run.histograms !== undefined) {
    out.histograms ??= []
    for (let i = 0; i < run.histograms.length; i++) out.histograms[middle + i] = run.histograms[i]
  }
  out.length += run.length
}

function copyLate(row: number, run: LateRun): LateSamples {
  const values = new Float64Array(run.length)
  new Uint32Array(values.buffer).set(run.words.subarray(0, run.length * 2))
  return { row, ts: run.ts.slice(0, run.length), values, records: run.records?.slice() }
}

/** One entry a row: a row may have late samples in two buckets, which follow one another in time. */
function joinLate(late: readonly LateSamples[]): LateSamples[] {
  const joined: LateSamples[] = []
  for (const next of late) {
    const last = joined[joined.length - 1]
    if (last?.row !== next.row) {
      joined.push(next)
      continue
    }
    const ts = new Float64Array(last.ts.length + next.ts.length)
    ts.set(last.ts)
    ts.set(next.ts, last.ts.length)
    const values = new Float64Array(ts.length)
    const words = new Uint32Array(values.buffer)
    words.set(new Uint32Array(last.values.buffer, last.values.byteOffset, last.values.length * 2))
    words.set(new Uint32Array(next.values.buffer, next.values.byteOffset, next.values.length * 2), last.ts.length * 2)
    const records =
      last.records === undefined && next.records === undefined ? undefined : [...recordsOf(last), ...recordsOf(next)]
    joined[joined.length - 1] = { row: next.row, ts, values, records }
  }
  return joined
}

function recordsOf({ ts, records }: LateSamples): readonly (Uint8Array | undefined)[] {
  return records ?? new Array<undefined>(ts.length).fill(undefined)
}
