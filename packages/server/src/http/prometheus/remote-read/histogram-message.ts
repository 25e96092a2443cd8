import type { FloatHistogram } from '@binnacle/promql'
import type { MessageWriter } from './message-writer.ts'

/**
 * Field 4 of a series: a native histogram with float counts. Source: prometheus/prompb, types.proto.
 *
 *   Histogram    2 count_float  3 sum  4 schema (sint32)  5 zero_threshold  7 zero_count_float
 *                8 negative_spans*  10 negative_counts*  11 positive_spans*  13 positive_counts*
 *                14 reset_hint  15 timestamp  16 custom_values*
 *   BucketSpan   1 offset (sint32)  2 length
 */
export function putHistogram(message: MessageWriter, ts: number, h: FloatHistogram): void {
  const from = message.begin(4)
  message.double(2, h.count)
  message.double(3, h.sum)
  message.int64(4, zigzag(h.schema))
  message.double(5, h.zeroThreshold)
  message.double(7, h.zeroCount)
  putSpans(message, 8, h.negativeSpans)
  putDoubles(message, 10, h.negativeBuckets)
  putSpans(message, 11, h.positiveSpans)
  putDoubles(message, 13, h.positiveBuckets)
  message.int64(14, h.resetHint)
  message.int64(15, ts)
  putDoubles(message, 16, h.customValues)
  message.end(from)
}

function putSpans(message: MessageWriter, field: number, spans: Int32Array): void {
  for (let i = 0; i < spans.length; i += 2) {
    const from = message.begin(field)
    message.int64(1, zigzag(spans[i]!))
    message.int64(2, spans[i + 1]!)
    message.end(from)
  }
}

/** Packed, as the schema says. */
function putDoubles(message: MessageWriter, field: number, values: Float64Array): void {
  if (values.length > 0) message.data(field, new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value
}
