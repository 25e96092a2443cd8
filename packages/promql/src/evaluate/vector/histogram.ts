// Functions of histograms, classic ones (series with an `le` label, cumulative counts up to each bound) and native ones.

import { type Labels, labelValue } from '../../labels.ts'
import {
  type Estimate,
  type FloatHistogram,
  fractionOfHistogram,
  quantileOfHistogram,
  varianceOfHistogram,
} from '../../native-histogram/index.ts'
import { formatShort } from '../../number-text.ts'
import type { Expr } from '../../parse/index.ts'
import { type Column, hasAny, newColumn } from '../column/column.ts'
import { presenceByLabels, splitHistograms } from '../column/histogram-cells.ts'
import { dropLabels, labelsKey, withLabel } from '../column/label-sets.ts'
import { lookUp } from '../column/look-up.ts'
import type { Grid } from '../run/grid.ts'
import { dropName, mergeSameLabels } from '../run/metric-name.ts'
import { remarks } from '../run/remarks.ts'
import type { Run } from '../run/run.ts'

type Histogram = {
  readonly labels: Labels
  readonly dropName: boolean
  readonly bounds: number[]
  readonly columns: Column[]
  /** 1 where there is a native histogram of the same labels: neither is looked at then. */
  readonly hidden: Uint8Array | undefined
}

/** What makes a number of one native histogram; undefined for a name that is no such function. */
export function histogramFunction(name: string): ((h: FloatHistogram) => number) | undefined {
  return OF_HISTOGRAM.get(name)
}

const OF_HISTOGRAM = new Map<string, (h: FloatHistogram) => number>([
  ['histogram_count', (h) => h.count],
  ['histogram_sum', (h) => h.sum],
  ['histogram_avg', (h) => h.sum / h.count],
  ['histogram_stdvar', varianceOfHistogram],
  ['histogram_stddev', (h) => Math.sqrt(varianceOfHistogram(h))],
])

const LE = new Set(['le'])

/** Buckets of the same labels (but `le`) belong together; series without a readable bound are warned of and left out. */
function histogramsOf(run: Run, columns: readonly Column[], native: readonly Column[], at: Expr): Histogram[] {
  const found = new Map<string, Histogram>()
  const hidden = presenceByLabels(native)
  for (const column of columns) {
    if (!hasAny(column)) continue
    const le = labelValue(column.labels, 'le')
    const bound = parseBound(le)
    if (bound === undefined) {
      const name = labelValue(column.labels, '__name__')
      const of = name === '' ? '' : ` for metric name ${JSON.stringify(name)}`
      run.warn(`bucket label "le" is missing or has a malformed value of ${JSON.stringify(le)}${of}`, at)
      continue
    }
    const labels = dropLabels(column.labels, LE)
    const key = labelsKey(labels)
    let histogram = found.get(key)
    if (histogram === undefined) {
      histogram = { labels, dropName: column.dropName, bounds: [], columns: [], hidden: hidden.get(key) }
      found.set(key, histogram)
    }
    // Kept in order of their bounds, so that no step has to sort.
    let place = histogram.bounds.length
    while (place > 0 && histogram.bounds[place - 1]! > bound) place--
    histogram.bounds.splice(place, 0, bound)
    histogram.columns.splice(place, 0, column)
  }
  return [...found.values()]
}

function parseBound(le: string): number | undefined {
  if (/^\+?inf(inity)?$/i.test(le)) return Number.POSITIVE_INFINITY
  if (/^-inf(inity)?$/i.test(le)) return Number.NEGATIVE_INFINITY
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(le)) return undefined
  return Number(le)
}

/** The buckets of one histogram at one step, reused from step to step; equal bounds are one bucket. */
type Buckets = { count: number; readonly bounds: Float64Array; readonly counts: Float64Array }

