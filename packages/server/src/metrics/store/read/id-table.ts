/** A series as the engine's tables name it. */
export type SeriesKey = { readonly metric: number; readonly idLo: number; readonly idHi: number }

/** Rows of some series by 64-bit id: open addressing over the low words, no BigInt and no strings. */
export type IdTable = { rowOf(idLo: number, idHi: number): number }

export function createIdTable(series: readonly SeriesKey[]): IdTable {
  let size = 16
  while (size < series.length * 2) size *= 2
  const mask = size - 1
  const slots = new Int32Array(size).fill(-1)
  series.forEach((key, row) => {
    let slot = mix(key.idLo, key.idHi) & mask
    while (slots[slot] !== -1) slot = (slot + 1) & mask
    slots[slot] = row
  })
  return {
    rowOf(idLo, idHi) {
      for (let slot = mix(idLo, idHi) & mask; ; slot = (slot + 1) & mask) {
        const row = slots[slot]!
        if (row === -1) return -1
        const key = series[row]!
        if (key.idLo === idLo && key.idHi === idHi) return row
      }
    },
  }
}

/** Ids are hashes already; the words only need to be folded. */
function mix(lo: number, hi: number): number {
  return (lo ^ Math.imul(hi, 0x9e3779b1)) >>> 0
}
