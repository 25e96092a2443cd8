/*
 * A chunk, version 1. All numbers are little-endian; `varint` and `zigzag` are in varint.ts. Kind 0 holds floats; kind 1
 * holds native histograms: its values are their sums, and what follows them is drawn in histogram-layout.ts.
 *
 *   +---------+------+-------+--------+-------+-- header ends ---+-------+--------+------------+
 *   | version | kind | modes | length | count | first   step or  | times | values | exceptions |
 *   | 1 byte  | 1    | 1     | varint | varint| zigzag  span     |       |        |            |
 *   +---------+------+-------+--------+-------+------------------+-------+--------+------------+
 *                                     '---------------- `length` bytes ------------------------'
 *
 *   length      may be padded with continuation bytes (0x80 .. 0x00), so that it can be filled in afterwards.
 *   modes       bits 0-1 times mode, bits 2-4 values mode, bit 5 times sparse, bit 6 values sparse, bit 7 exceptions.
 *
 *   times mode  0 regular   first, step (both zigzag): ts[i] = first + i * step. No stream.
 *               1 second    first, span = last - first (zigzag); deltas: the second differences of ts[1 ..]; the first
 *                           of them counts from a difference of 0. For clocks that drift, gaps, changes of interval.
 *               2 grid      first, span; step (zigzag) heads the stream; deltas: ts[i] - (first + i * step) for i >= 1.
 *                           For jitter about a grid: half as many bits as second differences.
 *               3 raw       no first, no span: count doubles. For whatever is not a whole number of ms within 2^50.
 *
 *   values mode 0 whole constant   zigzag
 *               1 constant         8 bytes
 *               2 integers         deltas, the first from 0
 *               3 scaled integers  byte s; deltas of value / 2^s        (memory in pages, sectors)
 *               4 decimals         byte e; deltas of round(value * 10^e), where round(value * 10^e) / 10^e is the value
 *               5 bits             byte shift, byte planes, 8 bytes base; then `planes` columns of count bytes: byte 0, byte 1 ...
 *                                  of zigzag64(b[i] - b[i - 1]) where b are the doubles' 64 bits >> shift, b[-1] the base.
 *                                  Columns, because the upper bytes are alike, which ZSTD then sees.
 *               6 second           second differences of integers, as in times mode 1 but the first value counts from 0.
 *                                  Only in the columns of kind 1: what a busy bucket gains at every scrape is alike.
 *
 *   deltas      dense: a zigzag each.  sparse: (gap varint, zigzag) pairs, gap = how many zeros come before; a last gap
 *               reaches to the end of the stream. Sparse is shorter for what seldom moves.
 *   exceptions  varint how many; each: varint places since the one before (the first: its index), 8 bytes of the value.
 *               In the stream an exception repeats the value before it. They carry staleness markers, infinities, -0.
 *
 * Byte-aligned on purpose: JavaScript reads it several times faster than bit streams, and ZSTD finds the rest.
 */
import { type Cursor, readVarint, readZigzag } from './varint.ts'

export const VERSION = 1
export const KIND_FLOAT = 0
export const KIND_HISTOGRAM = 1

export const TIMES_REGULAR = 0
export const TIMES_SECOND = 1
export const TIMES_GRID = 2
export const TIMES_RAW = 3

export const VALUES_WHOLE_CONSTANT = 0
export const VALUES_CONSTANT = 1
export const VALUES_INTEGERS = 2
export const VALUES_SCALED = 3
export const VALUES_DECIMALS = 4
export const VALUES_BITS = 5
export const VALUES_SECOND = 6

export const TIMES_SPARSE = 1 << 5
export const VALUES_SPARSE = 1 << 6
export const HAS_EXCEPTIONS = 1 << 7

/** Most samples of one chunk; a header that claims more is refused. */
export const MAX_CHUNK_SAMPLES = 1 << 20

/** Largest exponent of the decimals mode. */
export const MAX_EXPONENT = 12
export const POWERS_OF_TEN: readonly number[] = Array.from({ length: MAX_EXPONENT + 1 }, (_, e) => Number(`1e${e}`))

/** Upper bound of the size in bytes of a chunk of `n` samples, whatever they are. */
export function maxChunkBytes(n: number): number {
  return 18 * n + 64
}

export function createChunkHeader(): ChunkHeader {
  return { kind: 0, bytes: 0, count: 0, firstMs: 0, lastMs: 0 }
}

