/*
 * The stream of `STREAMED_XOR_CHUNKS`: frames, each with chunks of one series.
 *
 *   frame                 uvarint: bytes of the message | CRC-32C of the message, high byte first | message
 *   ChunkedReadResponse   1 chunked_series (one)  2 query_index
 *   ChunkedSeries         1 labels*  2 chunks*
 *   Chunk                 1 min_time_ms  2 max_time_ms  3 type (1 XOR)  4 data
 *
 * Source: prometheus/prompb, remote.proto; storage/remote, chunked.go.
 */
import { formatLabels, type Labels, type SeriesBatch } from '@binnacle/promql'
import { BinnacleError } from '../../../config/index.ts'
import { crc32c } from './crc32c.ts'
import { MessageWriter } from './message-writer.ts'
import { SAMPLES_PER_CHUNK, XorEncoder } from './xor-chunk.ts'

const XOR = 1
/** Frames are handed on together once they have so many bytes. */
const PIECE_BYTES = 64 * 1024

/** Frames of all series of the batches, which come in the order of their labels. */
export async function* chunkFrames(
  batches: AsyncIterable<SeriesBatch>,
  { queryIndex, maxFrameBytes }: { readonly queryIndex: number; readonly maxFrameBytes: number },
): AsyncGenerator<Buffer> {
  const frames = new FrameWriter(queryIndex)
  const encoder = new XorEncoder()
  for await (const { count, labels, starts, ts, values, histograms } of batches) {
    const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2)
    for (let i = 0; i < count; i++) {
      const end = starts[i + 1]!
      frames.open(labels[i]!)
      for (let from = starts[i]!; from < end; ) {
        const to = Math.min(end, from + SAMPLES_PER_CHUNK)
        if (histograms !== undefined) refuseHistograms(histograms, from, to, labels[i]!)
        frames.chunk(ts[from]!, ts[to - 1]!, encoder.encode(ts, words, from, to))
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

  chunk(minMs: number, maxMs: number, data: Uint8Array): void {
    const message = this.#message
    const from = message.begin(2)
    message.int64(1, minMs)
    message.int64(2, maxMs)
    message.int64(3, XOR)
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

/** A float chunk has no place for them, and leaving them out would look like a gap. */
function refuseHistograms(
  histograms: NonNullable<SeriesBatch['histograms']>,
  from: number,
  to: number,
  labels: Labels,
): void {
  for (let i = from; i < to; i++) {
    if (histograms[i] === undefined) continue
    throw new BinnacleError(
      'remote_read.histograms',
      `${formatLabels(labels)} has native histograms, which are not streamed as chunks yet`,
      { hint: 'ask for the response type SAMPLES, or leave these series out' },
    )
  }
}
