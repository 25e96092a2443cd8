import { writeDeltas } from './deltas.ts'
import { planTimes, type TimesPlan } from './encode-times.ts'
import { planSecond, planValues, type ValuesPlan } from './encode-values.ts'
import {
  HAS_EXCEPTIONS,
  KIND_FLOAT,
  MAX_CHUNK_SAMPLES,
  maxChunkBytes,
  TIMES_GRID,
  TIMES_RAW,
  TIMES_REGULAR,
  TIMES_SPARSE,
  VALUES_BITS,
  VALUES_CONSTANT,
  VALUES_DECIMALS,
  VALUES_INTEGERS,
  VALUES_SCALED,
  VALUES_SPARSE,
  VALUES_WHOLE_CONSTANT,
  VERSION,
  wordsOf,
  writeDouble,
  writeWord,
} from './layout.ts'
import { writeVarint, writeZigzag } from './varint.ts'

// The plans and their scratch columns grow to the largest chunk seen and stay: encoding allocates nothing per chunk.
const times: TimesPlan = { mode: 0, step: 0, sparse: false, deltas: new Float64Array(0), other: new Float64Array(0) }
const values: ValuesPlan = {
  mode: 0,
  param: 0,
  sparse: false,
  deltas: new Float64Array(0),
  exceptions: new Uint32Array(0),
  exceptionCount: 0,
  planes: 0,
  base: 0,
  low: new Uint32Array(0),
  high: new Uint32Array(0),
}
let capacity = 0

function reserve(n: number): void {
  if (n <= capacity) return
  capacity = Math.max(n, capacity * 2, 512)
  times.deltas = new Float64Array(capacity)
  times.other = new Float64Array(capacity)
  values.deltas = new Float64Array(capacity)
  values.exceptions = new Uint32Array(capacity)
  values.low = new Uint32Array(capacity)
  values.high = new Uint32Array(capacity)
}

/**
 * Writes the samples `[from, to)` as one chunk at `out[at]` and returns its size in bytes, at most
 * `maxChunkBytes(to - from)`. Times are meant to be whole ms in ascending order; any others survive too, only less
 * compactly (a time of -0 becomes 0). Values survive to the last bit.
 * Throws `Error` (`chunk: ...`) for no samples, more than `MAX_CHUNK_SAMPLES`, or when `out` has no room; then the bytes
 * from `at` on are undefined.
 */
export function encodeChunk(
  ts: Float64Array,
  vs: Float64Array,
  from: number,
  to: number,
  out: Uint8Array,
  at: number,
): number {
  const n = to - from
  if (!(n >= 1 && n <= MAX_CHUNK_SAMPLES)) throw new Error(`chunk: cannot hold ${n} samples`)
  if (from < 0 || to > ts.length || to > vs.length) throw new Error('chunk: samples are not in their columns')
  const lengthBytes = lengthBytesFor(maxChunkBytes(n))
  const p = writeSamples(KIND_FLOAT, lengthBytes, ts, vs, from, n, out, at)
  if (p > out.length) throw new Error('chunk: no room')
  return writeLength(lengthBytes, out, at, p)
}

/** Bytes that the length of a chunk of at most `bound` bytes takes. */
export function lengthBytesFor(bound: number): number {
  return bound < 1 << 7 ? 1 : bound < 1 << 14 ? 2 : 4
}

/** Header, times and values of a chunk of either kind, all but its length; returns the place after them. */
export function writeSamples(
  kind: number,
  lengthBytes: number,
  ts: Float64Array,
  vs: Float64Array,
  from: number,
  n: number,
  out: Uint8Array,
  at: number,
): number {
  reserve(n)
  planTimes(ts, from, n, times)
  planValues(vs, from, n, values)
  out[at] = VERSION
  out[at + 1] = kind
  out[at + 2] = times.mode | (times.sparse ? TIMES_SPARSE : 0) | valuesModes()
  const p = writeTimes(ts, from, n, out, writeVarint(out, at + 3 + lengthBytes, n))
  return writeValues(vs, from, n, out, p)
}

/** Puts the length of a chunk that begins at `out[at]` and ends at `end` into its place; returns the chunk's size. */
export function writeLength(lengthBytes: number, out: Uint8Array, at: number, end: number): number {
  let length = end - at - 3 - lengthBytes
  for (let i = 0; i < lengthBytes; i++) {
    out[at + 3 + i] = i < lengthBytes - 1 ? (length & 127) | 128 : length
    length >>>= 7
  }
  return end - at
}

/** One more column of values, with a byte of modes before it; takes at most `maxChunkBytes(n)`. */
export function writeColumn(vs: Float64Array, n: number, out: Uint8Array, at: number): number {
  reserve(n)
  planValues(vs, 0, n, values)
  if (values.mode === VALUES_INTEGERS && n > 2) planSecond(values, n)
  out[at] = valuesModes()
  return writeValues(vs, 0, n, out, at + 1)
}

function valuesModes(): number {
  return (values.mode << 2) | (values.sparse ? VALUES_SPARSE : 0) | (values.exceptionCount > 0 ? HAS_EXCEPTIONS : 0)
}

function writeTimes(ts: Float64Array, from: number, n: number, out: Uint8Array, at: number): number {
  if (times.mode === TIMES_RAW) {
    for (let i = 0; i < n; i++) at = writeDouble(out, at, ts[from + i]!)
    return at
  }
  at = writeZigzag(out, at, ts[from]!)
  if (times.mode === TIMES_REGULAR) return writeZigzag(out, at, times.step)
  at = writeZigzag(out, at, ts[from + n - 1]! - ts[from]!)
  if (times.mode === TIMES_GRID) at = writeZigzag(out, at, times.step)
  return writeDeltas(times.deltas, n - 1, times.sparse, out, at)
}

function writeValues(vs: Float64Array, from: number, n: number, out: Uint8Array, at: number): number {
  const end = writeStream(vs, from, n, out, at)
  return values.exceptionCount > 0 ? writeExceptions(vs, from, n, out, end) : end
}

function writeStream(vs: Float64Array, from: number, n: number, out: Uint8Array, at: number): number {
  switch (values.mode) {
    case VALUES_WHOLE_CONSTANT:
      return writeZigzag(out, at, vs[from]!)
    case VALUES_CONSTANT: {
      const words = wordsOf(vs, from, 1)
      return writeWord(out, writeWord(out, at, words[0]!), words[1]!)
    }
    case VALUES_BITS: {
      const words = wordsOf(vs, from + values.base, 1)
      out[at++] = values.param
      out[at++] = values.planes
      at = writeWord(out, writeWord(out, at, words[0]!), words[1]!)
      for (let plane = 0; plane < values.planes; plane++) {
        const column = plane < 4 ? values.low : values.high
        const shift = (plane & 3) * 8
        for (let i = 0; i < n; i++) out[at + i] = column[i]! >>> shift
        at += n
      }
      return at
    }
    case VALUES_SCALED:
    case VALUES_DECIMALS:
      out[at++] = values.param
  }
  return writeDeltas(values.deltas, n, values.sparse, out, at)
}

function writeExceptions(vs: Float64Array, from: number, n: number, out: Uint8Array, at: number): number {
  const words = wordsOf(vs, from, n)
  at = writeVarint(out, at, values.exceptionCount)
  let before = 0
  for (let k = 0; k < values.exceptionCount; k++) {
    const i = values.exceptions[k]!
    at = writeVarint(out, at, i - before)
    before = i
    at = writeWord(out, writeWord(out, at, words[2 * i]!), words[2 * i + 1]!)
  }
  return at
}
