import type { FloatHistogram } from '@binnacle/promql'
import type { MessageWriter } from './message-writer.ts'

/*
 * Field 4 of a series: a native histogram. Source: prometheus/prompb, types.proto.
 *
 *   Histogram    1 count_int | 2 count_float  3 sum  4 schema (sint32)  5 zero_threshold
 *                6 zero_count_int | 7 zero_count_float
 *                8 negative_spans*  9 negative_deltas* (sint64) | 10 negative_counts* (double)
 *                11 positive_spans*  12 positive_deltas* | 13 positive_counts*
 *                14 reset_hint  15 timestamp  16 custom_values*
 *   BucketSpan   1 offset (sint32)  2 length
 */

/**
 * With whole counts an integer histogram, as most are when they are scraped; Prometheus 3.5 stumbles over ranges of those
 * with float counts in this answer.
 */
export function putHistogram(message: MessageWriter, ts: number, h: FloatHistogram): void {
  const whole = isWhole(h)
  const from = message.begin(4)
  if (whole) message.int64(1, h.count)
  else message.double(2, h.count)
  message.double(3, h.sum)
  message.int64(4, zigzag(h.schema))
  message.double(5, h.zeroThreshold)
  if (whole) message.int64(6, h.zeroCount)
  else message.double(7, h.zeroCount)
  putSpans(message, 8, h.negativeSpans)
  if (whole) putDeltas(message, 9, h.negativeBuckets)
  else putDoubles(message, 10, h.negativeBuckets)
  putSpans(message, 11, h.positiveSpans)
  if (whole) putDeltas(message, 12, h.positiveBuckets)
  else putDoubles(message, 13, h.positiveBuckets)
  message.int64(14, h.resetHint)
  message.int64(15, ts)
  putDoubles(message, 16, h.customValues)
  message.end(from)
}

/** A staleness marker as Prometheus keeps it behind histograms: an empty one whose sum has the marker's bits. */
export function putStaleHistogram(message: MessageWriter, ts: number): void {
  const from = message.begin(4)
  message.int64(1, 0)
  message.fixed64(3, STALE_LOW, STALE_HIGH)
  message.int64(6, 0)
  message.int64(15, ts)
  message.end(from)
}

const STALE_LOW = 2
const STALE_HIGH = 0x7ff0_0000

function isWhole({ count, zeroCount, positiveBuckets, negativeBuckets }: FloatHistogram): boolean {
  const whole = (value: number) => Number.isSafeInteger(value) && value >= 0
  return whole(count) && whole(zeroCount) && positiveBuckets.every(whole) && negativeBuckets.every(whole)
}

function putSpans(message: MessageWriter, field: number, spans: Int32Array): void {
  for (let i = 0; i < spans.length; i += 2) {
    const from = message.begin(field)
    message.int64(1, zigzag(spans[i]!))
    message.int64(2, spans[i + 1]!)
    message.end(from)
  }
}

/** Packed, each bucket as its difference from the one before. */
function putDeltas(message: MessageWriter, field: number, buckets: Float64Array): void {
  if (buckets.length === 0) return
  const from = message.begin(field)
  for (let i = 0; i < buckets.length; i++) message.number(zigzag(buckets[i]! - (i === 0 ? 0 : buckets[i - 1]!)))
  message.end(from)
}

/** Packed, as the schema says. */
function putDoubles(message: MessageWriter, field: number, values: Float64Array): void {
  if (values.length > 0) message.data(field, new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value
}
