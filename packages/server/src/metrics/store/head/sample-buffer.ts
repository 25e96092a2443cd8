import type { FloatHistogram } from '@binnacle/promql'
import { type ChunkHeader, decodeChunk, decodeHistograms, KIND_HISTOGRAM } from '../chunk/index.ts'

/**
 * Samples of one series after another, as columns, growing by doubling; the owner reuses it.
 * Values are moved as pairs of 32-bit words, so that no NaN payload (staleness marker) is ever quieted on the way.
 */
export type SampleBuffer = {
  length: number
  ts: Float64Array
  values: Float64Array
  /** The same memory as `values`. */
  words: Uint32Array
  /**
   * Native histograms by the same places, undefined where the sample is a number; never longer than `length`. Absent
   * until there is one. The value beside a histogram is NaN and counts for nothing.
   */
  histograms: (FloatHistogram | undefined)[] | undefined
}

export function createSampleBuffer(capacity = 1024): SampleBuffer {
  const values = new Float64Array(capacity)
  return {
    length: 0,
    ts: new Float64Array(capacity),
    values,
    words: new Uint32Array(values.buffer),
    histograms: undefined,
  }
}

/** Buffers that have grown already, for readers that come and go: growing one for each would be most of their garbage. */
export type SampleBuffers = {
  take(): SampleBuffer
  /** The caller keeps no view of its columns. */
  give(buffer: SampleBuffer): void
}

/** Kept at most: so many, of up to so many samples (1 MB). */
const KEPT_BUFFERS = 4
const KEPT_SAMPLES = 65_536

export function createSampleBuffers(): SampleBuffers {
  const free: SampleBuffer[] = []
  return {
    take: () => free.pop() ?? createSampleBuffer(4096),
    give(buffer) {
      clear(buffer)
      if (free.length < KEPT_BUFFERS && buffer.ts.length <= KEPT_SAMPLES) free.push(buffer)
    },
  }
}

/** Takes all samples out. */
export function clear(buffer: SampleBuffer): void {
  buffer.length = 0
  buffer.histograms = undefined
}

/** Sets a shorter `length`. */
export function shorten(buffer: SampleBuffer, length: number): void {
  buffer.length = length
  if (buffer.histograms !== undefined && buffer.histograms.length > length) buffer.histograms.length = length
}

/** Appends the samples of the chunk of either kind at `bytes[at]`, which has this header. */
export function appendChunk(bytes: Uint8Array, at: number, header: ChunkHeader, out: SampleBuffer): void {
  const start = out.length
  reserve(out, header.count)
  if (header.kind === KIND_HISTOGRAM) {
    out.histograms ??= []
    out.length += decodeHistograms(bytes, at, out.ts, out.histograms, start)
    out.values.fill(Number.NaN, start, out.length)
  } else out.length += decodeChunk(bytes, at, out.ts, out.values, start)
}

/** Where the run of samples of one kind ends that begins at `from`. */
export function runEnd(buffer: SampleBuffer, from: number): number {
  const { histograms, length } = buffer
  if (histograms === undefined) return length
  const isHistogram = histograms[from] !== undefined
  let to = from + 1
  while (to < length && (histograms[to] !== undefined) === isHistogram) to++
  return to
}

/** Makes room for `more` samples behind `length`. */
export function reserve(buffer: SampleBuffer, more: number): void {
  const need = buffer.length + more
  if (need <= buffer.ts.length) return
  const capacity = Math.max(need, buffer.ts.length * 2)
  const ts = new Float64Array(capacity)
  ts.set(buffer.ts.subarray(0, buffer.length))
  const values = new Float64Array(capacity)
  const words = new Uint32Array(values.buffer)
  words.set(buffer.words.subarray(0, buffer.length * 2))
  buffer.ts = ts
  buffer.values = values
  buffer.words = words
}

/** Keeps of the samples from index `start` on only those with `fromMs <= ts <= toMs`. Their times ascend. */
export function trim(buffer: SampleBuffer, start: number, fromMs: number, toMs: number): void {
  let end = buffer.length
  while (end > start && buffer.ts[end - 1]! > toMs) end--
  let first = start
  if (first < end && buffer.ts[first]! < fromMs) {
    // Binary search for the first sample inside: whole chunks are decoded although a query may want their last minutes.
    let low = first
    let high = end
    while (low < high) {
      const mid = (low + high) >>> 1
      if (buffer.ts[mid]! < fromMs) low = mid + 1
      else high = mid
    }
    first = low
  }
  if (first > start) {
    buffer.ts.copyWithin(start, first, end)
    buffer.words.copyWithin(start * 2, first * 2, end * 2)
    buffer.histograms?.copyWithin(start, first, end)
  }
  shorten(buffer, start + (end - first))
}

/**
 * Merges two ascending runs that lie in `buffer` behind one another, `[start, middle)` and `[middle, length)`, into one
 * strictly ascending run. On equal times the first run's sample stays: it was there before.
 */
export function mergeRuns(buffer: SampleBuffer, start: number, middle: number): void {
  const end = buffer.length
  if (middle <= start || middle >= end) return
  if (buffer.ts[middle - 1]! < buffer.ts[middle]!) return
  const leftTs = buffer.ts.slice(start, middle)
  const leftWords = buffer.words.slice(start * 2, middle * 2)
  const rightTs = buffer.ts.slice(middle, end)
  const rightWords = buffer.words.slice(middle * 2, end * 2)
  const { histograms } = buffer
  const leftHistograms = histograms?.slice(start, middle)
  const rightHistograms = histograms?.slice(middle, end)
  let left = 0
  let right = 0
  let at = start
  while (left < leftTs.length || right < rightTs.length) {
    const takeLeft = right >= rightTs.length || (left < leftTs.length && leftTs[left]! <= rightTs[right]!)
    const time = takeLeft ? leftTs[left]! : rightTs[right]!
    const words = takeLeft ? leftWords : rightWords
    const from = takeLeft ? left++ : right++
    if (at > start && buffer.ts[at - 1] === time) continue
    buffer.ts[at] = time
    buffer.words[at * 2] = words[from * 2]!
    buffer.words[at * 2 + 1] = words[from * 2 + 1]!
    if (histograms !== undefined) histograms[at] = (takeLeft ? leftHistograms : rightHistograms)![from]
    at++
  }
  shorten(buffer, at)
}
