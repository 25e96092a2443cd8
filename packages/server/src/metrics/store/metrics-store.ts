import type { Labels } from '@binnacle/promql'
import type { SeriesKey } from './read/index.ts'
import type { SampleBatch, SeriesRef } from './sample-batch.ts'

export type AppendResult = {
  /** Samples taken in, late ones included. */
  accepted: number
  /** Of the accepted: older than the newest sample of their series. */
  late: number
  /** Same series and time as a sample that is already there: the first one stays. */
  duplicates: number
  /** Of those: with the value that is there already. Told only of the newest samples of a series, and not of histograms. */
  repeated: number
  /** Older than the retention, or too far in the future. */
  outOfBounds: number
  /** Of those: native histograms. */
  outOfBoundsHistograms: number
}

/** What is known of a metric family beside its samples (Prometheus API `/metadata`). */
export type MetricMetadata = { readonly type: string; readonly help: string; readonly unit: string }

export type ExemplarInput = {
  readonly series: SeriesRef
  readonly labels: Labels
  /** Unix ms. */
  readonly ts: number
  readonly value: number
}

/** All samples of one series in `[fromMs, toMs]` (Unix ms, inclusive) are to go. */
export type Deletion = { readonly key: SeriesKey; readonly fromMs: number; readonly toMs: number }

/** What intake sees of the metrics store. All calls are synchronous and cheap except `flushed`. */
export type MetricsStore = {
  /** Changes whenever refs were dropped: every ref cached outside is void then. */
  readonly epoch: number
  /**
   * The ref of a series; creates the series on first sight. Throws `BinnacleError` (kind `limit`) when the head has no
   * room for another series, or a label-set hash collides.
   */
  refOf(labels: Labels): SeriesRef
  labelsOf(ref: SeriesRef): Labels
  /**
   * Appends to the head at once (visible to the next query) and to the log within a second. Never throws for a
   * sample; what was not taken is counted in the result. Samples of one series should come in ascending time.
   */
  append(batch: SampleBatch): AppendResult
  /** Throws `BinnacleError` (kind `overload`) when the log is so far behind that pushers must come back later. */
  admit(batch: SampleBatch): void
  /** Resolves once all that was appended before this call is in the engine; rejects when it could not be stored. */
  flushed(signal: AbortSignal): Promise<void>
  /** Remembers type, help and unit of a metric family. */
  describe(metric: string, metadata: MetricMetadata): void
  addExemplar(exemplar: ExemplarInput): void
}
