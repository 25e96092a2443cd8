import { labelsOf } from '@binnacle/promql'
import type { EngineClient } from '../../../engine/index.ts'
import {
  createIdTable,
  doubleWords,
  keyColumns,
  maps,
  type SeriesKey,
  toMilliseconds,
  uint32,
  words64,
} from '../read/index.ts'
import { textAt } from '../string-column.ts'
import type { Exemplar } from './exemplar-book.ts'
import { newestExemplars, SERIES_PER_STATEMENT, seriesWithExemplars } from './exemplars.sql.ts'

export type ExemplarQuery = {
  readonly series: readonly SeriesKey[]
  /** Unix ms, inclusive. */
  readonly fromMs: number
  readonly toMs: number
  /** At most so many, the newest; at least 1. */
  readonly limit: number
}

export type FoundExemplars = {
  /** By place of the series in the query; each list by time, then value, then labels. */
  readonly byRow: ReadonlyMap<number, readonly Exemplar[]>
  /** There were more than the limit; the oldest are left out. */
  readonly truncated: boolean
}

type Found = { readonly row: number; readonly exemplar: Exemplar }

const LIMITS = { timeoutMs: 30_000, maxResultBytes: 256_000_000, maxMemoryBytes: 300_000_000 }

/**
 * Exemplars of some series, those that wait in memory included; one that is in memory and in the engine counts once.
 * `waiting` must be what waited before this call: what is written meanwhile is then met in either place.
 */
export async function readExemplars(
  client: EngineClient,
  waiting: readonly Exemplar[],
  { series, fromMs, toMs, limit }: ExemplarQuery,
  signal: AbortSignal,
): Promise<FoundExemplars> {
  const table = createIdTable(keyColumns(series))
  let found: Found[] = []
  for (const exemplar of waiting) {
    const row = table.rowOf(exemplar.key.idLo, exemplar.key.idHi)
    if (row >= 0 && exemplar.ts >= fromMs && exemplar.ts <= toMs) found.push({ row, exemplar })
  }
  // One that waits may come from the engine too: with these on top, the newest `limit` different ones are among the rest.
  const most = limit + found.length + 1
  for (let at = 0; at < series.length; at += SERIES_PER_STATEMENT) {
    const slice = series.slice(at, at + SERIES_PER_STATEMENT)
    const statement = newestExemplars(slice, { fromMs, toMs, limit: most })
    for await (const block of client.query(statement, { signal, limits: LIMITS })) {
      const id = words64(block, 'id')
      const ts = toMilliseconds(words64(block, 'ts'))
      const bits = doubleWords(block, 'value')
      const values = new Float64Array(bits.buffer, bits.byteOffset, block.rows)
      const labels = maps(block, 'labels')
      for (let i = 0; i < block.rows; i++) {
        const row = table.rowOf(id[i * 2]!, id[i * 2 + 1]!)
        if (row < 0) continue
        const pairs: [string, string][] = []
        for (let pair = labels.offsets[i]!; pair < labels.offsets[i + 1]!; pair++) {
          pairs.push([textAt(labels.keys, pair), textAt(labels.values, pair)])
        }
        found.push({
          row,
          exemplar: { key: series[row]!, labels: labelsOf(pairs), ts: ts[i]!, value: values[i]! },
        })
      }
    }
    found = newestFirst(found).slice(0, most)
  }
  const byRow = new Map<number, Exemplar[]>()
  for (const { row, exemplar } of found.slice(0, limit)) {
    const list = byRow.get(row)
    if (list) list.push(exemplar)
    else byRow.set(row, [exemplar])
  }
  for (const list of byRow.values()) list.sort(compare)
  return { byRow, truncated: found.length > limit }
}

/**
 * The series that have exemplars in `[fromMs, toMs]` (Unix ms), those that wait in memory included, each once: of some
 * metrics (hashes of names) or of all. Undefined when they are more than `most`.
 */
export async function findSeriesWithExemplars(
  client: EngineClient,
  waiting: readonly Exemplar[],
  query: { readonly metrics?: Uint32Array | undefined; readonly fromMs: number; readonly toMs: number },
  most: number,
  signal: AbortSignal,
): Promise<SeriesKey[] | undefined> {
  const { metrics, fromMs, toMs } = query
  const found = new Map<string, SeriesKey>()
  for (const { key, ts } of waiting) {
    if (ts < fromMs || ts > toMs || (metrics !== undefined && !metrics.includes(key.metric))) continue
    found.set(`${key.idHi}:${key.idLo}`, key)
  }
  const statement = seriesWithExemplars(metrics, { fromMs, toMs, limit: most + 1 })
  for await (const block of client.query(statement, { signal, limits: LIMITS })) {
    const metric = uint32(block, 'metric')
    const id = words64(block, 'id')
    for (let i = 0; i < block.rows; i++) {
      const key = { metric: metric[i]!, idLo: id[i * 2]!, idHi: id[i * 2 + 1]! }
      found.set(`${key.idHi}:${key.idLo}`, key)
    }
  }
  return found.size > most ? undefined : [...found.values()]
}

/** Newest first, each once. */
function newestFirst(found: Found[]): Found[] {
  found.sort((a, b) => b.exemplar.ts - a.exemplar.ts || a.row - b.row || compare(a.exemplar, b.exemplar))
  return found.filter(({ row, exemplar }, i) => {
    const before = found[i - 1]
    return before === undefined || before.row !== row || compare(before.exemplar, exemplar) !== 0
  })
}

/** By time, value (NaN first), labels; 0 only for the same exemplar. */
function compare(a: Exemplar, b: Exemplar): number {
  if (a.ts !== b.ts) return a.ts - b.ts
  if (!Object.is(a.value, b.value)) {
    if (Number.isNaN(a.value) || a.value < b.value) return -1
    if (Number.isNaN(b.value) || a.value > b.value) return 1
  }
  const [left, right] = [a.labels.join('\0'), b.labels.join('\0')]
  return left < right ? -1 : left > right ? 1 : 0
}
