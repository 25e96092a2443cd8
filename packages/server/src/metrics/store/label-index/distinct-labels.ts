import type { LabelPairs } from './label-pairs.ts'
import type { Postings } from './postings.ts'
import type { WordArena } from './word-arena.ts'

/*
 * Which names and values do these series have? Two ways to find out:
 *
 *   walking    looks at the labels of every series, until nothing is left to be found
 *   probing    looks for each value whether one of its series (its posting) is among the wanted ones (bits by ref), and
 *              stops at the first: cheap where many series share few values
 */

/** Work between two yields: some 0.3 ms. */
const SLICE_SERIES = 8_192
const SLICE_STEPS = 200_000
/** Costs in ns: a series walked, a bit set, a value probed, a ref of a posting. */
const WALK_NS = 20
const BIT_NS = 1.5
const VALUE_NS = 60
const REF_NS = 1.5

export type DistinctDeps = {
  readonly pairs: LabelPairs
  readonly postings: Postings
  readonly arena: WordArena
  /** Columns by ref as they are now: they are replaced when they grow. */
  sets(): {
    readonly setAt: Uint32Array
    readonly setLength: Uint16Array
    readonly size: number
    readonly words: number
  }
}

/** Yields after each slice of work; series may be added meanwhile, after a removal what it returns is void. */
export function* distinctNames(
  { pairs, arena, sets }: DistinctDeps,
  refs: Uint32Array,
): Generator<undefined, string[], undefined> {
  const seen = new Uint8Array(pairs.nameCapacity)
  const names: string[] = []
  for (let from = 0; from < refs.length && names.length < pairs.names.size; from += SLICE_SERIES) {
    if (from > 0) yield
    const to = Math.min(refs.length, from + SLICE_SERIES)
    for (const pair of newNames(refs, from, to, { sets: sets(), pages: arena.pages, nameIds: pairs.nameIds, seen }))
      names.push(pairs.nameOf(pair).name)
  }
  return names
}

type Columns = {
  readonly sets: ReturnType<DistinctDeps['sets']>
  readonly pages: readonly Uint32Array[]
  readonly nameIds: Uint32Array
  /** 1 where it was seen. */
  readonly seen: Uint8Array
}

// Loops over the labels are functions of their own: in a generator they take three times as long.

/** One pair for each name that was not seen before; `seen` is by the name's id. */
function newNames(
  refs: Uint32Array,
  from: number,
  to: number,
  { sets: { setAt, setLength }, pages, nameIds, seen }: Columns,
): readonly number[] {
  const found: number[] = []
  for (let i = from; i < to; i++) {
    const ref = refs[i]!
    const address = setAt[ref]!
    const page = pages[address >>> 16]!
    const begin = address & 0xffff
    const end = begin + setLength[ref]!
    for (let at = begin; at < end; at++) {
      const pair = page[at]!
      const id = nameIds[pair]!
      if (seen[id] !== 0) continue
      seen[id] = 1
      found.push(pair)
    }
  }
  return found
}

/** All values of a label, or those of `refs`; series without it count for nothing. Otherwise as `distinctNames`. */
export function* distinctValues(
  deps: DistinctDeps,
  name: string,
  refs: Uint32Array | undefined,
): Generator<undefined, string[], undefined> {
  const entry = deps.pairs.names.get(name)
  if (entry === undefined || refs?.length === 0) return []
  if (refs === undefined) {
    const values: string[] = []
    for (const value of entry.pairs.keys()) if (values.push(value) % SLICE_SERIES === 0) yield
    return values
  }
  const { size } = deps.sets()
  const values = entry.pairs.size
  const tries = Math.min(size / values, size / refs.length)
  const probing = refs.length * BIT_NS + values * (VALUE_NS + tries * REF_NS)
  return probing < refs.length * WALK_NS ? yield* probe(deps, entry.pairs, refs) : yield* walk(deps, name, refs)
}

function* probe(
  { postings, sets }: DistinctDeps,
  pairsOf: ReadonlyMap<string, number>,
  refs: Uint32Array,
): Generator<undefined, string[], undefined> {
  const bits = new Uint32Array(sets().words)
  for (let from = 0; from < refs.length; from += SLICE_STEPS) {
    if (from > 0) yield
    const to = Math.min(refs.length, from + SLICE_STEPS)
    for (let i = from; i < to; i++) bits[refs[i]! >>> 5]! |= 1 << (refs[i]! & 31)
  }
  const values: string[] = []
  let steps = 0
  for (const [value, pair] of pairsOf) {
    if (steps > SLICE_STEPS) {
      yield
      steps = 0
    }
    const looked = postings.lookUntil(pair, bits)
    if (looked > 0) values.push(value)
    steps += Math.abs(looked) + VALUE_NS
  }
  return values
}

function* walk(
  { pairs, arena, sets }: DistinctDeps,
  name: string,
  refs: Uint32Array,
): Generator<undefined, string[], undefined> {
  const entry = pairs.names.get(name)!
  const seen = new Uint8Array(pairs.capacity)
  const values: string[] = []
  for (let from = 0; from < refs.length && values.length < entry.pairs.size; from += SLICE_SERIES) {
    if (from > 0) yield
    const to = Math.min(refs.length, from + SLICE_SERIES)
    const columns = { sets: sets(), pages: arena.pages, nameIds: pairs.nameIds, seen }
    for (const pair of newPairs(entry.id, refs, from, to, columns)) values.push(pairs.valueOf(pair))
  }
  return values
}

/** Pairs of a name that were not seen before; `seen` is by pair here. */
function newPairs(
  name: number,
  refs: Uint32Array,
  from: number,
  to: number,
  { sets: { setAt, setLength }, pages, nameIds, seen }: Columns,
): readonly number[] {
  const found: number[] = []
  for (let i = from; i < to; i++) {
    const ref = refs[i]!
    const address = setAt[ref]!
    const page = pages[address >>> 16]!
    const begin = address & 0xffff
    const end = begin + setLength[ref]!
    for (let at = begin; at < end; at++) {
      const pair = page[at]!
      if (nameIds[pair] !== name) continue
      if (seen[pair] === 0) {
        seen[pair] = 1
        found.push(pair)
      }
      break
    }
  }
  return found
}
