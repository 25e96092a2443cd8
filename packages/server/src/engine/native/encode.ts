import type { Block, ColumnData, StringColumn } from '../block.ts'

/**
 * One block as `Native` bytes, for `INSERT … FORMAT Native`. Copies: the columns may be reused at once.
 * Throws a plain `Error` when a column's length does not fit `block.rows` (a bug of the caller).
 */
export function encodeBlock(block: Block): Buffer {
  const out = new Writer()
  out.varuint(block.columns.length)
  out.varuint(block.rows)
  for (const column of block.columns) {
    out.text(column.name)
    out.text(typeNameOf(column))
    writeColumn(out, column, block.rows, column.name)
  }
  return out.bytes.subarray(0, out.used)
}

/** The engine's name of a column's type. */
export function typeNameOf(column: ColumnData): string {
  switch (column.type) {
    case 'DateTime64':
      return `DateTime64(${column.precision})`
    case 'FixedString':
      return `FixedString(${column.width})`
    case 'Enum8':
      return `Enum8(${Array.from(column.names, ([n, name]) => `'${name.replace(/[\\']/g, '\\$&')}' = ${n}`).join(', ')})`
    case 'Nullable':
      return `Nullable(${typeNameOf(column.inner)})`
    case 'Array':
      return `Array(${typeNameOf(column.inner)})`
    default:
      return column.type
  }
}

class Writer {
  bytes = Buffer.allocUnsafe(4096)
  used = 0

  /** Makes room for `length` bytes and returns where they begin. */
  grow(length: number): number {
    const at = this.used
    if (at + length > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, at + length))
      this.bytes.copy(larger, 0, 0, at)
      this.bytes = larger
    }
    this.used = at + length
    return at
  }

  varuint(value: number): void {
    let at = this.grow(varuintLength(value))
    let rest = value
    while (rest >= 0x80) {
      this.bytes[at++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    this.bytes[at] = rest
  }

  text(value: string): void {
    const length = Buffer.byteLength(value)
    this.varuint(length)
    // First of all the room: making it may put another buffer in the place of `bytes`.
    const at = this.grow(length)
    this.bytes.write(value, at, 'utf8')
  }

  raw(view: ArrayBufferView): void {
    const at = this.grow(view.byteLength)
    this.bytes.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), at)
  }

  strings(column: StringColumn, rows: number): void {
    const { bytes, offsets } = column
    let size = offsets[rows]! - offsets[0]!
    for (let i = 0; i < rows; i++) size += varuintLength(offsets[i + 1]! - offsets[i]!)
    let at = this.grow(size)
    const out = this.bytes
    for (let i = 0; i < rows; i++) {
      const from = offsets[i]!
      const to = offsets[i + 1]!
      let length = to - from
      while (length >= 0x80) {
        out[at++] = (length & 0x7f) | 0x80
        length >>>= 7
      }
      out[at++] = length
      if (to - from < 32) for (let k = from; k < to; k++) out[at++] = bytes[k]!
      else {
        out.set(bytes.subarray(from, to), at)
        at += to - from
      }
    }
  }

  /** End offsets of arrays, counted from 0 as the wire wants it, as 64-bit words. */
  ends(offsets: Uint32Array, rows: number): void {
    let at = this.grow(rows * 8)
    for (let i = 0; i < rows; i++) {
      this.bytes.writeUInt32LE(offsets[i + 1]! - offsets[0]!, at)
      this.bytes.writeUInt32LE(0, at + 4)
      at += 8
    }
  }
}

function varuintLength(value: number): number {
  let length = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) length++
  return length
}

function writeColumn(out: Writer, column: ColumnData, rows: number, name: string): void {
  const check = (got: number, want: number) => {
    if (got !== want) throw new Error(`column ${name}: ${got} entries where ${want} belong`)
  }
  switch (column.type) {
    case 'String':
      check(column.data.offsets.length, rows + 1)
      out.strings(column.data, rows)
      return
    case 'Map(String, String)': {
      const { offsets, keys, values } = column.data
      check(offsets.length, rows + 1)
      out.ends(offsets, rows)
      out.strings(sliceStrings(keys, offsets[0]!, offsets[rows]!), offsets[rows]! - offsets[0]!)
      out.strings(sliceStrings(values, offsets[0]!, offsets[rows]!), offsets[rows]! - offsets[0]!)
      return
    }
    case 'Nullable':
      check(column.nulls.length, rows)
      out.raw(column.nulls)
      writeColumn(out, column.inner, rows, name)
      return
    case 'Array':
      check(column.offsets.length, rows + 1)
      check(column.offsets[0]!, 0)
      out.ends(column.offsets, rows)
      writeColumn(out, column.inner, column.offsets[rows]!, name)
      return
    case 'UInt64':
    case 'Int64':
    case 'DateTime64':
      check(column.data.length, rows * 2)
      out.raw(column.data)
      return
    case 'FixedString':
      check(column.data.length, rows * column.width)
      out.raw(column.data)
      return
    default:
      check(column.data.length, rows)
      out.raw(column.data)
  }
}

function sliceStrings(column: StringColumn, from: number, to: number): StringColumn {
  return { bytes: column.bytes, offsets: column.offsets.subarray(from, to + 1) }
}
