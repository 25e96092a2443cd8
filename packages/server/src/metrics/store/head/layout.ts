import { createChunkHeader, decodeTimes, readChunkHeader } from '../chunk/index.ts'
import { appendChunk, reserve, type SampleBuffer, trim } from './sample-buffer.ts'
import { SLAB_UNITS, type SlabViews, slabOf, unitOf } from './slab-pool.ts'

/*
 * How one series lies in the head's slabs. One thread writes (the watch), any thread reads.
 *
 *   tail slot (the newest samples, raw), TAIL_UNITS units:
 *     ┌ ts[0..TAIL) float64 ┬ values[0..TAIL) float64 ┐
 *     Written once, front to back; a reader knows from its snapshot how many are there.
 *
 *   tail block of a series whose newest samples are native histograms (histogram-tails.ts):
 *     ┌ chunk of one sample ┬ chunk of one sample ┬ ...
 *     A series has a slot or a block, never samples in both.
 *
 *   piece (older samples of one bucket, compressed), chained from new to old:
 *     ┌ previous piece, address, uint32 ┬ bytes of the chunk, uint32 ┬ chunk (store/chunk/) ┬ padding to 8 ┐
 *     Pieces of one chain do not overlap in time, and are never changed once written.
 */

export const TAIL_SAMPLES = 32
export const TAIL_UNITS = TAIL_SAMPLES * 2
export const TAILS_PER_SLAB = SLAB_UNITS / TAIL_UNITS
export const PIECE_HEADER_BYTES = 8
/** Added to the tail count of a series whose tail holds histograms. */
export const HISTOGRAM_TAIL = 0x100

/**
 * What a reader needs to know of some series at one moment. Row `i` of `table` is `[tail address, tail count, newest
 * piece of each bucket ...]`. Plain data: it can be posted to a worker that follows the same slabs.
 */
export type HeadSnapshot = {
  /** Ascending; one column of piece addresses each. */
  readonly buckets: readonly number[]
  readonly table: Uint32Array
  /** Samples that came late and are not yet in a piece, ascending, for the rows that have such. */
  readonly late: readonly LateSamples[]
}

export type LateSamples = {
  readonly row: number
  readonly ts: Float64Array
  readonly values: Float64Array
  /** Native histograms, each a chunk of one sample, by the same places; absent while there is none. */
  readonly records: readonly (Uint8Array | undefined)[] | undefined
}

export function strideOf(snapshot: { readonly buckets: readonly number[] }): number {
  return 2 + snapshot.buckets.length
}

const header = createChunkHeader()
const pending: number[] = []

/** Appends the samples of one chain within `[fromMs, toMs]`, ascending. */
export function readChain(
  views: readonly (SlabViews | undefined)[],
  newest: number,
  fromMs: number,
  toMs: number,
  out: SampleBuffer,
): void {
  pending.length = 0
  for (let address = newest; address !== 0; ) {
    const slab = views[slabOf(address)]!
    const unit = unitOf(address)
    readChunkHeader(slab.bytes, unit * 8 + PIECE_HEADER_BYTES, header)
    if (header.lastMs < fromMs) break
    if (header.firstMs <= toMs) pending.push(address)
    address = slab.words[unit * 2]!
  }
  for (let i = pending.length - 1; i >= 0; i--) {
    const address = pending[i]!
    const slab = views[slabOf(address)]!
    const at = unitOf(address) * 8 + PIECE_HEADER_BYTES
    readChunkHeader(slab.bytes, at, header)
    const { firstMs, lastMs } = header
    const start = out.length
    appendChunk(slab.bytes, at, header, out)
    if (firstMs < fromMs || lastMs > toMs) trim(out, start, fromMs, toMs)
  }
}

let times = new Float64Array(1024)

/** Whether one chain has a sample of this very time. */
export function chainHas(views: readonly (SlabViews | undefined)[], newest: number, time: number): boolean {
  for (let address = newest; address !== 0; ) {
    const slab = views[slabOf(address)]!
    const unit = unitOf(address)
    const at = unit * 8 + PIECE_HEADER_BYTES
    readChunkHeader(slab.bytes, at, header)
    if (header.lastMs < time) return false
    if (header.firstMs <= time) {
      if (header.count > times.length) times = new Float64Array(header.count * 2)
      const count = decodeTimes(slab.bytes, at, times, 0)
      return times.subarray(0, count).includes(time)
    }
    address = slab.words[unit * 2]!
  }
  return false
}

/** Appends the first `count` samples of a tail that lie within `[fromMs, toMs]`. */
export function readTail(
  views: readonly (SlabViews | undefined)[],
  address: number,
  count: number,
  fromMs: number,
  toMs: number,
  out: SampleBuffer,
): void {
  if (count === 0) return
  const slab = views[slabOf(address)]!
  const unit = unitOf(address)
  if (count >= HISTOGRAM_TAIL) {
    readHistogramTail(slab.bytes, unit * 8, count - HISTOGRAM_TAIL, fromMs, toMs, out)
    return
  }
  const { doubles, words } = slab
  let first = 0
  while (first < count && doubles[unit + first]! < fromMs) first++
  let end = count
  while (end > first && doubles[unit + end - 1]! > toMs) end--
  reserve(out, end - first)
  let at = out.length
  const valueWord = (unit + TAIL_SAMPLES) * 2
  for (let i = first; i < end; i++, at++) {
    out.ts[at] = doubles[unit + i]!
    out.words[at * 2] = words[valueWord + i * 2]!
    out.words[at * 2 + 1] = words[valueWord + i * 2 + 1]!
  }
  out.length = at
}

function readHistogramTail(
  bytes: Uint8Array,
  at: number,
  count: number,
  fromMs: number,
  toMs: number,
  out: SampleBuffer,
): void {
  for (let i = 0, next = at; i < count; i++, next += header.bytes) {
    readChunkHeader(bytes, next, header)
    if (header.firstMs >= fromMs && header.firstMs <= toMs) appendChunk(bytes, next, header, out)
  }
}
