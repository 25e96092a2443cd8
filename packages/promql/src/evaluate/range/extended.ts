// Functions of `anchored` and `smoothed` selectors over plain numbers; extended-windows.ts tells what these are.

import type { Column } from '../column/column.ts'
import type { Windows } from '../run/windows.ts'
import { type Extension, eachSeen, type Seen } from '../samples/extended-windows.ts'
import type { RangeContext, RangeReducer } from './range-context.ts'

const SAFE: Readonly<Record<Extension, readonly string[]>> = {
  anchored: ['changes', 'delta', 'increase', 'rate', 'resets'],
  smoothed: ['delta', 'increase', 'rate'],
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

export type ExtendedMode = { readonly isCounter: boolean; readonly perSecond: boolean; readonly smoothed: boolean }

/** The difference of the values at a window's ends, counter resets between them added; undefined: it holds nothing. */
export function extendedRate(
  ts: Float64Array,
  values: Float64Array,
  seen: Seen,
  { isCounter, perSecond, smoothed }: ExtendedMode,
): number | undefined {
  if (!holdsSamples(ts, seen, smoothed)) return undefined
  const { first, last, startMs, endMs } = seen
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
  return perSecond ? difference / ((endMs - startMs) / 1000) : difference
}

/** Whether there is something to measure: not all lies before the window or (smoothed) behind it. */
export function holdsSamples(ts: Float64Array, { first, last, startMs, endMs }: Seen, smoothed: boolean): boolean {
  return ts[last]! > startMs && !(smoothed && ts[first]! > endMs)
}

/**
 * `changes` and `resets`, anchored: how often something happens between neighbours since the last sample not behind the
 * window's start.
 */
export function countSince(ts: Float64Array, seen: Seen, happensAt: (i: number) => boolean): number | undefined {
  if (ts[seen.hi - 1]! <= seen.startMs) return undefined
  let count = 0
  for (let i = seen.first + 1; i < seen.hi; i++) if (happensAt(i)) count++
  return count
}

export function modeOf({ call }: RangeContext, extension: Extension): ExtendedMode {
  return { isCounter: call.name !== 'delta', perSecond: call.name === 'rate', smoothed: extension === 'smoothed' }
}

/** The reducer of a range function around an extended selector. Throws where the function does not go with it. */
export function createExtendedReducer(context: RangeContext, extension: Extension): RangeReducer {
  const { run, call, windows } = context
  const safe = SAFE[extension]
  if (!safe.includes(call.name)) {
    run.fail(`${extension} modifier can only be used with: ${safe.join(', ')} - not with ${call.name}`, call)
  }
  const mode = modeOf(context, extension)
  const counted = call.name === 'changes' ? floatChanges : call.name === 'resets' ? floatFalls : undefined
  return (ts, values, from, to, out) => {
    out.present.fill(0)
    const looked = eachSeen(windows, extension, run.options.lookbackMs, { ts, from, to }, (step, seen) => {
      const value =
        counted === undefined
          ? extendedRate(ts, values, seen, mode)
          : countSince(ts, seen, (i) => counted(values[i - 1]!, values[i]!))
      if (value === undefined) return
      out.values[step] = value
      out.present[step] = 1
    })
    run.spend(looked)
  }
}

export function floatFalls(previous: number, value: number): boolean {
  return value < previous
}

export function floatChanges(previous: number, value: number): boolean {
  return previous !== value && !(Number.isNaN(previous) && Number.isNaN(value))
}

/** The value of a smoothed instant selector: on the line between the samples of `ts[lo..hi)` around the time. */
export function smoothedValue(
  ts: Float64Array,
  values: Float64Array,
  lo: number,
  hi: number,
  atMs: number,
): number | undefined {
  let next = lo
  while (next < hi && ts[next]! < atMs) next++
  if (next < hi && ts[next] === atMs) return values[next]!
  if (next === lo) return undefined
  return next < hi ? between(ts, values, next - 1, atMs, false) : values[next - 1]!
}

/** Values per step of a smoothed instant selector that sees `widthMs` to both sides; false when no step has one. */
export function fillSmoothedValues(
  { firstEndMs, strideMs, widthMs, steps }: Windows,
  ts: Float64Array,
  values: Float64Array,
  from: number,
  to: number,
  out: Column,
): boolean {
  let lo = from
  let hi = from
  let any = false
  for (let step = 0; step < steps; step++) {
    const atMs = firstEndMs + step * strideMs
    while (hi < to && ts[hi]! <= atMs + widthMs) hi++
    while (lo < hi && ts[lo]! <= atMs - widthMs) lo++
    // Those before the time need not be looked at again, but for the last of them.
    while (lo + 1 < hi && ts[lo + 1]! <= atMs) lo++
    const value = smoothedValue(ts, values, lo, hi, atMs)
    out.present[step] = value === undefined ? 0 : 1
    if (value === undefined) continue
    out.values[step] = value
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
  const seen: Seen = { lo: from, hi: to, first: Math.max(from, inside - 1), last, startMs, endMs }
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
