import { type Sql, sql } from '../../../engine/index.ts'
import type { SeriesKey } from '../read/index.ts'
import { OWNER } from '../tables.ts'

/** Series that one statement names. */
export const SERIES_PER_STATEMENT = 5_000

/** Buckets in which some series have chunks: bucket. Reads keys only. */
export const bucketsOf = (series: readonly SeriesKey[], beforeBucket: number) => sql`SELECT DISTINCT bucket FROM chunks
  WHERE ${named(series)} AND bucket < ${beforeBucket}`

/** Those of some series that still have chunks or rows in the log: metric, id. Reads keys, and how many samples a chunk has. */
export const stillThere = (series: readonly SeriesKey[]) => sql`SELECT DISTINCT metric, id FROM (
    SELECT metric, id FROM chunks WHERE ${named(series)} AND n > 0
    UNION ALL SELECT metric, id FROM samples WHERE ${named(series)}
    UNION ALL SELECT metric, id FROM histogram_samples WHERE ${named(series)})`

/** A mutation: writes the table anew without the intervals of some series that begin before a time (Unix ms). */
export const dropTombstones = (series: readonly SeriesKey[], beforeMs: number) => sql`ALTER TABLE tombstones
  DELETE WHERE ${named(series)} AND from_ms < ${beforeMs}`

/** A mutation: writes the parts anew that hold label sets of these series, unless they were seen since (Unix seconds). */
export const dropSeries = (series: readonly SeriesKey[], seenBefore: number) => sql`ALTER TABLE series
  DELETE WHERE ${named(series)} AND last_seen < toDateTime(${seenBefore})`

function named(series: readonly SeriesKey[]): Sql {
  const metrics = Uint32Array.from(new Set(series.map(({ metric }) => metric)))
  const words64 = Uint32Array.from(series.flatMap(({ idLo, idHi }) => [idLo, idHi]))
  return sql`owner = ${OWNER} AND metric IN ${metrics} AND id IN ${{ words64 }}`
}
