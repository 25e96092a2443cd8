import type { FloatHistogram, Labels } from '@binnacle/promql'
import { encodeSnappy } from './encode-snappy.ts'

export type WrittenSeries = {
  readonly labels: Labels
  /** Unix ms. */
  readonly ts: ArrayLike<number>
  /** A Float64Array keeps the bits of staleness markers. */
  readonly values: ArrayLike<number>
  readonly exemplars?: readonly { readonly labels: Labels; readonly ts: number; readonly value: number }[]
  readonly histograms?: readonly WrittenHistogram[]
}

/** Fields of prompb's `Histogram` as they are on the wire; nothing is checked. */
export type WrittenHistogram = {
  readonly ts: number
  readonly schema?: number
  readonly countInt?: number
  readonly countFloat?: number
  readonly zeroCountInt?: number
  readonly zeroCountFloat?: number
  readonly zeroThreshold?: number
  /** A Float64Array of one keeps the bits of a staleness marker. */
  readonly sum?: number | Float64Array
  /** 0 unknown, 1 reset, 2 no reset, 3 gauge. */
  readonly resetHint?: number
  /** Offset and length in turn. */
  readonly positiveSpans?: ArrayLike<number>
  readonly positiveDeltas?: ArrayLike<number>
  readonly positiveCounts?: ArrayLike<number>
  readonly negativeSpans?: ArrayLike<number>
  readonly negativeDeltas?: ArrayLike<number>
  readonly negativeCounts?: ArrayLike<number>
  readonly customValues?: ArrayLike<number>
  /** Repeated numbers one field each, as old senders may write them. */
  readonly unpacked?: boolean
}

