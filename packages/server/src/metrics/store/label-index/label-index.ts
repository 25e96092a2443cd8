import { type Labels, labelValue, type Matcher } from '@binnacle/promql'
import { BinnacleError } from '../../../config/index.ts'
import type { SeriesRef } from '../sample-batch.ts'
import { distinctNames, distinctValues } from './distinct-labels.ts'
import { withRoom } from './grow.ts'
import { createIdTable } from './id-table.ts'
import { createLabelPairs, type LabelName } from './label-pairs.ts'
import { createPairMatcher, type PairFilter } from './matching-pairs.ts'
import { createPostings } from './postings.ts'
import { idFrom, idOf, metricHash, STATE_WORDS } from './series-id.ts'
import { createWordArena, MAX_BLOCK_WORDS } from './word-arena.ts'

/*
 *   series ref ──► id (hi, lo), metric hash, address and length of its label set            columns by ref
 *   label set  =   one pair id a label, in the order of the names                           block in the arena
 *   pair id    ──► name, value, postings (ascending refs)                                   columns by pair
 *   name       ──► Map of value to pair id
 */

export type LabelIndexOptions = {
  /** Most series at a time; default 2^31. */
  readonly maxSeries?: number
}

/** Refs are dense, from 0; a removed ref is given to a later series. All calls are synchronous. */
export type LabelIndex = {
  readonly size: number
  /** All refs are below it: the length of a column by ref. */
  readonly capacity: number
  /** Estimate of the bytes held. */
  readonly memoryBytes: number
  /**
   * The ref of a label set, which must be as `Labels` says; a new one on first sight (about 1.5 µs). Throws `BinnacleError`
   * (kind `limit`): `series.too_many`, `series.too_many_labels`, or `series.hash_collision` when another set has its id.
   */
  add(labels: Labels): SeriesRef
  find(labels: Labels): SeriesRef | undefined
  /** By the halves of the 64-bit id, unsigned. */
  refById(hi: number, lo: number): SeriesRef | undefined
  has(ref: SeriesRef): boolean
  /** A new array. Throws `Error` for a ref that is not there, which is a bug of the caller. */
  labelsOf(ref: SeriesRef): Labels
  /** Columns by ref, each at least `capacity` long; entries of removed refs are undefined. Valid until the next `add`. */
  columns(): { readonly hi: Uint32Array; readonly lo: Uint32Array; readonly metric: Uint32Array }
  /** Moves with every `remove`: refs and pairs that were read before it may be others by now. */
  readonly removals: number
  /** Pairs have dense numbers below `pairCapacity`; the name and the value of one that is there. */
  readonly pairCapacity: number
  pairName(pair: number): string
  pairValue(pair: number): string
  /** All pairs of a name. */
  pairsOf(name: string): Iterable<number>
  /** Labels of the series `refs[from .. to)` together. All of them must be there. */
  countPairs(refs: Uint32Array, from: number, to: number): number
  /**
   * Writes the pairs of the series `refs[from .. to)`, in the order of their names, to `out` from `at` on, and for each
   * series where its pairs end to the same place of `ends`. Returns the last end.
   */
  gatherPairs(refs: Uint32Array, range: RefRange, out: Uint32Array, ends: Uint32Array): number
  /** All refs, ascending; a new array. */
  refs(): Uint32Array
  /**
   * Refs of the series that all matchers hold for, ascending; a new array. No matcher selects all series. Throws what
   * `compileMatcher` throws for a regex that is none: parsed selectors have been checked.
   */
  select(matchers: readonly Matcher[]): Uint32Array
  /** The same unless something in it takes long: undefined then (`prepare`). */
  selectAtHand(matchers: readonly Matcher[]): Uint32Array | undefined
  /**
   * Does what takes long in a selection beforehand: matchers are held against every value of their labels, in slices of
   * well below a millisecond; it yields after each. The same selection right after it is quick.
   */
  prepare(matchers: readonly Matcher[]): Generator<undefined, void, undefined>
  /** Series that the matchers of one set at least select, likewise. */
  selectAny(matcherSets: readonly (readonly Matcher[])[]): Uint32Array
  selectAnyAtHand(matcherSets: readonly (readonly Matcher[])[]): Uint32Array | undefined
  /** Distinct names of all series, ascending by UTF-16 code units. */
  labelNames(): readonly string[]
  /** Distinct values of one label, likewise. */
  labelValues(name: string): readonly string[]
  /** Values of one label with how many series have them, in no order; what comes or goes meanwhile may be in there or not. */
  seriesByValue(name: string): IterableIterator<[value: string, series: number]>
  /** The same when it costs next to nothing: there are few, or they have been sorted since the last one came or went. */
  labelValuesAtHand(name: string): readonly string[] | undefined
  /**
   * Distinct names of `refs`, in any order, in slices of well below a millisecond: it yields after each. Series may be
   * added between them; when `removals` has moved, the outcome is void.
   */
  namesOf(refs: Uint32Array): Generator<undefined, string[], undefined>
  /** Distinct values of a label, of all series or of `refs`, likewise. */
  valuesOf(name: string, refs?: Uint32Array): Generator<undefined, string[], undefined>
  /** Drops series; refs that are not there are skipped. One call for many is much cheaper than many calls. */
  remove(refs: Uint32Array): void
}

