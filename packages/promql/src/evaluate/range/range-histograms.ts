// Functions of a range vector over series that have native histograms, maybe with plain numbers before or between them.
// Of the samples of a window only one kind makes a result: plain numbers, as in range-functions.ts, or histograms.

import { type Labels, labelValue } from '../../labels.ts'
import {
  compact,
  divide,
  equalHistograms,
  type FloatHistogram,
  GAUGE,
  HintsSeen,
  HistogramMean,
  HistogramSum,
  INCOMPATIBLE,
  increaseOfCount,
  isAligned,
  isCustom,
  isReset,
  multiply,
  NO_BUCKETS,
  NO_SPANS,
  RECONCILED,
  scaledIncrease,
  UNKNOWN_RESET,
  withResetHint,
} from '../../native-histogram/index.ts'
import type { Expr } from '../../parse/index.ts'
import { type Column, type HistogramCells, histogramCells } from '../column/column.ts'
import { type Operation, remarks } from '../run/remarks.ts'
import type { Run } from '../run/run.ts'
import { eachWindow } from '../samples/each-window.ts'
import { createWindowSums } from './histogram-windows.ts'
import type {
  HistogramRangeFunction,
  HistogramReducer,
  MixedSamples,
  RangeContext,
  RangeReducer,
} from './range-context.ts'
import type { RateMode } from './rate.ts'
import { startedAnew, startInside, warnOfOverlaps } from './start-times.ts'

export function nameOf(labels: Labels): string {
  return labelValue(labels, '__name__')
}

/** Where a remark points to: the first argument, whatever it is. */
function placeOf({ call }: RangeContext): Expr {
  return call.args[0]!
}

/** How many plain numbers lie before each sample; undefined when there are none. */
function countFloats({ histograms, from, to }: MixedSamples): Uint32Array | undefined {
  let any = false
  const before = new Uint32Array(to - from + 1)
  for (let i = from; i < to; i++) {
    const isFloat = histograms[i] === undefined
    if (isFloat) any = true
    before[i - from + 1] = before[i - from]! + (isFloat ? 1 : 0)
  }
  return any ? before : undefined
}

/** Runs a reducer of plain numbers over those of the series. */
function reduceFloats(samples: MixedSamples, ofFloats: RangeReducer, out: Column): void {
  const { ts, values, from, to, histograms } = samples
  let count = 0
  for (let i = from; i < to; i++) if (histograms[i] === undefined) count++
  const floatTs = new Float64Array(count)
  const floatValues = new Float64Array(count)
  for (let i = from, n = 0; i < to; i++) {
    if (histograms[i] !== undefined) continue
    floatTs[n] = ts[i]!
    floatValues[n++] = values[i]!
  }
  ofFloats(floatTs, floatValues, 0, count, out)
}

/** The function looks at no values: all samples are the same to it. */
export const ofAnySamples: HistogramRangeFunction = (_, ofFloats) => (samples, out) =>
  ofFloats(samples.ts, samples.values, samples.from, samples.to, out)

/** The function knows plain numbers only: histograms beside them are remarked on, histograms alone give nothing. */
export const ignoringHistograms: HistogramRangeFunction = (context, ofFloats) => (samples, out) => {
  const before = countFloats(samples)
  if (before === undefined) return
  reduceFloats(samples, ofFloats, out)
  eachWindow(context.windows, samples, (_, lo, hi) => {
    const floats = before[hi - samples.from]! - before[lo - samples.from]!
    if (floats > 0 && floats < hi - lo) {
      context.run.inform(remarks.ignoredInRange(nameOf(samples.labels)), placeOf(context))
    }
  })
}

/** The sample at one end of the window, whatever it is. */
export function createEnd(end: 'first' | 'last'): HistogramRangeFunction {
  return (context) => (samples, out) => {
    const cells = histogramCells(out)
    eachWindow(context.windows, samples, (step, lo, hi) => {
      const at = end === 'first' ? lo : hi - 1
      cells[step] = samples.histograms[at]
      out.values[step] = samples.values[at]!
      out.present[step] = 1
    })
  }
}

