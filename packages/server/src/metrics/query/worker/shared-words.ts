/**
 * Shared memory for the columns of selections. V8 does not count shared memory as garbage's weight, so what is dropped may
 * stay for long: pieces are used again instead.
 */
export type SharedWords = {
  /** A view of at least so many words, in any state. */
  take(words: number): Uint32Array
  /** Nobody reads it any more: it may be written for another selection. */
  give(view: Uint32Array): void
}

const SMALLEST_BYTES = 64 * 1024
/** Kept for later at most; larger needs are met and not kept. */
const KEPT_BYTES = 8 * 1024 * 1024

export function createSharedWords(keptBytes = KEPT_BYTES): SharedWords {
  /** Ascending in size. */
  const free: SharedArrayBuffer[] = []
  let freeBytes = 0
  return {
    take(words) {
      const at = free.findIndex(({ byteLength }) => byteLength >= words * 4)
      // A piece much larger than needed would be missed by whom it fits.
      if (at >= 0 && free[at]!.byteLength <= Math.max(SMALLEST_BYTES, words * 16)) {
        const [buffer] = free.splice(at, 1)
        freeBytes -= buffer!.byteLength
        return new Uint32Array(buffer!)
      }
      let bytes = SMALLEST_BYTES
      while (bytes < words * 4) bytes *= 2
      return new Uint32Array(new SharedArrayBuffer(bytes))
    },
    give({ buffer }) {
      if (!(buffer instanceof SharedArrayBuffer) || freeBytes + buffer.byteLength > keptBytes) return
      freeBytes += buffer.byteLength
      let at = 0
      while (at < free.length && free[at]!.byteLength < buffer.byteLength) at++
      free.splice(at, 0, buffer)
    },
  }
}
