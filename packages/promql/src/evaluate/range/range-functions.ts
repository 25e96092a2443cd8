// Functions of a range vector: each makes of the samples of one series a column of steps.

import { Compensated, compensatedMean, compensatedSum } from '../numbers/kahan.ts'
import { quantileOfSorted, SortedWindow, sortNanFirst } from '../numbers/quantile.ts'
import { linearRegression } from '../numbers/regression.ts'
import type { HistogramRangeFunction, RangeContext, RangeFunction, RangeReducer } from './range-context.ts'
import {
  createEnd,
  createHistogramCounting,
  createHistogramInstant,
  createHistogramRate,
  createHistogramSum,
  histogramsDiffer,
  histogramWasReset,
  ignoringHistograms,
  ofAnySamples,
} from './range-histograms.ts'
import { createRateReducer, type RateMode } from './rate.ts'

type WindowReducer = (ts: Float64Array, values: Float64Array, lo: number, hi: number, step: number) => number

/** Calls `reduce` for every window that has at least `least` samples `[lo..hi)`. */
function perWindow({ run, windows }: RangeContext, least: number, reduce: WindowReducer): RangeReducer {
  const { firstEndMs, strideMs, widthMs, steps } = windows
  return (ts, values, from, to, out) => {
    let lo = from
    let hi = from
    let looked = 0
    for (let step = 0; step < steps; step++) {
      const endMs = firstEndMs + step * strideMs
      const startMs = endMs - widthMs
      while (hi < to && ts[hi]! <= endMs) hi++
      while (lo < hi && ts[lo]! <= startMs) lo++
      looked += hi - lo
      if (hi - lo < least) out.present[step] = 0
      else {
        out.values[step] = reduce(ts, values, lo, hi, step)
        out.present[step] = 1
      }
    }
    // Whoever reads the series pauses after it when enough has been done.
    run.spend(looked)
  }
}

/** `createForHistograms` says what becomes of histograms where they are not ignored. */
const simple = (least: number, reduce: WindowReducer, more: Partial<RangeFunction> = {}): RangeFunction => ({
  createForHistograms: ignoringHistograms,
  ...more,
  create: (context) => perWindow(context, least, reduce),
})

const rateOf = (mode: RateMode): RangeFunction => ({
  expectsCounter: mode.isCounter,
  create: ({ windows }) => createRateReducer(windows, mode),
  createForHistograms: createHistogramRate(mode),
})

const differs = (before: number, value: number): boolean =>
  before !== value && !(Number.isNaN(before) && Number.isNaN(value))
const fell = (before: number, value: number): boolean => value < before

/** Samples per block of `BlockSums`. */
const BLOCK = 16

/** Compensated sums of blocks of 16 samples, so that a wide window is a few of them and two loose ends. */
class BlockSums {
  private sums = new Float64Array(0)
  private lost = new Float64Array(0)
  private first = 0

  /** False when there is a value or a sum that is not finite: then the samples have to be added one by one. */
  read(values: Float64Array, from: number, to: number): boolean {
    const blocks = Math.floor((to - from) / BLOCK)
    if (this.sums.length < blocks) {
      this.sums = new Float64Array(2 * blocks)
      this.lost = new Float64Array(2 * blocks)
    }
    this.first = from
    for (let b = 0, at = from; b < blocks; b++, at += BLOCK) {
      let sum = 0
      let lost = 0
      for (let i = at; i < at + BLOCK; i++) {
        const value = values[i]!
        const next = sum + value
        lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum
        sum = next
      }
      if (!Number.isFinite(sum + lost)) return false
      this.sums[b] = sum
      this.lost[b] = lost
    }
    return true
  }

  /** Sum of `values[lo..hi)`, at least two blocks wide. */
  sum(values: Float64Array, lo: number, hi: number): number {
    const firstBlock = Math.ceil((lo - this.first) / BLOCK)
    const endBlock = Math.floor((hi - this.first) / BLOCK)
    const total = new Compensated()
    for (let i = lo; i < this.first + firstBlock * BLOCK; i++) total.add(values[i]!)
    for (let b = firstBlock; b < endBlock; b++) {
      total.add(this.sums[b]!)
      total.lost += this.lost[b]!
    }
    for (let i = this.first + endBlock * BLOCK; i < hi; i++) total.add(values[i]!)
    return total.total
  }
}

