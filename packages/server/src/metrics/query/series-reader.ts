import type { Labels, Matcher, SeriesBatch } from '@binnacle/promql'
import type { EngineClient } from '../../engine/index.ts'
import { type Clock, nextTurn } from '../../telemetry/index.ts'
import {
  createEngineReader,
  createSampleBuffers,
  type FoundSeries,
  type Intervals,
  keyColumns,
  type MetricsReadView,
} from '../store/index.ts'
import { tooManySeries } from './collect-series.ts'
import { createListings } from './listings.ts'
import { toQueryError } from './query-errors.ts'
import { NOT_IN_MEMORY } from './resolve.ts'
import type { SelectedSeries } from './selected-series.ts'
import { findSorted, type Order, sortLabels } from './sorted-series.ts'
import { createStitchedSource } from './stitched-source.ts'

/** Series whose place in memory is looked up in one go; each such slice is consistent in itself. */
const SLICE = 2_048

export type SeriesRead = {
  /** Alternatives: a series that all matchers of one set hold for is selected, once. */
  readonly matcherSets: readonly (readonly Matcher[])[]
  /** Unix ms, inclusive. */
  readonly fromMs: number
  readonly toMs: number
  readonly order: Order
}

/** Samples as they were taken in, without any query language: for federation and remote read. */
export type SeriesReader = {
  /**
   * Series with samples in the range, in the order that was asked for (by bytes), staleness markers included. A batch is
   * valid until the next one is asked for. Whoever stops early ends the iteration (`return`). Throws what `Querier`
   * promises, and `query.max_read_series`; it ends after the timeout of queries, however slowly it is read.
   */
  read(query: SeriesRead, signal: AbortSignal): AsyncGenerator<SeriesBatch, void, undefined>
  /** Label sets of the series that `read` would give, as far as is known without reading samples; in the same order. */
  labelSets(query: SeriesRead, signal: AbortSignal): Promise<Labels[]>
  /** How far back the newest sample of a series that still lives may lie, ms. */
  readonly lookbackMs: number
}

export function createSeriesReader(
  deps: { readonly view: MetricsReadView; readonly client: EngineClient; readonly clock: Clock },
  options: { readonly timeoutMs: number; readonly maxSeries: number; readonly lookbackMs: number },
): SeriesReader {
  const { view, client, clock } = deps
  const reader = createEngineReader(client)
  const listings = createListings(deps)
  const buffers = createSampleBuffers()

  /** Where the samples of some series are, at this moment. */
  function locate(series: readonly FoundSeries[], fromMs: number, toMs: number): SelectedSeries {
    const rows = new Uint32Array(series.length)
    const deleted = new Map<number, Intervals>()
    series.forEach(({ key }, row) => {
      rows[row] = view.index.refById(key.idHi, key.idLo) ?? NOT_IN_MEMORY
      const intervals = view.tombstones.of(key)
      if (intervals) deleted.set(row, intervals)
    })
    const { completeFromMs } = view.head
    return {
      count: series.length,
      labelsOf: (row) => series[row]!.labels,
      keys: keyColumns(series.map(({ key }) => key)),
      snapshot: view.head.snapshot(rows, Math.max(fromMs, completeFromMs), toMs),
      completeFromMs,
      rowsOf: fromMs < completeFromMs ? view.rowsOf(fromMs, toMs) : [],
      deleted,
    }
  }

  async function* readWithin(query: SeriesRead, signal: AbortSignal): AsyncGenerator<SeriesBatch, void, undefined> {
    const { fromMs, toMs } = query
    const all = await findSorted({ view, client }, query, options.maxSeries, signal)
    for (let at = 0; at < all.length; at += SLICE) {
      const ticket = view.head.openTicket()
      // A reader that waits for ever must not hold memory for ever: past the timeout nothing is read any more.
      const letGo = () => view.head.closeTicket(ticket)
      signal.addEventListener('abort', letGo, { once: true })
      try {
        const source = createStitchedSource({
          views: view.head.views,
          reader,
          buffers,
          waiting: { signal },
          resolve: () => locate(all.slice(at, at + SLICE), fromMs, toMs),
          onRead: () => {},
        })
        for await (const batch of source.select({ matchers: [], fromMs, toMs }, signal)) {
          yield batch
          if (signal.aborted) throw signal.reason
          await nextTurn()
        }
      } finally {
        signal.removeEventListener('abort', letGo)
        letGo()
      }
    }
  }

  return {
    lookbackMs: options.lookbackMs,
    async labelSets(query, signal) {
      // No matchers at all are all series there, and none here.
      if (query.matcherSets.length === 0) return []
      const { slices, truncated } = await listings.series({ ...query, limit: options.maxSeries }, { signal })
      if (truncated) throw tooManySeries(options.maxSeries)
      const found: Labels[] = []
      for await (const slice of slices) for (const labels of slice) found.push(labels)
      return sortLabels(found, query.order, signal)
    },
    async *read(query, signal) {
      const own = new AbortController()
      const follow = () => own.abort(signal.reason)
      const cancel = clock.after(options.timeoutMs, () =>
        own.abort(new DOMException(`no end within ${options.timeoutMs} ms`, 'TimeoutError')),
      )
      signal.addEventListener('abort', follow, { once: true })
      if (signal.aborted) follow()
      try {
        yield* readWithin(query, own.signal)
      } catch (error) {
        throw toQueryError(error, options, signal)
      } finally {
        cancel()
        signal.removeEventListener('abort', follow)
      }
    },
  }
}
