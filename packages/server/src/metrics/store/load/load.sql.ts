import { sql } from '../../../engine/index.ts'
import { OWNER } from '../tables.ts'

/** Committed cuts: bucket, gen. One row a bucket. */
export const committedCuts = () => sql`SELECT bucket, max(gen) AS gen FROM cuts WHERE owner = ${OWNER} GROUP BY bucket`

/** Highest gen of any chunk, committed or not; 0 for none. Reads one column of the table. */
export const newestChunkGen = () => sql`SELECT max(gen) AS gen FROM chunks WHERE owner = ${OWNER}`

/** Highest part of each bucket that has further parts: bucket, part. */
export const furtherParts = (fromBucket: number) => sql`SELECT bucket, max(part) AS part FROM chunks FINAL
  WHERE owner = ${OWNER} AND bucket >= ${fromBucket} AND n > 0 GROUP BY bucket HAVING part > 0`

/** Label sets seen since then (Unix seconds): id, labels; one may come twice until parts are merged. */
export const seriesSince = (seconds: number) => sql`SELECT id, labels FROM series
  WHERE owner = ${OWNER} AND last_seen >= toDateTime(${seconds})`

/** One row when there is a series that was seen for the last time before then (Unix seconds). */
export const seriesBefore = (seconds: number) => sql`SELECT id FROM series
  WHERE owner = ${OWNER} GROUP BY metric, id HAVING max(last_seen) < toDateTime(${seconds}) LIMIT 1`

/** Chunks of one bucket in the order of the table: id, data, which may be several chunks behind one another. */
export const chunksOfBucket = (bucket: number) => sql`SELECT id, data FROM chunks FINAL
  WHERE owner = ${OWNER} AND bucket = ${bucket} AND n > 0`

/** Rows of one bucket that no chunk holds: id, ts, value, by series and time. */
export const rowsOfBucket = (bucket: number, aboveGen: number) => sql`SELECT id, ts, value FROM samples
  WHERE owner = ${OWNER} AND intDiv(ts, 7200000) = ${bucket} AND toInt64(gen) > ${aboveGen}
  ORDER BY metric, id, ts`

/** The same of native histograms: id, ts, data. */
export const histogramRowsOfBucket = (
  bucket: number,
  aboveGen: number,
) => sql`SELECT id, ts, data FROM histogram_samples
  WHERE owner = ${OWNER} AND intDiv(ts, 7200000) = ${bucket} AND toInt64(gen) > ${aboveGen}
  ORDER BY metric, id, ts`

/** What was last told about each metric family: metric, type, help, unit. */
export const knownMetadata = (limit: number) => sql`SELECT metric, toString(type) AS type, help, toString(unit) AS unit
  FROM metric_metadata FINAL LIMIT ${limit}`

/** Deleted intervals: metric, id, from_ms, to_ms. */
export const deletedIntervals = () => sql`SELECT metric, id, from_ms, to_ms FROM tombstones WHERE owner = ${OWNER}`