/**
 * Sum or mean. Where all values are whole and their sum is exact (within 2^53), differences of running sums are exact
 * too: then a window costs two reads, however wide. Otherwise windows are summed with compensation, wide ones that
 * overlap by blocks.
 */
function createSum(context: RangeContext, mean: boolean): RangeReducer {
  const whole = mean ? compensatedMean : compensatedSum
  const exact = perWindow(context, 1, (_, values, lo, hi) => whole(values, lo, hi))
  const { strideMs, widthMs, steps } = context.windows
  // Windows that hardly overlap are summed faster than anything is prepared.
  if (steps < 4 || strideMs >= widthMs / 4) return exact
  let running = new Float64Array(0)
  let base = 0
  const difference = perWindow(context, 1, (_, __, lo, hi) => {
    const sum = running[hi - base]! - running[lo - base]!
    return mean ? sum / (hi - lo) : sum
  })
  const blocks = new BlockSums()
  const blocked = perWindow(context, 1, (_, values, lo, hi) => {
    if (hi - lo < 3 * BLOCK) return whole(values, lo, hi)
    const sum = blocks.sum(values, lo, hi)
    if (!Number.isFinite(sum)) return whole(values, lo, hi)
    return mean ? sum / (hi - lo) : sum
  })
  return (ts, values, from, to, out) => {
    if (running.length < to - from + 1) running = new Float64Array(2 * (to - from + 1))
    let sum = 0
    let magnitude = 0
    let allWhole = true
    running[0] = 0
    for (let i = from; i < to; i++) {
      const value = values[i]!
      sum += value
      magnitude += Math.abs(value)
      if (value !== Math.floor(value)) {
        allWhole = false
        break
      }
      running[i - from + 1] = sum
    }
    base = from
    if (allWhole && magnitude <= Number.MAX_SAFE_INTEGER) difference(ts, values, from, to, out)
    else if (blocks.read(values, from, to)) blocked(ts, values, from, to, out)
    else exact(ts, values, from, to, out)
  }
}

/** Smallest or largest value, by a queue of candidates: every sample enters and leaves once. NaN only when all are. */
function createExtreme({ windows }: RangeContext, sign: 1 | -1): RangeReducer {
  const { firstEndMs, strideMs, widthMs, steps } = windows
  let queue = new Int32Array(0)
  return (ts, values, from, to, out) => {
    if (queue.length < to - from) queue = new Int32Array(2 * (to - from))
    let head = 0
    let tail = 0
    let lo = from
    let hi = from
    for (let step = 0; step < steps; step++) {
      const endMs = firstEndMs + step * strideMs
      const startMs = endMs - widthMs
      while (hi < to && ts[hi]! <= endMs) {
        const value = values[hi]!
        // biome-ignore lint/suspicious/noSelfCompare: the fastest test for NaN in a hot loop
        if (value === value) {
          while (tail > head && sign * values[queue[tail - 1]!]! <= sign * value) tail--
          queue[tail++] = hi
        }
        hi++
      }
      while (lo < hi && ts[lo]! <= startMs) lo++
      while (head < tail && queue[head]! < lo) head++
      if (hi === lo) out.present[step] = 0
      else {
        out.values[step] = head < tail ? values[queue[head]!]! : Number.NaN
        out.present[step] = 1
      }
    }
  }
}

/** How often something happens between neighbouring samples, counted once per series and taken as a difference. */
function createCounting(context: RangeContext, happens: (previous: number, value: number) => boolean): RangeReducer {
  let counts = new Uint32Array(0)
  let base = 0
  const difference = perWindow(context, 1, (_, __, lo, hi) => counts[hi - 1 - base]! - counts[lo - base]!)
  return (ts, values, from, to, out) => {
    if (counts.length < to - from) counts = new Uint32Array(2 * (to - from))
    base = from
    counts[0] = 0
    for (let i = from + 1; i < to; i++) {
      counts[i - from] = counts[i - from - 1]! + (happens(values[i - 1]!, values[i]!) ? 1 : 0)
    }
    difference(ts, values, from, to, out)
  }
}

