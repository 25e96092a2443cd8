import type { Labels } from '@binnacle/promql'
import type { EngineClient } from '../../engine/index.ts'
import { type Clock, smallestInSlices, sortInSlices } from '../../telemetry/index.ts'
import {
  createPauser,
  findSeries,
  type HeadSpan,
  type MetricsReadView,
  type RefPlace,
  type SeriesKey,
} from '../store/index.ts'
import { createKeptListings } from './kept-listings.ts'
import type { Asker, Listing, MetadataQuery, Querier, SeriesListing } from './querier.ts'

/** Series, label names and label values: from the index in memory, and from the engine for what is older. */
export type Listings = Pick<Querier, 'series' | 'labelNames' | 'labelValues'>

export type ListingsDeps = { readonly view: MetricsReadView; readonly client: EngineClient; readonly clock: Clock }

/** Lets the event loop run when enough has been done; throws when nobody waits any more. */
type Pause = () => Promise<void> | undefined

/** Series looked at between two looks at the clock, and label sets in a slice of a listing. */
const SLICE = 16_384
const LABELS_SLICE = 512
/** So many series are listed in one go, a millisecond at most; slices of work that is done for them likewise. */
const AT_HAND = 32_768
const SLICES_AT_HAND = 4
/** Values that are sorted in one go. */
const SORTED_AT_HAND = 2_048
/** Series leave the index once in a while; after so many tries the work is done in one piece. */
const MOST_TRIES = 4

const NO_SPAN: HeadSpan = {
  latestFirstMs: Number.NEGATIVE_INFINITY,
  earliestLastMs: Number.POSITIVE_INFINITY,
  unseen: false,
}

/** What the span of all series depends on. */
type State = { readonly size: number; readonly removals: number; readonly head: MetricsReadView['head'] }

/** `all` tells that `refs` is every series of the index. `old` are those that only the engine still knows. */
type Found = {
  readonly refs: Uint32Array
  readonly removals: number
  readonly all: boolean
  readonly old: readonly Labels[]
}

/** Of a few series: whole. */
type AtHandListing = SeriesListing & { readonly slices: readonly (readonly Labels[])[] }

