// `anchored` and `smoothed` selectors: what the window's ends are is told by the samples around them, not extrapolated.
//
//             lookback      window          lookback
//         ( ............ ( ............ ] ............ ]      anchored reads up to the window's end, smoothed beyond it
//              a      b       c    d          e
//
//   anchored  the start has the value of b, the last sample not behind it (or of c where there is none); the end has d's
//   smoothed  the start lies on the line from b to c, the end on the line from d to e
//
// Source: Prometheus, proposal "extended range selectors semantics", and its acceptance file extended_vectors.test.

import type { VectorSelector } from '../../parse/index.ts'
import type { Margins, Windows } from '../run/windows.ts'

export type Extension = NonNullable<VectorSelector['extension']>

/** How far a range selector reads beyond its windows. */
export function marginsOf(extension: Extension | undefined, lookbackMs: number): Margins {
  return {
    beforeMs: extension === undefined ? 0 : lookbackMs,
    afterMs: extension === 'smoothed' ? lookbackMs : 0,
  }
}

/** What a window sees: samples `[lo..hi)`, of which `first` and `last` stand at its ends. */
export type Seen = { lo: number; hi: number; first: number; last: number; startMs: number; endMs: number }

/**
 * Calls `visit` for every window that sees samples of `ts[from..to)`. `first` is the last sample not behind the window's
 * start, or the first there is; `last` is the last sample, for smoothed windows the first one not before the window's end
 * where there is one. `seen` is the same object each time. Returns how many samples the windows saw together.
 */
export function eachSeen(
  windows: Windows,
  extension: Extension,
  lookbackMs: number,
  { ts, from, to }: { readonly ts: Float64Array; readonly from: number; readonly to: number },
  visit: (step: number, seen: Seen) => void,
): number {
  const { firstEndMs, strideMs, widthMs, steps } = windows
  const { beforeMs, afterMs } = marginsOf(extension, lookbackMs)
  const seen: Seen = { lo: from, hi: from, first: 0, last: 0, startMs: 0, endMs: 0 }
  let inside = from
  let end = from
  let looked = 0
  for (let step = 0; step < steps; step++) {
    const endMs = firstEndMs + step * strideMs
    const startMs = endMs - widthMs
    while (seen.hi < to && ts[seen.hi]! <= endMs + afterMs) seen.hi++
    while (seen.lo < seen.hi && ts[seen.lo]! <= startMs - beforeMs) seen.lo++
    while (inside < to && ts[inside]! <= startMs) inside++
    while (end < to && ts[end]! < endMs) end++
    const { lo, hi } = seen
    if (lo === hi) continue
    seen.first = Math.max(lo, Math.min(inside, hi - 1) - 1)
    seen.last = extension === 'smoothed' ? Math.max(lo, Math.min(end, hi - 1)) : hi - 1
    seen.startMs = startMs
    seen.endMs = endMs
    looked += hi - lo
    visit(step, seen)
  }
  return looked
}
