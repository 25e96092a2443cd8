import type { Labels } from '@binnacle/promql'

/**
 * A label set with some labels set; an empty value takes the label away, and is left out where `base` has it (labels of rules
 * may). Both are sorted by name, as label sets are.
 */
export function overlaid(base: Labels, over: Labels): Labels {
  const out: string[] = []
  let i = 0
  let k = 0
  while (i < base.length || k < over.length) {
    const mine = base[i]
    const theirs = over[k]
    if (theirs === undefined || (mine !== undefined && mine < theirs)) {
      if (base[i + 1] !== '') out.push(mine!, base[i + 1]!)
      i += 2
      continue
    }
    if (over[k + 1] !== '') out.push(theirs, over[k + 1]!)
    if (mine === theirs) i += 2
    k += 2
  }
  return out
}

/** Pairs sorted by name, empty values kept: what `overlaid` wants. */
export function sortedPairs(pairs: Readonly<Record<string, string>>): Labels {
  const names = Object.keys(pairs).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return names.flatMap((name) => [name, pairs[name]!])
}
