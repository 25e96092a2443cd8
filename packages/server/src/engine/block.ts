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

/** `LowCardinality(X)` and `SimpleAggregateFunction(f, X)` arrive as their plain `X`. */
export type ColumnData =
  | { readonly type: 'UInt8'; readonly data: Uint8Array }
  | { readonly type: 'UInt16'; readonly data: Uint16Array }
  | { readonly type: 'UInt32'; readonly data: Uint32Array }
  | { readonly type: 'Int8'; readonly data: Int8Array }
  | { readonly type: 'Int16'; readonly data: Int16Array }
  | { readonly type: 'Int32'; readonly data: Int32Array }
  | { readonly type: 'Float32'; readonly data: Float32Array }
  | { readonly type: 'Float64'; readonly data: Float64Array }
  /** 0 or 1. */
  | { readonly type: 'Bool'; readonly data: Uint8Array }
  /** Days since 1970-01-01. */
  | { readonly type: 'Date'; readonly data: Uint16Array }
  /** Unix seconds. */
  | { readonly type: 'DateTime'; readonly data: Uint32Array }
  /** Two words a row, low word first: a signed count of 10^-precision seconds since 1970. */
  | { readonly type: 'DateTime64'; readonly precision: number; readonly data: Uint32Array }
  /** Two words a row, low word first. */
  | { readonly type: 'UInt64' | 'Int64'; readonly data: Uint32Array }
  | { readonly type: 'Enum8'; readonly names: ReadonlyMap<number, string>; readonly data: Int8Array }
  | { readonly type: 'String'; readonly data: StringColumn }
  /** Row `i` is `data[i * width .. (i + 1) * width)`. */
  | { readonly type: 'FixedString'; readonly width: number; readonly data: Uint8Array }
  /** Row `i` is NULL where `nulls[i]` is 1; `inner` has a default value there. */
  | { readonly type: 'Nullable'; readonly nulls: Uint8Array; readonly inner: ColumnData }
  /** The elements of row `i` are `[offsets[i] .. offsets[i + 1])` of `inner`; `rows + 1` entries. */
  | { readonly type: 'Array'; readonly offsets: Uint32Array; readonly inner: ColumnData }
  /** Keys and values of row `i` are `[offsets[i] .. offsets[i + 1])` of both string columns. */
  | {
      readonly type: 'Map(String, String)'
      readonly data: { readonly offsets: Uint32Array; readonly keys: StringColumn; readonly values: StringColumn }
    }

export type Column = { readonly name: string } & ColumnData

export type Block = { readonly rows: number; readonly columns: readonly Column[] }
