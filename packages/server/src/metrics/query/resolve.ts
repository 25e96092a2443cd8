import type { Labels, Selection } from '@binnacle/promql'
import type { EngineClient } from '../../engine/index.ts'
import {
  type ChunkSharing,
  type FoundSeries,
  findSeries,
  type Intervals,
  type MetricsReadView,
  type RowsOf,
  type SeriesKeys,
} from '../store/index.ts'
import type { ChunkCache } from './chunk-cache.ts'
import type { SelectedColumns, SelectedSeries } from './selected-series.ts'

/** A ref beyond every series: its row in a snapshot is empty. */
export const NOT_IN_MEMORY = 0xffff_ffff
/** Series that are looked at in one piece: well below a millisecond. Between pieces the event loop runs. */
const SLICE = 8_192
/** Series may go and buckets may change between pieces; that is seldom, and never twice in a row. */
const MOST_TRIES = 5

/** Memory for the columns of one selection: `words` 32-bit words, all zero or not. */
export type TakeWords = (words: number) => Uint32Array

export type ResolveDeps = {
  readonly view: MetricsReadView
  readonly client: EngineClient
  readonly cache: ChunkCache
  /** Lets the event loop run. */
  readonly pause: () => Promise<void>
}

/**
 * Matchers to series for an evaluation in the watch itself: few series, in one piece. The caller holds a ticket of the
 * head from before this call until its query ends. Series that left the index in memory are looked up in the engine when
 * the range reaches back so far; otherwise nothing is waited for.
 */
export function resolveHere(
  { view, client, cache }: ResolveDeps,
  selection: Selection,
  refs: Uint32Array,
  waiting: { readonly signal: AbortSignal },
): SelectedSeries | Promise<SelectedSeries> {
  if (reachesBack(view, selection)) {
    return findSeries(client, selection.matchers, selection.fromMs, waiting.signal).then((old) =>
      here(view, cache, selection, { refs: view.index.select(selection.matchers), old }),
    )
  }
  return here(view, cache, selection, { refs, old: [] })
}

function here(
  view: MetricsReadView,
  cache: ChunkCache,
  { fromMs, toMs }: Selection,
  found: { readonly refs: Uint32Array; readonly old: readonly FoundSeries[] },
): SelectedSeries {
  const { index, head } = view
  const old = found.old.filter(({ key }) => index.refById(key.idHi, key.idLo) === undefined)
  const asksEngine = fromMs < head.completeFromMs
  // Only the engine has its series metric after metric.
  const refs = asksEngine ? byMetric(found.refs, index.columns().metric) : found.refs
  const rows = rowsWith(refs, old.length)
  // By keys the engine is asked, and what was deleted is found.
  const keys = asksEngine || view.tombstones.size > 0 ? keysOf(view, rows, refs.length, old) : NO_KEYS
  const labels: Labels[] = []
  for (const ref of refs) labels.push(index.labelsOf(ref))
  for (const one of old) labels.push(one.labels)
  // Snapshot and bound belong together: nothing may run between them.
  const { completeFromMs } = head
  return {
    count: rows.length,
    keys,
    labelsOf: (row) => labels[row]!,
    snapshot: head.snapshot(rows, Math.max(fromMs, completeFromMs), toMs),
    completeFromMs,
    rowsOf: asksEngine ? view.rowsOf(fromMs, toMs) : NO_ROWS,
    sharing: asksEngine ? withKeep(cache, cache.sharing(keys, fromMs, Math.min(toMs, completeFromMs - 1))) : undefined,
    deleted: deletedOf(view, keys, rows.length),
  }
}

const NO_KEYS: SeriesKeys = keysIn(new Uint32Array(0), 0)
const NO_ROWS: readonly RowsOf[] = []
const NONE_DELETED: ReadonlyMap<number, Intervals> = new Map()

/** Of series of the index, and of those behind them that only the engine knows. */
function keysOf(view: MetricsReadView, rows: Uint32Array, known: number, old: readonly FoundSeries[]): SeriesKeys {
  const keys = keysIn(new Uint32Array(rows.length * 3), rows.length)
  fillKeys(view, keys, rows, 0, known)
  fillOldKeys(keys, known, old)
  return keys
}

/**
 * Matchers to series for a worker, in pieces, so that the event loop is not held up however many they are. Series of one
 * metric stand together, as the engine keeps them: a slice of them is few reads there. The caller holds a ticket.
 */
export async function resolveColumns(
  { view, client, cache, pause }: ResolveDeps,
  selection: Selection,
  take: TakeWords,
  signal: AbortSignal,
): Promise<SelectedColumns> {
  const old = reachesBack(view, selection) ? await findSeries(client, selection.matchers, selection.fromMs, signal) : []
  const pauseWhileWanted = async () => {
    await pause()
    if (signal.aborted) throw signal.reason
  }
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    if (signal.aborted) throw signal.reason
    const columns = await gatherColumns(view, selection, old, take, pauseWhileWanted)
    if (columns === undefined) continue
    const { keys, completeFromMs } = columns
    const sharing = cache.sharing(keys, selection.fromMs, Math.min(selection.toMs, completeFromMs - 1))
    return { ...columns, sharing }
  }
  throw new Error('series and buckets kept changing while a selection was read')
}

