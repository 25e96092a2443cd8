/*
 * Prometheus's XOR chunks, as remote read streams them.
 *
 *   16 bits  number of samples
 *   sample 0   varint (zigzag) of its time, 64 bits of its value
 *   sample 1   uvarint of the time since the one before, value as below
 *   others     how much that time has changed: 0 | 10 + 14 bits | 110 + 17 | 1110 + 20 | 1111 + 64; value
 *   value      XOR with the value before (`BitWriter.xor`)
 *
 * Source: prometheus tsdb/chunkenc/xor.go ("Gorilla: a fast, scalable, in-memory time series database").
 */
import { BitWriter, XorWindows } from './bit-writer.ts'

/** Samples of one chunk: as many as Prometheus puts into one, so that readers can skip by them. */
export const SAMPLES_PER_CHUNK = 120
/** Header, then at most 68 bits of time and 77 of value for each sample. */
const MAX_BYTES = 2 + 20 * SAMPLES_PER_CHUNK

/** Encodes up to `SAMPLES_PER_CHUNK` samples at a time; its buffer is written anew by each call. */
export class XorEncoder {
  readonly #bits = new BitWriter(MAX_BYTES)
  readonly #windows = new XorWindows(1)

  /**
   * The chunk of the samples `[from, to)`; valid until the next call. Times are whole ms, ascending; `words` has two
   * 32-bit words a value, low first, so that every bit of a NaN survives.
   */
  encode(ts: Float64Array, words: Uint32Array, from: number, to: number): Uint8Array {
    const bits = this.#bits
    bits.reset()
    this.#windows.reset()
    bits.put(to - from, 16)
    let delta = 0
    for (let i = from; i < to; i++) {
      const time = ts[i]!
      if (i === from) {
        this.#varint(time < 0 ? -2 * time - 1 : 2 * time)
        bits.putDouble(words[i * 2]!, words[i * 2 + 1]!)
        continue
      }
      const before = delta
      delta = time - ts[i - 1]!
      if (i === from + 1) this.#varint(delta)
      else this.#change(delta - before)
      bits.xor(words[i * 2]! ^ words[i * 2 - 2]!, words[i * 2 + 1]! ^ words[i * 2 - 1]!, this.#windows, 0)
    }
    return bits.finish()
  }

  #varint(value: number): void {
    let rest = value
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#bits.put((rest % 0x80) | 0x80, 8)
    this.#bits.put(rest, 8)
  }

  #change(change: number): void {
    const bits = this.#bits
    if (change === 0) bits.put(0, 1)
    else if (change >= -8191 && change <= 8192) {
      bits.put(0b10, 2)
      bits.put(change, 14)
    } else if (change >= -65535 && change <= 65536) {
      bits.put(0b110, 3)
      bits.put(change, 17)
    } else if (change >= -524287 && change <= 524288) {
      bits.put(0b1110, 4)
      bits.put(change, 20)
    } else {
      bits.put(0b1111, 4)
      bits.putLong(change, 64)
    }
  }
}
