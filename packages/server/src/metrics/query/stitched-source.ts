import type { Labels, Selection, SeriesBatch, SeriesSource } from '@binnacle/promql'
import {
  clear,
  createSampleBuffer,
  type EngineReader,
  lateByRow,
  readHeadSeries,
  type SlabViews,
  seriesPerRead,
  withoutDeleted,
} from '../store/index.ts'
import type { SelectedSeries } from './selected-series.ts'

/** A batch is handed over when it has so many samples: bounds the memory of a query to its answer and a slice. */
const BATCH_SAMPLES = 32_768
const BATCH_SERIES = 1024

export type StitchedSourceDeps = {
  /** Matchers to series; in a worker this asks the watch. */
  readonly resolve: (selection: Selection) => Promise<SelectedSeries> | SelectedSeries
  readonly views: readonly (SlabViews | undefined)[]
  readonly reader: EngineReader
  readonly signal: AbortSignal
  /** Told how many samples came from where. */
  readonly onRead: (from: 'head' | 'engine', samples: number) => void
}

/** Samples of head and engine as one: what is older than the head's lower bound comes from the engine's chunks. */
export function createStitchedSource(deps: StitchedSourceDeps): SeriesSource {
  const { resolve, views, reader, signal, onRead } = deps

  async function* select(selection: Selection): AsyncGenerator<SeriesBatch, void, undefined> {
    const selected = await resolve(selection)
    const { fromMs, toMs } = selection
    const { keys, snapshot, completeFromMs } = selected
    const late = lateByRow(snapshot)
    const engineToMs = Math.min(toMs, completeFromMs - 1)
    const askEngine = fromMs <= engineToMs
    const headFromMs = Math.max(fromMs, completeFromMs)
    const sliceSize = askEngine ? seriesPerRead(fromMs, engineToMs) : keys.length
    const samples = createSampleBuffer(4096)
    const starts = new Uint32Array(BATCH_SERIES + 1)
    let labels: Labels[] = []

    for (let from = 0; from < keys.length; from += sliceSize) {
      const to = Math.min(keys.length, from + sliceSize)
      const found = askEngine
        ? await reader.read({ series: keys.slice(from, to), fromMs, toMs: engineToMs, rowsOf: selected.rowsOf }, signal)
        : undefined
      for (let row = from; row < to; row++) {
        const start = samples.length
        found?.appendTo(row - from, samples)
        const middle = samples.length
        if (headFromMs <= toMs) readHeadSeries(views, snapshot, late, row, headFromMs, toMs, samples)
        if (middle > start) onRead('engine', middle - start)
        if (samples.length > middle) onRead('head', samples.length - middle)
        const intervals = selected.deleted.get(row)
        if (intervals) withoutDeleted(samples, start, intervals)
        if (samples.length === start) continue
        labels.push(selected.labels[row]!)
        starts[labels.length] = samples.length
        if (samples.length >= BATCH_SAMPLES || labels.length === BATCH_SERIES) {
          yield {
            count: labels.length,
            labels,
            starts,
            ts: samples.ts,
            values: samples.values,
            histograms: samples.histograms,
          }
          clear(samples)
          labels = []
        }
      }
    }
    if (labels.length > 0)
      yield {
        count: labels.length,
        labels,
        starts,
        ts: samples.ts,
        values: samples.values,
        histograms: samples.histograms,
      }
  }

  return { select: (selection) => select(selection) }
}
