import { encodeChunk, encodeHistograms, maxChunkBytes } from '../chunk/index.ts'
import { PIECE_HEADER_BYTES } from './layout.ts'
import { runEnd, type SampleBuffer } from './sample-buffer.ts'
import { addressOf, SLAB_UNITS, type SlabPool } from './slab-pool.ts'

/** Samples of one piece at most, so that a piece always fits into a slab. */
export const MAX_PIECE_SAMPLES = 8192

/**
 * Samples of one piece of what is read back at the start. A query wants the last minutes above all, and decodes the whole of
 * each piece that it touches.
 */
export const LOADED_PIECE_SAMPLES = 64

/**
 * The pieces of one bucket: written one behind the other into slabs of the bucket's own, so that dropping a bucket is
 * giving back its slabs. `chain[ref]` is the address of the newest piece of a series, 0 for none.
 */
export type Arena = {
  readonly bucket: number
  chain: Uint32Array
  /** Slabs this arena owns. */
  slabs: number[]
  /** Next free unit in the last slab. */
  nextUnit: number
  /** Newest time in any piece; -Infinity while there is none. */
  newestMs: number
}

export function createArena(bucket: number, capacity: number): Arena {
  return {
    bucket,
    chain: new Uint32Array(capacity),
    slabs: [],
    nextUnit: SLAB_UNITS,
    newestMs: Number.NEGATIVE_INFINITY,
  }
}

/**
 * Writes `ts[from..to)` as one or more pieces of at most `most` samples in front of the series' chain. `values` is indexed
 * like `ts`.
 */
export function writePieces(
  pool: SlabPool,
  arena: Arena,
  ref: number,
  ts: Float64Array,
  values: Float64Array,
  from: number,
  to: number,
  most = MAX_PIECE_SAMPLES,
): void {
  for (let at = from; at < to; at += most) {
    const end = Math.min(to, at + most)
    const unit = claim(pool, arena, PIECE_HEADER_BYTES + maxChunkBytes(end - at))
    const slab = arena.slabs[arena.slabs.length - 1]!
    const { bytes, words } = pool.views[slab]!
    const size = encodeChunk(ts, values, at, end, bytes, unit * 8 + PIECE_HEADER_BYTES)
    words[unit * 2] = arena.chain[ref]!
    words[unit * 2 + 1] = size
    arena.chain[ref] = addressOf(slab, unit)
    arena.nextUnit = unit + Math.ceil((PIECE_HEADER_BYTES + size) / 8)
    if (ts[end - 1]! > arena.newestMs) arena.newestMs = ts[end - 1]!
  }
}

/** The same for the samples `[from, to)` of a buffer, numbers and histograms; a piece of numbers has at most `most`. */
export function writeSamples(
  pool: SlabPool,
  arena: Arena,
  ref: number,
  samples: SampleBuffer,
  { from = 0, to = samples.length, most = MAX_PIECE_SAMPLES } = {},
): void {
  const { ts, values, histograms } = samples
  for (let at = from; at < to; ) {
    const end = Math.min(to, runEnd(samples, at))
    if (histograms?.[at] === undefined) writePieces(pool, arena, ref, ts, values, at, end, most)
    else writeHistogramPieces(pool, arena, ref, { ts, histograms, from: at, to: end })
    at = end
  }
}

function writeHistogramPieces(
  pool: SlabPool,
  arena: Arena,
  ref: number,
  run: Required<Pick<SampleBuffer, 'ts' | 'histograms'>> & { readonly from: number; readonly to: number },
): void {
  let most = MAX_PIECE_SAMPLES
  for (let at = run.from; at < run.to; ) {
    const chunk = encodeHistograms(run.ts, run.histograms!, at, Math.min(run.to, at + most))
    if (writeEncodedPiece(pool, arena, ref, chunk.bytes, run.ts[chunk.end - 1]!)) at = chunk.end
    // Longer than a slab; a single histogram never is.
    else most = Math.max(1, (chunk.end - at) >> 1)
  }
}

/** Puts a chunk that is already encoded in front of the series' chain; false when it is too large for a slab. */
export function writeEncodedPiece(
  pool: SlabPool,
  arena: Arena,
  ref: number,
  chunk: Uint8Array,
  newestMs: number,
): boolean {
  if (PIECE_HEADER_BYTES + chunk.length > SLAB_UNITS * 8 - 8) return false
  const unit = claim(pool, arena, PIECE_HEADER_BYTES + chunk.length)
  const slab = arena.slabs[arena.slabs.length - 1]!
  const { bytes, words } = pool.views[slab]!
  bytes.set(chunk, unit * 8 + PIECE_HEADER_BYTES)
  words[unit * 2] = arena.chain[ref]!
  words[unit * 2 + 1] = chunk.length
  arena.chain[ref] = addressOf(slab, unit)
  arena.nextUnit = unit + Math.ceil((PIECE_HEADER_BYTES + chunk.length) / 8)
  if (newestMs > arena.newestMs) arena.newestMs = newestMs
  return true
}

/** First unit of a place with `size` bytes of room, in the last slab of the arena. */
function claim(pool: SlabPool, arena: Arena, size: number): number {
  const units = Math.ceil(size / 8)
  if (arena.nextUnit + units > SLAB_UNITS) {
    arena.slabs.push(pool.take())
    arena.nextUnit = 1 // unit 0 of slab 0 would be address 0, which means "nothing"
  }
  return arena.nextUnit
}
