// Functions of `anchored` and `smoothed` selectors over series that have native histograms.

import {
  divide,
  equalHistograms,
  type FloatHistogram,
  GAUGE,
  HistogramSum,
  isCustom,
  isReset,
  multiply,
  UNKNOWN_RESET,
  withResetHint,
} from '../../native-histogram/index.ts'
import type { Expr } from '../../parse/index.ts'
import { type Column, histogramCells } from '../column/column.ts'
import { remarks } from '../run/remarks.ts'
import type { Run } from '../run/run.ts'
import type { Windows } from '../run/windows.ts'
import { type Extension, eachSeen, type Seen } from '../samples/extended-windows.ts'
import {
  countSince,
  type ExtendedMode,
  extendedRate,
  floatChanges,
  floatFalls,
  holdsSamples,
  modeOf,
  smoothedValue,
} from './extended.ts'
import type { HistogramReducer, MixedSamples, RangeContext } from './range-context.ts'
import { nameOf, settle } from './range-histograms.ts'

/** What remarks name: the series and the place in the query. */
type Subject = { readonly run: Run; readonly name: string; readonly at: Expr }

/** The reducer of a range function around an extended selector, for series with histograms. */
export function createExtendedHistogramReducer(context: RangeContext, extension: Extension): HistogramReducer {
  const { run, call, windows } = context
  const mode = modeOf(context, extension)
  return (samples, out) => {
    const { ts, values, histograms, from, to, labels } = samples
    const cells = histogramCells(out)
    const subject = { run, name: nameOf(labels), at: call.args[0]! }
    const happensAt =
      call.name === 'changes' ? changesAt(samples) : call.name === 'resets' ? resetsAt(samples) : undefined
    const looked = eachSeen(windows, extension, run.options.lookbackMs, { ts, from, to }, (step, seen) => {
      let value: number | FloatHistogram | undefined
      if (happensAt !== undefined) value = countSince(ts, seen, happensAt)
      else {
        let count = 0
        for (let i = seen.lo; i < seen.hi; i++) if (histograms[i] !== undefined) count++
        if (count === 0) value = extendedRate(ts, values, seen, mode)
        else if (count === seen.hi - seen.lo) value = histogramRate(samples, seen, mode, subject)
        else run.warn(remarks.mixedFloats(subject.name), subject.at)
      }
      if (value === undefined) return
      if (typeof value === 'number') out.values[step] = value
      else cells[step] = value
      out.present[step] = 1
    })
    run.spend(16 * looked)
  }
}

function changesAt({ histograms, values }: MixedSamples): (i: number) => boolean {
  return (i) => {
    const before = histograms[i - 1]
    const one = histograms[i]
    if (before === undefined && one === undefined) return floatChanges(values[i - 1]!, values[i]!)
    return before === undefined || one === undefined || !equalHistograms(one, before)
  }
}

function resetsAt({ histograms, values }: MixedSamples): (i: number) => boolean {
  return (i) => {
    const before = histograms[i - 1]
    const one = histograms[i]
    if (before === undefined && one === undefined) return floatFalls(values[i - 1]!, values[i]!)
    return before === undefined || one === undefined || isReset(one, before)
  }
}

/** The difference of the histograms at a window's ends, counter resets between them added. */
function histogramRate(
  samples: MixedSamples,
  seen: Seen,
  mode: ExtendedMode,
  subject: Subject,
): FloatHistogram | undefined {
  const { ts, histograms } = samples
  const { run, name, at } = subject
  const { first, last, startMs, endMs } = seen
  const { isCounter, smoothed } = mode
  if (!holdsSamples(ts, seen, smoothed)) return undefined
  for (let i = first; i <= last; i++) {
    const one = histograms[i]!
    if (isCustom(one) !== isCustom(histograms[first]!)) {
      run.warn(remarks.mixedBuckets(name), at)
      return undefined
    }
    if (isCounter && one.resetHint === GAUGE) run.warn(remarks.notCounter(name), at)
  }
  const left =
    smoothed && ts[first]! < startMs ? between(samples, first, startMs, isCounter, subject) : histograms[first]!
  if (left === undefined) return undefined
  const right =
    smoothed && last > seen.lo && ts[last]! > endMs
      ? between(samples, last - 1, endMs, isCounter, subject)
      : histograms[last]!
  if (right === undefined) return undefined
  if (!isCounter && (left.resetHint !== GAUGE || right.resetHint !== GAUGE)) run.warn(remarks.notGauge(name), at)
  const sum = new HistogramSum(right)
  if (!settle(run, sum.subtract(left), 'subtraction', name, at)) return undefined
  if (isCounter) {
    for (const lost of beforeResets(samples, seen, left, right, smoothed)) {
      if (!settle(run, sum.add(lost), 'addition', name, at)) return undefined
    }
  }
  const difference = sum.finish({ resetHint: GAUGE })
  return mode.perSecond ? divide(difference, (endMs - startMs) / 1000) : difference
}

