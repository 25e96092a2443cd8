/*
 * The answer `SAMPLES`: one message in a snappy block.
 *
 *   ReadResponse   1 results*
 *   QueryResult    1 timeseries*
 *   TimeSeries     1 labels*  2 samples*  4 histograms*
 *   Sample         1 value (double)  2 timestamp (ms)
 *
 * Source: prometheus/prompb, remote.proto and types.proto.
 */
import { isStaleAt, type Labels, type SeriesBatch } from '@binnacle/promql'
import { BinnacleError } from '../../../config/index.ts'
import { putHistogram, putStaleHistogram } from './histogram-message.ts'
import { MessageWriter } from './message-writer.ts'

/** Gathers one result a query; bounded, as all of it has to be there before its length is known. */
export class ReadResponse {
  readonly #maxSamples: number
  readonly #results: Buffer[][] = []
  readonly #message = new MessageWriter()
  #samples = 0

  constructor(maxSamples: number) {
    this.#maxSamples = maxSamples
  }

  /** Throws `remote_read.max_samples`. */
  async add(batches: AsyncIterable<SeriesBatch>): Promise<void> {
    const pieces: Buffer[] = []
    this.#results.push(pieces)
    for await (const { count, labels, starts, ts, values, histograms } of batches) {
      this.#count(starts[count]! - starts[0]!)
      const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2)
      const message = this.#message
      message.length = 0
      for (let i = 0; i < count; i++) {
        const series = message.begin(1)
        message.labels(labels[i]!)
        const end = starts[i + 1]!
        for (let at = starts[i]!; at < end; at++) {
          const histogram = histograms?.[at]
          if (histogram !== undefined) putHistogram(message, ts[at]!, histogram)
          else if (at > starts[i]! && histograms?.[at - 1] !== undefined && isStaleAt(values, at)) {
            // Prometheus 3.5 stumbles over a number among the histograms of one answer.
            putStaleHistogram(message, ts[at]!)
          } else message.sample(ts[at]!, words[at * 2]!, words[at * 2 + 1]!)
        }
        message.end(series)
      }
      pieces.push(Buffer.from(message.bytes))
    }
  }

  addLabels(series: readonly Labels[]): void {
    const message = this.#message
    message.length = 0
    for (const labels of series) {
      const from = message.begin(1)
      message.labels(labels)
      message.end(from)
    }
    this.#results.push([Buffer.from(message.bytes)])
  }

  /** The message; the response must not be used any more. */
  finish(): Buffer[] {
    const out: Buffer[] = []
    for (const pieces of this.#results) {
      const message = this.#message
      message.length = 0
      message.number(1 * 8 + 2)
      message.number(pieces.reduce((sum, { length }) => sum + length, 0))
      out.push(Buffer.from(message.bytes), ...pieces)
    }
    return out
  }

  #count(samples: number): void {
    this.#samples += samples
    if (this.#samples <= this.#maxSamples) return
    throw new BinnacleError('remote_read.max_samples', `exceeded sample limit (${this.#maxSamples})`, {
      kind: 'limit',
      hint: `remote_read.max_samples is ${this.#maxSamples}: ask for less, or for the response type STREAMED_XOR_CHUNKS, which has no such limit`,
    })
  }
}
