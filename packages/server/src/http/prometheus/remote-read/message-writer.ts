import type { Labels } from '@binnacle/promql'

/** Writes protobuf fields into a buffer that grows and is used again. Source: protobuf.dev, "Encoding". */
export class MessageWriter {
  #bytes = Buffer.allocUnsafe(1 << 16)
  length = 0

  /** What was written so far; valid until the next field. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.length)
  }

  #room(size: number): void {
    if (this.length + size <= this.#bytes.length) return
    const wider = Buffer.allocUnsafe(Math.max(this.length + size, this.#bytes.length * 2))
    this.#bytes.copy(wider, 0, 0, this.length)
    this.#bytes = wider
  }

  /** A bare varint: a tag, a length. */
  number(value: number): void {
    this.#room(8)
    let rest = value
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#bytes[this.length++] = (rest % 0x80) | 0x80
    this.#bytes[this.length++] = rest
  }

  /** An int64 field; a negative one takes ten bytes. */
  int64(field: number, value: number): void {
    this.number(field * 8)
    if (value >= 0) {
      this.number(value)
      return
    }
    this.#room(10)
    let rest = BigInt.asUintN(64, BigInt(value))
    for (; rest >= 0x80n; rest >>= 7n) this.#bytes[this.length++] = Number(rest & 0x7fn) | 0x80
    this.#bytes[this.length++] = Number(rest)
  }

  double(field: number, value: number): void {
    this.number(field * 8 + 1)
    this.#room(8)
    this.length = this.#bytes.writeDoubleLE(value, this.length)
  }

  /** A double by its halves, so that every bit of a NaN survives. */
  fixed64(field: number, low: number, high: number): void {
    this.number(field * 8 + 1)
    this.#room(8)
    this.#bytes.writeUInt32LE(low, this.length)
    this.length = this.#bytes.writeUInt32LE(high, this.length + 4)
  }

  data(field: number, data: Uint8Array): void {
    this.number(field * 8 + 2)
    this.number(data.length)
    this.#room(data.length)
    this.#bytes.set(data, this.length)
    this.length += data.length
  }

  text(field: number, text: string): void {
    const size = Buffer.byteLength(text)
    this.number(field * 8 + 2)
    this.number(size)
    this.#room(size)
    this.length += this.#bytes.write(text, this.length)
  }

  /** Begins a field that is a message; `end` puts its length in front once it is known. Returns what `end` needs. */
  begin(field: number): number {
    this.number(field * 8 + 2)
    this.#room(1)
    return ++this.length
  }

  end(from: number): void {
    const size = this.length - from
    let extra = 0
    for (let rest = size; rest >= 0x80; rest = Math.floor(rest / 0x80)) extra++
    if (extra > 0) {
      this.#room(extra)
      this.#bytes.copyWithin(from + extra, from, this.length)
    }
    const to = this.length + extra
    this.length = from - 1
    this.number(size)
    this.length = to
  }

  /** Field 1 of a series: its labels. */
  labels(labels: Labels): void {
    for (let i = 0; i < labels.length; i += 2) {
      const from = this.begin(1)
      this.text(1, labels[i]!)
      this.text(2, labels[i + 1]!)
      this.end(from)
    }
  }

  /** Field 2 of a series: one sample, its value as two words, low first. Called for every sample: no closure, no object. */
  sample(ts: number, low: number, high: number): void {
    this.#room(24)
    const bytes = this.#bytes
    const from = this.length
    bytes[from] = 0x12
    bytes[from + 2] = 0x09
    let at = from + 3
    for (let shift = 0; shift < 32; shift += 8) bytes[at++] = low >>> shift
    for (let shift = 0; shift < 32; shift += 8) bytes[at++] = high >>> shift
    this.length = at
    this.int64(2, ts)
    bytes[from + 1] = this.length - from - 2
  }
}
