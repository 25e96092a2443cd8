// The wire, block after block, nothing between them (Source: ClickHouse docs, "Formats / Native"):
//
//   varuint columns | varuint rows | column ...
//   column: string name | string type | prefix | data        (a string is varuint length, then bytes)
//   data:   fixed width   rows * width bytes, little endian
//           String        rows * (varuint length, bytes)
//           Nullable(X)   rows bytes (1 = NULL), then X
//           Array(X)      rows * u64 end offsets, then X of the last offset's rows; Map(K, V) the same with K, then V
//           LowCardinality(X)  prefix u64 version (1);
//                         data: u64 flags (low byte: index width 1, 2, 4, 8), u64 keys, X of keys, u64 rows, indexes
//
// Bytes arrive in pieces cut anywhere, so the decoder is a generator that yields when it runs dry: a column is filled
// as its bytes come, never parsed twice.

import { BinnacleError } from '../../config/index.ts'
import type { Block, Column, ColumnData, StringColumn } from '../block.ts'
import { FIXED_WIDTH, type FixedKind, parseTypeName, type WireType } from './type-name.ts'

/** A step that may have to wait for bytes. */
type Step<T> = Generator<undefined, T, undefined>

export type BlockDecoder = {
  /**
   * Takes the next bytes; returns the blocks that are complete now. Views into `piece` may be kept: do not reuse it.
   * Throws `engine.unknown_type` or `engine.bad_block`; the decoder is of no use afterwards.
   */
  push(piece: Uint8Array): Block[]
  /** Throws `engine.bad_block` when the bytes end inside a block. */
  end(): void
}

/** One column of one block larger than this is refused: a broken length must not take all memory. */
const MAX_COLUMN_BYTES = 1 << 30
const MAX_COLUMNS = 10_000

const EMPTY: Uint8Array = new Uint8Array(0)

/** Decodes a stream of `Native` blocks. Blocks without rows are left out. */
export function createBlockDecoder(): BlockDecoder {
  const pieces = new Pieces()
  const decode = blocks(pieces)
  let idle = true
  function advance(): Block[] {
    const out: Block[] = []
    for (;;) {
      const next = decode.next()
      if (next.done) return out
      if (next.value === 'dry') {
        idle = false
        return out
      }
      if (next.value === 'between') {
        idle = true
        return out
      }
      if (next.value.rows > 0) out.push(next.value)
    }
  }
  return {
    push(piece) {
      if (piece.length === 0) return []
      pieces.add(piece)
      return advance()
    },
    end() {
      if (!idle) throw badBlock('the answer ends inside a block')
    },
  }
}

/** All blocks of a whole answer. */
export function decodeBlocks(bytes: Uint8Array): Block[] {
  const decoder = createBlockDecoder()
  const blocks = decoder.push(bytes)
  decoder.end()
  return blocks
}

function badBlock(what: string): BinnacleError {
  return new BinnacleError('engine.bad_block', `broken answer of the engine: ${what}`, { kind: 'unavailable' })
}

/** Unread bytes in arrival order; `head` at `at` is the next one. */
class Pieces {
  head: Uint8Array = EMPTY
  at = 0
  readonly rest: Uint8Array[] = []

  add(piece: Uint8Array): void {
    if (this.at >= this.head.length) {
      this.head = piece
      this.at = 0
    } else this.rest.push(piece)
  }

  /** Makes `head` hold an unread byte, if there is one at all. */
  turn(): boolean {
    if (this.at < this.head.length) return true
    const next = this.rest.shift()
    if (next === undefined) return false
    this.head = next
    this.at = 0
    return true
  }
}

function* blocks(pieces: Pieces): Generator<Block | 'dry' | 'between', void, undefined> {
  for (;;) {
    while (!pieces.turn()) yield 'between'
    const step = block(pieces)
    for (;;) {
      const result = step.next()
      if (result.done) {
        yield result.value
        break
      }
      yield 'dry'
    }
  }
}

