import type { FloatHistogram, Labels } from '@binnacle/promql'
import { BinnacleError } from '../../config/index.ts'
import { addStaleMarkers, createSampleBatch, growSampleBatch } from '../../metrics/intake/batch/index.ts'
import type { MetricsStore, SeriesRef } from '../../metrics/store/index.ts'

/** A series that a rule makes; its ref is looked up once as long as the store keeps its numbers. */
export type OutputSeries = { readonly labels: Labels; ref: SeriesRef; epoch: number }

export function outputSeries(labels: Labels): OutputSeries {
  return { labels, ref: 0, epoch: -1 }
}

/** What did not get into the store, in words; undefined when all did. */
export type Refusal = { readonly samples: number; readonly message: string } | undefined

/** Collects what one rule makes at one moment and hands it to the store in one go. */
export type SeriesOutput = {
  add(series: OutputSeries, timeMs: number, value: number, histogram?: FloatHistogram): void
  /** The series ends at this moment. */
  end(series: OutputSeries, timeMs: number): void
  /** Visible to queries from now on. Never throws for single samples. */
  flush(): Refusal
}

/** One at a time: between the first `add` and `flush` nobody else may use it. */
export function createSeriesOutput(
  store: MetricsStore,
  onAppend: (batch: ReturnType<typeof createSampleBatch>) => void,
): SeriesOutput {
  const batch = createSampleBatch(256)
  const ends = createSampleBatch(16)
  const one = new Uint32Array(1)
  let refused = 0
  let refusal = ''

  function refOf(series: OutputSeries): SeriesRef | undefined {
    if (series.epoch === store.epoch) return series.ref
    try {
      series.ref = store.refOf(series.labels)
      series.epoch = store.epoch
      return series.ref
    } catch (error) {
      if (!(error instanceof BinnacleError)) throw error
      refused++
      refusal = error.message
      return undefined
    }
  }

  return {
    add(series, timeMs, value, histogram) {
      const ref = refOf(series)
      if (ref === undefined) return
      growSampleBatch(batch, batch.length + 1)
      const at = batch.length++
      batch.refs[at] = ref
      batch.ts[at] = timeMs
      batch.values[at] = value
      if (histogram === undefined) return
      batch.histograms ??= []
      batch.histograms[at] = histogram
    },
    end(series, timeMs) {
      const ref = refOf(series)
      if (ref === undefined) return
      one[0] = ref
      addStaleMarkers(ends, one, timeMs)
    },
    flush() {
      let samples = refused
      let message = refusal
      refused = 0
      refusal = ''
      if (batch.length > 0) {
        onAppend(batch)
        const { duplicates, repeated, outOfBounds } = store.append(batch)
        // Two rules may say the same at the same moment: groups of one interval are evaluated at one.
        const contradicted = duplicates - repeated
        batch.length = 0
        batch.histograms = undefined
        if (contradicted > 0) message = 'duplicate sample for timestamp'
        else if (outOfBounds > 0) message = 'out of bounds'
        samples += contradicted + outOfBounds
      }
      if (ends.length > 0) {
        // Where another rule goes on with the series, its sample stays: that is no mistake.
        store.append(ends)
        ends.length = 0
      }
      return samples === 0 ? undefined : { samples, message }
    },
  }
}
