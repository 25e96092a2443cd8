import { compileMatchers, type Labels, labelsOf, type Matcher } from '@binnacle/promql'
import { type EngineClient, type Sql, sql } from '../../../engine/index.ts'
import { metricHash } from '../label-index/index.ts'
import { textAt } from '../string-column.ts'
import { OWNER } from '../tables.ts'
import { maps, uint32, words64 } from './columns.ts'
import type { SeriesKey } from './series-keys.ts'

export type FoundSeries = { readonly labels: Labels; readonly key: SeriesKey }

const LIMITS = { timeoutMs: 30_000, maxResultBytes: 512_000_000, maxMemoryBytes: 300_000_000 }

/**
 * Label sets seen since then (Unix seconds): metric, id, labels. By key when the metric is known. There is no upper
 * bound: a series may have been written for times long before it was first seen.
 */
const seriesSince = (metric: Sql, fromSeconds: number) => sql`
  SELECT metric, id, anyLast(labels) AS labels FROM series
  WHERE owner = ${OWNER} AND ${metric} GROUP BY metric, id
  HAVING max(last_seen) >= toDateTime(${fromSeconds})`

/**
 * Series known to the engine, for times that the index in memory no longer covers. `last_seen` moves with each cut only,
 * hence the margin of four hours.
 */
export async function findSeries(
  client: EngineClient,
  matchers: readonly Matcher[],
  fromMs: number,
  signal: AbortSignal,
): Promise<FoundSeries[]> {
  const name = matchers.find((matcher) => matcher.name === '__name__' && matcher.op === '=')
  const metric = name ? sql`metric = ${metricHash(name.value)}` : sql`true`
  const matches = compileMatchers(matchers)
  const from = Math.min(0xffff_ffff, Math.max(0, Math.floor(fromMs / 1000) - 4 * 3600))
  const found: FoundSeries[] = []
  for await (const block of client.query(seriesSince(metric, from), { signal, limits: LIMITS })) {
    const metrics = uint32(block, 'metric')
    const id = words64(block, 'id')
    const { offsets, keys, values } = maps(block, 'labels')
    for (let i = 0; i < block.rows; i++) {
      const pairs: [string, string][] = []
      for (let at = offsets[i]!; at < offsets[i + 1]!; at++) pairs.push([textAt(keys, at), textAt(values, at)])
      const labels = labelsOf(pairs)
      if (!matches(labels)) continue
      found.push({ labels, key: { metric: metrics[i]!, idLo: id[i * 2]!, idHi: id[i * 2 + 1]! } })
    }
  }
  return found
}