function readBuckets({ bounds, columns, hidden }: Histogram, step: number, into: Buckets): void {
  let n = 0
  into.count = 0
  if (hidden !== undefined && hidden[step] === 1) return
  for (let b = 0; b < bounds.length; b++) {
    const column = columns[b]!
    if (column.present[step] === 0) continue
    const bound = bounds[b]!
    if (n > 0 && into.bounds[n - 1] === bound) into.counts[n - 1]! += column.values[step]!
    else {
      into.bounds[n] = bound
      into.counts[n++] = column.values[step]!
    }
  }
  into.count = n
}

/** What had to be repaired over all steps of a query, for one remark at its end. */
class Repairs {
  count = 0
  private minBound = Number.POSITIVE_INFINITY
  private maxBound = Number.NEGATIVE_INFINITY
  private maxDifference = 0
  private firstMs = 0
  private lastMs = 0

  note(bound: number, difference: number): void {
    this.minBound = Math.min(this.minBound, bound)
    this.maxBound = Math.max(this.maxBound, bound)
    this.maxDifference = Math.max(this.maxDifference, difference)
  }

  step(timeMs: number): void {
    this.firstMs = this.count === 0 ? timeMs : Math.min(this.firstMs, timeMs)
    this.lastMs = this.count === 0 ? timeMs : Math.max(this.lastMs, timeMs)
    this.count++
  }

  get text(): string {
    const time = (ms: number) => `${new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19)}Z`
    return (
      `, from buckets ${formatShort(this.minBound)} to ${formatShort(this.maxBound)}, with a max diff of ` +
      `${formatShort(this.maxDifference, 2)}, over ${this.count} samples from ${time(this.firstMs)} to ${time(this.lastMs)}`
    )
  }
}

const REPAIRED = 'PromQL info: input to histogram_quantile needed to be fixed for monotonicity'

/** Whether a remark sums up what was found at all steps, so that those of some steps do not make up that of all. */
export function isSummary(remark: string): boolean {
  return remark.startsWith(REPAIRED)
}

/** Counts must not fall from bucket to bucket. Differences of float noise are levelled silently, others are noted. */
function forceMonotonic(buckets: Buckets, repairs: Repairs): boolean {
  let previous = buckets.counts[0]!
  let forced = false
  for (let i = 1; i < buckets.count; i++) {
    const count = buckets.counts[i]!
    if (count === previous) continue
    if (almostEqual(previous, count)) buckets.counts[i] = previous
    else if (count < previous) {
      buckets.counts[i] = previous
      repairs.note(buckets.bounds[i]!, previous - count)
      forced = true
    } else previous = count
  }
  return forced
}

const SMALL_DELTA = 1e-12

function almostEqual(a: number, b: number): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b)
  const difference = Math.abs(a - b)
  const sum = Math.abs(a) + Math.abs(b)
  if (a === 0 || b === 0 || sum < 2.2250738585072014e-308) return difference < SMALL_DELTA * 2.2250738585072014e-308
  return difference / Math.min(sum, Number.MAX_VALUE) < SMALL_DELTA
}

/** `forceMonotonic` must have run. Source: Prometheus docs, querying functions, `histogram_quantile`. */
function quantileOfBuckets(q: number, { bounds, counts, count }: Buckets): number {
  if (count < 2) return Number.NaN
  const last = count - 1
  const observations = counts[last]!
  if (observations === 0 || Number.isNaN(observations)) return Number.NaN
  let rank = q * observations
  let b = 0
  while (b < last && !(counts[b]! >= rank)) b++
  if (b === last) return bounds[last - 1]!
  if (b === 0 && bounds[0]! <= 0) return bounds[0]!
  let start = 0
  let inside = counts[b]!
  if (b > 0) {
    start = bounds[b - 1]!
    inside -= counts[b - 1]!
    rank -= counts[b - 1]!
  }
  return start + (bounds[b]! - start) * (rank / inside)
}