export function createListings({ view, client, clock }: ListingsDeps): Listings {
  const { index } = view
  const keptTexts = createKeptListings<readonly string[]>(index, (texts) => texts.length)
  const keptSeries = createKeptListings<AtHandListing>(index, ({ slices }) =>
    slices.reduce((sum, slice) => sum + slice.reduce((texts, labels) => texts + labels.length, 0), 0),
  )

  /** Does work that goes over the index in slices once more when series have left it meanwhile. */
  async function steadily<T>(signal: AbortSignal, work: (pause: Pause) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      const { removals } = index
      const result = await work(tries < MOST_TRIES ? createPauser(clock, signal) : () => undefined)
      if (index.removals === removals) return result
    }
  }

  async function findOld(query: MetadataQuery, signal: AbortSignal): Promise<readonly Labels[]> {
    if (query.fromMs >= view.indexCompleteFromMs()) return []
    const old = new Map<string, Labels>()
    for (const matchers of setsOf(query)) {
      for (const { labels, key } of await findSeries(client, matchers, query.fromMs, signal)) {
        if (index.refById(key.idHi, key.idLo) !== undefined) continue
        if (isDeleted(key, query, view.indexCompleteFromMs())) continue
        old.set(`${key.idHi}:${key.idLo}`, labels)
      }
    }
    return [...old.values()]
  }

  /** Over all series; of what index and head it tells. Kept, since both mostly stay the same for minutes. */
  let span: (HeadSpan & State) | undefined
  /** What a large index was when it was asked for the last time. */
  let stateBefore: State | undefined
  const stateNow = (): State => ({ size: index.size, removals: index.removals, head: view.head })
  const isStill = (state: State | undefined) =>
    state !== undefined && state.size === index.size && state.removals === index.removals && state.head === view.head

  /**
   * Measures the span of a large index, in slices, once it has stayed the same from one listing to the next: where series
   * come and go all the time it would not be used. False when there is nothing new.
   */
  async function measured({ fromMs }: MetadataQuery, { signal }: Asker): Promise<boolean> {
    if (index.size <= AT_HAND || isStill(span)) return false
    if (fromMs < view.indexCompleteFromMs() || view.tombstones.size > 0) return false
    const isSame = isStill(stateBefore)
    stateBefore = stateNow()
    if (!isSame) return false
    const pause = createPauser(clock, signal)
    const found = { ...NO_SPAN, ...stateBefore }
    const refs = index.refs()
    for (let from = 0; from < refs.length; from += SLICE) {
      found.head.addToSpan(refs, { from, to: Math.min(refs.length, from + SLICE) }, found)
      const pausing = pause()
      if (pausing) await pausing
    }
    if (!isStill(found)) return false
    span = found
    return true
  }

  /**
   * Whether no series at all is out of the range: then none has to be looked at. Newest samples only become newer and
   * oldest ones older, so what was found once holds until series come or go.
   */
  function isEverythingIn({ fromMs, toMs }: MetadataQuery): boolean {
    const { head } = view
    if (view.tombstones.size > 0) return false
    if (span === undefined || !isStill(span)) {
      if (index.size > AT_HAND) return false
      const refs = index.refs()
      span = { ...NO_SPAN, ...stateNow() }
      head.addToSpan(refs, { from: 0, to: refs.length }, span)
    }
    if (span.latestFirstMs > toMs || span.earliestLastMs < fromMs) return false
    return !span.unseen || fromMs < view.headBeganMs()
  }

  /** Those of `refs[from .. to)` that are in range move to `refs[at ..)`; returns where they end. */
  function keepInRange(refs: Uint32Array, place: RefPlace, query: MetadataQuery): number {
    // What has brought nothing since the start is older than what the head had then, or has no samples at all.
    const beganMs = view.headBeganMs()
    const { fromMs, toMs } = query
    const { head } = view
    const end = head.keepInRange(refs, place, { fromMs, toMs, unseen: fromMs < beganMs })
    if (view.tombstones.size === 0) return end
    let kept = place.at
    for (let i = place.at; i < end; i++) {
      const ref = refs[i]!
      const lastMs = head.lastMsOf(ref)
      const newestMs = lastMs === Number.NEGATIVE_INFINITY ? beganMs - 1 : lastMs
      if (!isDeleted(view.keyOf(ref), query, newestMs)) refs[kept++] = ref
    }
    return kept
  }

  /** The index's series of the query, ascending. */
  async function findHere(query: MetadataQuery, pause: Pause): Promise<Uint32Array> {
    for (const matchers of setsOf(query)) await drive(index.prepare(matchers), pause)
    const refs = index.selectAny(setsOf(query))
    if (isEverythingIn(query)) return refs
    let kept = 0
    for (let from = 0; from < refs.length; from += SLICE) {
      const pausing = from === 0 ? undefined : pause()
      if (pausing) await pausing
      kept = keepInRange(refs, { from, to: Math.min(refs.length, from + SLICE), at: kept }, query)
    }
    return kept === refs.length ? refs : refs.slice(0, kept)
  }

  /** Whether the answer depends on nothing but the matchers and the index. */
  const isOfIndexAlone = (query: MetadataQuery) => query.fromMs >= view.indexCompleteFromMs() && isEverythingIn(query)

  /** Series of any time, in one go: undefined when many values have to be looked at, or there are many series. */
  function selectAtHand(query: MetadataQuery): Uint32Array | undefined {
    const refs = index.selectAnyAtHand(setsOf(query))
    return refs === undefined || refs.length > AT_HAND ? undefined : refs
  }

  /** `findHere` in one go, as most questions are small: undefined also when the engine has to be asked. */
  function findAtHand(query: MetadataQuery): Uint32Array | undefined {
    if (query.fromMs < view.indexCompleteFromMs()) return undefined
    const refs = selectAtHand(query)
    if (refs === undefined || isEverythingIn(query)) return refs
    const kept = keepInRange(refs, { from: 0, to: refs.length, at: 0 }, query)
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

  async function find(query: MetadataQuery, old: readonly Labels[], pause: Pause): Promise<Found> {
    const refs = await findHere(query, pause)
    return { refs, removals: index.removals, all: refs.length === index.size, old }
  }

  async function* slicesOf(query: MetadataQuery, found: Found, count: number, signal: AbortSignal) {
    const pause = createPauser(clock, signal)
    let { refs, removals } = found
    let given = 0
    for (let at = 0; at < refs.length && given < count; ) {
      const slice: Labels[] = []
      for (; at < refs.length && slice.length < Math.min(LABELS_SLICE, count - given); at++) {
        slice.push(index.labelsOf(refs[at]!))
      }
      given += slice.length
      yield slice
      const pausing = pause()
      if (pausing) await pausing
      if (index.removals === removals) continue
      // Numbers may belong to other series now. Refs ascend, so what is behind the last one has not been given.
      const last = refs[at - 1]!
      refs = await steadily(signal, (paused) => findHere(query, paused))
      removals = index.removals
      for (at = 0; at < refs.length && refs[at]! <= last; ) at++
    }
    for (let at = 0; at < found.old.length && given < count; at += LABELS_SLICE) {
      const slice = found.old.slice(at, at + Math.min(LABELS_SLICE, count - given))
      given += slice.length
      yield slice
      const pausing = pause()
      if (pausing) await pausing
    }
  }

  const askMeasured = async <T>(
    query: MetadataQuery,
    asker: Asker,
    ask: () => T | undefined,
  ): Promise<T | undefined> => ((await measured(query, asker)) ? ask() : undefined)

  function namesAtHand(query: MetadataQuery): readonly string[] | undefined {
    if (!isOfIndexAlone(query)) return namesOf(findAtHand(query))
    return keptTexts.of(NAMES, query.matcherSets, () =>
      query.matcherSets.length === 0 ? index.labelNames() : namesOf(selectAtHand(query)),
    )
  }

  function namesOf(refs: Uint32Array | undefined): readonly string[] | undefined {
    if (refs === undefined) return undefined
    return refs.length === index.size ? index.labelNames() : atHand(index.namesOf(refs))?.sort()
  }

  function valuesAtHand(label: string, query: MetadataQuery): readonly string[] | undefined {
    if (!isOfIndexAlone(query)) return valuesOf(label, findAtHand(query))
    return keptTexts.of(valuesQuestion(label), query.matcherSets, () =>
      query.matcherSets.length === 0 ? index.labelValuesAtHand(label) : valuesOf(label, selectAtHand(query)),
    )
  }

  function valuesOf(label: string, refs: Uint32Array | undefined): readonly string[] | undefined {
    if (refs === undefined) return undefined
    if (refs.length === index.size) return index.labelValuesAtHand(label)
    const values = atHand(index.valuesOf(label, refs))
    return values !== undefined && values.length <= SORTED_AT_HAND ? values.sort() : undefined
  }

  /** The same for what took long to find, when no series came or went meanwhile. */
  function keep(question: string, query: MetadataQuery, before: State, texts: readonly string[]): void {
    if (!isStill(before) || !isOfIndexAlone(query)) return
    keptTexts.of(question, query.matcherSets, () => texts)
  }

  function seriesAtHand(query: MetadataQuery): SeriesListing | undefined {
    if (!isOfIndexAlone(query)) return seriesOf(findAtHand(query), query.limit)
    return keptSeries.of(`series ${query.limit}`, query.matcherSets, () => seriesOf(selectAtHand(query), query.limit))
  }

  function seriesOf(refs: Uint32Array | undefined, limit: number): AtHandListing | undefined {
    if (refs === undefined) return undefined
    const count = limit > 0 ? Math.min(limit, refs.length) : refs.length
    if (count > LABELS_SLICE) return undefined
    const labels: Labels[] = []
    for (let i = 0; i < count; i++) labels.push(index.labelsOf(refs[i]!))
    return { count, truncated: count < refs.length, slices: [labels] }
  }

  return {
    async series(query, asker): Promise<SeriesListing> {
      const ask = () => seriesAtHand(query)
      const atHand = ask() ?? (await askMeasured(query, asker, ask))
      if (atHand !== undefined) return atHand
      const { signal } = asker
      const old = await findOld(query, signal)
      const found = await steadily(signal, (pause) => find(query, old, pause))
      const total = found.refs.length + old.length
      const count = query.limit > 0 ? Math.min(query.limit, total) : total
      return { count, truncated: count < total, slices: slicesOf(query, found, count, signal) }
    },
    async labelNames(query, asker) {
      const ask = () => namesAtHand(query)
      const atHand = ask() ?? (await askMeasured(query, asker, ask))
      if (atHand !== undefined) return cut(atHand, query.limit)
      const { signal } = asker
      const old = await findOld(query, signal)
      const before = stateNow()
      const names = await steadily(signal, async (pause) => {
        const { refs, all } = await find(query, old, pause)
        return all ? index.labelNames() : drive(index.namesOf(refs), pause)
      })
      const distinct = old.length === 0 ? names : [...new Set([...names, ...old.flatMap(namesIn)])]
      const sorted = [...distinct].sort()
      if (old.length === 0) keep(NAMES, query, before, sorted)
      return cut(sorted, query.limit)
    },
    async labelValues(label, query, asker) {
      const ask = () => valuesAtHand(label, query)
      const atHand = ask() ?? (await askMeasured(query, asker, ask))
      if (atHand !== undefined) return cut(atHand, query.limit)
      const { signal } = asker
      const old = await findOld(query, signal)
      const before = stateNow()
      let sorted: readonly string[] | undefined
      let values = await steadily(signal, async (pause) => {
        const { refs, all } = await find(query, old, pause)
        sorted = all ? index.labelValuesAtHand(label) : undefined
        return sorted ?? drive(index.valuesOf(label, all ? undefined : refs), pause)
      })
      if (old.length > 0) values = [...new Set([...values, ...old.flatMap((labels) => valuesIn(labels, label))])]
      else if (sorted !== undefined) return cut(sorted, query.limit)
      const { limit } = query
      if (limit > 0 && limit * 8 < values.length) {
        return { items: await smallestInSlices(values, limit, signal), truncated: true }
      }
      const all = await sortInSlices(values, undefined, signal)
      if (old.length === 0) keep(valuesQuestion(label), query, before, all)
      return cut(all, limit)
    },
  }
}

