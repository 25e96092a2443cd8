// Start times: a sample of a counter may tell since when it counts. Between two samples with a start between them the
// counter was reset, even where its value did not fall; and from a start inside of a window nothing is extrapolated.
//
//   ts          t0        t1        t2            startTimes[i]: Unix ms, 0 where it is not known
//   starts   s0    |  s0       s2 |               t1 goes on counting since s0, t2 has begun anew at s2

import { type Labels, labelValue } from '../../labels.ts'
import { quote, type VectorSelector } from '../../parse/index.ts'
import { type ColumnSink, hasAny, newColumn } from '../column/column.ts'
import { windowsOf } from '../run/durations.ts'
import type { Grid } from '../run/grid.ts'
import { dropName } from '../run/metric-name.ts'
import type { Run } from '../run/run.ts'
import { eachWindow } from '../samples/each-window.ts'
import { readSeries } from '../samples/read-series.ts'
import { isStaleAt } from '../samples/stale.ts'
import type { MixedSamples, RangeContext } from './range-context.ts'
import type { RateMode } from './rate.ts'

/** Functions that look at start times. */
export const STARTED: ReadonlySet<string> = new Set(['rate', 'irate', 'increase', 'resets'])

export type StartedSamples = {
  readonly labels: Labels
  readonly ts: Float64Array
  readonly values: Float64Array
  readonly from: number
  readonly to: number
  readonly startTimes: Float64Array
}

/** Whether sample `i` says that the counter was reset since the sample before. */
export function startedAnew({ ts, startTimes }: Pick<MixedSamples, 'ts' | 'startTimes'>, i: number): boolean {
  if (startTimes === undefined) return false
  const start = startTimes[i]!
  const before = ts[i - 1]!
  // Not known, or a time that cannot be; OpenTelemetry gives the sample's own time where it does not know.
  if (start === 0 || start >= ts[i]! || start < before) return false
  if (start > before) return true
  // Right where the sample before was taken begin deltas, but also counters whose first sample only marks the time.
  const startBefore = startTimes[i - 1]!
  return startBefore !== 0 && startBefore < before
}

/** Whether a sample says that it counts since a time before the last sample, which said another. */
function overlaps({ ts, startTimes }: StartedSamples, i: number): boolean {
  return startTimes[i] !== 0 && startTimes[i]! < ts[i - 1]! && startTimes[i] !== startTimes[i - 1]
}

/** Warns where start times contradict each other within samples `[lo..hi)`. */
export function warnOfOverlaps(context: RangeContext, samples: StartedSamples, lo: number, hi: number): void {
  for (let i = lo + 1; i < hi; i++) {
    if (!overlaps(samples, i)) continue
    const name = quote(labelValue(samples.labels, '__name__'))
    const text = `sample has start time that overlaps with previous sample timestamp for metric ${name}`
    context.run.warn(text, context.call.args[0]!)
    return
  }
}

/** The start of the first sample of a window where it lies inside of the window and before the sample, otherwise 0. */
export function startInside(
  startTimes: Float64Array | undefined,
  ts: Float64Array,
  lo: number,
  fromMs: number,
): number {
  const start = startTimes?.[lo] ?? 0
  return start > fromMs && start < ts[lo]! ? start : 0
}

/** `rate` and `increase` of plain numbers with start times. */
export function createStartedRate(
  context: RangeContext,
  { perSecond }: RateMode,
): (samples: StartedSamples, out: { values: Float64Array; present: Uint8Array }) => void {
  const { firstEndMs, strideMs, widthMs } = context.windows
  return (samples, out) => {
    const { ts, values, startTimes } = samples
    out.present.fill(0)
    const looked = eachWindow(context.windows, samples, (step, lo, hi) => {
      const endMs = firstEndMs + step * strideMs
      const startMs = endMs - widthMs
      const begun = startInside(startTimes, ts, lo, startMs)
      const intervals = hi - lo - 1
      if (intervals === 0 && begun === 0) return
      warnOfOverlaps(context, samples, lo, hi)
      let increase = values[hi - 1]! - values[lo]!
      for (let i = lo + 1; i < hi; i++) {
        if (values[i]! < values[i - 1]! || startedAnew(samples, i)) increase += values[i - 1]!
      }
      let sampled = (ts[hi - 1]! - ts[lo]!) / 1000
      const average = intervals > 0 ? sampled / intervals : 0
      const threshold = average * 1.1
      let toStart = (ts[lo]! - startMs) / 1000
      let toEnd = (endMs - ts[hi - 1]!) / 1000
      if (begun !== 0) {
        toStart = 0
        sampled = (ts[hi - 1]! - begun) / 1000
        increase += values[lo]!
      } else {
        if (toStart >= threshold) toStart = average / 2
        if (increase > 0 && values[lo]! >= 0) toStart = Math.min(toStart, sampled * (values[lo]! / increase))
      }
      if (toEnd >= threshold) toEnd = average / 2
      const factor = (sampled + toStart + toEnd) / sampled
      out.values[step] = increase * (perSecond ? factor / (widthMs / 1000) : factor)
      out.present[step] = 1
    })
    context.run.spend(4 * looked)
  }
}

/** `start_timestamp` of a selector: the start of each step's sample, in seconds, 0 where it is not known. */
export async function streamStartTimes(
  run: Run,
  selector: VectorSelector,
  grid: Grid,
  sink: ColumnSink,
): Promise<void> {
  const windows = windowsOf(run, grid, selector, run.options.lookbackMs)
  const { firstEndMs, strideMs, widthMs, steps } = windows
  await readSeries(run, selector, windows, true, (labels, ts, values, from, to, histograms, startTimes) => {
    const out = newColumn(labels, steps)
    let next = from
    for (let step = 0; step < steps; step++) {
      const endMs = firstEndMs + step * strideMs
      while (next < to && ts[next]! <= endMs) next++
      const last = next - 1
      if (last < from || ts[last]! <= endMs - widthMs) continue
      if (histograms?.[last] === undefined && isStaleAt(values, last)) continue
      out.values[step] = (startTimes?.[last] ?? 0) / 1000
      out.present[step] = 1
    }
    if (!hasAny(out)) return
    dropName(run, out)
    sink(out)
  })
}
