import type { Windows } from '../run/windows.ts'

/**
 * Calls back with the samples `[lo..hi)` of every window that has some of `ts[from..to)`; returns how many samples the
 * windows have together. The loops over plain numbers (range-functions.ts, rate.ts, last-values.ts) walk by themselves:
 * there the walk is a good part of the work.
 */
export function eachWindow(
  windows: Windows,
  { ts, from, to }: { readonly ts: Float64Array; readonly from: number; readonly to: number },
  visit: (step: number, lo: number, hi: number) => void,
): number {
  const { firstEndMs, strideMs, widthMs, steps } = windows
  let lo = from
  let hi = from
  let looked = 0
  for (let step = 0; step < steps; step++) {
    const endMs = firstEndMs + step * strideMs
    const startMs = endMs - widthMs
    while (hi < to && ts[hi]! <= endMs) hi++
    while (lo < hi && ts[lo]! <= startMs) lo++
    if (hi > lo) visit(step, lo, hi)
    looked += hi - lo
  }
  return looked
}
