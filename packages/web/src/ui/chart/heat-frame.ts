/** What a heatmap draws: how many observations fell into each row (a range of values) at each time. */
export type HeatFrame = {
  /** Unix seconds. */
  readonly times: readonly number[]
  /** Edges of the rows from below, one more than there are rows; the last may be infinite, the first too. */
  readonly edges: readonly number[]
  /** The same on the axis of the chart, all finite and ascending. */
  readonly places: readonly number[]
  readonly scale: 'log' | 'linear' | 'even'
  /** Row by row from below: `counts[row * times.length + i]`; 0 where nothing fell. */
  readonly counts: Float64Array
  /** All rows at each time; `NaN` where there is no answer. */
  readonly totals: Float64Array
  /** Highest count of a cell; 0 when nothing fell anywhere. */
  readonly most: number
}

export type BucketColumn = { readonly le: string; readonly values: readonly (number | null)[] }

/**
 * Classic buckets: each column counts what is at most `le`, so a row is the difference of two. Columns may come in any
 * order; what falls from one bound to the next (scrapes of different moments, floats) is taken as nothing.
 */
export function heatOfBuckets(times: readonly number[], columns: readonly BucketColumn[]): HeatFrame | undefined {
  const bounds = columns
    .map(({ le, values }) => ({ bound: le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), values }))
    .filter(({ bound }) => !Number.isNaN(bound))
    .sort((a, b) => a.bound - b.bound)
  if (bounds.length === 0) return undefined
  const n = times.length
  const counts = new Float64Array(bounds.length * n)
  const totals = new Float64Array(n).fill(Number.NaN)
  for (let i = 0; i < n; i++) {
    let below = 0
    bounds.forEach(({ values }, row) => {
      const upTo = values[i]
      if (upTo == null) return
      counts[row * n + i] = Math.max(0, upTo - below)
      below = Math.max(below, upTo)
      totals[i] = below
    })
  }
  const first = bounds[0]!.bound
  return toFrame(times, [first > 0 ? 0 : Number.NEGATIVE_INFINITY, ...bounds.map(({ bound }) => bound)], counts, totals)
}

export type HistogramAt = {
  readonly at: number
  readonly buckets: readonly (readonly [rule: number, lower: number, upper: number, count: number])[]
}

/** Rows past this are thinner than a line: neighbours are put together. */
const MAX_ROWS = 120

/**
 * Native histograms: their buckets' bounds make the rows. Where resolutions differ, a wide bucket is spread over the
 * rows that it covers, evenly on the scale of exponential buckets.
 */
export function heatOfHistograms(times: readonly number[], histograms: readonly HistogramAt[]): HeatFrame | undefined {
  const bounds = new Set<number>()
  for (const { buckets } of histograms) for (const [, lower, upper] of buckets) bounds.add(lower).add(upper)
  if (bounds.size < 2) return undefined
  const edges = thinned([...bounds].sort((a, b) => a - b))
  const rows = edges.length - 1
  const n = times.length
  const counts = new Float64Array(rows * n)
  const totals = new Float64Array(n).fill(Number.NaN)
  for (const { at, buckets } of histograms) {
    if (Number.isNaN(totals[at]!)) totals[at] = 0
    for (const [, lower, upper, count] of buckets) {
      totals[at]! += count
      let row = rowOf(edges, lower)
      const whole = span(lower, upper)
      for (; row < rows && edges[row]! < upper; row++) {
        const share = whole === 0 ? 1 : span(Math.max(lower, edges[row]!), Math.min(upper, edges[row + 1]!)) / whole
        counts[row * n + at]! += count * share
        if (whole === 0) break
      }
    }
  }
  return toFrame(times, edges, counts, totals)
}

/** How wide a range is where each power of two is as wide as the next; by difference where it touches zero. */
function span(lower: number, upper: number): number {
  if (!Number.isFinite(lower) || !Number.isFinite(upper)) return 0
  return lower * upper > 0 ? Math.abs(Math.log2(upper / lower)) : upper - lower
}

/** The row that holds what is just above `value`. */
function rowOf(edges: readonly number[], value: number): number {
  let low = 0
  let high = edges.length - 1
  while (low < high - 1) {
    const middle = (low + high) >> 1
    if (edges[middle]! <= value) low = middle
    else high = middle
  }
  return low
}

function thinned(edges: readonly number[]): readonly number[] {
  const every = Math.ceil((edges.length - 1) / MAX_ROWS)
  return every <= 1 ? edges : edges.filter((_e, i) => i % every === 0 || i === edges.length - 1)
}

function toFrame(
  times: readonly number[],
  edges: readonly number[],
  counts: Float64Array,
  totals: Float64Array,
): HeatFrame {
  let most = 0
  for (const count of counts) if (count > most) most = count
  const { places, scale } = placesOf(edges)
  return { times, edges, places, scale, counts, totals, most }
}

/**
 * Where edges lie on the axis. Positive bounds over more than a factor of ten are laid out by their logarithm, evenly
 * spaced ones as they are, all others one row like the next. Rows without end are as high as their neighbour.
 */
export function placesOf(edges: readonly number[]): Pick<HeatFrame, 'places' | 'scale'> {
  const finite = edges.filter(Number.isFinite)
  const inner = finite[0] === 0 ? finite.slice(1) : finite
  const scale = scaleOf(inner)
  if (scale === 'even') return { places: edges.map((_e, i) => i), scale }
  const toPlace = scale === 'log' ? Math.log10 : (edge: number) => edge
  const known = inner.map(toPlace)
  const below = known.length > 1 ? known[1]! - known[0]! : 1
  const above = known.length > 1 ? known.at(-1)! - known.at(-2)! : 1
  const places = edges.map((edge) => {
    if (edge === Number.POSITIVE_INFINITY) return known.at(-1)! + above
    if (edge === Number.NEGATIVE_INFINITY || (edge === 0 && finite[0] === 0)) return known[0]! - below
    return toPlace(edge)
  })
  return { places, scale }
}

function scaleOf(bounds: readonly number[]): HeatFrame['scale'] {
  if (bounds.length < 2) return 'even'
  if (bounds[0]! > 0 && bounds.at(-1)! / bounds[0]! > 10) return 'log'
  const width = bounds[1]! - bounds[0]!
  const isEven = bounds.every((bound, i) => i === 0 || Math.abs(bound - bounds[i - 1]! - width) < width * 1e-6)
  return isEven || (bounds[0]! > 0 && bounds.length > 2) ? 'linear' : 'even'
}

export type HeatCell = {
  readonly lower: number
  readonly upper: number
  readonly count: number
  /** Of all at that time, 0 to 1. */
  readonly share: number
}

export function cellOf({ times, edges, counts, totals }: HeatFrame, row: number, index: number): HeatCell {
  const count = counts[row * times.length + index] ?? 0
  const total = totals[index] ?? 0
  return { lower: edges[row]!, upper: edges[row + 1]!, count, share: total > 0 ? count / total : 0 }
}

/** The row at a place of the axis, or -1 outside. */
export function rowAt({ places }: HeatFrame, place: number): number {
  if (!(place >= places[0]!) || place > places.at(-1)!) return -1
  return Math.min(places.length - 2, rowOf(places, place))
}