/** Share of the observations between `lower` and `upper`, interpolated inside the buckets at the ends. */
function fractionOfBuckets(lower: number, upper: number, { bounds, counts, count }: Buckets): number {
  const total = counts[count - 1]!
  if (total === 0 || Number.isNaN(total) || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN
  if (lower >= upper) return 0
  const rankAt = (value: number): number => {
    let rank = 0
    for (let i = 0; i < count; i++) {
      const from = i > 0 ? bounds[i - 1]! : bounds[0]! <= 0 ? Number.NEGATIVE_INFINITY : 0
      const to = bounds[i]!
      if (from >= value) return rank
      if (to > value) {
        if (from === Number.NEGATIVE_INFINITY) return counts[i]!
        return rank + ((counts[i]! - rank) * (value - from)) / (to - from)
      }
      rank = counts[i]!
    }
    return total
  }
  return (Math.min(rankAt(upper), total) - Math.min(rankAt(lower), total)) / total
}

export type QuantileRequest = {
  readonly qs: Float64Array
  readonly at: Expr
  readonly label: string
  readonly text: string
}

/** One column per histogram and request; `label` (may be empty) tells the requests apart. */
export async function histogramQuantiles(
  run: Run,
  grid: Grid,
  columns: readonly Column[],
  at: Expr,
  requests: readonly QuantileRequest[],
): Promise<Column[]> {
  for (const { qs, at: place } of requests) {
    for (const q of qs) run.warnOfQuantile(q, place)
  }
  const results: Column[] = []
  const repaired = new Map<string, Repairs>()
  const { native, classic } = bothKinds(run, columns, at)
  for (const column of native) {
    for (const { qs, label, text } of requests) {
      const labels = label === '' ? column.labels : withLabel(column.labels, label, text)
      const out = estimateColumn(run, grid, column, labels, (h, i, name) => {
        const estimate = quantileOfHistogram(qs[i]!, h)
        if (estimate.nan === 'result') run.inform(remarks.quantileIsNan(name), at)
        else if (estimate.nan === 'skew') run.inform(remarks.quantileIsSkewed(name), at)
        return estimate
      })
      results.push(out)
    }
    if (run.spend(64 * grid.steps * requests.length)) await run.pause()
  }
  for (const histogram of classic) {
    const name = run.delayedNameRemoval ? labelValue(histogram.labels, '__name__') : ''
    const repairs = lookUp(repaired, name, () => new Repairs())
    const buckets = newBuckets(histogram)
    const outs = requests.map((request) => {
      const labels = request.label === '' ? histogram.labels : withLabel(histogram.labels, request.label, request.text)
      const out = newColumn(labels, grid.steps, histogram.dropName)
      dropName(run, out)
      return out
    })
    for (let i = 0; i < grid.steps; i++) {
      readBuckets(histogram, i, buckets)
      if (buckets.count === 0) continue
      const complete = buckets.bounds[buckets.count - 1] === Number.POSITIVE_INFINITY
      const asked = requests.some(({ qs }) => qs[i]! >= 0 && qs[i]! <= 1)
      if (complete && asked && forceMonotonic(buckets, repairs)) {
        for (const { qs } of requests) {
          if (qs[i]! >= 0 && qs[i]! <= 1) repairs.step(grid.startMs + i * grid.stepMs)
        }
      }
      for (let r = 0; r < requests.length; r++) {
        const q = requests[r]!.qs[i]!
        const out = outs[r]!
        out.present[i] = 1
        if (Number.isNaN(q)) out.values[i] = Number.NaN
        else if (q < 0) out.values[i] = Number.NEGATIVE_INFINITY
        else if (q > 1) out.values[i] = Number.POSITIVE_INFINITY
        else out.values[i] = complete ? quantileOfBuckets(q, buckets) : Number.NaN
      }
    }
    results.push(...outs)
    if (run.spend(4 * grid.steps * histogram.bounds.length)) await run.pause()
  }
  for (const [name, repairs] of repaired) {
    if (repairs.count === 0) continue
    const of = name === '' ? '' : ` for metric name ${JSON.stringify(name)}`
    run.infos.add(
      `${REPAIRED} (see ` +
        `https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)${of}${repairs.text} ` +
        `(${run.placeOf(at)})`,
    )
  }
  return mergeSameLabels(run, results, at)
}

export async function histogramFractions(
  run: Run,
  grid: Grid,
  columns: readonly Column[],
  at: Expr,
  bounds: { readonly lower: Float64Array; readonly upper: Float64Array },
): Promise<Column[]> {
  const results: Column[] = []
  const { native, classic } = bothKinds(run, columns, at)
  for (const column of native) {
    const out = estimateColumn(run, grid, column, column.labels, (h, i, name) => {
      const estimate = fractionOfHistogram(bounds.lower[i]!, bounds.upper[i]!, h)
      if (estimate.nan !== 'none') run.inform(remarks.fractionWithoutNan(name), at)
      return estimate
    })
    results.push(out)
    if (run.spend(64 * grid.steps)) await run.pause()
  }
  for (const histogram of classic) {
    const out = newColumn(histogram.labels, grid.steps, histogram.dropName)
    dropName(run, out)
    const buckets = newBuckets(histogram)
    for (let i = 0; i < grid.steps; i++) {
      readBuckets(histogram, i, buckets)
      if (buckets.count === 0) continue
      const complete = buckets.bounds[buckets.count - 1] === Number.POSITIVE_INFINITY
      out.values[i] = complete ? fractionOfBuckets(bounds.lower[i]!, bounds.upper[i]!, buckets) : Number.NaN
      out.present[i] = 1
    }
    results.push(out)
    if (run.spend(4 * grid.steps * histogram.bounds.length)) await run.pause()
  }
  return mergeSameLabels(run, results, at)
}

/**
 * Native histograms and classic ones apart. At steps where both have the same labels nothing is to be evaluated: those of
 * the native ones are taken away here, and `hidden` tells where classic ones are to be passed over.
 */
function bothKinds(
  run: Run,
  columns: readonly Column[],
  at: Expr,
): { readonly native: Column[]; readonly classic: Histogram[] } {
  if (!columns.some(({ histograms }) => histograms !== undefined)) {
    return { native: [], classic: histogramsOf(run, columns, [], at) }
  }
  const native: Column[] = []
  const floats: Column[] = []
  for (const column of columns) {
    if (column.histograms === undefined) floats.push(column)
    else {
      const parts = splitHistograms(column)
      native.push(parts.native)
      floats.push(parts.floats)
    }
  }
  const classic = histogramsOf(run, floats, native, at)
  const byLabels = new Map(classic.map((one) => [labelsKey(one.labels), one]))
  const visible: Column[] = []
  for (const column of native) {
    const twin = byLabels.get(labelsKey(column.labels))
    if (twin === undefined) {
      visible.push(column)
      continue
    }
    const present = column.present.slice()
    for (let i = 0; i < present.length; i++) {
      if (present[i] === 0 || !twin.columns.some((bucket) => bucket.present[i] === 1)) continue
      present[i] = 0
      run.warn(remarks.mixedClassic(run.delayedNameRemoval ? labelValue(column.labels, '__name__') : ''), at)
    }
    visible.push({ ...column, present })
  }
  return { native: visible, classic }
}

/** A number for every native histogram of a column; `name` is the metric's where it is still to be told. */
function estimateColumn(
  run: Run,
  grid: Grid,
  column: Column,
  labels: Labels,
  estimate: (h: FloatHistogram, step: number, name: string) => Estimate,
): Column {
  const out = newColumn(labels, grid.steps, column.dropName)
  dropName(run, out)
  const name = labelValue(out.labels, '__name__')
  for (let i = 0; i < grid.steps; i++) {
    const one = column.histograms?.[i]
    if (one === undefined || column.present[i] === 0) continue
    out.values[i] = estimate(one, i, name).value
    out.present[i] = 1
  }
  return out
}

function newBuckets({ bounds }: Histogram): Buckets {
  return { count: 0, bounds: new Float64Array(bounds.length), counts: new Float64Array(bounds.length) }
}