function* block(p: Pieces): Step<Block> {
  const count = yield* varuint(p)
  const rows = yield* varuint(p)
  if (count > MAX_COLUMNS || rows > MAX_COLUMN_BYTES) throw badBlock(`${count} columns of ${rows} rows`)
  const columns: Column[] = []
  for (let i = 0; i < count; i++) {
    const name = yield* text(p)
    const type = parseTypeName(yield* text(p))
    if (rows > 0) yield* prefix(p, type)
    columns.push({ name, ...(yield* data(p, type, rows)) })
  }
  return { rows, columns }
}

function* byte(p: Pieces): Step<number> {
  while (!p.turn()) yield
  return p.head[p.at++]!
}

/** LEB128; above 2^53 is broken for every use here. */
function* varuint(p: Pieces): Step<number> {
  let value = 0
  let scale = 1
  for (;;) {
    const b = yield* byte(p)
    value += (b & 0x7f) * scale
    if (b < 0x80) break
    scale *= 128
    if (scale > 2 ** 49) throw badBlock('a length of more than seven bytes')
  }
  return value
}

function* text(p: Pieces): Step<string> {
  const length = yield* varuint(p)
  if (length > 1 << 20) throw badBlock('a name of more than 1 MiB')
  const bytes = yield* take(p, length, 1)
  return Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('utf8')
}

function* u64(p: Pieces): Step<number> {
  const bytes = yield* take(p, 8, 1)
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8)
  return view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true)
}

/** `length` bytes whose start is aligned to `align`: a view of one piece where possible, else a copy. */
function* take(p: Pieces, length: number, align: number): Step<Uint8Array> {
  if (length > MAX_COLUMN_BYTES) throw badBlock(`a column of ${length} bytes`)
  if (length === 0) return EMPTY
  while (!p.turn()) yield
  if (p.head.length - p.at >= length && (p.head.byteOffset + p.at) % align === 0) {
    const view = p.head.subarray(p.at, p.at + length)
    p.at += length
    return view
  }
  // Grows with the bytes that really come: a broken length alone must not allocate.
  let out: Uint8Array = new Uint8Array(new ArrayBuffer(Math.min(length, 1 << 22)))
  let filled = 0
  while (filled < length) {
    while (!p.turn()) yield
    const n = Math.min(length - filled, p.head.length - p.at)
    if (filled + n > out.length) {
      const larger = new Uint8Array(new ArrayBuffer(Math.min(length, Math.max(out.length * 2, filled + n))))
      larger.set(out.subarray(0, filled))
      out = larger
    }
    out.set(p.head.subarray(p.at, p.at + n), filled)
    p.at += n
    filled += n
  }
  return out
}

function* prefix(p: Pieces, type: WireType): Step<undefined> {
  switch (type.kind) {
    case 'LowCardinality':
      if ((yield* u64(p)) !== 1) throw badBlock('a LowCardinality column of an unknown version')
      return
    case 'Array':
    case 'Nullable':
      return yield* prefix(p, type.inner)
    case 'Map':
      yield* prefix(p, type.key)
      return yield* prefix(p, type.value)
  }
}

function* data(p: Pieces, type: WireType, rows: number): Step<ColumnData> {
  switch (type.kind) {
    case 'String':
      return { type: 'String', data: yield* strings(p, rows) }
    case 'FixedString':
      return { type: 'FixedString', width: type.width, data: yield* take(p, rows * type.width, 1) }
    case 'Enum8': {
      const b = yield* take(p, rows, 1)
      return { type: 'Enum8', names: type.names, data: new Int8Array(b.buffer, b.byteOffset, rows) }
    }
    case 'DateTime64': {
      const b = yield* take(p, rows * 8, 4)
      return {
        type: 'DateTime64',
        precision: type.precision,
        data: new Uint32Array(b.buffer, b.byteOffset, rows * 2),
      }
    }
    case 'Nullable': {
      const nulls = yield* take(p, rows, 1)
      return { type: 'Nullable', nulls, inner: yield* data(p, type.inner, rows) }
    }
    case 'Array': {
      const offsets = yield* ends(p, rows)
      return { type: 'Array', offsets, inner: yield* data(p, type.inner, offsets[rows]!) }
    }
    case 'Map': {
      const offsets = yield* ends(p, rows)
      const keys = yield* mapPart(p, type.key, offsets[rows]!)
      const values = yield* mapPart(p, type.value, offsets[rows]!)
      return { type: 'Map(String, String)', data: { offsets, keys, values } }
    }
    case 'LowCardinality':
      return yield* lowCardinality(p, type.inner, rows)
    default:
      return yield* fixed(p, type.kind, rows)
  }
}