const NAMES = 'names'
const valuesQuestion = (label: string) => `values ${label.length}:${label}`

/** What work gives that is done after a few slices, which then take a millisecond at most. */
function atHand<T>(work: Generator<undefined, T, undefined>): T | undefined {
  for (let slice = 0; slice < SLICES_AT_HAND; slice++) {
    const { done, value } = work.next()
    if (done === true) return value
  }
  return undefined
}

function setsOf(query: MetadataQuery): MetadataQuery['matcherSets'] {
  return query.matcherSets.length === 0 ? [[]] : query.matcherSets
}

async function drive<T>(work: Generator<undefined, T, undefined>, pause: Pause): Promise<T> {
  for (;;) {
    const { done, value } = work.next()
    if (done === true) return value
    const pausing = pause()
    if (pausing) await pausing
  }
}

function cut<T>(items: readonly T[], limit: number): Listing<T> {
  return limit > 0 && items.length > limit
    ? { items: items.slice(0, limit), truncated: true }
    : { items, truncated: false }
}

function namesIn(labels: Labels): string[] {
  return labels.filter((_, i) => i % 2 === 0)
}

function valuesIn(labels: Labels, name: string): string[] {
  const at = labels.findIndex((text, i) => i % 2 === 0 && text === name)
  return at < 0 ? [] : [labels[at + 1]!]
}
