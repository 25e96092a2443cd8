import type { FloatHistogram } from '@binnacle/promql'

/** Dense number of a series while it is in the label index. Void once `MetricsStore.epoch` has changed. */
export type SeriesRef = number

/** Samples as columns; the caller owns and reuses the arrays. `length` entries of each are valid. */
export type SampleBatch = {
  length: number
  refs: Uint32Array
  /** Unix ms; whole numbers. */
  ts: Float64Array
  values: Float64Array
  /**
   * Native histograms by the same places; where there is one, it is the sample and the value counts for nothing. Absent
   * while there is none. They are valid ones (`intake/remote-write` checks what comes from outside), and a histogram
   * series ends with the staleness marker of numbers. `length = 0` does not empty it: set it to undefined.
   */
  histograms?: (FloatHistogram | undefined)[] | undefined
}