type Windowed = (step: number, lo: number, hi: number) => FloatHistogram | undefined

/** Windows of plain numbers as ever, windows of histograms by `reduce`, and those of both are warned of. */
function eitherKind(
  context: RangeContext,
  ofFloats: RangeReducer,
  reducerOf: (samples: MixedSamples) => Windowed,
): HistogramReducer {
  return (samples, out) => {
    const before = countFloats(samples)
    if (before !== undefined) reduceFloats(samples, ofFloats, out)
    const cells: HistogramCells = histogramCells(out)
    const reduce = reducerOf(samples)
    const looked = eachWindow(context.windows, samples, (step, lo, hi) => {
      const floats = before === undefined ? 0 : before[hi - samples.from]! - before[lo - samples.from]!
      if (floats === hi - lo) return
      if (floats > 0) {
        out.present[step] = 0
        context.run.warn(remarks.mixedFloats(nameOf(samples.labels)), placeOf(context))
        return
      }
      const histogram = reduce(step, lo, hi)
      out.present[step] = histogram === undefined ? 0 : 1
      cells[step] = histogram
    })
    context.run.spend(16 * looked)
  }
}

/** Remarks of an addition; false when it was none. */
export function settle(run: Run, outcome: number, operation: Operation, name: string, at: Expr): boolean {
  if ((outcome & INCOMPATIBLE) !== 0) {
    run.warn(remarks.mixedBuckets(name), at)
    return false
  }
  if ((outcome & RECONCILED) !== 0) run.inform(remarks.reconciled(operation), at)
  return true
}

export function createHistogramSum(mean: boolean): HistogramRangeFunction {
  return (context, ofFloats) => {
    const { run, windows } = context
    const at = placeOf(context)
    const overlap = windows.steps > 4 && windows.strideMs < windows.widthMs / 4
    return eitherKind(context, ofFloats, (samples) => {
      const { histograms, labels } = samples
      const sumOf = overlap ? createWindowSums(samples, mean) : undefined
      return (_, lo, hi) => {
        const known = sumOf?.(lo, hi)
        if (known !== undefined) {
          if (known.collide) run.warn(remarks.collision('aggregation'), at)
          return known.histogram
        }
        const first = histograms[lo]!
        const sum = mean ? new HistogramMean(first) : new HistogramSum(first)
        const hints = new HintsSeen()
        hints.note(first)
        for (let i = lo + 1; i < hi; i++) {
          const one = histograms[i]!
          hints.note(one)
          if (!settle(run, sum.add(one), 'aggregation', nameOf(labels), at)) return undefined
        }
        if (hints.collide) run.warn(remarks.collision('aggregation'), at)
        return sum.finish({ compacted: false })
      }
    })
  }
}

/** What rates need to know of the histograms of a series, found in one pass. */
type Traits = {
  readonly anyGauge: boolean
  /** Of one schema and one kind of buckets throughout. */
  readonly uniform: boolean
  /** Places of samples before which a counter was reset. */
  readonly resets: readonly number[]
}

function traitsOf(samples: MixedSamples, isCounter: boolean): Traits {
  const { histograms, from, to } = samples
  const resets: number[] = []
  let anyGauge = false
  let uniform = true
  let schema: number | undefined
  for (let i = from; i < to; i++) {
    const one = histograms[i]
    if (one === undefined) continue
    if (one.resetHint === GAUGE) anyGauge = true
    if (schema !== undefined && schema !== one.schema) uniform = false
    schema = one.schema
    const before = i > from ? histograms[i - 1] : undefined
    if (!isCounter || before === undefined) continue
    if (startedAnew(samples, i) || isReset(one, before)) resets.push(i)
  }
  return { anyGauge, uniform, resets }
}

