/** A series as the engine's tables name it. */
export type SeriesKey = { readonly metric: number; readonly idLo: number; readonly idHi: number }

/** Keys of many series as columns of the same length; may lie in shared memory. */
export type SeriesKeys = { readonly metric: Uint32Array; readonly idLo: Uint32Array; readonly idHi: Uint32Array }

export function keyColumns(keys: readonly SeriesKey[]): SeriesKeys {
  return {
    metric: Uint32Array.from(keys, ({ metric }) => metric),
    idLo: Uint32Array.from(keys, ({ idLo }) => idLo),
    idHi: Uint32Array.from(keys, ({ idHi }) => idHi),
  }
}

/** A view of the rows `[from, to)`. */
export function sliceKeys({ metric, idLo, idHi }: SeriesKeys, from: number, to: number): SeriesKeys {
  return { metric: metric.subarray(from, to), idLo: idLo.subarray(from, to), idHi: idHi.subarray(from, to) }
}
