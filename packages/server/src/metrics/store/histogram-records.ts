import { encodeHistograms } from './chunk/index.ts'
import type { SampleBatch } from './sample-batch.ts'

/** The histograms of a batch as head and log keep them: a chunk of one sample each, by the same places. */
export function recordsOf({ ts, histograms, length }: SampleBatch): (Uint8Array | undefined)[] {
  const records = new Array<Uint8Array | undefined>(length).fill(undefined)
  if (histograms === undefined) return records
  for (let i = 0; i < length; i++) {
    if (histograms[i] !== undefined) records[i] = encodeHistograms(ts, histograms, i, i + 1).bytes.slice()
  }
  return records
}

/** About the size of those, before they are made; rather more than less. */
export function bytesOfHistograms({ histograms, length }: SampleBatch): number {
  let bytes = 0
  for (let i = 0; i < length && histograms !== undefined; i++) {
    const histogram = histograms[i]
    if (histogram === undefined) continue
    const { positiveBuckets, negativeBuckets, positiveSpans, negativeSpans, customValues } = histogram
    bytes += 64 + 4 * (positiveBuckets.length + negativeBuckets.length + positiveSpans.length + negativeSpans.length)
    bytes += 8 * customValues.length
  }
  return bytes
}
