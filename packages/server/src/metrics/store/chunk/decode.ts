import { readDeltas } from './deltas.ts'
import {
  createLayout,
  HAS_EXCEPTIONS,
  KIND_FLOAT,
  type Layout,
  MAX_EXPONENT,
  NO_BYTES,
  POWERS_OF_TEN,
  readDouble,
  readLayout,
  readWord,
  TIMES_GRID,
  TIMES_RAW,
  TIMES_REGULAR,
  TIMES_SPARSE,
  VALUES_BITS,
  VALUES_CONSTANT,
  VALUES_DECIMALS,
  VALUES_INTEGERS,
  VALUES_SCALED,
  VALUES_SECOND,
  VALUES_SPARSE,
  VALUES_WHOLE_CONSTANT,
  wordsOf,
} from './layout.ts'
import { type Cursor, readVarint, readZigzag } from './varint.ts'

const layout = createLayout()

/**
 * Appends the samples of the chunk at `bytes[at]` to the columns from index `to` on and returns how many there were.
 * `bytes` may lie in shared memory. The columns must have room for `ChunkHeader.count` more.
 * Throws `Error` (`chunk: ...`) when the bytes are no chunk, or there is no room; the columns from `to` on are undefined then.
 */
export function decodeChunk(bytes: Uint8Array, at: number, ts: Float64Array, values: Float64Array, to: number): number {
  readLayout(bytes, at, layout)
  if (layout.kind !== KIND_FLOAT) throw new Error('chunk: holds no floats')
  const count = layout.count
  if (!(to >= 0 && to + count <= ts.length && to + count <= values.length)) throw new Error('chunk: no room')
  readTimes(layout, ts, to)
  readValues(layout.cursor, layout.modes, count, values, to)
  if (layout.cursor.at !== layout.cursor.end) throw new Error('chunk: length does not fit')
  layout.cursor.bytes = NO_BYTES
  return count
}

/**
 * The times alone of the chunk of either kind at `bytes[at]`, in the columns of `decodeChunk`. What comes behind them is
 * not looked at.
 */
export function decodeTimes(bytes: Uint8Array, at: number, ts: Float64Array, to: number): number {
  readLayout(bytes, at, layout)
  if (!(to >= 0 && to + layout.count <= ts.length)) throw new Error('chunk: no room')
  readTimes(layout, ts, to)
  layout.cursor.bytes = NO_BYTES
  return layout.count
}

export function readTimes(
  { cursor, modes, count, firstMs, lastMs, stepMs }: Layout,
  ts: Float64Array,
  to: number,
): void {
  const mode = modes & 3
  if (mode === TIMES_REGULAR) {
    for (let i = 0; i < count; i++) ts[to + i] = firstMs + i * stepMs
    return
  }
  if (mode === TIMES_RAW) {
    for (let i = 0; i < count; i++) ts[to + i] = readDouble(cursor.bytes, cursor.at + i * 8)
    cursor.at += count * 8
    return
  }
  const sparse = (modes & TIMES_SPARSE) !== 0
  const end = to + count
  ts[to] = firstMs
  if (mode === TIMES_GRID) {
    const step = readZigzag(cursor)
    readDeltas(cursor, count - 1, sparse, ts, to + 1)
    for (let i = to + 1, grid = firstMs + step; i < end; i++, grid += step) ts[i] = grid + ts[i]!
  } else {
    readDeltas(cursor, count - 1, sparse, ts, to + 1)
    for (let i = to + 1, t = firstMs, difference = 0; i < end; i++) {
      difference += ts[i]!
      t += difference
      ts[i] = t
    }
  }
  if (ts[end - 1] !== lastMs) throw new Error('chunk: times do not end where the header says')
}

/** Reads one column of values, its exceptions included. `modes` is the byte of the header or of the column. */
export function readValues(cursor: Cursor, modes: number, count: number, values: Float64Array, to: number): void {
  readStream(cursor, modes, count, values, to)
  if ((modes & HAS_EXCEPTIONS) !== 0) readExceptions(cursor, count, values, to)
}

