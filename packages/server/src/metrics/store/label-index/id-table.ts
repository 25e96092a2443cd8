import { withRoom } from './grow.ts'

/*
 * 64-bit id -> series ref. Open addressing with linear probing over one Uint32 column, at most two thirds full; the ids
 * are columns by ref, so that a slot costs four bytes. Deleting moves later entries back into the gap.
 *
 *   slot    | tag: the top bits of the id's high half | ref + 1: as many bits as number the slots |       0 = free
 *
 * A ref always fits: refs are dense, so there are fewer than slots. The tag tells nearly all other ids apart, so that a
 * search reads one cache line of slots, and the columns only where it finds.
 */
export type IdTable = {
  /** Ids by ref; replaced when they grow: read them anew after `set`. */
  hi: Uint32Array
  lo: Uint32Array
  find(hi: number, lo: number): number | undefined
  /** `ref` must not be in the table, nor the id. Right behind the `find` that missed the id, it does not search again. */
  set(hi: number, lo: number, ref: number): void
  delete(ref: number): void
  readonly memoryBytes: number
}

export function createIdTable(): IdTable {
  let slots = new Uint32Array(1024)
  let mask = slots.length - 1
  let used = 0
  /** The id that `find` missed last, and the free slot where its search ended; -1 when slots have changed since. */
  let missedHi = 0
  let missedLo = 0
  let missedSlot = -1
  // The low half places an entry, the high half tags it: both went through the final mixing.
  const home = (lo: number) => lo & mask
  const refIn = (entry: number) => (entry & mask) - 1
  const freeSlot = (lo: number): number => {
    let slot = home(lo)
    while (slots[slot] !== 0) slot = (slot + 1) & mask
    return slot
  }
  const grow = (): void => {
    const old = slots
    const oldMask = mask
    slots = new Uint32Array(old.length * 2)
    mask = slots.length - 1
    missedSlot = -1
    for (let i = 0; i < old.length; i++) {
      const entry = old[i]!
      // One bit of the tag makes room for one more bit of refs, and that one is 0 still.
      if (entry !== 0) slots[freeSlot(table.lo[(entry & oldMask) - 1]!)] = (entry & ~mask) | (entry & oldMask)
    }
  }
  const table: IdTable = {
    hi: new Uint32Array(0),
    lo: new Uint32Array(0),
    find(hi, lo) {
      const tagMask = ~mask
      let slot = home(lo)
      for (let entry = slots[slot]!; entry !== 0; entry = slots[slot]!) {
        if (((entry ^ hi) & tagMask) === 0) {
          const ref = refIn(entry)
          if (table.lo[ref] === lo && table.hi[ref] === hi) return ref
        }
        slot = (slot + 1) & mask
      }
      missedHi = hi
      missedLo = lo
      missedSlot = slot
      return undefined
    },
    set(hi, lo, ref) {
      if (ref >= table.lo.length) {
        table.hi = withRoom(table.hi, ref + 1)
        table.lo = withRoom(table.lo, ref + 1)
      }
      table.hi[ref] = hi
      table.lo[ref] = lo
      used++
      while (used * 3 > slots.length * 2 || ref + 1 > mask) grow()
      const slot = missedSlot >= 0 && missedLo === lo && missedHi === hi ? missedSlot : freeSlot(lo)
      missedSlot = -1
      slots[slot] = (hi & ~mask) | (ref + 1)
    },
    delete(ref) {
      missedSlot = -1
      let gap = home(table.lo[ref]!)
      while (refIn(slots[gap]!) !== ref) {
        if (slots[gap] === 0) return
        gap = (gap + 1) & mask
      }
      used--
      slots[gap] = 0
      for (let slot = (gap + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
        const entry = slots[slot]!
        const wanted = home(table.lo[refIn(entry)]!)
        // It may move when the gap lies between its home and where it is, going round.
        if (((slot - wanted) & mask) >= ((slot - gap) & mask)) {
          slots[gap] = entry
          slots[slot] = 0
          gap = slot
        }
      }
    },
    get memoryBytes() {
      return slots.byteLength + table.hi.byteLength + table.lo.byteLength
    },
  }
  return table
}
