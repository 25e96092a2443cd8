import type { Matcher } from '@binnacle/promql'
import type { MetricsReadView } from '../store/index.ts'

/** Texts of all kept lists together: references to strings of the index, and their JSON where it is kept (`list-json.ts`). */
const MOST_TEXTS = 40_000

/**
 * Lists of label names, values or series that the index gave, while it has the same series. Dashboards ask the same few
 * look-ups whenever they are opened. Only for answers that depend on nothing but the matchers and the index.
 */
export type KeptListings<T> = {
  /** The list of a question; `make` where it is not kept. One that is undefined is not kept. */
  of(question: string, matcherSets: readonly (readonly Matcher[])[], make: () => T | undefined): T | undefined
}

export function createKeptListings<T>(
  index: Pick<MetricsReadView['index'], 'size' | 'removals'>,
  textsOf: (list: T) => number,
): KeptListings<T> {
  const lists = new Map<string, T>()
  let texts = 0
  let size = 0
  let removals = 0

  return {
    of(question, matcherSets, make) {
      if (size !== index.size || removals !== index.removals) {
        lists.clear()
        texts = 0
        size = index.size
        removals = index.removals
      }
      const key = keyOf(question, matcherSets)
      const known = lists.get(key)
      if (known !== undefined) return known
      const made = make()
      if (made === undefined) return undefined
      const weight = textsOf(made) + 1
      if (weight > MOST_TEXTS / 4) return made
      lists.set(key, made)
      texts += weight
      for (const [oldest, list] of lists) {
        if (texts <= MOST_TEXTS) break
        lists.delete(oldest)
        texts -= textsOf(list) + 1
      }
      return made
    },
  }
}

/** Texts may hold any character: each is told with its length. */
function keyOf(question: string, matcherSets: readonly (readonly Matcher[])[]): string {
  let key = question
  for (const matchers of matcherSets) {
    key += '|'
    for (const { name, op, value } of matchers) key += `${name.length}:${name}${op}${value.length}:${value}`
  }
  return key
}
