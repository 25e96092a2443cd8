import type { Selection, SeriesBatch, SeriesSource } from '@binnacle/promql'
import {
  type EngineReader,
  type FoundSamples,
  histogramRows,
  type SampleBuffers,
  type SlabViews,
  seriesPerRead,
  sliceKeys,
} from '../store/index.ts'
import { Batches } from './batches.ts'
import type { SelectedSeries } from './selected-series.ts'

export type StitchedReaderDeps = {
  readonly views: readonly (SlabViews | undefined)[]
  readonly reader: EngineReader
  readonly buffers: SampleBuffers
  /** Its signal is asked for when the engine is. */
  readonly waiting: { readonly signal: AbortSignal }
  /** Told how many samples came from where. */
  readonly onRead: (from: 'head' | 'engine', samples: number) => void
}

export type StitchedSourceDeps = StitchedReaderDeps & {
  /** Matchers to series; in a worker this asks the watch. */
  readonly resolve: (selection: Selection) => Promise<SelectedSeries> | SelectedSeries
}

/**
 * Samples of head and engine as one: what is older than the head's lower bound comes from the engine's chunks. Where the
 * series are found at once and the head has everything, nothing is waited for, and the batches are a plain iterable.
 */
export function createStitchedSource(deps: StitchedSourceDeps): SeriesSource {
  async function* stitched(
    selecting: Promise<SelectedSeries> | SelectedSeries,
    selection: Selection,
  ): AsyncGenerator<SeriesBatch, void, undefined> {
    const selected = await selecting
    yield* readStitched(deps, selected, selection, { from: 0, to: selected.count })
  }
  return {
    select(selection) {
      const selecting = deps.resolve(selection)
      if (!(selecting instanceof Promise) && selection.fromMs >= selecting.completeFromMs)
        return readHead(deps, selecting, selection)
      return stitched(selecting, selection)
    },
  }
}

/**
 * The samples of the rows `[from, to)` of a selection. The engine is asked for some series at a time, and for the next
 * ones while these are decoded.
 */
export async function* readStitched(
  { views, reader, buffers, waiting, onRead }: StitchedReaderDeps,
  selected: SelectedSeries,
  { fromMs, toMs }: Selection,
  range: { readonly from: number; readonly to: number },
): AsyncGenerator<SeriesBatch, void, undefined> {
  const { keys, snapshot, completeFromMs, rowsOf, sharing } = selected
  const engineToMs = Math.min(toMs, completeFromMs - 1)
  const askEngine = fromMs <= engineToMs
  const rowsInAll = range.to - range.from
  const share = askEngine ? histogramRows(snapshot, range.from, range.to) / Math.max(1, rowsInAll) : 0
  const sliceSize = askEngine ? seriesPerRead(fromMs, engineToMs, share) : rowsInAll

  const ask = (from: number): Promise<FoundSamples> | undefined => {
    if (!askEngine || from >= range.to) return undefined
    const to = Math.min(range.to, from + sliceSize)
    const series = sliceKeys(keys, from, to)
    const found = reader.read({ series, fromMs, toMs: engineToMs, rowsOf, sharing }, waiting.signal)
    // Awaited later, or never when the query ends before; until then its failure is nobody's.
    found.catch(() => {})
    return found
  }

  const headFromMs = Math.max(fromMs, completeFromMs)
  const batches = new Batches(
    { views, onRead },
    selected,
    { fromMs: headFromMs, toMs, rows: rowsInAll },
    buffers.take(),
  )
  try {
    let next = ask(range.from)
    for (let from = range.from; from < range.to; from += sliceSize) {
      const to = Math.min(range.to, from + sliceSize)
      const found = await next
      next = ask(to)
      for (let row = from; row < to; row++) {
        if (!batches.add(row, found, row - from)) continue
        yield batches.batch()
        batches.clear()
      }
    }
    if (!batches.isEmpty) yield batches.batch()
  } finally {
    buffers.give(batches.samples)
  }
}

/** The same for all rows where the head has everything. */
function* readHead(
  { views, buffers, onRead }: StitchedReaderDeps,
  selected: SelectedSeries,
  selection: Selection,
): Generator<SeriesBatch, void, undefined> {
  const { count } = selected
  if (count === 0) return
  const range = { fromMs: selection.fromMs, toMs: selection.toMs, rows: count }
  const batches = new Batches({ views, onRead }, selected, range, buffers.take())
  try {
    for (let row = 0; row < count; row++) {
      if (!batches.add(row, undefined, row)) continue
      yield batches.batch()
      batches.clear()
    }
    if (!batches.isEmpty) yield batches.batch()
  } finally {
    buffers.give(batches.samples)
  }
}
