import type { SeriesKeys } from './series-keys.ts'

/** Rows of some series by 64-bit id: open addressing over the low words, no BigInt and no strings. */
export type IdTable = { rowOf(idLo: number, idHi: number): number }

export function createIdTable({ idLo: lows, idHi: highs }: SeriesKeys): IdTable {
  let size = 16
  while (size < lows.length * 2) size *= 2
  const mask = size - 1
  const slots = new Int32Array(size).fill(-1)
  for (let row = 0; row < lows.length; row++) {
    let slot = mix(lows[row]!, highs[row]!) & mask
    while (slots[slot] !== -1) slot = (slot + 1) & mask
    slots[slot] = row
  }
  return {
    rowOf(idLo, idHi) {
      for (let slot = mix(idLo, idHi) & mask; ; slot = (slot + 1) & mask) {
        const row = slots[slot]!
        if (row === -1) return -1
        if (lows[row] === idLo && highs[row] === idHi) return row
      }
    },
  }
}

/** Ids are hashes already; the words only need to be folded. */
function mix(lo: number, hi: number): number {
  return (lo ^ Math.imul(hi, 0x9e3779b1)) >>> 0
}
