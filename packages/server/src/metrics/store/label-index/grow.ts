/** A column with room for `length` entries: `column` itself, or a copy half as large again (at least), zeros behind. */
export function withRoom<T extends Uint32Array | Uint16Array>(column: T, length: number): T {
  if (length <= column.length) return column
  const wanted = Math.max(length, column.length + (column.length >>> 1), 1024)
  const grown = column instanceof Uint32Array ? new Uint32Array(wanted) : new Uint16Array(wanted)
  grown.set(column)
  return grown as T
}