/** A histogram as a sender writes it: with whole counts as an integer one where that is possible. */
export function toWritten(h: FloatHistogram, ts: number): WrittenHistogram {
  const { schema, zeroThreshold, sum, resetHint, positiveSpans, negativeSpans, customValues } = h
  const counts = [h.count, h.zeroCount, ...h.positiveBuckets, ...h.negativeBuckets]
  const common = { ts, schema, zeroThreshold, sum, resetHint, positiveSpans, negativeSpans, customValues }
  if (counts.every((count) => Number.isInteger(count))) {
    const deltas = (buckets: Float64Array) => buckets.map((count, i) => count - (i === 0 ? 0 : buckets[i - 1]!))
    return {
      ...common,
      countInt: h.count,
      zeroCountInt: h.zeroCount,
      positiveDeltas: deltas(h.positiveBuckets),
      negativeDeltas: deltas(h.negativeBuckets),
    }
  }
  return {
    ...common,
    countFloat: h.count,
    zeroCountFloat: h.zeroCount,
    positiveCounts: h.positiveBuckets,
    negativeCounts: h.negativeBuckets,
  }
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

export type WrittenSeriesV2 = WrittenSeries & {
  /** Type by its number, 1 counter, 2 gauge ... */
  readonly metadata?: { readonly type: number; readonly help: string; readonly unit: string }
}

/** A body as remote write 2.0 sends it. Source: io/prometheus/write/v2/types.proto. */
export function encodeRemoteWriteV2(series: readonly WrittenSeriesV2[]): Buffer {
  const symbols = new Map([['', 0]])
  const refOf = (text: string) => {
    const known = symbols.get(text)
    if (known !== undefined) return known
    symbols.set(text, symbols.size)
    return symbols.size - 1
  }
  const putRefs = (out: WireWriter, labels: Labels) =>
    out.message(1, () => {
      for (const text of labels) out.number(refOf(text))
    })
  const body = new WireWriter()
  for (const { labels, ts, values, exemplars = [], histograms = [], metadata } of series) {
    body.message(5, () => {
      putRefs(body, labels)
      putSamples(body, ts, values)
      for (const histogram of histograms) body.message(3, () => putHistogram(body, histogram))
      for (const exemplar of exemplars) {
        body.message(4, () => {
          putRefs(body, exemplar.labels)
          body.double(2, exemplar.value)
          body.varint(3, exemplar.ts)
        })
      }
      if (metadata === undefined) return
      body.message(5, () => {
        body.varint(1, metadata.type)
        body.varint(3, refOf(metadata.help))
        body.varint(4, refOf(metadata.unit))
      })
    })
  }
  const head = new WireWriter()
  for (const text of symbols.keys()) head.text(4, text)
  return encodeSnappy(Buffer.concat([head.finish(), body.finish()]))
}

function putSeries(out: WireWriter, { labels, ts, values, exemplars = [], histograms = [] }: WrittenSeries): void {
  putLabels(out, labels)
  putSamples(out, ts, values)
  for (const exemplar of exemplars) {
    out.message(3, () => {
      putLabels(out, exemplar.labels)
      out.double(2, exemplar.value)
      out.varint(3, exemplar.ts)
    })
  }
  for (const histogram of histograms) out.message(4, () => putHistogram(out, histogram))
}

function putSamples(out: WireWriter, ts: ArrayLike<number>, values: ArrayLike<number>): void {
  // As words: a number that passes through other hands may lose the bits of a staleness marker.
  const words = values instanceof Float64Array ? values : Float64Array.from(values)
  const bits = new Uint32Array(words.buffer, words.byteOffset, words.length * 2)
  for (let i = 0; i < words.length; i++) {
    out.message(2, () => {
      out.fixed64(1, bits[i * 2]!, bits[i * 2 + 1]!)
      out.varint(2, ts[i]!)
    })
  }
}

function putHistogram(out: WireWriter, h: WrittenHistogram): void {
  if (h.countInt !== undefined) out.varint(1, h.countInt)
  if (h.countFloat !== undefined) out.double(2, h.countFloat)
  if (h.sum !== undefined) out.double(3, h.sum)
  if (h.schema !== undefined) out.varint(4, zigzag(h.schema))
  if (h.zeroThreshold !== undefined) out.double(5, h.zeroThreshold)
  if (h.zeroCountInt !== undefined) out.varint(6, h.zeroCountInt)
  if (h.zeroCountFloat !== undefined) out.double(7, h.zeroCountFloat)
  putSpans(out, 8, h.negativeSpans)
  putDeltas(out, 9, h.negativeDeltas, h.unpacked)
  putDoubles(out, 10, h.negativeCounts, h.unpacked)
  putSpans(out, 11, h.positiveSpans)
  putDeltas(out, 12, h.positiveDeltas, h.unpacked)
  putDoubles(out, 13, h.positiveCounts, h.unpacked)
  if (h.resetHint !== undefined) out.varint(14, h.resetHint)
  out.varint(15, h.ts)
  putDoubles(out, 16, h.customValues, h.unpacked)
}

function putSpans(out: WireWriter, field: number, spans: ArrayLike<number> = []): void {
  for (let i = 0; i < spans.length; i += 2) {
    out.message(field, () => {
      out.varint(1, zigzag(spans[i]!))
      out.varint(2, spans[i + 1]!)
    })
  }
}

function putDeltas(out: WireWriter, field: number, deltas: ArrayLike<number> = [], unpacked = false): void {
  if (deltas.length === 0) return
  if (unpacked) for (let i = 0; i < deltas.length; i++) out.varint(field, zigzag(deltas[i]!))
  else {
    out.message(field, () => {
      for (let i = 0; i < deltas.length; i++) out.number(zigzag(deltas[i]!))
    })
  }
}

function putDoubles(out: WireWriter, field: number, values: ArrayLike<number> = [], unpacked = false): void {
  if (values.length === 0) return
  if (unpacked) for (let i = 0; i < values.length; i++) out.double(field, values[i]!)
  else {
    out.message(field, () => {
      for (let i = 0; i < values.length; i++) out.bareDouble(values[i]!)
    })
  }
}

/** Of whole numbers within 2^52. */
function zigzag(d: number): number {
  return d < 0 ? -2 * d - 1 : 2 * d
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

  /** A number without a tag, as it stands in packed fields. */
  number(value: number): void {
    this.#room(10)
    let rest = value
    while (rest >= 0x80) {
      this.#bytes[this.#at++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#at++] = rest
  }

  varint(field: number, value: number): void {
    this.number(field << 3)
    if (value >= 0) this.number(value)
    else {
      this.#room(10)
      let rest = BigInt.asUintN(64, BigInt(value))
      for (; rest >= 0x80n; rest >>= 7n) this.#bytes[this.#at++] = Number(rest & 0x7fn) | 0x80
      this.#bytes[this.#at++] = Number(rest)
    }
  }

  fixed64(field: number, low: number, high: number): void {
    this.number((field << 3) | 1)
    this.#room(8)
    this.#bytes.writeUInt32LE(low, this.#at)
    this.#bytes.writeUInt32LE(high, this.#at + 4)
    this.#at += 8
  }

  double(field: number, value: number | Float64Array): void {
    this.number((field << 3) | 1)
    this.bareDouble(value)
  }

  bareDouble(value: number | Float64Array): void {
    const one = typeof value === 'number' ? Float64Array.of(value) : value
    const [low = 0, high = 0] = new Uint32Array(one.buffer, one.byteOffset, 2)
    this.#room(8)
    this.#bytes.writeUInt32LE(low, this.#at)
    this.#bytes.writeUInt32LE(high, this.#at + 4)
    this.#at += 8
  }

  text(field: number, text: string): void {
    const size = Buffer.byteLength(text)
    this.number((field << 3) | 2)
    this.number(size)
    this.#room(size)
    this.#bytes.write(text, this.#at)
    this.#at += size
  }

  /** A message whose fields `write` puts; its length goes in front once it is known. */
  message(field: number, write: () => void): void {
    this.number((field << 3) | 2)
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
    this.number(size)
    this.#at = end
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#at)
  }
}
