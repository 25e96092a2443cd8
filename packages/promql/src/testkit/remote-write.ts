// A remote write request (1.0): the only way native histograms get into a Prometheus that scrapes nothing.
// Source: prometheus/prometheus, prompb/remote.proto and prompb/types.proto; google/snappy, format_description.txt.

import type { FloatHistogram } from '../native-histogram/index.ts'
import type { MemorySeries } from './memory-source.ts'

/** The body of a request, compressed as the protocol demands. */
export function encodeWriteRequest(series: readonly MemorySeries[]): Uint8Array<ArrayBuffer> {
  const request = Buffer.concat(series.map((one) => message(1, timeSeries(one))))
  return Uint8Array.from(wrapInSnappy(request))
}

function timeSeries({ labels, ts, values, histograms }: MemorySeries): Buffer {
  const parts: Buffer[] = []
  for (let i = 0; i < labels.length; i += 2) {
    parts.push(message(1, Buffer.concat([text(1, labels[i]!), text(2, labels[i + 1]!)])))
  }
  for (const [i, t] of ts.entries()) {
    const histogram = histograms?.[i]
    if (histogram === undefined) parts.push(message(2, Buffer.concat([double(1, values[i]!), whole(2, t)])))
    else parts.push(message(4, histogramOf(histogram, t)))
  }
  return Buffer.concat(parts)
}

function histogramOf(h: FloatHistogram, t: number): Buffer {
  return Buffer.concat([
    double(2, h.count),
    double(3, h.sum),
    whole(4, zigzag(h.schema)),
    double(5, h.zeroThreshold),
    double(7, h.zeroCount),
    ...spans(8, h.negativeSpans),
    doubles(10, h.negativeBuckets),
    ...spans(11, h.positiveSpans),
    doubles(13, h.positiveBuckets),
    whole(14, h.resetHint),
    whole(15, t),
    doubles(16, h.customValues),
  ])
}

function spans(field: number, flat: Int32Array): Buffer[] {
  const parts: Buffer[] = []
  for (let i = 0; i < flat.length; i += 2) {
    parts.push(message(field, Buffer.concat([whole(1, zigzag(flat[i]!)), whole(2, flat[i + 1]!)])))
  }
  return parts
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value
}

/** A whole number that is not negative, as a varint. */
function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest % 128) + 128)
  }
}

function whole(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)])
}

function double(field: number, value: number): Buffer {
  const body = Buffer.alloc(8)
  body.writeDoubleLE(value)
  return Buffer.concat([varint(field * 8 + 1), body])
}

function message(field: number, body: Uint8Array): Buffer {
  return Buffer.concat([varint(field * 8 + 2), varint(body.length), body])
}

function text(field: number, value: string): Buffer {
  return message(field, Buffer.from(value))
}

function doubles(field: number, values: Float64Array): Buffer {
  const body = Buffer.alloc(8 * values.length)
  for (const [i, value] of values.entries()) body.writeDoubleLE(value, 8 * i)
  return message(field, body)
}

/** Snappy's block format, nothing compressed: literals of at most 64 KiB. */
function wrapInSnappy(body: Buffer): Buffer {
  const parts = [varint(body.length)]
  for (let at = 0; at < body.length; at += 65_536) {
    const part = body.subarray(at, at + 65_536)
    const length = part.length - 1
    parts.push(Buffer.from([61 << 2, length & 255, length >> 8]), part)
  }
  return Buffer.concat(parts)
}