/** rate, increase and delta: the difference of last and first, resets added, extrapolated as for plain numbers. */
export function createHistogramRate(mode: RateMode): HistogramRangeFunction {
  return (context, ofFloats) =>
    eitherKind(context, ofFloats, (samples) => {
      const { histograms, ts, labels, startTimes } = samples
      const { run, windows } = context
      const at = placeOf(context)
      const name = nameOf(labels)
      const { anyGauge, uniform, resets } = traitsOf(samples, mode.isCounter)
      const plus: FloatHistogram[] = []
      let firstReset = 0
      let warned = false
      return (step, lo, hi) => {
        const endMs = windows.firstEndMs + step * windows.strideMs
        const begun = mode.isCounter ? startInside(startTimes, ts, lo, endMs - windows.widthMs) : 0
        if (hi - lo < 2 && begun === 0) return undefined
        if (startTimes !== undefined) warnOfOverlaps(context, { ...samples, startTimes }, lo, hi)
        const first = histograms[lo]!
        const last = histograms[hi - 1]!
        plus.length = 0
        plus.push(last)
        let minus: FloatHistogram | undefined = first
        if (mode.isCounter) {
          while (firstReset < resets.length && resets[firstReset]! <= lo) firstReset++
          for (let r = firstReset; r < resets.length && resets[r]! < hi; r++) {
            // Right before a reset the first sample does not matter, whatever its buckets are.
            if (resets[r] === lo + 1) minus = undefined
            else plus.push(histograms[resets[r]! - 1]!)
          }
          // The first sample counts from nothing inside of the window.
          if (begun !== 0) {
            if (minus === undefined) plus.push(first)
            minus = undefined
          }
          if (anyGauge && !warned) warned = warnIfAny(lo, hi)
        } else if (!warned && (first.resetHint !== GAUGE || last.resetHint !== GAUGE)) {
          run.warn(remarks.notGauge(name), at)
          warned = true
        }
        if (uniform && isAligned({ plus, minus })) {
          const factor = factorOf(endMs, lo, hi, increaseOfCount({ plus, minus }), begun)
          return scaledIncrease({ plus, minus }, factor)
        }
        const increase = reconciled(lo, hi, minus)
        return increase && multiply(increase, factorOf(endMs, lo, hi, increase.count, begun))
      }

      /** `begun`: Unix ms of the start inside of the window, otherwise 0. */
      function factorOf(endMs: number, lo: number, hi: number, increase: number, begun: number): number {
        const intervals = hi - lo - 1
        let sampled = (ts[hi - 1]! - ts[lo]!) / 1000
        const average = intervals < 1 ? 0 : sampled / intervals
        const threshold = average * 1.1
        let toStart = (ts[lo]! - (endMs - windows.widthMs)) / 1000
        let toEnd = (endMs - ts[hi - 1]!) / 1000
        if (toStart >= threshold) toStart = average / 2
        const first = histograms[lo]!.count
        if (mode.isCounter && increase > 0 && first >= 0) toStart = Math.min(toStart, sampled * (first / increase))
        if (begun !== 0) {
          toStart = 0
          sampled = (ts[hi - 1]! - begun) / 1000
        }
        if (toEnd >= threshold) toEnd = average / 2
        const factor = (sampled + toStart + toEnd) / sampled
        return mode.perSecond ? factor / (windows.widthMs / 1000) : factor
      }

      function warnIfAny(lo: number, hi: number): boolean {
        for (let i = lo; i < hi; i++) {
          if (histograms[i]!.resetHint !== GAUGE) continue
          run.warn(remarks.notCounter(name), at)
          return true
        }
        return false
      }

      /** The increase where buckets differ from sample to sample; `plus` is what is to be added. */
      function reconciled(lo: number, hi: number, minus: FloatHistogram | undefined): FloatHistogram | undefined {
        const last = histograms[hi - 1]!
        const before = minus ?? withoutObservations(histograms[Math.min(lo + 1, hi - 1)]!)
        let { schema } = last
        for (let i = mode.isCounter ? lo + 1 : hi - 1; i < hi; i++) {
          const one = histograms[i]!
          schema = Math.min(schema, one.schema)
          if (isCustom(one) === isCustom(before)) continue
          run.warn(remarks.mixedBuckets(name), at)
          return undefined
        }
        const sum = new HistogramSum(last)
        // One sample in between may be coarser than both ends, although there was no reset.
        if (schema < last.schema) sum.add({ ...withoutObservations(last), schema })
        if (!settle(run, sum.subtract(before), 'subtraction', name, at)) return undefined
        for (let k = 1; k < plus.length; k++) {
          if (!settle(run, sum.add(plus[k]!), 'addition', name, at)) return undefined
        }
        return sum.finish({ resetHint: GAUGE })
      }
    })
}

