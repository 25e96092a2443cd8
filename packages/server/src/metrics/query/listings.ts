import type { Labels } from '@binnacle/promql'
import type { EngineClient } from '../../engine/index.ts'
import { findSeries, type MetricsReadView, type SeriesKey } from '../store/index.ts'
import type { Listing, MetadataQuery, Querier } from './querier.ts'

/** Series, label names and label values: from the index in memory, and from the engine for what is older. */
export type Listings = Pick<Querier, 'series' | 'labelNames' | 'labelValues'>

export function createListings(view: MetricsReadView, client: EngineClient): Listings {
  /**
   * Label sets by alternatives of matchers, those included that only the engine still knows. `all` tells that `refs` is
   * every series of the index: its names and values need not be gathered from the series then.
   */
  async function find(
    query: MetadataQuery,
    signal: AbortSignal,
  ): Promise<{ refs: Uint32Array; all: boolean; old: Labels[] }> {
    const sets = query.matcherSets.length === 0 ? [[]] : query.matcherSets
    const selected = sets.map((matchers) => view.index.select(matchers))
    const refs = selected.length === 1 ? selected[0]! : union(selected)
    const old = new Map<string, Labels>()
    if (query.fromMs < view.indexCompleteFromMs()) {
      for (const matchers of sets) {
        for (const { labels, key } of await findSeries(client, matchers, query.fromMs, signal)) {
          if (view.index.refById(key.idHi, key.idLo) !== undefined) continue
          if (isDeleted(key, query, view.indexCompleteFromMs())) continue
          old.set(`${key.idHi}:${key.idLo}`, labels)
        }
      }
    }
    const found = notDeleted(inRange(refs, query.fromMs), query)
    return { refs: found, all: found.length === view.index.size, old: [...old.values()] }
  }

  /** Leaves out series whose newest sample is older than the range; moves within `refs`, which nobody else holds. */
  function inRange(refs: Uint32Array, fromMs: number): Uint32Array {
    const { head } = view
    if (fromMs <= head.completeFromMs) return refs
    let kept = 0
    for (let i = 0; i < refs.length; i++) {
      const ref = refs[i]!
      if (head.lastMsOf(ref) >= fromMs) refs[kept++] = ref
    }
    return kept === refs.length ? refs : refs.slice(0, kept)
  }

  /** Leaves out series of which deletions have left nothing in the range, as far as memory tells; moves within `refs`. */
  function notDeleted(refs: Uint32Array, range: MetadataQuery): Uint32Array {
    if (view.tombstones.size === 0) return refs
    const { head } = view
    let kept = 0
    for (let i = 0; i < refs.length; i++) {
      const ref = refs[i]!
      // What has brought nothing since the start is older than what the head had then.
      const newestMs = head.lastMsOf(ref)
      const known = newestMs === Number.NEGATIVE_INFINITY ? view.headBeganMs() - 1 : newestMs
      if (!isDeleted(view.keyOf(ref), range, known)) refs[kept++] = ref
    }
    return kept === refs.length ? refs : refs.slice(0, kept)
  }

  /** Whether one deletion covers all that a series without samples behind `newestMs` can have in the range. */
  function isDeleted(key: SeriesKey, { fromMs, toMs }: MetadataQuery, newestMs: number): boolean {
    const intervals = view.tombstones.of(key) ?? []
    for (let i = 0; i < intervals.length; i += 2) {
      if (intervals[i]! <= fromMs && intervals[i + 1]! >= Math.min(toMs, newestMs)) return true
    }
    return false
  }

  const listing = <T>(items: T[], limit: number): Listing<T> =>
    limit > 0 && items.length > limit ? { items: items.slice(0, limit), truncated: true } : { items, truncated: false }

  return {
    async series(query, signal) {
      const { refs, old } = await find(query, signal)
      const items: Labels[] = []
      const most = query.limit > 0 ? query.limit + 1 : Number.POSITIVE_INFINITY
      for (const ref of refs) {
        if (items.length >= most) break
        items.push(view.index.labelsOf(ref))
      }
      for (const labels of old) if (items.length < most) items.push(labels)
      return listing(items, query.limit)
    },
    async labelNames(query, signal) {
      const { refs, all, old } = await find(query, signal)
      const names = new Set(view.index.labelNames(all ? undefined : refs))
      for (const labels of old) for (let i = 0; i < labels.length; i += 2) names.add(labels[i]!)
      return listing([...names].sort(), query.limit)
    },
    async labelValues(label, query, signal) {
      const { refs, all, old } = await find(query, signal)
      const values = new Set(view.index.labelValues(label, all ? undefined : refs))
      for (const labels of old) {
        for (let i = 0; i < labels.length; i += 2) if (labels[i] === label) values.add(labels[i + 1]!)
      }
      return listing([...values].sort(), query.limit)
    },
  }
}

function union(sets: readonly Uint32Array[]): Uint32Array {
  const all = new Set<number>()
  for (const refs of sets) for (const ref of refs) all.add(ref)
  return Uint32Array.from(all).sort()
}