/** The histograms right before the resets between a window's ends. */
function beforeResets(
  { ts, histograms }: MixedSamples,
  { first, last, startMs }: Seen,
  left: FloatHistogram,
  right: FloatHistogram,
  smoothed: boolean,
): FloatHistogram[] {
  const found: FloatHistogram[] = []
  let next = first + 1
  let previous = left
  // A reset that the interpolation at the start spans is in that already.
  if (smoothed && ts[first]! < startMs && isReset(histograms[next]!, histograms[first]!)) previous = histograms[next++]!
  // The last sample is the right end or gave it its hint: compared with it, that would find the same reset again.
  if (next > last) return found
  for (; next < last; next++) {
    const one = histograms[next]!
    if (isReset(one, previous)) found.push(previous)
    previous = one
  }
  if (isReset(right, previous)) found.push(previous)
  return found
}

/** The histogram at a time between a sample and the next one; undefined where their buckets are of two kinds. */
function between(
  { ts, histograms }: MixedSamples,
  i: number,
  timeMs: number,
  isCounter: boolean,
  { run, name, at }: Subject,
): FloatHistogram | undefined {
  const before = histograms[i]!
  const next = histograms[i + 1]!
  if (timeMs === ts[i]) return before
  if (timeMs === ts[i + 1]) return next
  const share = (timeMs - ts[i]!) / (ts[i + 1]! - ts[i]!)
  // After a reset a counter has come from nothing.
  if (isCounter && isReset(next, before)) return multiply(next, share)
  const difference = new HistogramSum(next)
  if (!settle(run, difference.subtract(before), 'subtraction', name, at)) return undefined
  const sum = new HistogramSum(multiply(difference.finish({ compacted: false }), share))
  if (!settle(run, sum.add(before), 'addition', name, at)) return undefined
  return sum.finish({ compacted: false })
}

/** Values per step of a smoothed instant selector, as `fillSmoothedValues`; false when no step has one. */
export function fillSmoothedHistograms(
  run: Run,
  windows: Windows,
  samples: MixedSamples,
  out: Column,
  at: Expr,
): boolean {
  const { ts, values, histograms, from, to, labels } = samples
  const subject = { run, name: nameOf(labels), at }
  const cells = histogramCells(out)
  const { firstEndMs, strideMs, widthMs, steps } = windows
  out.present.fill(0)
  let any = false
  let lo = from
  let hi = from
  for (let step = 0; step < steps; step++) {
    const atMs = firstEndMs + step * strideMs
    while (hi < to && ts[hi]! <= atMs + widthMs) hi++
    while (lo < hi && ts[lo]! <= atMs - widthMs) lo++
    let count = 0
    for (let i = lo; i < hi; i++) if (histograms[i] !== undefined) count++
    let value: number | FloatHistogram | undefined
    if (count === 0) value = smoothedValue(ts, values, lo, hi, atMs)
    else if (count === hi - lo) value = smoothedHistogram(samples, lo, hi, atMs, subject)
    else run.warn(remarks.mixedFloats(subject.name), at)
    if (value === undefined) continue
    if (typeof value === 'number') out.values[step] = value
    else cells[step] = value
    out.present[step] = 1
    any = true
  }
  return any
}

function smoothedHistogram(
  samples: MixedSamples,
  lo: number,
  hi: number,
  atMs: number,
  subject: Subject,
): FloatHistogram | undefined {
  const { ts, histograms } = samples
  let next = lo
  while (next < hi && ts[next]! < atMs) next++
  const one = histograms[next]
  if (next < hi && ts[next] === atMs) return one
  if (next === lo) return undefined
  const before = histograms[next - 1]!
  // The hint tells of the samples, not of the value that goes on.
  if (next === hi) return withResetHint(before, UNKNOWN_RESET)
  if (isCustom(before) !== isCustom(one!)) {
    subject.run.warn(remarks.mixedBuckets(subject.name), subject.at)
    return undefined
  }
  return between(samples, next - 1, atMs, before.resetHint !== GAUGE || one!.resetHint !== GAUGE, subject)
}
