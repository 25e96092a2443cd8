import type { Block, Column, ColumnData, StringColumn } from '../../../engine/index.ts'

function column<T extends ColumnData['type']>(block: Block, name: string, ...types: T[]): Column & { type: T } {
  const found = block.columns.find((one) => one.name === name)
  if (!found) throw new Error(`the engine's answer has no column ${name}`)
  if (!types.includes(found.type as T)) throw new Error(`column ${name} is ${found.type}, not ${types.join(' or ')}`)
  return found as Column & { type: T }
}

/** 64-bit integers, two words a row, low word first. */
export function words64(block: Block, name: string): Uint32Array {
  return column(block, name, 'UInt64', 'Int64').data as Uint32Array
}

export function uint32(block: Block, name: string): Uint32Array {
  return column(block, name, 'UInt32').data as Uint32Array
}

export function uint16(block: Block, name: string): Uint16Array {
  return column(block, name, 'UInt16').data as Uint16Array
}

export function strings(block: Block, name: string): StringColumn {
  return column(block, name, 'String').data as StringColumn
}

/** Bits of doubles, two words a row. */
export function doubleWords(block: Block, name: string): Uint32Array {
  const data = column(block, name, 'Float64').data as Float64Array
  return new Uint32Array(data.buffer, data.byteOffset, data.length * 2)
}

/** Keys and values of maps, by row. */
export function maps(block: Block, name: string): { offsets: Uint32Array; keys: StringColumn; values: StringColumn } {
  return column(block, name, 'Map(String, String)').data as {
    offsets: Uint32Array
    keys: StringColumn
    values: StringColumn
  }
}

/** Int64 words to doubles; exact within 2^53. */
export function toMilliseconds(words: Uint32Array): Float64Array {
  const ms = new Float64Array(words.length / 2)
  for (let i = 0; i < ms.length; i++) ms[i] = (words[i * 2 + 1]! | 0) * 0x1_0000_0000 + words[i * 2]!
  return ms
}
