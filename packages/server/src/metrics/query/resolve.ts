import type { Labels, Selection } from '@binnacle/promql'
import type { EngineClient } from '../../engine/index.ts'
import { findSeries, type Intervals, type MetricsReadView, type SeriesKey } from '../store/index.ts'
import type { SelectedSeries } from './selected-series.ts'

/** A ref beyond every series: its row in a snapshot is empty. */
export const NOT_IN_MEMORY = 0xffff_ffff

/**
 * Matchers to series, in the watch. The caller holds a ticket of the head from before this call until its query ends.
 * Series that left the index in memory are looked up in the engine when the range reaches back so far.
 */
export async function resolveSelection(
  view: MetricsReadView,
  client: EngineClient,
  selection: Selection,
  signal: AbortSignal,
): Promise<SelectedSeries> {
  const { matchers, fromMs, toMs } = selection
  const { index } = view
  const refs = index.select(matchers)
  const old =
    fromMs < view.indexCompleteFromMs()
      ? (await findSeries(client, matchers, fromMs, signal)).filter(
          ({ key }) => index.refById(key.idHi, key.idLo) === undefined,
        )
      : []
  const labels: Labels[] = []
  const keys: SeriesKey[] = []
  const rows = new Uint32Array(refs.length + old.length)
  refs.forEach((ref, row) => {
    labels.push(index.labelsOf(ref))
    keys.push(view.keyOf(ref))
    rows[row] = ref
  })
  for (const found of old) {
    rows[labels.length] = NOT_IN_MEMORY
    labels.push(found.labels)
    keys.push(found.key)
  }
  const deleted = new Map<number, Intervals>()
  if (view.tombstones.size > 0) {
    keys.forEach((key, row) => {
      const intervals = view.tombstones.of(key)
      if (intervals) deleted.set(row, intervals)
    })
  }
  // Snapshot and bound belong together: nothing may run between them.
  const { head } = view
  const { completeFromMs } = head
  return {
    labels,
    keys,
    snapshot: head.snapshot(rows, Math.max(fromMs, completeFromMs), toMs),
    completeFromMs,
    rowsOf: fromMs < completeFromMs ? view.rowsOf(fromMs, toMs) : [],
    deleted,
  }
}