export type ChunkHeader = {
  /** `KIND_FLOAT` or `KIND_HISTOGRAM`. */
  kind: number
  /** Size of the whole chunk in bytes, header included: the next one begins there. */
  bytes: number
  count: number
  /** Time of the first and the last sample in the chunk's order, Unix ms. */
  firstMs: number
  lastMs: number
}

/** What `readLayout` finds; `cursor` stands at the time stream and ends with the chunk. */
export type Layout = {
  readonly cursor: Cursor
  kind: number
  modes: number
  bytes: number
  count: number
  firstMs: number
  lastMs: number
  /** Regular mode only. */
  stepMs: number
}

export function createLayout(): Layout {
  const cursor = { bytes: new Uint8Array(0), at: 0, end: 0 }
  return { cursor, kind: 0, modes: 0, bytes: 0, count: 0, firstMs: 0, lastMs: 0, stepMs: 0 }
}

export function readLayout(bytes: Uint8Array, at: number, layout: Layout): void {
  const cursor = layout.cursor
  cursor.bytes = bytes
  cursor.at = at + 3
  cursor.end = bytes.length
  if (!(at >= 0 && cursor.at < cursor.end)) throw new Error('chunk: ends too early')
  if (bytes[at] !== VERSION) throw new Error(`chunk: unknown version ${bytes[at]}`)
  const kind = bytes[at + 1]!
  if (kind > KIND_HISTOGRAM) throw new Error(`chunk: unknown kind ${kind}`)
  const modes = bytes[at + 2]!
  const length = readVarint(cursor)
  if (length > cursor.end - cursor.at) throw new Error('chunk: ends too early')
  cursor.end = cursor.at + length
  const count = readVarint(cursor)
  if (count < 1 || count > MAX_CHUNK_SAMPLES) throw new Error(`chunk: unlikely number of samples ${count}`)
  layout.kind = kind
  layout.modes = modes
  layout.bytes = cursor.end - at
  layout.count = count
  const mode = modes & 3
  if (mode === TIMES_RAW) {
    if (cursor.end - cursor.at < count * 8) throw new Error('chunk: ends too early')
    layout.firstMs = readDouble(bytes, cursor.at)
    layout.lastMs = readDouble(bytes, cursor.at + (count - 1) * 8)
    layout.stepMs = 0
    return
  }
  const firstMs = readZigzag(cursor)
  const second = readZigzag(cursor)
  layout.firstMs = firstMs
  layout.lastMs = mode === TIMES_REGULAR ? firstMs + (count - 1) * second : firstMs + second
  layout.stepMs = mode === TIMES_REGULAR ? second : 0
}

const scratchLayout = createLayout()

/**
 * Fills `header` with what the chunk that begins at `bytes[at]` says of itself; decodes no sample (about 45 ns).
 * Throws `Error` (`chunk: ...`) where the bytes are no chunk or it is longer than `bytes`.
 */
export function readChunkHeader(bytes: Uint8Array, at: number, header: ChunkHeader): void {
  readLayout(bytes, at, scratchLayout)
  header.kind = scratchLayout.kind
  header.bytes = scratchLayout.bytes
  header.count = scratchLayout.count
  header.firstMs = scratchLayout.firstMs
  header.lastMs = scratchLayout.lastMs
  scratchLayout.cursor.bytes = NO_BYTES
}

/** Put in place of a caller's bytes afterwards, so that no scratch object keeps them alive. */
export const NO_BYTES = new Uint8Array(0)

const scratchDouble = new Float64Array(1)
const scratchBytes = new Uint8Array(scratchDouble.buffer)

/** For times only: values go through words, so that the bits of a NaN never pass a floating-point register. */
export function readDouble(bytes: Uint8Array, at: number): number {
  for (let i = 0; i < 8; i++) scratchBytes[i] = bytes[at + i]!
  return scratchDouble[0]!
}

export function writeDouble(out: Uint8Array, at: number, value: number): number {
  scratchDouble[0] = value
  for (let i = 0; i < 8; i++) out[at + i] = scratchBytes[i]!
  return at + 8
}

/** The words (low, high of each) of `count` doubles, over the same memory. */
export function wordsOf(values: Float64Array, from: number, count: number): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset + from * 8, count * 2)
}

export function readWord(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}

export function writeWord(out: Uint8Array, at: number, word: number): number {
  out[at] = word
  out[at + 1] = word >>> 8
  out[at + 2] = word >>> 16
  out[at + 3] = word >>> 24
  return at + 4
}