function variance(values: Float64Array, lo: number, hi: number): number {
  const mean = new Compensated()
  const squares = new Compensated()
  let count = 0
  for (let i = lo; i < hi; i++) {
    count++
    const delta = values[i]! - mean.total
    mean.add(delta / count)
    squares.add(delta * (values[i]! - mean.total))
  }
  return squares.total / count
}

/** Difference of the last two samples; undefined rates (two samples at once) are left out by the caller. */
function createInstant({ windows }: RangeContext, perSecond: boolean): RangeReducer {
  const { firstEndMs, strideMs, widthMs, steps } = windows
  return (ts, values, from, to, out) => {
    let hi = from
    for (let step = 0; step < steps; step++) {
      const endMs = firstEndMs + step * strideMs
      while (hi < to && ts[hi]! <= endMs) hi++
      if (hi - from < 2 || ts[hi - 2]! <= endMs - widthMs) {
        out.present[step] = 0
        continue
      }
      const last = values[hi - 1]!
      const before = values[hi - 2]!
      const difference = perSecond && last < before ? last : last - before
      out.values[step] = perSecond ? difference / ((ts[hi - 1]! - ts[hi - 2]!) / 1000) : difference
      out.present[step] = 1
    }
  }
}

/** The window is kept sorted from step to step: only what enters and leaves it is moved. */
function createQuantile(context: RangeContext): RangeReducer {
  const qs = context.scalars[0]!
  const sorted = new SortedWindow()
  let heldFrom = 0
  let heldTo = 0
  const reduce = perWindow(context, 1, (_, values, lo, hi, step) => {
    const q = qs[step]!
    context.run.warnOfQuantile(q, context.call.args[0]!)
    if (lo >= heldTo) {
      sorted.clear()
      heldTo = lo
    } else for (let i = heldFrom; i < lo; i++) sorted.remove(values[i]!)
    heldFrom = lo
    for (; heldTo < hi; heldTo++) sorted.add(values[heldTo]!)
    return quantileOfSorted(q, sorted.values)
  })
  return (ts, values, from, to, out) => {
    sorted.clear()
    heldFrom = from
    heldTo = from
    reduce(ts, values, from, to, out)
  }
}

/** Wrong factors are an error wherever there is a sample, although it takes two to smooth. */
function createFactorCheck(context: RangeContext): RangeReducer {
  const [smoothing, trend] = context.scalars
  const check = (value: number, name: string) => {
    if (!(value <= 0 || value >= 1)) return // NaN passes, as in Prometheus
    context.run.fail(
      `invalid ${name} factor. Expected: 0 < ${name === 'smoothing' ? 'sf' : 'tf'} < 1, got: ${value.toFixed(6)}`,
      context.call,
    )
  }
  return perWindow(context, 1, (_, __, ___, ____, step) => {
    check(smoothing![step]!, 'smoothing')
    check(trend![step]!, 'trend')
    return 0
  })
}

function createSmoothing(context: RangeContext): RangeReducer {
  const [smoothing, trend] = context.scalars
  const checkFactors = createFactorCheck(context)
  const smooth = perWindow(context, 2, (_, values, lo, hi, step) => {
    const sf = smoothing![step]!
    const tf = trend![step]!
    let before = 0
    let level = values[lo]!
    let slope = values[lo + 1]! - values[lo]!
    for (let i = lo + 1; i < hi; i++) {
      if (i > lo + 1) slope = tf * (level - before) + (1 - tf) * slope
      before = level
      level = sf * values[i]! + (1 - sf) * (level + slope)
    }
    return level
  })
  return (ts, values, from, to, out) => {
    checkFactors(ts, values, from, to, out)
    smooth(ts, values, from, to, out)
  }
}

const smoothingOfMixed: HistogramRangeFunction = (context, ofFloats) => {
  const checkFactors = createFactorCheck(context)
  const smooth = ignoringHistograms(context, ofFloats)
  return (samples, out) => {
    checkFactors(samples.ts, samples.values, samples.from, samples.to, out)
    out.present.fill(0)
    smooth(samples, out)
  }
}

function median(sorted: Float64Array): number {
  return quantileOfSorted(0.5, sorted)
}

