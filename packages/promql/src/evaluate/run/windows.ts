import type { Labels } from '../../labels.ts'
import type { FloatHistogram } from '../../native-histogram/index.ts'

/**
 * Where the windows of a selector lie on a grid. Step `i` looks at `endAt(i) - widthMs < t <= endAt(i)` with
 * `endAt(i) = firstEndMs + i * strideMs`; the stride is 0 where `@` fixes the time.
 */
export type Windows = {
  readonly firstEndMs: number
  readonly strideMs: number
  readonly widthMs: number
  readonly steps: number
}

/** Native histograms by the places of `values`; undefined where no sample of the series is one. */
export type SampleHistograms = readonly (FloatHistogram | undefined)[] | undefined

/**
 * Samples of one series without staleness markers: `ts[from..to)`, `values[from..to)` and, where there are some,
 * `histograms[from..to)`; only valid during the call.
 */
export type SeriesVisit = (
  labels: Labels,
  ts: Float64Array,
  values: Float64Array,
  from: number,
  to: number,
  histograms: SampleHistograms,
  startTimes?: Float64Array,
) => void

/** How far beyond its windows a selector reads, in ms. */
export type Margins = { readonly beforeMs: number; readonly afterMs: number }
