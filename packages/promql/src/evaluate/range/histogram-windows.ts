// Sums of histograms over windows that overlap. Where all samples have the same buckets and whole counts, what leaves a
// window is subtracted again, exactly: a step costs what enters and leaves, not the whole window.

import {
  areAligned,
  type FloatHistogram,
  GAUGE,
  HintsSeen,
  newDoubles,
  type ResetHint,
  UNKNOWN_RESET,
} from '../../native-histogram/index.ts'
import { compensatedSum } from '../numbers/kahan.ts'
import type { MixedSamples } from './range-context.ts'

/** A sum that was found, and whether hints of resets in the window contradict each other. */
export type WindowSum = { readonly histogram: FloatHistogram; readonly collide: boolean }

/**
 * Gives the sum of `[lo..hi)`, or, with `mean`, the mean; undefined where the samples have to be added one by one. To be
 * asked with ascending windows.
 */
export function createWindowSums(
  samples: MixedSamples,
  mean: boolean,
): (lo: number, hi: number) => WindowSum | undefined {
  const { histograms, from, to } = samples
  const runs = alignedRuns(samples)
  const sums = Float64Array.from({ length: to - from }, (_, i) => histograms[from + i]?.sum ?? 0)
  let positive = new Float64Array(0)
  let negative = new Float64Array(0)
  let count = 0
  let zeroCount = 0
  let heldFrom = from
  let heldTo = from

  function add(h: FloatHistogram, sign: 1 | -1): void {
    const { positiveBuckets, negativeBuckets } = h
    for (let i = 0; i < positiveBuckets.length; i++) positive[i]! += sign * positiveBuckets[i]!
    for (let i = 0; i < negativeBuckets.length; i++) negative[i]! += sign * negativeBuckets[i]!
    count += sign * h.count
    zeroCount += sign * h.zeroCount
  }

  return (lo, hi) => {
    const run = runs[lo - from]!
    if (run === 0 || run !== runs[hi - 1 - from]) return undefined
    const first = histograms[lo]!
    if (lo >= heldTo || runs[heldFrom - from] !== run) {
      positive = new Float64Array(first.positiveBuckets.length)
      negative = new Float64Array(first.negativeBuckets.length)
      count = 0
      zeroCount = 0
      heldTo = lo
    } else for (let i = heldFrom; i < lo; i++) add(histograms[i]!, -1)
    heldFrom = lo
    for (; heldTo < hi; heldTo++) add(histograms[heldTo]!, 1)
    const { resetHint, collide } = hintOf(histograms, lo, hi)
    const divisor = mean ? hi - lo : 1
    const histogram = {
      resetHint,
      schema: first.schema,
      zeroThreshold: first.zeroThreshold,
      zeroCount: zeroCount / divisor,
      count: count / divisor,
      sum: compensatedSum(sums, lo - from, hi - from) / divisor,
      positiveSpans: first.positiveSpans,
      positiveBuckets: divided(positive, divisor),
      negativeSpans: first.negativeSpans,
      negativeBuckets: divided(negative, divisor),
      customValues: first.customValues,
    }
    return { histogram, collide }
  }
}

function divided(buckets: Float64Array, divisor: number): Float64Array {
  const out = newDoubles(buckets.length)
  for (let i = 0; i < buckets.length; i++) out[i] = buckets[i]! / divisor
  return out
}

/**
 * Numbers the runs of neighbouring samples with the same buckets, all of whose counts are whole and can be added up
 * exactly; 0 for a sample that is in none.
 */
function alignedRuns({ histograms, from, to }: MixedSamples): Uint32Array {
  const runs = new Uint32Array(to - from)
  let run = 0
  let magnitude = 0
  let before: FloatHistogram | undefined
  for (let i = from; i < to; i++) {
    const one = histograms[i]
    const largest = one === undefined ? Number.POSITIVE_INFINITY : largestWhole(one)
    if (largest > Number.MAX_SAFE_INTEGER) {
      before = undefined
      continue
    }
    magnitude += largest
    if (before === undefined || magnitude > Number.MAX_SAFE_INTEGER || !areAligned(before, one!)) {
      run++
      magnitude = largest
    }
    runs[i - from] = run
    before = one
  }
  return runs
}

/** The largest of all counts of a histogram; infinite when one is not whole. */
function largestWhole(h: FloatHistogram): number {
  const { positiveBuckets, negativeBuckets } = h
  let largest = Math.max(wholeOrInfinite(h.count), wholeOrInfinite(h.zeroCount))
  for (let i = 0; i < positiveBuckets.length; i++) largest = Math.max(largest, wholeOrInfinite(positiveBuckets[i]!))
  for (let i = 0; i < negativeBuckets.length; i++) largest = Math.max(largest, wholeOrInfinite(negativeBuckets[i]!))
  return largest
}

function wholeOrInfinite(value: number): number {
  return value === Math.floor(value) ? Math.abs(value) : Number.POSITIVE_INFINITY
}

/** The hint of a sum: that of all, a gauge where one is, otherwise unknown. */
function hintOf(
  histograms: MixedSamples['histograms'],
  lo: number,
  hi: number,
): { readonly resetHint: ResetHint; readonly collide: boolean } {
  const seen = new HintsSeen()
  let { resetHint } = histograms[lo]!
  for (let i = lo; i < hi; i++) {
    const one = histograms[i]!
    seen.note(one)
    if (one.resetHint === resetHint) continue
    resetHint = resetHint === GAUGE || one.resetHint === GAUGE ? GAUGE : UNKNOWN_RESET
  }
  return { resetHint, collide: seen.collide }
}
