/*
 * Prometheus's XOR chunks, as remote read streams them. Bits follow one another, highest first.
 *
 *   16 bits  number of samples
 *   sample 0   varint (zigzag) of its time, 64 bits of its value
 *   sample 1   uvarint of the time since the one before, value as below
 *   others     how much that time has changed: 0 | 10 + 14 bits | 110 + 17 | 1110 + 20 | 1111 + 64; value
 *   value      XOR with the bits of the value before:
 *              0                                  the same
 *              10 + bits                          what differs lies where it did before
 *              11 + 5 bits + 6 bits + bits        zeros in front, how many bits follow (64 as 0), these bits
 *
 * Source: prometheus/tsdb, chunkenc ("Gorilla: a fast, scalable, in-memory time series database").
 */

/** Samples of one chunk: as many as Prometheus puts into one, so that readers can skip by them. */
export const SAMPLES_PER_CHUNK = 120
/** Header, then at most 68 bits of time and 77 of value for each sample. */
const MAX_BYTES = 2 + 20 * SAMPLES_PER_CHUNK
const NO_WINDOW = 0xff
const TWO_32 = 0x1_0000_0000

/** Encodes up to `SAMPLES_PER_CHUNK` samples at a time; its buffer is written anew by each call. */
export class XorEncoder {
  readonly #bytes = new Uint8Array(MAX_BYTES)
  #at = 0
  /** Bits of the byte at `#at` that are taken. */
  #used = 0
  #leading = NO_WINDOW
  #trailing = 0

  /**
   * The chunk of the samples `[from, to)`; valid until the next call. Times are whole ms, ascending; `words` has two
   * 32-bit words a value, low first, so that every bit of a NaN survives.
   */
  encode(ts: Float64Array, words: Uint32Array, from: number, to: number): Uint8Array {
    this.#bytes.fill(0)
    this.#bytes[0] = (to - from) >>> 8
    this.#bytes[1] = to - from
    this.#at = 2
    this.#used = 0
    this.#leading = NO_WINDOW
    let delta = 0
    for (let i = from; i < to; i++) {
      const time = ts[i]!
      if (i === from) {
        this.#varint(time < 0 ? -2 * time - 1 : 2 * time)
        this.#put(words[i * 2 + 1]!, 32)
        this.#put(words[i * 2]!, 32)
        continue
      }
      const before = delta
      delta = time - ts[i - 1]!
      if (i === from + 1) this.#varint(delta)
      else this.#change(delta - before)
      this.#value(words[i * 2]! ^ words[i * 2 - 2]!, words[i * 2 + 1]! ^ words[i * 2 - 1]!)
    }
    return this.#bytes.subarray(0, this.#used === 0 ? this.#at : this.#at + 1)
  }

  /** The lowest `count` bits (at most 32) of `bits`. */
  #put(bits: number, count: number): void {
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

  #varint(value: number): void {
    let rest = value
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#put((rest % 0x80) | 0x80, 8)
    this.#put(rest, 8)
  }

  #change(change: number): void {
    if (change === 0) this.#put(0, 1)
    else if (change >= -8191 && change <= 8192) {
      this.#put(0b10, 2)
      this.#put(change, 14)
    } else if (change >= -65535 && change <= 65536) {
      this.#put(0b110, 3)
      this.#put(change, 17)
    } else if (change >= -524287 && change <= 524288) {
      this.#put(0b1110, 4)
      this.#put(change, 20)
    } else {
      this.#put(0b1111, 4)
      const high = Math.floor(change / TWO_32)
      this.#put(high, 32)
      this.#put(change - high * TWO_32, 32)
    }
  }

  /** The XOR of two values, as its halves. */
  #value(low: number, high: number): void {
    if (low === 0 && high === 0) {
      this.#put(0, 1)
      return
    }
    const zeros = high === 0 ? 32 + Math.clz32(low) : Math.clz32(high)
    // Five bits hold no more.
    const leading = zeros > 31 ? 31 : zeros
    const trailing = low === 0 ? 32 + trailingZeros(high) : trailingZeros(low)
    if (this.#leading !== NO_WINDOW && leading >= this.#leading && trailing >= this.#trailing) {
      this.#put(0b10, 2)
    } else {
      this.#leading = leading
      this.#trailing = trailing
      this.#put(0b11, 2)
      this.#put(leading, 5)
      this.#put(64 - leading - trailing, 6)
    }
    // The bits between leading and trailing zeros, upper half first.
    const shift = this.#trailing
    const count = 64 - this.#leading - shift
    if (shift >= 32) this.#put(high >>> (shift - 32), count)
    else if (count <= 32) this.#put(shift === 0 ? low : (low >>> shift) | (high << (32 - shift)), count)
    else {
      this.#put(high >>> shift, count - 32)
      this.#put(shift === 0 ? low : (low >>> shift) | (high << (32 - shift)), 32)
    }
  }
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word)
}