function readStream(cursor: Cursor, modes: number, count: number, values: Float64Array, to: number): void {
  const mode = (modes >> 2) & 7
  const end = to + count
  if (mode === VALUES_WHOLE_CONSTANT) {
    values.fill(readZigzag(cursor), to, end)
    return
  }
  if (mode === VALUES_CONSTANT) {
    if (cursor.end - cursor.at < 8) throw new Error('chunk: ends too early')
    const low = readWord(cursor.bytes, cursor.at)
    const high = readWord(cursor.bytes, cursor.at + 4)
    cursor.at += 8
    const words = wordsOf(values, to, count)
    for (let i = 0; i < 2 * count; i += 2) {
      words[i] = low
      words[i + 1] = high
    }
    return
  }
  if (mode === VALUES_BITS) {
    readBits(cursor, count, values, to)
    return
  }
  if (mode > VALUES_SECOND) throw new Error(`chunk: unknown values mode ${mode}`)
  let param = 0
  if (mode === VALUES_SCALED || mode === VALUES_DECIMALS) {
    if (cursor.at >= cursor.end) throw new Error('chunk: ends too early')
    param = cursor.bytes[cursor.at++]!
  }
  readDeltas(cursor, count, (modes & VALUES_SPARSE) !== 0, values, to)
  let whole = 0
  if (mode === VALUES_INTEGERS) {
    for (let i = to; i < end; i++) {
      whole += values[i]!
      values[i] = whole
    }
  } else if (mode === VALUES_SECOND) {
    whole = values[to]!
    for (let i = to + 1, difference = 0; i < end; i++) {
      difference += values[i]!
      whole += difference
      values[i] = whole
    }
  } else if (mode === VALUES_SCALED) {
    const scale = 2 ** param
    for (let i = to; i < end; i++) {
      whole += values[i]!
      values[i] = whole * scale
    }
  } else {
    if (param > MAX_EXPONENT) throw new Error(`chunk: exponent ${param} is too large`)
    const power = POWERS_OF_TEN[param]!
    for (let i = to; i < end; i++) {
      whole += values[i]!
      values[i] = whole / power
    }
  }
}

function readBits(cursor: Cursor, count: number, values: Float64Array, to: number): void {
  const bytes = cursor.bytes
  if (cursor.end - cursor.at < 10) throw new Error('chunk: ends too early')
  const shift = bytes[cursor.at]!
  const planes = bytes[cursor.at + 1]!
  if (shift > 63 || planes > 8) throw new Error('chunk: bits do not fit 64')
  const baseLow = readWord(bytes, cursor.at + 2)
  const baseHigh = readWord(bytes, cursor.at + 6)
  let at = cursor.at + 10
  if (cursor.end - at < planes * count) throw new Error('chunk: ends too early')
  const words = wordsOf(values, to, count)
  words.fill(0)
  for (let plane = 0; plane < planes; plane++) {
    const left = (plane & 3) * 8
    for (let i = 0, w = plane >> 2; i < count; i++, w += 2) words[w] = words[w]! | (bytes[at + i]! << left)
    at += count
  }
  cursor.at = at
  let low =
    shift === 0
      ? baseLow
      : (shift < 32 ? (baseLow >>> shift) | (baseHigh << (32 - shift)) : baseHigh >>> (shift - 32)) >>> 0
  let high = shift < 32 ? baseHigh >>> shift : 0
  for (let w = 0; w < 2 * count; w += 2) {
    const zLow = words[w]!
    const zHigh = words[w + 1]!
    const sign = -(zLow & 1)
    const sum = low + ((((zLow >>> 1) | (zHigh << 31)) ^ sign) >>> 0)
    high = (high + ((zHigh >>> 1) ^ sign) + (sum > 0xffffffff ? 1 : 0)) >>> 0
    low = sum >>> 0
    if (shift === 0) {
      words[w] = low
      words[w + 1] = high
    } else if (shift < 32) {
      words[w] = low << shift
      words[w + 1] = (high << shift) | (low >>> (32 - shift))
    } else {
      words[w] = 0
      words[w + 1] = low << (shift - 32)
    }
  }
}

function readExceptions(cursor: Cursor, count: number, values: Float64Array, to: number): void {
  const words = wordsOf(values, to, count)
  const exceptions = readVarint(cursor)
  if (exceptions > count) throw new Error('chunk: more exceptions than samples')
  for (let k = 0, i = 0; k < exceptions; k++) {
    i += readVarint(cursor)
    if (i >= count || cursor.end - cursor.at < 8) throw new Error('chunk: exception is out of place')
    words[2 * i] = readWord(cursor.bytes, cursor.at)
    words[2 * i + 1] = readWord(cursor.bytes, cursor.at + 4)
    cursor.at += 8
  }
}
