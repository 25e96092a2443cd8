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

import type { VectorSelector } from '../parse/index.ts'
import type { RangeContext } from './range-functions.ts'
import type { RangeReducer } from './rate.ts'
import type { Margins, Windows } from './samples.ts'

export type Extension = NonNullable<VectorSelector['extension']>

const SAFE: Readonly<Record<Extension, readonly string[]>> = {
  anchored: ['changes', 'delta', 'increase', 'rate', 'resets'],
  smoothed: ['delta', 'increase', 'rate'],
}

/** How far a range selector reads beyond its windows. */
export function marginsOf(extension: Extension | undefined, lookbackMs: number): Margins {
  return {
    beforeMs: extension === undefined ? 0 : lookbackMs,
    afterMs: extension === 'smoothed' ? lookbackMs : 0,
  }
}

/** What a window sees: samples `[lo..hi)`, of which `first` and `last` stand at its ends. */
type Seen = { lo: number; hi: number; first: number; last: number; startMs: number; endMs: number }

type Look = (ts: Float64Array, values: Float64Array, seen: Seen) => number | undefined

/**
 * Calls `look` for every window that sees samples; the step has a value where that gives one. `first` is the last sample
 * not behind the window's start, or the first there is; `last` is the last sample, for smoothed windows the first one not
 * before the window's end where there is one.
 */
function eachWindow(windows: Windows, extension: Extension, lookbackMs: number, look: Look): RangeReducer {
  const { firstEndMs, strideMs, widthMs, steps } = windows
  const { beforeMs, afterMs } = marginsOf(extension, lookbackMs)
  const seen: Seen = { lo: 0, hi: 0, first: 0, last: 0, startMs: 0, endMs: 0 }
  return (ts, values, from, to, out) => {
    let lo = from
    let inside = from
    let end = from
    let hi = from
    for (let step = 0; step < steps; step++) {
      const endMs = firstEndMs + step * strideMs
      const startMs = endMs - widthMs
      while (hi < to && ts[hi]! <= endMs + afterMs) hi++
      while (lo < hi && ts[lo]! <= startMs - beforeMs) lo++
      while (inside < to && ts[inside]! <= startMs) inside++
      while (end < to && ts[end]! < endMs) end++
      out.present[step] = 0
      if (lo === hi) continue
      seen.lo = lo
      seen.hi = hi
      seen.first = Math.max(lo, Math.min(inside, hi - 1) - 1)
      seen.last = extension === 'smoothed' ? Math.max(lo, Math.min(end, hi - 1)) : hi - 1
      seen.startMs = startMs
      seen.endMs = endMs
      const value = look(ts, values, seen)
      if (value === undefined) continue
      out.values[step] = value
      out.present[step] = 1
    }
  }
}

/** The value at a time between a sample and the next one. After a reset a counter has come from zero. */
function between(ts: Float64Array, values: Float64Array, at: number, timeMs: number, isCounter: boolean): number {
  const next = values[at + 1]!
  const before = isCounter && next < values[at]! ? 0 : values[at]!
  return before + ((next - before) * (timeMs - ts[at]!)) / (ts[at + 1]! - ts[at]!)
}

function valueAtStart(
  ts: Float64Array,
  values: Float64Array,
  { first, startMs }: Seen,
  smoothed: boolean,
  isCounter: boolean,
): number {
  return smoothed && ts[first]! < startMs ? between(ts, values, first, startMs, isCounter) : values[first]!
}

function valueAtEnd(
  ts: Float64Array,
  values: Float64Array,
  { lo, last, endMs }: Seen,
  smoothed: boolean,
  isCounter: boolean,
): number {
  return smoothed && last > lo && ts[last]! > endMs ? between(ts, values, last - 1, endMs, isCounter) : values[last]!
}

/** `rate`, `increase` and `delta`: the difference of the values at the ends, counter resets between them added. */
function extendedRate(
  windows: Windows,
  extension: Extension,
  lookbackMs: number,
  { isCounter, perSecond }: { readonly isCounter: boolean; readonly perSecond: boolean },
): RangeReducer {
  const smoothed = extension === 'smoothed'
  return eachWindow(windows, extension, lookbackMs, (ts, values, seen) => {
    const { first, last, startMs, endMs } = seen
    if (ts[last]! <= startMs || (smoothed && ts[first]! > endMs)) return undefined
    const left = valueAtStart(ts, values, seen, smoothed, isCounter)
    const right = valueAtEnd(ts, values, seen, smoothed, isCounter)
    let difference = right - left
    if (isCounter) {
      const end = ts[last]! >= endMs ? last : last + 1
      let previous = left
      for (let i = ts[first]! <= startMs ? first + 1 : first; i < end; i++) {
        if (values[i]! < previous) difference += previous
        previous = values[i]!
      }
      if (right < previous) difference += previous
    }
    return perSecond ? difference / (windows.widthMs / 1000) : difference
  })
}

