import type { Labels, Selection, SeriesBatch, SeriesSource } from '@binnacle/promql'
import {
  clear,
  type EngineReader,
  type FoundSamples,
  histogramRows,
  lateByRow,
  readHeadSeries,
  type SampleBuffers,
  type SlabViews,
  seriesPerRead,
  sliceKeys,
  withoutDeleted,
} from '../store/index.ts'
import type { SelectedSeries } from './selected-series.ts'

/** A batch is handed over when it has so many samples: bounds the memory of a query to its answer and a slice. */
const BATCH_SAMPLES = 32_768
/** The same once there are native histograms among them: one may take a KB. */
const BATCH_MIXED_SAMPLES = 4_096
const BATCH_SERIES = 1024

export type StitchedReaderDeps = {
  readonly views: readonly (SlabViews | undefined)[]
  readonly reader: EngineReader
  readonly buffers: SampleBuffers
  readonly signal: AbortSignal
  /** Told how many samples came from where. */
  readonly onRead: (from: 'head' | 'engine', samples: number) => void
}

export type StitchedSourceDeps = StitchedReaderDeps & {
  /** Matchers to series; in a worker this asks the watch. */
  readonly resolve: (selection: Selection) => Promise<SelectedSeries> | SelectedSeries
}

/** Samples of head and engine as one: what is older than the head's lower bound comes from the engine's chunks. */
export function createStitchedSource(deps: StitchedSourceDeps): SeriesSource {
  async function* select(selection: Selection): AsyncGenerator<SeriesBatch, void, undefined> {
    const selected = await deps.resolve(selection)
    yield* readStitched(deps, selected, selection, { from: 0, to: selected.count })
  }
  return { select: (selection) => select(selection) }
}

/**
 * The samples of the rows `[from, to)` of a selection. The engine is asked for some series at a time, and for the next
 * ones while these are decoded.
 */
export async function* readStitched(
  { views, reader, buffers, signal, onRead }: StitchedReaderDeps,
  selected: SelectedSeries,
  { fromMs, toMs }: Selection,
  range: { readonly from: number; readonly to: number },
): AsyncGenerator<SeriesBatch, void, undefined> {
  const { keys, snapshot, completeFromMs, rowsOf, sharing, deleted } = selected
  const late = lateByRow(snapshot)
  const engineToMs = Math.min(toMs, completeFromMs - 1)
  const askEngine = fromMs <= engineToMs
  const headFromMs = Math.max(fromMs, completeFromMs)
  const askHead = headFromMs <= toMs
  const rowsInAll = range.to - range.from
  const share = askEngine ? histogramRows(snapshot, range.from, range.to) / Math.max(1, rowsInAll) : 0
  const sliceSize = askEngine ? seriesPerRead(fromMs, engineToMs, share) : rowsInAll
  const samples = buffers.take()
  const mostSeries = Math.min(BATCH_SERIES, range.to - range.from)
  const starts = new Uint32Array(mostSeries + 1)
  const rows = new Uint32Array(mostSeries)
  let labels: Labels[] = []

  const ask = (from: number): Promise<FoundSamples> | undefined => {
    if (!askEngine || from >= range.to) return undefined
    const to = Math.min(range.to, from + sliceSize)
    const found = reader.read({ series: sliceKeys(keys, from, to), fromMs, toMs: engineToMs, rowsOf, sharing }, signal)
    // Awaited later, or never when the query ends before; until then its failure is nobody's.
    found.catch(() => {})
    return found
  }

  const batch = (): SeriesBatch => {
    const { ts, values, histograms } = samples
    return { count: labels.length, labels, rows, starts, ts, values, histograms }
  }

  try {
    let next = ask(range.from)
    for (let from = range.from; from < range.to; from += sliceSize) {
      const to = Math.min(range.to, from + sliceSize)
      const found = await next
      next = ask(to)
      for (let row = from; row < to; row++) {
        const start = samples.length
        found?.appendTo(row - from, samples)
        const middle = samples.length
        if (askHead) readHeadSeries(views, snapshot, late, row, headFromMs, toMs, samples)
        if (middle > start) onRead('engine', middle - start)
        if (samples.length > middle) onRead('head', samples.length - middle)
        const intervals = deleted.size === 0 ? undefined : deleted.get(row)
        if (intervals) withoutDeleted(samples, start, intervals)
        if (samples.length === start) continue
        rows[labels.length] = row
        labels.push(selected.labelsOf(row))
        starts[labels.length] = samples.length
        const full = samples.length >= (samples.histograms === undefined ? BATCH_SAMPLES : BATCH_MIXED_SAMPLES)
        if (full || labels.length === mostSeries) {
          yield batch()
          clear(samples)
          labels = []
        }
      }
    }
    if (labels.length > 0) yield batch()
  } finally {
    buffers.give(samples)
  }
}
