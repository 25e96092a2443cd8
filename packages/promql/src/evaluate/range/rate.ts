// rate, increase and delta over a series, for all steps in one pass.
//
//   ts      t0 t1 t2 t3 t4 ...        samples of one series, ascending
//   window     (lo .. hi)             two indices that only move forward, as the windows' ends ascend
//   resets  [2, 7, ...]               indices whose value is below the one before: found once per series, so that a
//                                     window's correction is a sum over the few resets inside it

import type { Windows } from '../run/windows.ts'
import type { RangeReducer } from './range-context.ts'

export type RateMode = { readonly isCounter: boolean; readonly perSecond: boolean }

/**
 * Extrapolated increase as Prometheus defines it: the difference of last and first sample, counter resets added,
 * extended to the ends of the window where samples come close to them (within 1.1 average intervals; otherwise by half
 * an interval), for counters never below zero. Source: Prometheus docs, querying functions, `rate`.
 */
export function createRateReducer(windows: Windows, mode: RateMode): RangeReducer {
  let resets = new Int32Array(16)
  return (ts, values, from, to, out) => {
    let resetCount = 0
    if (mode.isCounter) {
      let previous = values[from]!
      for (let i = from + 1; i < to; i++) {
        const value = values[i]!
        if (value < previous) {
          if (resetCount === resets.length) {
            const wider = new Int32Array(2 * resetCount)
            wider.set(resets)
            resets = wider
          }
          resets[resetCount++] = i
        }
        previous = value
      }
    }
    // Of several samples a step the loop that jumps is faster by a third; of few, its guesses cost more than they save.
    const jumps = (to - from) * windows.strideMs > 3 * (ts[to - 1]! - ts[from]!)
    const fill = jumps ? fillRatesByJumps : fillRates
    fill(ts, values, from, to, windows, mode, resets, resetCount, out.values, out.present)
  }
}

/** The loop over the steps: everything in locals, as reads through objects and closures cost a third of its time. */
function fillRates(
  ts: Float64Array,
  values: Float64Array,
  from: number,
  to: number,
  windows: Windows,
  mode: RateMode,
  resets: Int32Array,
  resetCount: number,
  out: Float64Array,
  present: Uint8Array,
): void {
  const { firstEndMs, strideMs, widthMs, steps } = windows
  const isCounter = mode.isCounter
  const perRange = mode.perSecond ? widthMs / 1000 : 1
  let lo = from
  let hi = from
  let firstReset = 0
  for (let step = 0; step < steps; step++) {
    const endMs = firstEndMs + step * strideMs
    const startMs = endMs - widthMs
    while (hi < to && ts[hi]! <= endMs) hi++
    while (lo < hi && ts[lo]! <= startMs) lo++
    const intervals = hi - lo - 1
    if (intervals < 1) {
      present[step] = 0
      continue
    }
    const firstMs = ts[lo]!
    const lastMs = ts[hi - 1]!
    const first = values[lo]!
    let increase = values[hi - 1]! - first
    if (resetCount > 0) {
      while (firstReset < resetCount && resets[firstReset]! <= lo) firstReset++
      for (let r = firstReset; r < resetCount && resets[r]! < hi; r++) increase += values[resets[r]! - 1]!
    }
    // In seconds and in Prometheus's order of operations: the answer is the same to the last bit, so that a quantile
    // over rates falls into the same bucket.
    const sampled = (lastMs - firstMs) / 1000
    const average = sampled / intervals
    const threshold = average * 1.1
    let toStart = (firstMs - startMs) / 1000
    let toEnd = (endMs - lastMs) / 1000
    if (toStart >= threshold) toStart = average / 2
    if (isCounter && increase > 0 && first >= 0) {
      const toZero = sampled * (first / increase)
      if (toZero < toStart) toStart = toZero
    }
    if (toEnd >= threshold) toEnd = average / 2
    out[step] = increase * ((sampled + toStart + toEnd) / sampled / perRange)
    present[step] = 1
  }
}

/**
 * The same for windows that move by several samples a step. Where the last step's jump leads to the right sample again,
 * none in between is looked at; and where a window lies about its samples as the last one did, which is so at every step
 * of a series that is scraped on time, the factor from increase to rate is the same, and its divisions are saved.
 */
function fillRatesByJumps(
  ts: Float64Array,
  values: Float64Array,
  from: number,
  to: number,
  windows: Windows,
  mode: RateMode,
  resets: Int32Array,
  resetCount: number,
  out: Float64Array,
  present: Uint8Array,
): void {
  const { firstEndMs, strideMs, widthMs, steps } = windows
  const isCounter = mode.isCounter
  const perRange = mode.perSecond ? widthMs / 1000 : 1
  let lo = from
  let hi = from
  let firstReset = 0
  let hiJump = 1
  let loJump = 1
  // How the last window lay about its samples, and what follows from that.
  let startGapMs = Number.NaN
  let endGapMs = Number.NaN
  let spanMs = Number.NaN
  let lastIntervals = 0
  let sampled = 0
  let toStart = 0
  let toEnd = 0
  let factor = 0
  for (let step = 0; step < steps; step++) {
    const endMs = firstEndMs + step * strideMs
    const startMs = endMs - widthMs
    const hiGuess = hi + hiJump
    if (hiGuess < to && ts[hiGuess - 1]! <= endMs && ts[hiGuess]! > endMs) hi = hiGuess
    else {
      const before = hi
      while (hi < to && ts[hi]! <= endMs) hi++
      hiJump = hi === before ? 1 : hi - before
    }
    const loGuess = lo + loJump
    if (loGuess < hi && ts[loGuess - 1]! <= startMs && ts[loGuess]! > startMs) lo = loGuess
    else {
      const before = lo
      while (lo < hi && ts[lo]! <= startMs) lo++
      loJump = lo === before ? 1 : lo - before
    }
    const intervals = hi - lo - 1
    if (intervals < 1) {
      present[step] = 0
      continue
    }
    const firstMs = ts[lo]!
    const lastMs = ts[hi - 1]!
    const first = values[lo]!
    let increase = values[hi - 1]! - first
    if (resetCount > 0) {
      while (firstReset < resetCount && resets[firstReset]! <= lo) firstReset++
      for (let r = firstReset; r < resetCount && resets[r]! < hi; r++) increase += values[resets[r]! - 1]!
    }
    if (
      firstMs - startMs !== startGapMs ||
      endMs - lastMs !== endGapMs ||
      lastMs - firstMs !== spanMs ||
      intervals !== lastIntervals
    ) {
      startGapMs = firstMs - startMs
      endGapMs = endMs - lastMs
      spanMs = lastMs - firstMs
      lastIntervals = intervals
      sampled = spanMs / 1000
      const average = sampled / intervals
      const threshold = average * 1.1
      toStart = startGapMs / 1000
      if (toStart >= threshold) toStart = average / 2
      toEnd = endGapMs / 1000
      if (toEnd >= threshold) toEnd = average / 2
      factor = (sampled + toStart + toEnd) / sampled / perRange
    }
    present[step] = 1
    // A counter that began above twice its increase was zero too long ago to matter.
    if (isCounter && increase > 0 && first >= 0 && first < 2 * increase) {
      const toZero = sampled * (first / increase)
      if (toZero < toStart) {
        out[step] = increase * ((sampled + toZero + toEnd) / sampled / perRange)
        continue
      }
    }
    out[step] = increase * factor
  }
}
