import type { Labels } from '@binnacle/promql'
import { encodeSnappy } from './encode-snappy.ts'

export type WrittenSeries = {
  readonly labels: Labels
  /** Unix ms. */
  readonly ts: ArrayLike<number>
  /** A Float64Array keeps the bits of staleness markers. */
  readonly values: ArrayLike<number>
  readonly exemplars?: readonly { readonly labels: Labels; readonly ts: number; readonly value: number }[]
  /** So many empty native histograms. */
  readonly histograms?: number
}

export type WrittenMetadata = {
  readonly metric: string
  /** Number of the type in prompb: 1 counter, 2 gauge, 3 histogram, 5 summary ... */
  readonly type: number
  readonly help: string
  readonly unit: string
}

/** A body as remote write 1.0 sends it: protobuf in a snappy block. */
export function encodeRemoteWrite(series: readonly WrittenSeries[], metadata: readonly WrittenMetadata[] = []): Buffer {
  return encodeSnappy(encodeWriteRequest(series, metadata))
}

/** The protobuf message alone. Source: prompb/remote.proto. */
export function encodeWriteRequest(
  series: readonly WrittenSeries[],
  metadata: readonly WrittenMetadata[] = [],
): Uint8Array {
  const out = new WireWriter()
  for (const one of series) out.message(1, () => putSeries(out, one))
  for (const { metric, type, help, unit } of metadata) {
    out.message(3, () => {
      out.varint(1, type)
      out.text(2, metric)
      out.text(4, help)
      out.text(5, unit)
    })
  }
  return out.finish()
}

function putSeries(out: WireWriter, { labels, ts, values, exemplars = [], histograms = 0 }: WrittenSeries): void {
  putLabels(out, labels)
  // As words: a number that passes through other hands may lose the bits of a staleness marker.
  const words = values instanceof Float64Array ? values : Float64Array.from(values)
  const bits = new Uint32Array(words.buffer, words.byteOffset, words.length * 2)
  for (let i = 0; i < words.length; i++) {
    out.message(2, () => {
      out.fixed64(1, bits[i * 2]!, bits[i * 2 + 1]!)
      out.varint(2, ts[i]!)
    })
  }
  for (const exemplar of exemplars) {
    out.message(3, () => {
      putLabels(out, exemplar.labels)
      const [low = 0, high = 0] = new Uint32Array(Float64Array.of(exemplar.value).buffer)
      out.fixed64(2, low, high)
      out.varint(3, exemplar.ts)
    })
  }
  for (let i = 0; i < histograms; i++) out.message(4, () => {})
}

function putLabels(out: WireWriter, labels: Labels): void {
  for (let i = 0; i < labels.length; i += 2) {
    out.message(1, () => {
      out.text(1, labels[i]!)
      out.text(2, labels[i + 1]!)
    })
  }
}

/** Protobuf fields one after the other. Source: protobuf.dev, "Encoding". */
export class WireWriter {
  #bytes = Buffer.allocUnsafe(1 << 16)
  #at = 0

  #room(size: number): void {
    if (this.#at + size <= this.#bytes.length) return
    const wider = Buffer.allocUnsafe(Math.max(this.#at + size, this.#bytes.length * 2))
    this.#bytes.copy(wider, 0, 0, this.#at)
    this.#bytes = wider
  }

  #number(value: number): void {
    this.#room(10)
    let rest = value
    while (rest >= 0x80) {
      this.#bytes[this.#at++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#at++] = rest
  }

  varint(field: number, value: number): void {
    this.#number(field << 3)
    if (value >= 0) this.#number(value)
    else {
      this.#room(10)
      let rest = BigInt.asUintN(64, BigInt(value))
      for (; rest >= 0x80n; rest >>= 7n) this.#bytes[this.#at++] = Number(rest & 0x7fn) | 0x80
      this.#bytes[this.#at++] = Number(rest)
    }
  }

  fixed64(field: number, low: number, high: number): void {
    this.#number((field << 3) | 1)
    this.#room(8)
    this.#bytes.writeUInt32LE(low, this.#at)
    this.#bytes.writeUInt32LE(high, this.#at + 4)
    this.#at += 8
  }

  text(field: number, text: string): void {
    const size = Buffer.byteLength(text)
    this.#number((field << 3) | 2)
    this.#number(size)
    this.#room(size)
    this.#bytes.write(text, this.#at)
    this.#at += size
  }

  /** A message whose fields `write` puts; its length goes in front once it is known. */
  message(field: number, write: () => void): void {
    this.#number((field << 3) | 2)
    const lengthAt = this.#at
    this.#room(1)
    this.#at++
    write()
    const size = this.#at - lengthAt - 1
    let extra = 0
    for (let rest = size; rest >= 0x80; rest = Math.floor(rest / 128)) extra++
    if (extra > 0) {
      this.#room(extra)
      this.#bytes.copyWithin(lengthAt + 1 + extra, lengthAt + 1, this.#at)
    }
    const end = this.#at + extra
    this.#at = lengthAt
    this.#number(size)
    this.#at = end
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#at)
  }
}
