/*
 * Prometheus's chunks of native histograms with float counts.
 *
 *   16 bits  number of samples
 *    8 bits  11000000 for gauges, 10000000 when the first sample says that a reset lies before it
 *   layout   zero threshold (below), schema, positive spans, negative spans, and with custom buckets their bounds;
 *            spans and bounds are counted first; a span is its length, then its offset
 *   sample 0   time; count, zero count, sum and every bucket with 64 bits each
 *   others     how much the time since the one before has changed; each number XORed with what it was before
 *
 * All samples of a chunk have its layout, and none but the first has a reset before it. Whole numbers are varbits: n ones
 * and a zero, then 3, 6, 9, 12, 18, 25, 56 or (after eight ones) 64 bits; 0 is a single 0.
 * Source: prometheus tsdb/chunkenc, float_histogram.go, histogram_meta.go, varbit.go.
 */
import { COUNTER_RESET, CUSTOM_SCHEMA, type FloatHistogram, GAUGE } from '@binnacle/promql'
import { BitWriter, XorWindows } from './bit-writer.ts'

const MAX_SAMPLES = 120
/** No further sample once a chunk has so many bytes. */
const ENOUGH_BYTES = 4_096
const SIGNED_SIZES = [3, 6, 9, 12, 18, 25] as const

/** Encodes as many histograms as fit into one chunk. */
export class HistogramEncoder {
  readonly #bits = new BitWriter(2 * ENOUGH_BYTES)
  readonly #double = new Float64Array(1)
  readonly #words = new Uint32Array(this.#double.buffer)
  /** Count, zero count, sum, positive and negative buckets of the sample before, two words each. */
  #before = new Uint32Array(0)

  /**
   * The chunk of the samples from `from` on, at most up to `to`, all of them histograms; it is valid until the next call.
   * `next` is the first sample that is not in it. Times are whole ms, ascending.
   */
  encode(
    ts: Float64Array,
    histograms: readonly (FloatHistogram | undefined)[],
    from: number,
    to: number,
  ): { chunk: Uint8Array; next: number } {
    const first = histograms[from]!
    const bits = this.#bits
    const positive = first.positiveBuckets.length
    const numbers = 3 + positive + first.negativeBuckets.length
    bits.reset()
    bits.room(
      64 + 24 * numbers + 10 * (first.positiveSpans.length + first.negativeSpans.length + first.customValues.length),
    )
    bits.put(0, 16)
    bits.put(first.resetHint === GAUGE ? 0b1100_0000 : first.resetHint === COUNTER_RESET ? 0b1000_0000 : 0, 8)
    this.#layout(first)
    this.#before = new Uint32Array(numbers * 2)
    const windows = new XorWindows(numbers)
    let next = from
    let delta = 0
    for (; next < to && next - from < MAX_SAMPLES; next++) {
      const h = histograms[next]
      if (h === undefined) break
      if (next > from && (bits.size >= ENOUGH_BYTES || !follows(h, histograms[next - 1]!))) break
      bits.room(16 + 11 * numbers)
      const before = delta
      if (next === from) this.#signed(ts[next]!)
      else {
        delta = ts[next]! - ts[next - 1]!
        this.#signed(delta - before)
      }
      const raw = next === from
      this.#number(h.count, 0, windows, raw)
      this.#number(h.zeroCount, 1, windows, raw)
      this.#number(h.sum, 2, windows, raw)
      for (let i = 0; i < positive; i++) this.#number(h.positiveBuckets[i]!, 3 + i, windows, raw)
      for (let i = 3 + positive; i < numbers; i++) this.#number(h.negativeBuckets[i - 3 - positive]!, i, windows, raw)
    }
    bits.setByte(0, (next - from) >>> 8)
    bits.setByte(1, next - from)
    return { chunk: bits.finish(), next }
  }

