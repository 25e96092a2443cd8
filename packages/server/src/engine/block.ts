/**
 * A block of rows as columns, as it travels in ClickHouse's `Native` format (Source: ClickHouse docs,
 * "Formats / Native", and its native protocol's column serialisations).
 * Typed arrays are plain views of the wire bytes wherever alignment allows; 64-bit integers are pairs of 32-bit words
 * (low word first), because BigInt arithmetic per row is too slow; strings stay bytes until somebody needs text.
 */
export type StringColumn = {
  readonly bytes: Uint8Array
  /** Row `i` is `bytes[offsets[i] .. offsets[i + 1])`; `rows + 1` entries. */
  readonly offsets: Uint32Array
}

export type ColumnData =
  | { readonly type: 'UInt8'; readonly data: Uint8Array }
  | { readonly type: 'UInt16'; readonly data: Uint16Array }
  | { readonly type: 'UInt32'; readonly data: Uint32Array }
  | { readonly type: 'Int32'; readonly data: Int32Array }
  | { readonly type: 'Float64'; readonly data: Float64Array }
  /** Two words a row, low word first. */
  | { readonly type: 'UInt64' | 'Int64'; readonly data: Uint32Array }
  | { readonly type: 'String'; readonly data: StringColumn }
  /** Keys and values of row `i` are `[offsets[i] .. offsets[i + 1])` of both string columns. */
  | {
      readonly type: 'Map(String, String)'
      readonly data: { readonly offsets: Uint32Array; readonly keys: StringColumn; readonly values: StringColumn }
    }

export type Column = { readonly name: string } & ColumnData

export type Block = { readonly rows: number; readonly columns: readonly Column[] }
