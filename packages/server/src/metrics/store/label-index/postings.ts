import { withRoom } from './grow.ts'
import { MAX_BLOCK_WORDS, type WordArena } from './word-arena.ts'

/*
 * The refs that have a (name, value) pair, ascending, by pair id:
 *
 *   1 ref                 at[pair] is the ref itself
 *   2 .. 1024 refs        at[pair] is the address of an arena block of the next power of two
 *   more                  a Uint32Array of its own: at[pair] is its place in `large`
 *
 * New refs mostly ascend. A ref that was freed and is used again is smaller than what is there: it is appended all the same,
 * and `sorted[pair]` tells how far the order holds; the first read merges the tail. Otherwise churn would cost a move of
 * half a posting per label.
 */
export type Postings = {
  countOf(pair: number): number
  /** Refs of a pair, ascending; a view that is valid until the next change. */
  refsOf(pair: number): Uint32Array
  /** Sets the bit of every ref of `pair`. */
  mark(pair: number, bits: Uint32Array): void
  /** How many refs had to be looked at until the first whose bit is set, that one included; negative when there is none. */
  lookUntil(pair: number, bits: Uint32Array): number
  append(pair: number, ref: number): void
  /** Drops every ref whose bit is set; gives back how many are left. */
  drop(pair: number, bits: Uint32Array): number
  readonly memoryBytes: number
}

export function createPostings(arena: WordArena): Postings {
  let counts = new Uint32Array(0)
  let sorted = new Uint32Array(0)
  let at = new Uint32Array(0)
  const large: Uint32Array[] = []
  const freeLarge: number[] = []
  const NONE = new Uint32Array(0)

  const room = (count: number) => 1 << (32 - Math.clz32(count - 1))
  const view = (pair: number): Uint32Array => {
    const count = counts[pair]!
    if (count <= 1) return at.subarray(pair, pair + count)
    if (count > MAX_BLOCK_WORDS) return large[at[pair]!]!.subarray(0, count)
    const address = at[pair]!
    const page = arena.pages[address >>> 16]!
    return page.subarray(address & 0xffff, (address & 0xffff) + count)
  }
  const sort = (pair: number): void => {
    const refs = view(pair)
    const tail = refs.slice(sorted[pair]!).sort()
    // Merged from the end, so that nothing is overwritten before it was read.
    for (let i = sorted[pair]! - 1, k = tail.length - 1, to = refs.length - 1; k >= 0; to--) {
      if (i >= 0 && refs[i]! > tail[k]!) refs[to] = refs[i--]!
      else refs[to] = tail[k--]!
    }
    sorted[pair] = refs.length
  }
  /** Gives back what holds `count` refs of `pair`. */
  const release = (pair: number, count: number): void => {
    if (count > MAX_BLOCK_WORDS) {
      large[at[pair]!] = NONE
      freeLarge.push(at[pair]!)
    } else if (count > 1) arena.free(at[pair]!, room(count))
  }
  /** Takes a place for `refs` and copies them there. */
  const place = (pair: number, refs: Uint32Array, capacity: number): void => {
    if (refs.length === 0) return
    if (capacity > MAX_BLOCK_WORDS) {
      const own = new Uint32Array(capacity)
      own.set(refs)
      const index = freeLarge.pop() ?? large.length
      large[index] = own
      at[pair] = index
    } else if (capacity === 1) at[pair] = refs[0]!
    else {
      const address = arena.allocate(capacity)
      const page = arena.pages[address >>> 16]!
      const to = address & 0xffff
      // The native copy costs as much as about fifty words by hand.
      if (refs.length > 50) page.set(refs, to)
      else for (let i = 0; i < refs.length; i++) page[to + i] = refs[i]!
      at[pair] = address
    }
  }

  return {
    countOf: (pair) => counts[pair] ?? 0,
    refsOf(pair) {
      if (sorted[pair]! < counts[pair]!) sort(pair)
      return view(pair)
    },
    mark(pair, bits) {
      const count = counts[pair]!
      if (count === 1) {
        const ref = at[pair]!
        bits[ref >>> 5]! |= 1 << (ref & 31)
        return
      }
      const small = count <= MAX_BLOCK_WORDS
      const words = small ? arena.pages[at[pair]! >>> 16]! : large[at[pair]!]!
      const from = small ? at[pair]! & 0xffff : 0
      for (let i = from; i < from + count; i++) {
        const ref = words[i]!
        bits[ref >>> 5]! |= 1 << (ref & 31)
      }
    },
    lookUntil(pair, bits) {
      const count = counts[pair]!
      if (count === 1) {
        const ref = at[pair]!
        return (bits[ref >>> 5]! & (1 << (ref & 31))) !== 0 ? 1 : -1
      }
      const small = count <= MAX_BLOCK_WORDS
      const words = small ? arena.pages[at[pair]! >>> 16]! : large[at[pair]!]!
      const from = small ? at[pair]! & 0xffff : 0
      for (let i = 0; i < count; i++) {
        const ref = words[from + i]!
        if ((bits[ref >>> 5]! & (1 << (ref & 31))) !== 0) return i + 1
      }
      return -count
    },
    append(pair, ref) {
      if (pair >= counts.length) {
        counts = withRoom(counts, pair + 1)
        sorted = withRoom(sorted, pair + 1)
        at = withRoom(at, pair + 1)
      }
      const count = counts[pair]!
      if (count === 0) {
        at[pair] = ref
        counts[pair] = 1
        sorted[pair] = 1
        return
      }
      let last: number
      if (count === 1) {
        last = at[pair]!
        const address = arena.allocate(2)
        const page = arena.pages[address >>> 16]!
        page[address & 0xffff] = last
        page[(address & 0xffff) + 1] = ref
        at[pair] = address
      } else if (count < MAX_BLOCK_WORDS) {
        let address = at[pair]!
        if ((count & (count - 1)) === 0) {
          const refs = view(pair)
          place(pair, refs, count * 2)
          arena.free(address, count)
          address = at[pair]!
        }
        const page = arena.pages[address >>> 16]!
        const end = (address & 0xffff) + count
        last = page[end - 1]!
        page[end] = ref
      } else {
        if (count === MAX_BLOCK_WORDS) {
          const address = at[pair]!
          place(pair, view(pair), count * 2)
          arena.free(address, count)
        }
        const index = at[pair]!
        let own = large[index]!
        if (count === own.length) {
          own = withRoom(own, count + 1)
          large[index] = own
        }
        last = own[count - 1]!
        own[count] = ref
      }
      counts[pair] = count + 1
      if (sorted[pair] === count && ref > last) sorted[pair] = count + 1
    },
    drop(pair, bits) {
      if (sorted[pair]! < counts[pair]!) sort(pair)
      const refs = view(pair)
      const before = refs.length
      let kept = 0
      for (let i = 0; i < before; i++) {
        const ref = refs[i]!
        if ((bits[ref >>> 5]! & (1 << (ref & 31))) === 0) refs[kept++] = ref
      }
      if (kept === before) return kept
      const rest = refs.slice(0, kept)
      if (kept > MAX_BLOCK_WORDS) {
        if (kept * 2 < large[at[pair]!]!.length) large[at[pair]!] = rest
      } else {
        release(pair, before)
        place(pair, rest, kept <= 1 ? 1 : room(kept))
      }
      counts[pair] = kept
      sorted[pair] = kept
      return kept
    },
    get memoryBytes() {
      let bytes = counts.byteLength + sorted.byteLength + at.byteLength
      for (const own of large) bytes += own.byteLength + 200
      return bytes
    },
  }
}
