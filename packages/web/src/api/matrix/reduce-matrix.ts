import { scanMatrix, textOf } from './scan-matrix.ts'

/** By what series are ranked where not all of them are kept. */
export type RankBy = 'last' | 'max' | 'mean'

export type ReduceOptions = {
  /** The grid: Unix seconds of its first point, distance, number of points. */
  readonly fromS: number
  readonly stepS: number
  readonly count: number
  /** Series kept at most, those that rank highest. */
  readonly keep: number
  readonly rank: RankBy
  /** Adds series up by the value of this label (`le`) instead, however many there are; all sums are kept. */
  readonly sumBy?: string
}

/** Lowest, mean and highest value of all series at each point. */
export type Spread = {
  readonly low: readonly (number | null)[]
  readonly mean: readonly (number | null)[]
  readonly high: readonly (number | null)[]
}

/** One bucket of a native histogram: which bounds belong to it (0 `(]`, 1 `[)`, 2 `()`, 3 `[]`), bounds, count. */
export type NativeBucket = readonly [rule: number, lower: number, upper: number, count: number]
/** A native histogram at a point of the grid. */
export type NativeHistogram = { readonly at: number; readonly buckets: readonly NativeBucket[] }

export type ReducedSeries = {
  readonly labels: Readonly<Record<string, string>>
  readonly values: readonly (number | null)[]
}

export type ReducedMatrix = {
  readonly series: readonly ReducedSeries[]
  /** Series in the answer, kept or not. */
  readonly total: number
  /** Where not all series are kept. */
  readonly spread: Spread | undefined
  readonly histograms: readonly NativeHistogram[]
  /** The answer around the series: warnings, infos, statistics. */
  readonly envelope: unknown
}

type Matrix = {
  data?: { result?: { metric: Record<string, string>; values?: [number, string][]; histograms?: unknown[] }[] }
}
type HistogramJson = [time: number, histogram: { buckets?: [number, string, string, string][] }]

/** A range answer as columns on its grid. Values that charts have no place for (NaN, infinities) are gaps. Pure. */
export function reduceMatrix(bytes: Uint8Array, options: ReduceOptions): ReducedMatrix {
  const { fromS, stepS, count } = options
  const columns: Float64Array[] = []
  const labels: [from: number, to: number][] = []
  const histograms: NativeHistogram[] = []
  let column = new Float64Array(0)
  const begin = () => {
    column = new Float64Array(count).fill(Number.NaN)
    columns.push(column)
  }
  const place = (time: number) => Math.round((time - fromS) / stepS)
  const point = (time: number, value: number) => {
    const at = place(time)
    if (at >= 0 && at < count && Number.isFinite(value)) column[at] = value
  }
  const addHistograms = (list: readonly HistogramJson[]) => {
    for (const [time, { buckets = [] }] of list) {
      const at = place(time)
      if (at < 0 || at >= count) continue
      histograms.push({ at, buckets: buckets.map(([rule, lo, up, n]) => [rule, Number(lo), Number(up), Number(n)]) })
    }
  }
  const found = scanMatrix(bytes, {
    series(from, to) {
      labels.push([from, to])
      begin()
    },
    point,
    histograms: (from, to) => addHistograms(JSON.parse(textOf(bytes, from, to)) as HistogramJson[]),
  })
  if (found !== undefined) {
    const envelope: unknown = JSON.parse(textOf(bytes, 0, found.from) + textOf(bytes, found.to, bytes.length))
    const labelsOf = (i: number) => JSON.parse(textOf(bytes, ...labels[i]!)) as Record<string, string>
    return { ...reduce(columns, labelsOf, options), histograms, envelope }
  }
  // Not as our server writes it: the long way.
  columns.length = 0
  histograms.length = 0
  const envelope = JSON.parse(textOf(bytes, 0, bytes.length)) as Matrix
  const result = envelope.data?.result ?? []
  for (const one of result) {
    begin()
    for (const [time, value] of one.values ?? []) point(time, numberOf(value))
    addHistograms((one.histograms ?? []) as HistogramJson[])
  }
  return { ...reduce(columns, (i) => result[i]!.metric, options), histograms, envelope }
}

function reduce(
  columns: readonly Float64Array[],
  labelsOf: (i: number) => Readonly<Record<string, string>>,
  { count, keep, rank, sumBy }: ReduceOptions,
): Pick<ReducedMatrix, 'series' | 'total' | 'spread'> {
  const total = columns.length
  if (sumBy !== undefined) return { series: sums(columns, labelsOf, sumBy, count), total, spread: undefined }
  const all = columns.map((_c, i) => i)
  const kept = total <= keep ? all : highest(columns, keep, rank)
  const series = kept.map((i) => ({ labels: labelsOf(i), values: withGaps(columns[i]!) }))
  return { series, total, spread: total <= keep ? undefined : spreadOf(columns, count) }
}

function sums(
  columns: readonly Float64Array[],
  labelsOf: (i: number) => Readonly<Record<string, string>>,
  label: string,
  count: number,
): ReducedSeries[] {
  const byValue = new Map<string, Float64Array>()
  columns.forEach((column, i) => {
    const value = labelsOf(i)[label]
    if (value === undefined) return
    const sum = byValue.get(value)
    if (sum === undefined) {
      byValue.set(value, column.slice())
      return
    }
    for (let k = 0; k < count; k++) {
      const more = column[k]!
      if (!Number.isNaN(more)) sum[k] = Number.isNaN(sum[k]!) ? more : sum[k]! + more
    }
  })
  return [...byValue].map(([value, column]) => ({ labels: { [label]: value }, values: withGaps(column) }))
}

/** Places of the series that rank highest, in their own order; series without values come last. */
function highest(columns: readonly Float64Array[], keep: number, rank: RankBy): number[] {
  const ranks = Float64Array.from(columns, (column) => rankOf(column, rank))
  return columns
    .map((_c, i) => i)
    .sort((a, b) => ranks[b]! - ranks[a]!)
    .slice(0, keep)
    .sort((a, b) => a - b)
}

function rankOf(column: Float64Array, rank: RankBy): number {
  let last = Number.NEGATIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  let sum = 0
  let n = 0
  for (let i = 0; i < column.length; i++) {
    const value = column[i]!
    if (Number.isNaN(value)) continue
    last = value
    if (value > max) max = value
    sum += value
    n++
  }
  return rank === 'last' ? last : rank === 'max' || n === 0 ? max : sum / n
}

function spreadOf(columns: readonly Float64Array[], count: number): Spread {
  const low = new Array<number | null>(count).fill(null)
  const mean = new Array<number | null>(count).fill(null)
  const high = new Array<number | null>(count).fill(null)
  for (let i = 0; i < count; i++) {
    let least = Number.POSITIVE_INFINITY
    let most = Number.NEGATIVE_INFINITY
    let sum = 0
    let n = 0
    for (const column of columns) {
      const value = column[i]!
      if (Number.isNaN(value)) continue
      if (value < least) least = value
      if (value > most) most = value
      sum += value
      n++
    }
    if (n === 0) continue
    low[i] = least
    mean[i] = sum / n
    high[i] = most
  }
  return { low, mean, high }
}

function withGaps(column: Float64Array): (number | null)[] {
  const values = new Array<number | null>(column.length)
  for (let i = 0; i < column.length; i++) values[i] = Number.isNaN(column[i]!) ? null : column[i]!
  return values
}

function numberOf(text: string): number {
  return text === '+Inf' || text === '-Inf' ? Number.NaN : Number(text)
}