/** `changes` and `resets`, anchored: what happens since the last sample not behind the window's start. */
function anchoredCount(
  windows: Windows,
  lookbackMs: number,
  happens: (previous: number, value: number) => boolean,
): RangeReducer {
  return eachWindow(windows, 'anchored', lookbackMs, (ts, values, { hi, first, startMs }) => {
    if (ts[hi - 1]! <= startMs) return undefined
    let count = 0
    for (let i = first + 1; i < hi; i++) if (happens(values[i - 1]!, values[i]!)) count++
    return count
  })
}

/** The reducer of a range function around an extended selector. Throws where the function does not go with it. */
export function createExtendedReducer({ run, call, windows }: RangeContext, extension: Extension): RangeReducer {
  const safe = SAFE[extension]
  if (!safe.includes(call.name)) {
    run.fail(`${extension} modifier can only be used with: ${safe.join(', ')} - not with ${call.name}`, call)
  }
  const { lookbackMs } = run.options
  switch (call.name) {
    case 'changes':
      return anchoredCount(windows, lookbackMs, valueChanges)
    case 'resets':
      return anchoredCount(windows, lookbackMs, (previous, value) => value < previous)
    default:
      return extendedRate(windows, extension, lookbackMs, {
        isCounter: call.name !== 'delta',
        perSecond: call.name === 'rate',
      })
  }
}

function valueChanges(previous: number, value: number): boolean {
  return previous !== value && !(Number.isNaN(previous) && Number.isNaN(value))
}

/** Values per step of a smoothed instant selector: on the line between the samples around it. */
export function fillSmoothedValues(
  windows: Windows,
  ts: Float64Array,
  values: Float64Array,
  from: number,
  to: number,
  out: Float64Array,
  present: Uint8Array,
): boolean {
  const { firstEndMs, strideMs, widthMs, steps } = windows
  let next = from
  let any = false
  for (let step = 0; step < steps; step++) {
    const atMs = firstEndMs + step * strideMs
    while (next < to && ts[next]! < atMs) next++
    present[step] = 0
    const exact = next < to && ts[next] === atMs
    if (!exact && (next === from || ts[next - 1]! <= atMs - widthMs)) continue
    if (exact) out[step] = values[next]!
    else if (next < to && ts[next]! <= atMs + widthMs) out[step] = between(ts, values, next - 1, atMs, false)
    else out[step] = values[next - 1]!
    present[step] = 1
    any = true
  }
  return any
}

/**
 * The samples of an extended range selector that is the whole query: those inside of its window, and values at its two
 * ends. `ts[from..to)` is what the window sees; undefined where nothing lies behind its start.
 */
export function extendedSamples(
  windows: Windows,
  extension: Extension,
  ts: Float64Array,
  values: Float64Array,
  from: number,
  to: number,
): { readonly ts: Float64Array; readonly values: Float64Array } | undefined {
  const smoothed = extension === 'smoothed'
  const endMs = windows.firstEndMs
  const startMs = endMs - windows.widthMs
  let inside = from
  while (inside < to - 1 && ts[inside]! <= startMs) inside++
  let last = smoothed ? from : to - 1
  while (last < to - 1 && ts[last]! < endMs) last++
  if (ts[last]! <= startMs) return undefined
  const seen = { lo: from, hi: to, first: Math.max(from, inside - 1), last, startMs, endMs }
  const lo = ts[seen.first]! <= startMs ? seen.first + 1 : seen.first
  const hi = Math.max(lo, ts[last]! >= endMs ? last : last + 1)
  const around = (start: number, middle: Float64Array, end: number) => {
    const out = new Float64Array(hi - lo + 2)
    out[0] = start
    out.set(middle.subarray(lo, hi), 1)
    out[hi - lo + 1] = end
    return out
  }
  const left = valueAtStart(ts, values, seen, smoothed, false)
  const right = valueAtEnd(ts, values, seen, smoothed, false)
  return { ts: around(startMs, ts, endMs), values: around(left, values, right) }
}
