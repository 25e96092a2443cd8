import type { HeadStatus, NamedCount } from '../http/index.ts'
import type { MetricsReadView } from '../metrics/store/index.ts'
import { nextTurn } from '../telemetry/index.ts'

/** Pairs looked at before other work of the watch gets its turn: about a millisecond. */
const SLICE = 8_000

/**
 * Figures about the series in memory, for `status/tsdb`, counted as Prometheus 3.5 counts them: the memory of a label is what
 * its name and values would take if every series had its own, and two bytes for each.
 */
export function createHeadStatus(view: MetricsReadView): (limit: number) => Promise<HeadStatus> {
  return async (limit) => {
    const { index, head } = view
    const byMetric = createBiggest(limit)
    const byLabel = createBiggest(limit)
    const bytes = createBiggest(limit)
    const byPair = createBiggest(limit)
    let labelPairs = 0
    for (const name of index.labelNames()) {
      let values = 0
      let size = 0
      for (const [value, series] of index.seriesByValue(name)) {
        values++
        size += (Buffer.byteLength(name) + Buffer.byteLength(value) + 2) * series
        byPair.add(`${name}=${value}`, series)
        if (name === '__name__') byMetric.add(value, series)
        if (++labelPairs % SLICE === 0) await nextTurn()
      }
      byLabel.add(name, values)
      bytes.add(name, size)
    }
    return {
      series: index.size,
      chunks: head.chunkCount(),
      labelPairs,
      minTimeMs: head.completeFromMs,
      maxTimeMs: head.newestMs(),
      seriesByMetric: byMetric.list(),
      valuesByLabel: byLabel.list(),
      bytesByLabel: bytes.list(),
      seriesByLabelPair: byPair.list(),
    }
  }
}

/** Keeps the `limit` biggest of many counts, those of one size in the order of their names. */
function createBiggest(limit: number): { add(name: string, value: number): void; list(): NamedCount[] } {
  let kept: NamedCount[] = []
  /** What is smaller will not be among them. */
  let least = Number.NEGATIVE_INFINITY
  const cut = () => {
    kept.sort((a, b) => b.value - a.value || (a.name < b.name ? -1 : 1))
    kept = kept.slice(0, limit)
    if (kept.length === limit) least = kept.at(-1)!.value
  }
  return {
    add(name, value) {
      if (value < least) return
      kept.push({ name, value })
      if (kept.length >= 4 * limit + 64) cut()
    },
    list() {
      cut()
      return kept
    },
  }
}
