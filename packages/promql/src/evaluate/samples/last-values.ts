import type { FloatHistogram } from '../../native-histogram/index.ts'
import type { Column } from '../column/column.ts'
import type { SampleHistograms, Windows } from '../run/windows.ts'
import { isStaleAt } from './stale.ts'

/** The loop over the steps of an instant selector, with everything in locals; false when no step has a value. */
export function fillLastValues(
  ts: Float64Array,
  values: Float64Array,
  from: number,
  to: number,
  windows: Windows,
  out: Float64Array,
  present: Uint8Array,
  asTimestamp: boolean,
): boolean {
  const { firstEndMs, strideMs, widthMs, steps } = windows
  // Of several samples a step, those in between are passed over where the last step's jump fits again.
  const jumps = (to - from) * strideMs > 3 * (ts[to - 1]! - ts[from]!)
  let jump = 1
  let hi = from
  let count = 0
  for (let step = 0; step < steps; step++) {
    const endMs = firstEndMs + step * strideMs
    const guess = hi + jump
    if (jumps && guess < to && ts[guess - 1]! <= endMs && ts[guess]! > endMs) hi = guess
    else {
      const before = hi
      while (hi < to && ts[hi]! <= endMs) hi++
      jump = hi === before ? 1 : hi - before
    }
    present[step] = 0
    if (hi === from) continue
    const atMs = ts[hi - 1]!
    if (atMs <= endMs - widthMs) continue
    const value = values[hi - 1]!
    // biome-ignore lint/suspicious/noSelfCompare: the fastest test for NaN in a hot loop
    if (value !== value && isStaleAt(values, hi - 1)) continue
    out[step] = asTimestamp ? atMs / 1000 : value
    present[step] = 1
    count++
  }
  return count > 0
}

/** As `fillLastValues`, for a series with native histograms. */
export function fillLastHistograms(
  ts: Float64Array,
  values: Float64Array,
  from: number,
  to: number,
  histograms: NonNullable<SampleHistograms>,
  windows: Windows,
  out: Column,
  asTimestamp: boolean,
): boolean {
  const { firstEndMs, strideMs, widthMs, steps } = windows
  const cells = new Array<FloatHistogram | undefined>(steps).fill(undefined)
  out.histograms = asTimestamp ? undefined : cells
  let hi = from
  let count = 0
  for (let step = 0; step < steps; step++) {
    const endMs = firstEndMs + step * strideMs
    while (hi < to && ts[hi]! <= endMs) hi++
    out.present[step] = 0
    if (hi === from) continue
    const atMs = ts[hi - 1]!
    if (atMs <= endMs - widthMs) continue
    const histogram = histograms[hi - 1]
    if (histogram === undefined && isStaleAt(values, hi - 1)) continue
    cells[step] = histogram
    out.values[step] = asTimestamp ? atMs / 1000 : values[hi - 1]!
    out.present[step] = 1
    count++
  }
  return count > 0
}
