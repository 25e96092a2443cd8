import { type EngineClient, sql } from '../../../engine/index.ts'
import type { RowsOf, SeriesKey } from '../read/index.ts'
import { OWNER } from '../tables.ts'

/**
 * Series that have rows of one bucket in the log above a gen, with `histograms` those of native histograms too. Reads the
 * bucket's partitions, keys only.
 */
export async function logKeysOf(
  client: EngineClient,
  { bucket, aboveGen, histograms, signal }: RowsOf & { readonly signal: AbortSignal },
): Promise<SeriesKey[]> {
  const wanted = sql`owner = ${OWNER} AND intDiv(ts, 7200000) = ${bucket} AND toInt64(gen) > ${aboveGen}`
  const statement = histograms
    ? sql`SELECT DISTINCT metric, id FROM (SELECT metric, id FROM samples WHERE ${wanted}
        UNION ALL SELECT metric, id FROM histogram_samples WHERE ${wanted}) ORDER BY metric, id`
    : sql`SELECT DISTINCT metric, id FROM samples WHERE ${wanted} ORDER BY metric, id`
  const limits = { timeoutMs: 60_000, maxResultBytes: 256_000_000, maxMemoryBytes: 500_000_000 }
  const keys: SeriesKey[] = []
  for await (const block of client.query(statement, { signal, limits })) {
    const [metric, id] = block.columns
    if (metric?.type !== 'UInt32' || id?.type !== 'UInt64') throw new Error('samples has another shape')
    for (let i = 0; i < block.rows; i++) {
      keys.push({ metric: metric.data[i]!, idLo: id.data[i * 2]!, idHi: id.data[i * 2 + 1]! })
    }
  }
  return keys
}
