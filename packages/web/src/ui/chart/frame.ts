import type { Unit } from '../format/index.ts'

/** A line of a chart. `color` is a token's name (`s1`, `critical`), never a value. */
export type ChartSeries = {
  readonly key: string
  readonly name: string
  readonly color: string
  readonly values: readonly (number | null)[]
  /** What finds the series again, for copying. */
  readonly copyText?: string
}

/** What a chart draws: columns on one grid of Unix seconds. */
export type ChartFrame = {
  readonly times: readonly number[]
  readonly series: readonly ChartSeries[]
  /** Where lines stand for many more than are drawn: what all of them span, behind the lines. */
  readonly band?: ChartBand | undefined
}

export type ChartBand = {
  /** What the band is, such as `all 10,000 series`. */
  readonly name: string
  readonly low: readonly (number | null)[]
  readonly mean: readonly (number | null)[]
  readonly high: readonly (number | null)[]
}

/** A single observation on a chart. */
export type ChartMark = {
  readonly key: string
  /** Unix seconds. */
  readonly at: number
  /** Absent where it has no place on the value axis: it stands at the foot of the chart then. */
  readonly value: number | undefined
  /** In words, for the tooltip: label and value in turn. */
  readonly facts: readonly (readonly [name: string, value: string])[]
}

export type ChartKind = 'lines' | 'stacked'

/** A line that values are measured against: dashed, in its state's colour, with its name. */
export type Threshold = { readonly value: number; readonly name: string; readonly color: string }

/** A stretch of time in which something was so, shaded behind the lines. Unix seconds; `color` is a token's name. */
export type ChartSpan = { readonly from: number; readonly to: number; readonly color: string }

export type ChartLook = {
  readonly kind: ChartKind
  readonly unit: Unit
  /** Fixed ends of the value axis; otherwise it follows the data (and holds 0 unless the data lie far from it). */
  readonly min?: number
  readonly max?: number
  /** Areas under lines; left out where many lines cross. */
  readonly filled?: boolean
  /** Always in sight: the value axis holds them. */
  readonly thresholds?: readonly Threshold[]
}

export type SeriesFigures = { readonly last: number | null; readonly max: number | null; readonly mean: number | null }

/** Last, largest and mean value of a column; `null` where it is empty. */
export function figuresOf(values: readonly (number | null)[]): SeriesFigures {
  let last: number | null = null
  let max: number | null = null
  let sum = 0
  let count = 0
  for (const value of values) {
    if (value === null) continue
    last = value
    if (max === null || value > max) max = value
    sum += value
    count++
  }
  return { last, max, mean: count === 0 ? null : sum / count }
}

/** Running sums from the first series up. A gap counts as nothing, and stays a gap only where every series has one. */
export function stackColumns(columns: readonly (readonly (number | null)[])[], length: number): (number | null)[][] {
  const base = new Float64Array(length)
  const seen = new Uint8Array(length)
  for (const column of columns) for (let i = 0; i < length; i++) if (column[i] != null) seen[i] = 1
  return columns.map((column) => {
    const sums = new Array<number | null>(length)
    for (let i = 0; i < length; i++) {
      base[i]! += column[i] ?? 0
      sums[i] = seen[i] === 1 ? base[i]! : null
    }
    return sums
  })
}