/** Rows `[from, to)`, whose pairs go to `at` and on. */
export type RefRange = { readonly from: number; readonly to: number; readonly at: number }

const EMPTY = new Uint32Array(0)
/** Sorted values of a label are kept up to so many. */
const SORTED_KEPT = 10_000
/** A union is gathered and sorted while it is so small; above, a bitmap over all refs gives the order. */
const SORT_BELOW = 64

export function createLabelIndex(options: LabelIndexOptions = {}): LabelIndex {
  const maxSeries = options.maxSeries ?? 2 ** 31
  const arena = createWordArena()
  const pairs = createLabelPairs()
  const postings = createPostings(arena)
  const ids = createIdTable()
  const matching = createPairMatcher(pairs)
  let setAt = new Uint32Array(0)
  let setLength = new Uint16Array(0)
  let metric = new Uint32Array(0)
  /** Bit by ref: is it there? Also the order of all refs. */
  let live = new Uint32Array(0)
  /** Scratch, all zero between calls: bits by ref, bits by pair. */
  let bits = new Uint32Array(0)
  let marks = new Uint32Array(0)
  /** The same, for unions of selections. */
  let anyBits = new Uint32Array(0)
  const freeRefs: number[] = []
  const id = { hi: 0, lo: 0 }
  let capacity = 0
  let size = 0
  let removals = 0

  const isLive = (ref: number) => ref < capacity && (live[ref >>> 5]! & (1 << (ref & 31))) !== 0

  const hasLabels = (ref: number, labels: Labels): boolean => {
    const length = setLength[ref]!
    if (length * 2 !== labels.length) return false
    const page = arena.pages[setAt[ref]! >>> 16]
    for (let i = 0, at = setAt[ref]! & 0xffff; i < length; i++) {
      const pair = page![at + i]!
      if (pairs.valueOf(pair) !== labels[2 * i + 1] || pairs.nameOf(pair).name !== labels[2 * i]) return false
    }
    return true
  }

  const labelsOf = (ref: SeriesRef): Labels => {
    if (!isLive(ref)) throw new Error(`no series has ref ${ref}`)
    const length = setLength[ref]!
    const page = arena.pages[setAt[ref]! >>> 16]
    const labels: string[] = []
    for (let i = 0, at = setAt[ref]! & 0xffff; i < length; i++) {
      const pair = page![at + i]!
      labels.push(pairs.nameOf(pair).name, pairs.valueOf(pair))
    }
    return labels
  }

  const find = (labels: Labels): SeriesRef | undefined => {
    idOf(labels, id)
    const ref = ids.find(id.hi, id.lo)
    return ref !== undefined && hasLabels(ref, labels) ? ref : undefined
  }

  // Series come in families: a set mostly begins as the last one did, and has most labels in the same places. Of the set
  // that was asked for last: its strings, the state of the hash after each label, and the pairs of its first `lastPaired`
  // labels. The hash goes on where the two sets part; a label that is the same in its place needs no look-up.
  const lastSet: string[] = []
  let lastStates = new Uint32Array(64 * STATE_WORDS)
  let lastPairs = new Uint32Array(64)
  let lastPaired = 0

  /** Fills `id` and `lastStates`; returns how many labels in front are those of the last set. */
  const hashAfterLast = (labels: Labels): number => {
    const shared = Math.min(labels.length, lastSet.length)
    let at = 0
    while (at < shared && labels[at] === lastSet[at]) at++
    const same = at >>> 1
    const states = (labels.length >>> 1) * STATE_WORDS
    if (states > lastStates.length) lastStates = withRoom(lastStates, states)
    idFrom(labels, same, lastStates, id)
    return same
  }

  /** The set has no pairs of its own to remember, only those in front that it shares with the one before. */
  const rememberStrings = (labels: Labels, same: number): void => {
    lastPaired = Math.min(lastPaired, same)
    for (let i = same * 2; i < labels.length; i++) lastSet[i] = labels[i]!
    if (lastSet.length > labels.length) lastSet.length = labels.length
  }

  /** Looks up the pairs of a new set, whose first `same` labels are those of the last one, and makes them the last. */
  const internPairs = (labels: Labels, same: number): void => {
    const length = labels.length >>> 1
    if (length > lastPairs.length) lastPairs = withRoom(lastPairs, length)
    for (let i = Math.min(same, lastPaired); i < length; i++) {
      const name = labels[2 * i]!
      const value = labels[2 * i + 1]!
      let pair: number
      if (i >= lastPaired || lastSet[2 * i] !== name) pair = pairs.intern(name, value)
      else {
        pair = lastPairs[i]!
        if (lastSet[2 * i + 1] !== value) pair = pairs.internValue(pairs.nameOf(pair), value)
      }
      lastSet[2 * i] = name
      lastSet[2 * i + 1] = value
      lastPairs[i] = pair
    }
    if (lastSet.length > labels.length) lastSet.length = labels.length
    lastPaired = length
  }

  const refuse = (labels: Labels, known: SeriesRef | undefined): BinnacleError | undefined => {
    if (known !== undefined) {
      return new BinnacleError(
        'series.hash_collision',
        `series ${printed(labels)} has the same 64-bit id as ${printed(labelsOf(known))} and is refused`,
        { kind: 'limit', hint: 'change any label of one of the two' },
      )
    }
    if (size >= maxSeries) {
      return new BinnacleError('series.too_many', `no room for another series: there are ${size} already`, {
        kind: 'limit',
        hint: `at most ${maxSeries} series have a number`,
      })
    }
    const length = labels.length / 2
    if (length <= MAX_BLOCK_WORDS) return undefined
    return new BinnacleError('series.too_many_labels', `a series has ${length} labels`, {
      kind: 'limit',
      hint: `at most ${MAX_BLOCK_WORDS} labels fit`,
    })
  }

  const add = (labels: Labels): SeriesRef => {
    const same = hashAfterLast(labels)
    const known = ids.find(id.hi, id.lo)
    if (known !== undefined && hasLabels(known, labels)) {
      rememberStrings(labels, same)
      return known
    }
    const refusal = refuse(labels, known)
    if (refusal !== undefined) {
      rememberStrings(labels, same)
      throw refusal
    }
    const length = labels.length / 2
    const ref = freeRefs.pop() ?? capacity++
    if (capacity > metric.length) growColumns()
    live[ref >>> 5]! |= 1 << (ref & 31)
    size++
    ids.set(id.hi, id.lo, ref)
    setLength[ref] = length
    internPairs(labels, same)
    let name = ''
    if (length > 0) {
      const address = arena.allocate(length)
      setAt[ref] = address
      const page = arena.pages[address >>> 16]!
      for (let i = 0, at = address & 0xffff; i < length; i++) {
        const pair = lastPairs[i]!
        page[at + i] = pair
        postings.append(pair, ref)
      }
      name = labels[0] === '__name__' ? labels[1]! : labelValue(labels, '__name__')
    }
    metric[ref] = hashOfName(name)
    return ref
  }

  /** `metric` is the measure: all columns have room for as many refs. */
  const growColumns = (): void => {
    setAt = withRoom(setAt, capacity)
    setLength = withRoom(setLength, capacity)
    metric = withRoom(metric, capacity)
    live = withRoom(live, (metric.length >>> 5) + 1)
    if (bits.length < live.length) bits = new Uint32Array(live.length)
  }

  // Series of one metric come in a row: its hash is not computed each time.
  let lastName = ''
  let lastHash = metricHash('')
  const hashOfName = (name: string): number => {
    if (name !== lastName) {
      lastName = name
      lastHash = metricHash(name)
    }
    return lastHash
  }

  /** Refs of the set bits, ascending; `count` of them. Clears the bits when told to. */
  const fromBits = (from: Uint32Array, count: number, clear: boolean): Uint32Array => {
    const out = new Uint32Array(count)
    for (let w = 0, to = 0; to < count; w++) {
      let word = from[w]!
      if (word === 0) continue
      if (clear) from[w] = 0
      while (word !== 0) {
        const low = word & -word
        out[to++] = (w << 5) + 31 - Math.clz32(low)
        word ^= low
      }
    }
    return out
  }

  const totalOf = (filter: PairFilter): number => {
    let total = 0
    for (const pair of filter.pairs) total += postings.countOf(pair)
    return total
  }

  /** A new array of the refs with any of the pairs, which belong to one name: no ref comes twice. */
  const union = (filter: PairFilter, total: number): Uint32Array => {
    if (filter.pairs.length === 1) return postings.refsOf(filter.pairs[0]!).slice()
    if (total <= SORT_BELOW) {
      const out = new Uint32Array(total)
      let to = 0
      for (const pair of filter.pairs) {
        out.set(postings.refsOf(pair), to)
        to += postings.countOf(pair)
      }
      return out.sort()
    }
    for (const pair of filter.pairs) postings.mark(pair, bits)
    return fromBits(bits, total, true)
  }

  const select = (matchers: readonly Matcher[]): Uint32Array => selectBy(matchers.map(matching.filterOf))

  const selectAtHand = (matchers: readonly Matcher[]): Uint32Array | undefined => {
    const filters: PairFilter[] = []
    for (const matcher of matchers) {
      const filter = matching.atHand(matcher)
      if (filter === undefined) return undefined
      filters.push(filter)
    }
    return selectBy(filters)
  }

  const selectBy = (filters: readonly PairFilter[]): Uint32Array => {
    const includes: { filter: PairFilter; total: number }[] = []
    const rest: PairFilter[] = []
    for (const filter of filters) {
      if (filter.include) {
        const total = totalOf(filter)
        if (total === 0) return EMPTY.slice()
        // All series have it (a job's only instance): nothing to intersect with.
        if (total < size) includes.push({ filter, total })
      } else if (filter.pairs.length > 0) rest.push(filter)
    }
    includes.sort((a, b) => a.total - b.total)
    const base = includes[0]
    let found = base === undefined ? fromBits(live, size, false) : union(base.filter, base.total)
    for (let i = 1; i < includes.length; i++) {
      const { filter, total } = includes[i]!
      // Walking a posting costs about 1 ns a ref, looking at a candidate's labels about 10.
      if (filter.pairs.length === 1 && total < found.length * 8) {
        found = intersection(found, postings.refsOf(filter.pairs[0]!))
      } else rest.push(filter)
    }
    for (let i = 0; i < rest.length && found.length > 0; i += 31) found = filtered(found, rest.slice(i, i + 31))
    return found
  }

  /** Refs that are selected for any of the sets, ascending; undefined when one of the selections is. */
  const together = (
    matcherSets: readonly (readonly Matcher[])[],
    selectOne: (matchers: readonly Matcher[]) => Uint32Array | undefined,
  ): Uint32Array | undefined => {
    let count = 0
    for (const matchers of matcherSets) {
      // Selecting leaves the scratch bits clear, so what was found before may not lie there meanwhile.
      const found = selectOne(matchers)
      if (found === undefined) {
        anyBits.fill(0)
        return undefined
      }
      anyBits = withRoom(anyBits, live.length)
      for (const ref of found) {
        const bit = 1 << (ref & 31)
        if ((anyBits[ref >>> 5]! & bit) !== 0) continue
        anyBits[ref >>> 5]! |= bit
        count++
      }
    }
    return fromBits(anyBits, count, true)
  }

  /** Those of `refs` that all filters (at most 31) take, judged by their label sets; in place. */
  const filtered = (refs: Uint32Array, filters: readonly PairFilter[]): Uint32Array => {
    marks = withRoom(marks, pairs.capacity)
    let wanted = 0
    for (let k = 0; k < filters.length; k++) {
      const filter = filters[k]!
      if (filter.include) wanted |= 1 << k
      for (const pair of filter.pairs) marks[pair]! |= 1 << k
    }
    let kept = 0
    for (let r = 0; r < refs.length; r++) {
      const ref = refs[r]!
      const address = setAt[ref]!
      const page = arena.pages[address >>> 16]!
      let seen = 0
      for (let at = address & 0xffff, end = at + setLength[ref]!; at < end; at++) seen |= marks[page[at]!]!
      if (seen === wanted) refs[kept++] = ref
    }
    for (const filter of filters) for (const pair of filter.pairs) marks[pair] = 0
    return kept === refs.length ? refs : refs.slice(0, kept)
  }

  const distinct = { pairs, postings, arena, sets: () => ({ setAt, setLength, size, words: live.length }) }

  const sortedValues = (entry: LabelName): readonly string[] => {
    if (entry.sortedVersion === entry.version) return entry.sortedValues.slice()
    const values = [...entry.pairs.keys()].sort()
    if (values.length <= SORTED_KEPT) {
      entry.sortedValues = values.slice()
      entry.sortedVersion = entry.version
    }
    return values
  }

  return {
    get size() {
      return size
    },
    get capacity() {
      return capacity
    },
    get memoryBytes() {
      const columns = setAt.byteLength + setLength.byteLength + metric.byteLength
      const scratch = live.byteLength + bits.byteLength + anyBits.byteLength + marks.byteLength + freeRefs.length * 8
      return columns + scratch + arena.memoryBytes + pairs.memoryBytes + postings.memoryBytes + ids.memoryBytes
    },
    add,
    find,
    refById: (hi, lo) => ids.find(hi, lo),
    has: isLive,
    labelsOf,
    columns: () => ({ hi: ids.hi, lo: ids.lo, metric }),
    get removals() {
      return removals
    },
    get pairCapacity() {
      return pairs.capacity
    },
    pairName: (pair) => pairs.nameOf(pair).name,
    pairValue: (pair) => pairs.valueOf(pair),
    pairsOf: (name) => pairs.names.get(name)?.pairs.values() ?? [],
    countPairs(refs, from, to) {
      let count = 0
      for (let i = from; i < to; i++) count += setLength[refs[i]!]!
      return count
    },
    gatherPairs(refs, { from, to, at }, out, ends) {
      let end = at
      for (let i = from; i < to; i++) {
        const ref = refs[i]!
        const address = setAt[ref]!
        const page = arena.pages[address >>> 16]!
        const length = setLength[ref]!
        for (let k = 0, word = address & 0xffff; k < length; k++) out[end + k] = page[word + k]!
        end += length
        ends[i] = end
      }
      return end
    },
    refs: () => fromBits(live, size, false),
    select,
    selectAtHand,
    *prepare(matchers) {
      for (const matcher of matchers) yield* matching.look(matcher)
    },
    selectAny(matcherSets) {
      return matcherSets.length === 1 ? select(matcherSets[0]!) : together(matcherSets, select)!
    },
    selectAnyAtHand(matcherSets) {
      return matcherSets.length === 1 ? selectAtHand(matcherSets[0]!) : together(matcherSets, selectAtHand)
    },
    labelNames: () => [...pairs.names.keys()].sort(),
    *seriesByValue(name) {
      for (const [value, pair] of pairs.names.get(name)?.pairs ?? []) yield [value, postings.countOf(pair)]
    },
    labelValues(name) {
      const entry = pairs.names.get(name)
      return entry === undefined ? [] : sortedValues(entry)
    },
    labelValuesAtHand(name) {
      const entry = pairs.names.get(name)
      if (entry === undefined) return []
      return entry.pairs.size <= SORTED_KEPT ? sortedValues(entry) : undefined
    },
    namesOf: (refs) => distinctNames(distinct, refs),
    valuesOf: (name, refs) => distinctValues(distinct, name, refs),
    remove(refs) {
      lastPaired = 0
      removals++
      const touched = new Set<number>()
      const gone: number[] = []
      for (const ref of refs) {
        if (!isLive(ref)) continue
        live[ref >>> 5]! &= ~(1 << (ref & 31))
        bits[ref >>> 5]! |= 1 << (ref & 31)
        gone.push(ref)
        ids.delete(ref)
        const length = setLength[ref]!
        if (length === 0) continue
        const page = arena.pages[setAt[ref]! >>> 16]!
        for (let i = 0, at = setAt[ref]! & 0xffff; i < length; i++) touched.add(page[at + i]!)
        arena.free(setAt[ref]!, length)
        setLength[ref] = 0
      }
      for (const pair of touched) if (postings.drop(pair, bits) === 0) pairs.release(pair)
      for (const ref of gone) {
        bits[ref >>> 5] = 0
        freeRefs.push(ref)
      }
      size -= gone.length
    },
  }
}

/** Both ascending. */
function intersection(a: Uint32Array, b: Uint32Array): Uint32Array {
  const out = new Uint32Array(Math.min(a.length, b.length))
  let n = 0
  for (let i = 0, k = 0; i < a.length && k < b.length; ) {
    const x = a[i]!
    const y = b[k]!
    if (x === y) {
      out[n++] = x
      i++
      k++
    } else if (x < y) i++
    else k++
  }
  return n === out.length ? out : out.slice(0, n)
}

/** A label set for a message: cut, since a value may be very long. */
function printed(labels: Labels): string {
  const parts: string[] = []
  for (let i = 0; i < labels.length && i < 40; i += 2)
    parts.push(`${labels[i]}=${JSON.stringify(labels[i + 1]!.slice(0, 80))}`)
  return `{${parts.join(', ')}}`
}