function* mapPart(p: Pieces, type: WireType, rows: number): Step<StringColumn> {
  const column = yield* data(p, type, rows)
  if (column.type !== 'String') throw badBlock('a map of something else than strings')
  return column.data
}

function* fixed(p: Pieces, kind: FixedKind, rows: number): Step<ColumnData> {
  const width = FIXED_WIDTH[kind]
  // 64-bit integers are read as 32-bit words, so that four bytes of alignment do.
  const b = yield* take(p, rows * width, kind === 'Float64' ? 8 : Math.min(width, 4))
  const { buffer, byteOffset } = b
  switch (kind) {
    case 'UInt8':
    case 'Bool':
      return { type: kind, data: b }
    case 'UInt16':
    case 'Date':
      return { type: kind, data: new Uint16Array(buffer, byteOffset, rows) }
    case 'UInt32':
    case 'DateTime':
      return { type: kind, data: new Uint32Array(buffer, byteOffset, rows) }
    case 'UInt64':
    case 'Int64':
      return { type: kind, data: new Uint32Array(buffer, byteOffset, rows * 2) }
    case 'Int8':
      return { type: kind, data: new Int8Array(buffer, byteOffset, rows) }
    case 'Int16':
      return { type: kind, data: new Int16Array(buffer, byteOffset, rows) }
    case 'Int32':
      return { type: kind, data: new Int32Array(buffer, byteOffset, rows) }
    case 'Float32':
      return { type: kind, data: new Float32Array(buffer, byteOffset, rows) }
    case 'Float64':
      return { type: kind, data: new Float64Array(buffer, byteOffset, rows) }
  }
}

/** End offsets of arrays: `rows + 1` entries, the first 0. */
function* ends(p: Pieces, rows: number): Step<Uint32Array> {
  const b = yield* take(p, rows * 8, 4)
  const words = new Uint32Array(b.buffer, b.byteOffset, rows * 2)
  const out = new Uint32Array(rows + 1)
  for (let i = 0; i < rows; i++) {
    out[i + 1] = words[2 * i]!
    if (words[2 * i + 1] !== 0 || out[i + 1]! < out[i]!) throw badBlock('array offsets that do not ascend')
  }
  if (out[rows]! > MAX_COLUMN_BYTES) throw badBlock(`${out[rows]} array elements in one block`)
  return out
}

/** The bytes of a string column while it grows. */
class StringBuilder {
  bytes: Uint8Array
  offsets: Uint32Array
  row = 0
  used = 0
  readonly rows: number

  constructor(rows: number) {
    this.rows = rows
    this.bytes = new Uint8Array(new ArrayBuffer(Math.min(1 << 16, rows * 16 + 16)))
    this.offsets = new Uint32Array(Math.min(rows, 1 << 20) + 1)
  }

  reserve(length: number): void {
    if (this.used + length > MAX_COLUMN_BYTES) throw badBlock('a string column of more than 1 GiB')
    if (this.used + length > this.bytes.length) {
      const larger = new Uint8Array(new ArrayBuffer(Math.max(this.bytes.length * 2, this.used + length)))
      larger.set(this.bytes.subarray(0, this.used))
      this.bytes = larger
    }
  }

  close(): void {
    if (this.row + 2 > this.offsets.length) {
      const larger = new Uint32Array(Math.min(this.rows + 1, this.offsets.length * 2))
      larger.set(this.offsets)
      this.offsets = larger
    }
    this.offsets[++this.row] = this.used
  }