async function gatherColumns(
  view: MetricsReadView,
  { matchers, fromMs, toMs }: Selection,
  found: readonly FoundSeries[],
  take: TakeWords,
  pause: () => Promise<void>,
): Promise<SelectedColumns | undefined> {
  const { index, head } = view
  for (const _ of index.prepare(matchers)) await pause()
  const { removals } = index
  const refs = byMetric(index.select(matchers), index.columns().metric)
  const old = found.filter(({ key }) => index.refById(key.idHi, key.idLo) === undefined)
  const known = refs.length
  const rows = rowsWith(refs, old.length)
  const count = rows.length
  const paused = async () => {
    await pause()
    return index.removals === removals
  }
  let pairCount = 0
  for (let from = 0; from < known; from += SLICE) {
    if (from > 0 && !(await paused())) return undefined
    pairCount += index.countPairs(refs, from, Math.min(known, from + SLICE))
  }
  const begun = head.beginSnapshot(Math.max(fromMs, head.completeFromMs), toMs)
  const rowsOf = fromMs < begun.completeFromMs ? view.rowsOf(fromMs, toMs) : []
  const words = take(count * (4 + begun.stride) + pairCount)
  const keys = keysIn(words, count)
  const ends = words.subarray(count * 3, count * 4)
  const pairs = words.subarray(count * 4, count * 4 + pairCount)
  const table = words.subarray(count * 4 + pairCount)
  let at = 0
  for (let from = 0; from < count; from += SLICE) {
    if (from > 0 && !(await paused())) return undefined
    const to = Math.min(count, from + SLICE)
    begun.add(rows, from, to, table)
    const toKnown = Math.min(to, known)
    if (from >= toKnown) continue
    fillKeys(view, keys, rows, from, toKnown)
    at = index.gatherPairs(refs, { from, to: toKnown, at }, pairs, ends)
  }
  const snapshot = begun.finish(table)
  if (snapshot === undefined) return undefined
  fillOldKeys(keys, known, old)
  ends.fill(pairCount, known)
  return {
    count,
    keys,
    ends,
    pairs,
    removals,
    old: old.map(({ labels }) => labels),
    snapshot,
    completeFromMs: begun.completeFromMs,
    rowsOf,
    deleted: deletedOf(view, keys, count),
  }
}

/** In the watch, what was read goes to the cache at once. */
function withKeep(cache: ChunkCache, sharing: ChunkSharing | undefined): ChunkSharing | undefined {
  return sharing && { ...sharing, keep: (packets) => cache.put(packets) }
}

function reachesBack(view: MetricsReadView, { fromMs }: Selection): boolean {
  return fromMs < view.indexCompleteFromMs()
}

function rowsWith(refs: Uint32Array, old: number): Uint32Array {
  if (old === 0) return refs
  const rows = new Uint32Array(refs.length + old).fill(NOT_IN_MEMORY)
  rows.set(refs)
  return rows
}

function keysIn(words: Uint32Array, count: number): SeriesKeys {
  return {
    metric: words.subarray(0, count),
    idLo: words.subarray(count, count * 2),
    idHi: words.subarray(count * 2, count * 3),
  }
}

function fillKeys(view: MetricsReadView, keys: SeriesKeys, rows: Uint32Array, from: number, to: number): void {
  const { metric, lo, hi } = view.index.columns()
  for (let row = from; row < to; row++) {
    const ref = rows[row]!
    keys.metric[row] = metric[ref]!
    keys.idLo[row] = lo[ref]!
    keys.idHi[row] = hi[ref]!
  }
}

function fillOldKeys(keys: SeriesKeys, from: number, old: readonly FoundSeries[]): void {
  old.forEach(({ key }, i) => {
    keys.metric[from + i] = key.metric
    keys.idLo[from + i] = key.idLo
    keys.idHi[from + i] = key.idHi
  })
}

function deletedOf(view: MetricsReadView, keys: SeriesKeys, count: number): ReadonlyMap<number, Intervals> {
  if (view.tombstones.size === 0) return NONE_DELETED
  const deleted = new Map<number, Intervals>()
  for (let row = 0; row < count; row++) {
    const intervals = view.tombstones.of({ metric: 0, idLo: keys.idLo[row]!, idHi: keys.idHi[row]! })
    if (intervals) deleted.set(row, intervals)
  }
  return deleted
}

/** The same refs, metric after metric (by hash); within one in the order they have. */
function byMetric(refs: Uint32Array, metricOf: Uint32Array): Uint32Array {
  const places = new Map<number, number>()
  let last = -1
  let sorted = true
  for (const ref of refs) {
    const metric = metricOf[ref]!
    if (metric === last) continue
    if (places.has(metric)) sorted = false
    places.set(metric, 0)
    last = metric
  }
  if (sorted) return refs
  for (const ref of refs) places.set(metricOf[ref]!, places.get(metricOf[ref]!)! + 1)
  let at = 0
  for (const metric of [...places.keys()].sort((a, b) => a - b)) {
    const count = places.get(metric)!
    places.set(metric, at)
    at += count
  }
  const out = new Uint32Array(refs.length)
  for (const ref of refs) {
    const metric = metricOf[ref]!
    const place = places.get(metric)!
    out[place] = ref
    places.set(metric, place + 1)
  }
  return out
}