/** A histogram of the same kind before the first observation. */
function withoutObservations(h: FloatHistogram): FloatHistogram {
  return {
    resetHint: UNKNOWN_RESET,
    schema: h.schema,
    zeroThreshold: 0,
    zeroCount: 0,
    count: 0,
    sum: 0,
    positiveSpans: NO_SPANS,
    positiveBuckets: NO_BUCKETS,
    negativeSpans: NO_SPANS,
    negativeBuckets: NO_BUCKETS,
    customValues: h.customValues,
  }
}

/** irate and idelta: the last two samples, which have to be of one kind, whatever lies before them. */
export function createHistogramInstant(isRate: boolean): HistogramRangeFunction {
  return (context) => (samples, out) => {
    const { ts, values, histograms, labels } = samples
    const { run } = context
    const at = placeOf(context)
    const name = nameOf(labels)
    const cells = histogramCells(out)
    eachWindow(context.windows, samples, (step, lo, hi) => {
      if (hi - lo < 2) return
      const seconds = (ts[hi - 1]! - ts[hi - 2]!) / 1000
      const last = histograms[hi - 1]
      const before = histograms[hi - 2]
      if (last === undefined && before === undefined) {
        const [x, y] = [values[hi - 2]!, values[hi - 1]!]
        const difference = isRate && (y < x || startedAnew(samples, hi - 1)) ? y : y - x
        out.values[step] = isRate ? difference / seconds : difference
        out.present[step] = 1
        return
      }
      if (last === undefined || before === undefined) return run.warn(remarks.mixedFloats(name), at)
      const gauges = Number(last.resetHint === GAUGE) + Number(before.resetHint === GAUGE)
      if (isRate && gauges > 0) run.warn(remarks.notCounter(name), at)
      if (!isRate && gauges < 2) run.warn(remarks.notGauge(name), at)
      let difference = compact(withResetHint(last, GAUGE))
      if (!isRate || !(startedAnew(samples, hi - 1) || isReset(last, before))) {
        const sum = new HistogramSum(last)
        if (!settle(run, sum.subtract(before), 'subtraction', name, at)) return
        difference = sum.finish({ resetHint: GAUGE })
      }
      cells[step] = isRate ? divide(difference, seconds) : difference
      out.present[step] = 1
    })
  }
}

/** How often neighbouring samples differ in what is counted; a change between the kinds is always counted. */
export function createHistogramCounting(
  floats: (before: number, value: number) => boolean,
  ofHistograms: (before: FloatHistogram, one: FloatHistogram) => boolean,
): HistogramRangeFunction {
  return (context) => (samples, out) => {
    const { values, histograms, from, to } = samples
    const countsStarts = context.call.name === 'resets'
    const counts = new Uint32Array(to - from)
    for (let i = from + 1; i < to; i++) {
      const before = histograms[i - 1]
      const one = histograms[i]
      let happens = true
      if (before === undefined && one === undefined) happens = floats(values[i - 1]!, values[i]!)
      else if (before !== undefined && one !== undefined) happens = ofHistograms(before, one)
      if (countsStarts && startedAnew(samples, i)) happens = true
      counts[i - from] = counts[i - from - 1]! + (happens ? 1 : 0)
    }
    eachWindow(context.windows, samples, (step, lo, hi) => {
      out.values[step] = counts[hi - 1 - from]! - counts[lo - from]!
      out.present[step] = 1
    })
  }
}

export const histogramsDiffer = (before: FloatHistogram, one: FloatHistogram): boolean => !equalHistograms(one, before)
export const histogramWasReset = (before: FloatHistogram, one: FloatHistogram): boolean => isReset(one, before)