  /** Takes all strings that lie whole in `p.head`; stops before the first that does not. */
  takeWhole(p: Pieces): void {
    const from = p.head
    const size = from.length
    while (this.row < this.rows) {
      let at = p.at
      let length = 0
      let shift = 0
      let b = 0x80
      while (b >= 0x80 && at < size && shift < 28) {
        b = from[at++]!
        length |= (b & 0x7f) << shift
        shift += 7
      }
      if (b >= 0x80 || at + length > size) return
      this.reserve(length)
      const { bytes, used } = this
      // Measured: a plain loop beats set(subarray()) below some thirty bytes.
      if (length < 32) for (let i = 0; i < length; i++) bytes[used + i] = from[at + i]!
      else bytes.set(from.subarray(at, at + length), used)
      this.used = used + length
      p.at = at + length
      this.close()
    }
  }
}

function* strings(p: Pieces, rows: number): Step<StringColumn> {
  const out = new StringBuilder(rows)
  for (;;) {
    out.takeWhole(p)
    if (out.row === rows) break
    // A string cut by the end of a piece.
    const length = yield* varuint(p)
    const bytes = yield* take(p, length, 1)
    out.reserve(length)
    out.bytes.set(bytes, out.used)
    out.used += length
    out.close()
  }
  return { bytes: out.bytes.subarray(0, out.used), offsets: out.offsets.subarray(0, rows + 1) }
}

const HAS_ADDITIONAL_KEYS = 1 << 9
const NEEDS_GLOBAL_DICTIONARY = 1 << 8

function* lowCardinality(p: Pieces, inner: WireType, rows: number): Step<ColumnData> {
  if (rows === 0) {
    const none: ColumnData = { type: 'String', data: { bytes: EMPTY, offsets: new Uint32Array(1) } }
    return inner.kind === 'Nullable' ? { type: 'Nullable', nulls: EMPTY, inner: none } : none
  }
  const flags = yield* u64(p)
  if ((flags & NEEDS_GLOBAL_DICTIONARY) !== 0 || (flags & HAS_ADDITIONAL_KEYS) === 0) {
    throw badBlock('a LowCardinality column with a shared dictionary')
  }
  const keys = yield* strings(p, yield* u64(p))
  const count = yield* u64(p)
  if (count !== rows) throw badBlock(`${count} dictionary indexes for ${rows} rows`)
  const width = 1 << (flags & 0xff)
  if (width > 4) throw badBlock('64-bit dictionary indexes')
  const b = yield* take(p, rows * width, width)
  const indexes =
    width === 1
      ? b
      : width === 2
        ? new Uint16Array(b.buffer, b.byteOffset, rows)
        : new Uint32Array(b.buffer, b.byteOffset, rows)
  const spread = spreadStrings(keys, indexes)
  if (inner.kind !== 'Nullable') return { type: 'String', data: spread }
  // Key 0 stands for NULL.
  return {
    type: 'Nullable',
    nulls: Uint8Array.from(indexes, (i) => (i === 0 ? 1 : 0)),
    inner: { type: 'String', data: spread },
  }
}

function spreadStrings(keys: StringColumn, indexes: Uint8Array | Uint16Array | Uint32Array): StringColumn {
  const offsets = new Uint32Array(indexes.length + 1)
  let total = 0
  for (let i = 0; i < indexes.length; i++) {
    const k = indexes[i]!
    if (k + 1 >= keys.offsets.length) throw badBlock('a dictionary index without its key')
    total += keys.offsets[k + 1]! - keys.offsets[k]!
    if (total > MAX_COLUMN_BYTES) throw badBlock('a string column of more than 1 GiB')
    offsets[i + 1] = total
  }
  const bytes = new Uint8Array(total)
  for (let i = 0; i < indexes.length; i++) {
    const k = indexes[i]!
    bytes.set(keys.bytes.subarray(keys.offsets[k]!, keys.offsets[k + 1]!), offsets[i]!)
  }
  return { bytes, offsets }
}
