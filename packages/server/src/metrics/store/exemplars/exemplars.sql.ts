import { type Sql, sql } from '../../../engine/index.ts'
import type { SeriesKey } from '../read/index.ts'

const DAY_MS = 86_400_000

/** Series that one statement names: parsing more ids costs more than a second statement. */
export const SERIES_PER_STATEMENT = 5_000

/**
 * The newest exemplars of some series in a range of time (Unix ms, inclusive), newest first. Reads by key (metric, id)
 * within the days of the range. Columns: id, ts, value, labels.
 */
export function newestExemplars(
  series: readonly SeriesKey[],
  { fromMs, toMs, limit }: { fromMs: number; toMs: number; limit: number },
): Sql {
  const metrics = Uint32Array.from(new Set(series.map(({ metric }) => metric)))
  const ids = { words64: Uint32Array.from(series.flatMap(({ idLo, idHi }) => [idLo, idHi])) }
  // The engine's division rounds towards zero.
  const [fromDay, toDay] = [Math.trunc(fromMs / DAY_MS), Math.trunc(toMs / DAY_MS)]
  return sql`SELECT id, ts, value, labels FROM exemplars
    WHERE metric IN ${metrics} AND id IN ${ids} AND ts BETWEEN ${fromMs} AND ${toMs}
      AND intDiv(ts, 86400000) BETWEEN ${fromDay} AND ${toDay}
    ORDER BY ts DESC LIMIT ${limit}`
}

/**
 * The series that have exemplars in a range of time, of these metrics (hashes of names) or of all, in no order. Reads the keys
 * of the days of the range, about 50 ms a million exemplars where all metrics are asked for. Columns: metric, id.
 */
export function seriesWithExemplars(
  metrics: Uint32Array | undefined,
  { fromMs, toMs, limit }: { fromMs: number; toMs: number; limit: number },
): Sql {
  const [fromDay, toDay] = [Math.trunc(fromMs / DAY_MS), Math.trunc(toMs / DAY_MS)]
  const ofMetrics = metrics === undefined ? sql`true` : sql`metric IN ${metrics}`
  return sql`SELECT DISTINCT metric, id FROM exemplars
    WHERE ${ofMetrics} AND ts BETWEEN ${fromMs} AND ${toMs}
      AND intDiv(ts, 86400000) BETWEEN ${fromDay} AND ${toDay}
    LIMIT ${limit}`
}
