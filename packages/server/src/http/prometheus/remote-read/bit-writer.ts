/** No window yet: the first value that differs says where its bits lie. */
const NO_WINDOW = 0xff
const TWO_32 = 0x1_0000_0000

/** Where the bits of each of several values lay that differed last, for `BitWriter.xor`. */
export class XorWindows {
  leading: Uint8Array
  trailing: Uint8Array

  constructor(count: number) {
    this.leading = new Uint8Array(count).fill(NO_WINDOW)
    this.trailing = new Uint8Array(count)
  }

  reset(): void {
    this.leading.fill(NO_WINDOW)
  }
}

/** Bits one after the other, highest first, as all chunks of Prometheus have them. Source: prometheus tsdb/docs/bstream.md. */
export class BitWriter {
  #bytes: Uint8Array
  #at = 0
  /** Bits of the byte at `#at` that are taken. */
  #used = 0

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity)
  }

  /** Begins anew. */
  reset(): void {
    this.#bytes.fill(0, 0, this.#at + 1)
    this.#at = 0
    this.#used = 0
  }

  /** Makes sure that so many bytes fit; to be called before they are written. */
  room(bytes: number): void {
    if (this.#at + bytes < this.#bytes.length) return
    const wider = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + bytes + 1))
    wider.set(this.#bytes)
    this.#bytes = wider
  }

  /** Bytes that are begun. */
  get size(): number {
    return this.#used === 0 ? this.#at : this.#at + 1
  }

  /** All bytes; valid until the next call of any other method. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.size)
  }

  /** Writes over the whole byte at `index`. */
  setByte(index: number, byte: number): void {
    this.#bytes[index] = byte
  }

  /** The lowest `count` bits (at most 32) of `bits`. */
  put(bits: number, count: number): void {
    let left = count
    while (left > 0) {
      const free = 8 - this.#used
      const take = left < free ? left : free
      const part = (bits >>> (left - take)) & ((1 << take) - 1)
      this.#bytes[this.#at]! |= part << (free - take)
      left -= take
      this.#used += take
      if (this.#used === 8) {
        this.#used = 0
        this.#at++
      }
    }
  }

  /** The lowest `count` bits, 33 to 64, of a whole number, which may be negative. */
  putLong(value: number, count: number): void {
    const high = Math.floor(value / TWO_32)
    this.put(high, count - 32)
    this.put(value - high * TWO_32, 32)
  }

  /** A double by its halves. */
  putDouble(low: number, high: number): void {
    this.put(high, 32)
    this.put(low, 32)
  }

  /**
   * How a value differs from the one before, as the halves of both XORed: a 0 for not at all, 10 and the bits of the window
   * of before, or 11, a new window (5 bits of zeros in front, 6 bits of length) and its bits.
   */
  xor(low: number, high: number, windows: XorWindows, index: number): void {
    if (low === 0 && high === 0) {
      this.put(0, 1)
      return
    }
    const zeros = high === 0 ? 32 + Math.clz32(low) : Math.clz32(high)
    // Five bits hold no more.
    let leading = zeros > 31 ? 31 : zeros
    let trailing = low === 0 ? 32 + trailingZeros(high) : trailingZeros(low)
    const lastLeading = windows.leading[index]!
    const lastTrailing = windows.trailing[index]!
    if (lastLeading !== NO_WINDOW && leading >= lastLeading && trailing >= lastTrailing) {
      leading = lastLeading
      trailing = lastTrailing
      this.put(0b10, 2)
    } else {
      windows.leading[index] = leading
      windows.trailing[index] = trailing
      this.put(0b11, 2)
      this.put(leading, 5)
      this.put(64 - leading - trailing, 6)
    }
    // The bits between leading and trailing zeros, upper half first.
    const count = 64 - leading - trailing
    const lower = trailing === 0 ? low : (low >>> trailing) | (high << (32 - trailing))
    if (trailing >= 32) this.put(high >>> (trailing - 32), count)
    else if (count <= 32) this.put(lower, count)
    else {
      this.put(high >>> trailing, count - 32)
      this.put(lower, 32)
    }
  }
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word)
}