/** NaN as soon as one value is. */
function medianDeviation(values: Float64Array): number {
  if (values.some(Number.isNaN)) return Number.NaN
  const middle = median(sortNanFirst(values))
  for (let i = 0; i < values.length; i++) values[i] = Math.abs(values[i]! - middle)
  return median(sortNanFirst(values))
}

/** Time in seconds of the extreme sample; of equals, the last. */
function extremeTime(ts: Float64Array, values: Float64Array, lo: number, hi: number, sign: 1 | -1): number {
  let best = lo
  for (let i = lo + 1; i < hi; i++) {
    if (sign * values[i]! >= sign * values[best]! || Number.isNaN(values[best]!)) best = i
  }
  return ts[best]! / 1000
}

const TABLE: Record<string, RangeFunction> = {
  rate: rateOf({ isCounter: true, perSecond: true }),
  increase: rateOf({ isCounter: true, perSecond: false }),
  delta: rateOf({ isCounter: false, perSecond: false }),
  irate: { create: (context) => createInstant(context, true), createForHistograms: createHistogramInstant(true) },
  idelta: { create: (context) => createInstant(context, false), createForHistograms: createHistogramInstant(false) },
  sum_over_time: { create: (context) => createSum(context, false), createForHistograms: createHistogramSum(false) },
  avg_over_time: { create: (context) => createSum(context, true), createForHistograms: createHistogramSum(true) },
  min_over_time: { create: (context) => createExtreme(context, -1), createForHistograms: ignoringHistograms },
  max_over_time: { create: (context) => createExtreme(context, 1), createForHistograms: ignoringHistograms },
  count_over_time: simple(1, (_, __, lo, hi) => hi - lo, { createForHistograms: ofAnySamples }),
  present_over_time: simple(1, () => 1, { createForHistograms: ofAnySamples }),
  absent_over_time: simple(1, () => 1, { createForHistograms: ofAnySamples }),
  last_over_time: simple(1, (_, values, __, hi) => values[hi - 1]!, {
    keepsName: true,
    createForHistograms: createEnd('last'),
  }),
  first_over_time: simple(1, (_, values, lo) => values[lo]!, {
    keepsName: true,
    createForHistograms: createEnd('first'),
  }),
  stdvar_over_time: simple(1, (_, values, lo, hi) => variance(values, lo, hi)),
  stddev_over_time: simple(1, (_, values, lo, hi) => Math.sqrt(variance(values, lo, hi))),
  mad_over_time: simple(1, (_, values, lo, hi) => medianDeviation(values.slice(lo, hi))),
  quantile_over_time: { create: createQuantile, createForHistograms: ignoringHistograms },
  changes: {
    create: (context) => createCounting(context, differs),
    createForHistograms: createHistogramCounting(differs, histogramsDiffer),
  },
  resets: {
    create: (context) => createCounting(context, fell),
    createForHistograms: createHistogramCounting(fell, histogramWasReset),
  },
  deriv: simple(2, (ts, values, lo, hi) => linearRegression(ts, values, lo, hi, ts[lo]!).slope),
  predict_linear: {
    create: (context) =>
      perWindow(context, 2, (ts, values, lo, hi, step) => {
        const now = context.grid.startMs + step * context.grid.stepMs
        const { slope, intercept } = linearRegression(ts, values, lo, hi, now)
        return slope * context.scalars[0]![step]! + intercept
      }),
    createForHistograms: ignoringHistograms,
  },
  double_exponential_smoothing: { create: createSmoothing, createForHistograms: smoothingOfMixed },
  ts_of_first_over_time: simple(1, (ts, _, lo) => ts[lo]! / 1000, { createForHistograms: ofAnySamples }),
  ts_of_last_over_time: simple(1, (ts, _, __, hi) => ts[hi - 1]! / 1000, { createForHistograms: ofAnySamples }),
  ts_of_max_over_time: simple(1, (ts, values, lo, hi) => extremeTime(ts, values, lo, hi, 1)),
  ts_of_min_over_time: simple(1, (ts, values, lo, hi) => extremeTime(ts, values, lo, hi, -1)),
}

const FUNCTIONS = new Map(Object.entries(TABLE))

export function rangeFunction(name: string): RangeFunction | undefined {
  return FUNCTIONS.get(name)
}
