import type { SeriesRef } from '../../store/index.ts'

/*
 * Series ref -> slot of a target. Open addressing with linear probing over pairs of words, at most half full:
 *
 *   words  | slot + 1, ref | 0, 0 | slot + 1, ref | ...          0 for free
 *
 * 16 to 32 bytes an entry without an object, where a Map takes about 40 and several times as long to fill.
 */
export class RefSlots {
  #words = new Uint32Array(128)
  #count = 0

  /** Makes room for so many refs in all. */
  expect(count: number): void {
    while (count * 4 > this.#words.length) this.#grow()
  }

  /** The slot of a ref, or -1. */
  get(ref: SeriesRef): number {
    return this.#words[this.#find(ref)]! - 1
  }

  /** Gives a ref a slot, or another one than it had. */
  set(ref: SeriesRef, slot: number): void {
    let at = this.#find(ref)
    if (this.#words[at] === 0) {
      if (++this.#count * 4 > this.#words.length) {
        this.#grow()
        at = this.#find(ref)
      }
      this.#words[at + 1] = ref
    }
    this.#words[at] = slot + 1
  }

  clear(): void {
    this.#words = new Uint32Array(128)
    this.#count = 0
  }

  /** Where a ref stands, or would. */
  #find(ref: number): number {
    const words = this.#words
    const mask = words.length - 2
    // New series of a target have refs in a row: eight of them share a cache line, the lines are spread.
    const mixed = Math.imul(ref >>> 3, 0x9e3779b1)
    let at = (((mixed ^ (mixed >>> 15)) << 4) | ((ref & 7) << 1)) & mask
    while (words[at] !== 0 && words[at + 1] !== ref) at = (at + 2) & mask
    return at
  }

  #grow(): void {
    const old = this.#words
    this.#words = new Uint32Array(old.length * 2)
    for (let at = 0; at < old.length; at += 2) {
      if (old[at] === 0) continue
      const to = this.#find(old[at + 1]!)
      this.#words[to] = old[at]!
      this.#words[to + 1] = old[at + 1]!
    }
  }
}
