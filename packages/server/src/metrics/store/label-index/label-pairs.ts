import { withRoom } from './grow.ts'

/** One label name with its values. `version` moves with every value that comes or goes. */
export type LabelName = {
  readonly id: number
  readonly name: string
  readonly pairs: Map<string, number>
  version: number
  /** How many values have gone. */
  removed: number
  /** Sorted values of `sortedVersion`; kept while they are few. */
  sortedValues: readonly string[]
  sortedVersion: number
}

/** Interned (name, value) pairs: each has a dense id, which is used again after `release`. */
export type LabelPairs = {
  readonly names: ReadonlyMap<string, LabelName>
  /** Pairs that were ever there: ids are below it. */
  readonly capacity: number
  find(name: string, value: string): number | undefined
  intern(name: string, value: string): number
  /** The same for a name that is known: one look-up instead of two. */
  internValue(name: LabelName, value: string): number
  /** The pair is gone; the name too, when it was the last. */
  release(pair: number): void
  nameOf(pair: number): LabelName
  /** The `id` of its name by pair; a column, for loops over many: it is replaced when it grows. All are below `nameCapacity`. */
  readonly nameIds: Uint32Array
  readonly nameCapacity: number
  valueOf(pair: number): string
  readonly memoryBytes: number
}

export function createLabelPairs(): LabelPairs {
  const names = new Map<string, LabelName>()
  const nameById: (LabelName | undefined)[] = []
  const freeNames: number[] = []
  const values: string[] = []
  const freePairs: number[] = []
  let nameIds = new Uint32Array(0)
  let characters = 0

  const internValue = (entry: LabelName, value: string): number => {
    const known = entry.pairs.get(value)
    if (known !== undefined) return known
    const own = ownCopy(value)
    const pair = freePairs.pop() ?? values.length
    values[pair] = own
    nameIds = withRoom(nameIds, pair + 1)
    nameIds[pair] = entry.id
    entry.pairs.set(own, pair)
    entry.version++
    characters += own.length
    return pair
  }

  return {
    names,
    get capacity() {
      return values.length
    },
    find: (name, value) => names.get(name)?.pairs.get(value),
    intern(name, value) {
      const entry = names.get(name)
      if (entry !== undefined) return internValue(entry, value)
      const own = ownCopy(name)
      const id = freeNames.pop() ?? nameById.length
      const added = { id, name: own, pairs: new Map(), version: 0, removed: 0, sortedValues: [], sortedVersion: -1 }
      nameById[id] = added
      names.set(own, added)
      return internValue(added, value)
    },
    internValue,
    release(pair) {
      const entry = nameById[nameIds[pair]!]!
      const value = values[pair]!
      characters -= value.length
      entry.pairs.delete(value)
      entry.version++
      entry.removed++
      values[pair] = ''
      freePairs.push(pair)
      if (entry.pairs.size > 0) return
      names.delete(entry.name)
      nameById[entry.id] = undefined
      freeNames.push(entry.id)
    },
    nameOf: (pair) => nameById[nameIds[pair]!]!,
    get nameIds() {
      return nameIds
    },
    get nameCapacity() {
      return nameById.length
    },
    valueOf: (pair) => values[pair]!,
    get memoryBytes() {
      // A string: 24 bytes beside its characters (rounded up); an entry in a Map: about 36; an element: 8.
      return characters + (values.length - freePairs.length) * (24 + 36) + values.length * 8 + nameIds.byteLength
    },
  }
}

/**
 * The same text without its past: V8 keeps a string of 13 or more characters that was cut from a larger one as a pointer
 * into that one, and a label would keep a whole scrape body alive.
 */
function ownCopy(text: string): string {
  if (text.length < 13) return text
  const bytes = Buffer.from(text, 'latin1')
  const copy = bytes.toString('latin1')
  if (copy === text) return copy
  return Buffer.from(text, 'utf16le').toString('utf16le')
}
