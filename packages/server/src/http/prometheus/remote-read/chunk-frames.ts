/*
 * The stream of `STREAMED_XOR_CHUNKS`: frames, each with chunks of one series.
 *
 *   frame                 uvarint: bytes of the message | CRC-32C of the message, high byte first | message
 *   ChunkedReadResponse   1 chunked_series (one)  2 query_index
 *   ChunkedSeries         1 labels*  2 chunks*
 *   Chunk                 1 min_time_ms  2 max_time_ms  3 type (1 XOR, 3 FLOAT_HISTOGRAM)  4 data
 *
 * Source: prometheus/prompb, remote.proto; storage/remote, chunked.go.
 */
import type { Labels, SeriesBatch } from '@binnacle/promql'
import { crc32c } from './crc32c.ts'
import { HistogramEncoder } from './histogram-chunk.ts'
import { MessageWriter } from './message-writer.ts'
import { SAMPLES_PER_CHUNK, XorEncoder } from './xor-chunk.ts'

const XOR = 1
const FLOAT_HISTOGRAM = 3
/** Frames are handed on together once they have so many bytes. */
const PIECE_BYTES = 64 * 1024

/** Frames of all series of the batches, which come in the order of their labels. */
export async function* chunkFrames(
  batches: AsyncIterable<SeriesBatch>,
  { queryIndex, maxFrameBytes }: { readonly queryIndex: number; readonly maxFrameBytes: number },
): AsyncGenerator<Buffer> {
  const frames = new FrameWriter(queryIndex)
  const encoder = new XorEncoder()
  const histogramEncoder = new HistogramEncoder()
  for await (const { count, labels, starts, ts, values, histograms } of batches) {
    const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2)
    for (let i = 0; i < count; i++) {
      const end = starts[i + 1]!
      frames.open(labels[i]!)
      for (let from = starts[i]!; from < end; ) {
        let to = Math.min(end, from + SAMPLES_PER_CHUNK)
        if (histograms?.[from] !== undefined) {
          const { chunk, next } = histogramEncoder.encode(ts, histograms, from, end)
          frames.chunk(FLOAT_HISTOGRAM, { minMs: ts[from]!, maxMs: ts[next - 1]!, data: chunk })
          to = next
        } else {
          if (histograms !== undefined) to = endOfNumbers(histograms, from, to)
          frames.chunk(XOR, { minMs: ts[from]!, maxMs: ts[to - 1]!, data: encoder.encode(ts, words, from, to) })
        }
        from = to
        if (frames.openBytes >= maxFrameBytes && from < end) {
          frames.close()
          frames.open(labels[i]!)
        }
      }
      frames.close()
      if (frames.bytes >= PIECE_BYTES) yield frames.take()
    }
  }
  if (frames.bytes > 0) yield frames.take()
}

/** One frame a label set, without chunks: what a reader gets who only asks which series there are. */
export function labelFrames(series: readonly Labels[], queryIndex: number): Buffer {
  const frames = new FrameWriter(queryIndex)
  for (const labels of series) {
    frames.open(labels)
    frames.close()
  }
  return frames.take()
}

class FrameWriter {
  readonly #message = new MessageWriter()
  readonly #queryIndex: number
  #series = 0
  #frames: Buffer[] = []
  bytes = 0

  constructor(queryIndex: number) {
    this.#queryIndex = queryIndex
  }

  /** Bytes of the frame that is being written. */
  get openBytes(): number {
    return this.#message.length
  }

  open(labels: Labels): void {
    this.#message.length = 0
    this.#series = this.#message.begin(1)
    this.#message.labels(labels)
  }

  chunk(type: number, { minMs, maxMs, data }: { minMs: number; maxMs: number; data: Uint8Array }): void {
    const message = this.#message
    const from = message.begin(2)
    message.int64(1, minMs)
    message.int64(2, maxMs)
    message.int64(3, type)
    message.data(4, data)
    message.end(from)
  }

  close(): void {
    const message = this.#message
    message.end(this.#series)
    if (this.#queryIndex > 0) message.int64(2, this.#queryIndex)
    const { bytes } = message
    const frame = Buffer.allocUnsafe(bytes.length + 9)
    let at = 0
    let rest = bytes.length
    for (; rest >= 0x80; rest >>>= 7) frame[at++] = (rest & 0x7f) | 0x80
    frame[at++] = rest
    at = frame.writeUInt32BE(crc32c(bytes), at)
    at += bytes.copy(frame, at)
    this.#frames.push(frame.subarray(0, at))
    this.bytes += at
  }

  take(): Buffer {
    const all = Buffer.concat(this.#frames, this.bytes)
    this.#frames = []
    this.bytes = 0
    return all
  }
}

/** Where the numbers from `from` on end: at the next histogram, or at `to`. */
function endOfNumbers(histograms: NonNullable<SeriesBatch['histograms']>, from: number, to: number): number {
  for (let i = from; i < to; i++) if (histograms[i] !== undefined) return i
  return to
}
