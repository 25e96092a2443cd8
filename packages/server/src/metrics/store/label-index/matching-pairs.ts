import { compileMatcher, literalAlternatives, type Matcher } from '@binnacle/promql'
import type { LabelName, LabelPairs } from './label-pairs.ts'

/** A matcher in terms of pairs: a series must have one of them, or must have none of them. */
export type PairFilter = { readonly include: boolean; readonly pairs: readonly number[] }

/** Regex results kept, and how many pairs one may hold, so that the cache stays below some megabytes. */
const CACHE_SIZE = 64
const CACHE_PAIRS = 4096

const NO_PAIRS: readonly number[] = []

type CachedFilter = { readonly owner: LabelName; readonly version: number; readonly filter: PairFilter }

/**
 * Turns matchers into pair filters. An absent label counts as the empty value, so a matcher that takes the empty value
 * excludes the values it does not take, and any other one includes the values it takes. A regex looks once at each value
 * of its label; dashboards and rules repeat themselves, so the outcome is kept until a value of that label comes or goes.
 */
export function createPairMatcher(pairs: LabelPairs): (matcher: Matcher) => PairFilter {
  const cache = new Map<string, CachedFilter>()

  const valuesThat = (name: string, test: (value: string) => boolean): readonly number[] => {
    const found: number[] = []
    for (const [value, pair] of pairs.names.get(name)?.pairs ?? []) if (test(value)) found.push(pair)
    return found
  }
  const listed = (name: string, values: Iterable<string>): readonly number[] => {
    const found: number[] = []
    for (const value of new Set(values)) {
      const pair = pairs.find(name, value)
      if (pair !== undefined) found.push(pair)
    }
    return found
  }

  return (matcher) => {
    const { name, op, value } = matcher
    if (op === '=' || op === '!=') {
      // `a=""` takes series without a, `a!=""` those with it.
      if (value === '') return { include: op === '!=', pairs: valuesThat(name, () => true) }
      return { include: op === '=', pairs: listed(name, [value]) }
    }
    const entry = pairs.names.get(name)
    const alternatives = literalAlternatives(value)
    if (alternatives !== undefined) {
      const include = (op === '=~') !== alternatives.includes('')
      // Listed are the values that the regex takes: right for `=~` that includes and for `!~` that excludes.
      if (include === (op === '=~')) return { include, pairs: listed(name, alternatives) }
    }

    const key = `${op}${name}\n${value}`
    const known = cache.get(key)
    if (known !== undefined && known.owner === entry && known.version === entry.version) return known.filter
    const takes = compileMatcher(matcher)
    const include = !takes('')
    if (entry === undefined) return { include, pairs: NO_PAIRS }
    const filter = { include, pairs: valuesThat(name, include ? takes : (text) => !takes(text)) }
    cache.delete(key)
    if (filter.pairs.length <= CACHE_PAIRS && key.length < 1000) {
      if (cache.size >= CACHE_SIZE) cache.delete(cache.keys().next().value!)
      cache.set(key, { owner: entry, version: entry.version, filter })
    }
    return filter
  }
}
