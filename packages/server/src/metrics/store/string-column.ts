import type { StringColumn } from '../../engine/index.ts'

/** UTF-8 column of texts. */
export function createStringColumn(texts: readonly string[]): StringColumn {
  const offsets = new Uint32Array(texts.length + 1)
  let size = 0
  for (let i = 0; i < texts.length; i++) {
    size += Buffer.byteLength(texts[i]!)
    offsets[i + 1] = size
  }
  const bytes = Buffer.allocUnsafe(size)
  for (let i = 0; i < texts.length; i++) bytes.write(texts[i]!, offsets[i]!)
  return { bytes, offsets }
}

/** Text of one row. */
export function textAt(column: StringColumn, row: number): string {
  const { bytes, offsets } = column
  return Buffer.from(bytes.buffer, bytes.byteOffset + offsets[row]!, offsets[row + 1]! - offsets[row]!).toString('utf8')
}