  #layout(h: FloatHistogram): void {
    this.#zeroThreshold(h.zeroThreshold)
    this.#signed(h.schema)
    for (const spans of [h.positiveSpans, h.negativeSpans]) {
      this.#unsigned(spans.length / 2)
      for (let i = 0; i < spans.length; i += 2) {
        this.#unsigned(spans[i + 1]!)
        this.#signed(spans[i]!)
      }
    }
    if (h.schema !== CUSTOM_SCHEMA) return
    this.#unsigned(h.customValues.length)
    for (const bound of h.customValues) this.#bound(bound)
  }

  /** 0, or a power of two from 2^-243 to 2^10 by its exponent, in one byte; 255 and 64 bits for any other. */
  #zeroThreshold(threshold: number): void {
    if (threshold === 0) {
      this.#bits.put(0, 8)
      return
    }
    this.#double[0] = threshold
    const [low, high] = [this.#words[0]!, this.#words[1]!]
    const exponent = ((high >>> 20) & 0x7ff) - 1022
    if (low === 0 && (high & 0x800f_ffff) === 0 && exponent >= -242 && exponent <= 11) {
      this.#bits.put(exponent + 243, 8)
      return
    }
    this.#bits.put(255, 8)
    this.#bits.putDouble(low, high)
  }

  /** Thousandths up to 33554.43 as a whole number above 0; 0 and 64 bits for any other bound. */
  #bound(bound: number): void {
    const thousandths = Math.round(bound * 1000)
    if (bound * 1000 >= 0 && bound * 1000 <= 33_554_430 && thousandths / 1000 === bound) {
      this.#unsigned(thousandths + 1)
      return
    }
    this.#bits.put(0, 1)
    this.#double[0] = bound
    this.#bits.putDouble(this.#words[0]!, this.#words[1]!)
  }

  #number(value: number, index: number, windows: XorWindows, raw: boolean): void {
    this.#double[0] = value
    const [low, high] = [this.#words[0]!, this.#words[1]!]
    const words = this.#before
    if (raw) this.#bits.putDouble(low, high)
    else this.#bits.xor(low ^ words[index * 2]!, high ^ words[index * 2 + 1]!, windows, index)
    words[index * 2] = low
    words[index * 2 + 1] = high
  }

  #signed(value: number): void {
    if (value === 0) {
      this.#bits.put(0, 1)
      return
    }
    for (let i = 0; i < SIGNED_SIZES.length; i++) {
      const size = SIGNED_SIZES[i]!
      const most = 2 ** (size - 1)
      if (value <= -most || value > most) continue
      this.#prefix(i + 1)
      this.#bits.put(value, size)
      return
    }
    this.#long(value, value > -(2 ** 55) && value <= 2 ** 55)
  }

  #unsigned(value: number): void {
    if (value === 0) {
      this.#bits.put(0, 1)
      return
    }
    for (let i = 0; i < SIGNED_SIZES.length; i++) {
      if (value >= 2 ** SIGNED_SIZES[i]!) continue
      this.#prefix(i + 1)
      this.#bits.put(value, SIGNED_SIZES[i]!)
      return
    }
    this.#long(value, value < 2 ** 56)
  }

  /** `ones` ones and a zero. */
  #prefix(ones: number): void {
    this.#bits.put(2 ** (ones + 1) - 2, ones + 1)
  }

  #long(value: number, fits56: boolean): void {
    this.#bits.put(fits56 ? 0b1111_1110 : 0b1111_1111, 8)
    this.#bits.putLong(value, fits56 ? 56 : 64)
  }
}

/** Whether a histogram may stand behind another in one chunk: the same layout, and no reset between them. */
function follows(h: FloatHistogram, before: FloatHistogram): boolean {
  const gauge = h.resetHint === GAUGE
  if (gauge !== (before.resetHint === GAUGE)) return false
  if (h.schema !== before.schema || h.zeroThreshold !== before.zeroThreshold) return false
  if (!same(h.positiveSpans, before.positiveSpans) || !same(h.negativeSpans, before.negativeSpans)) return false
  if (!same(h.customValues, before.customValues)) return false
  if (gauge) return true
  if (h.resetHint === COUNTER_RESET || h.count < before.count || h.zeroCount < before.zeroCount) return false
  return noLess(h.positiveBuckets, before.positiveBuckets) && noLess(h.negativeBuckets, before.negativeBuckets)
}

function same(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function noLess(a: Float64Array, b: Float64Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i]! < b[i]!) return false
  return true
}
