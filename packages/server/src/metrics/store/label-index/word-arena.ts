/*
 * Small blocks of 32-bit words in pages of 64 Ki words (256 KiB):
 *
 *   address = page number << 16 | word in the page          a block never crosses a page
 *
 * Freed blocks go to a list per size and are used again for that size. A million label sets and short postings as typed
 * arrays of their own would cost about 150 bytes each for the array objects alone.
 */

const PAGE_BITS = 16
const PAGE_WORDS = 1 << PAGE_BITS

/** Largest block, in words. */
export const MAX_BLOCK_WORDS = 1024

export type WordArena = {
  readonly pages: readonly Uint32Array[]
  /** Address of a block of `words` words, 1 to `MAX_BLOCK_WORDS`; its content is undefined. */
  allocate(words: number): number
  free(address: number, words: number): void
  readonly memoryBytes: number
}

export function createWordArena(): WordArena {
  const pages: Uint32Array[] = []
  const free: number[][] = Array.from({ length: MAX_BLOCK_WORDS + 1 }, () => [])
  let used = PAGE_WORDS
  return {
    pages,
    allocate(words) {
      const again = free[words]!.pop()
      if (again !== undefined) return again
      if (used + words > PAGE_WORDS) {
        // What is left of the page serves smaller blocks.
        const rest = PAGE_WORDS - used
        if (rest > 0) free[rest]!.push((((pages.length - 1) << PAGE_BITS) | used) >>> 0)
        pages.push(new Uint32Array(PAGE_WORDS))
        used = 0
      }
      const address = (((pages.length - 1) << PAGE_BITS) | used) >>> 0
      used += words
      return address
    },
    free(address, words) {
      free[words]!.push(address)
    },
    get memoryBytes() {
      let bytes = pages.length * PAGE_WORDS * 4
      for (const list of free) bytes += list.length * 8
      return bytes
    },
  }
}
