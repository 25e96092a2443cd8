import type { Labels } from '@binnacle/promql'

/*
 * Label sets by their names:
 *
 *   names a,b      ──► sets                 all that have exactly these names
 *                  └─► names b ──► values   of those names that somebody asked for
 */

type SameNames = {
  readonly names: readonly string[]
  readonly sets: Labels[]
  /** By the names in common with a question: the values that there are. */
  readonly values: Map<string, Set<string>>
}

/** A lone surrogate: it occurs in no label. */
const SEPARATOR = '\ud800'

/** Label sets of series, to be asked which of them another one may have come from. */
export type LabelSets = {
  add(labels: Labels): void
  readonly size: number
  /** Whether one of them has the same value for each name that both have; the metric's name does not count. */
  hasLike(labels: Labels): boolean
}

export function createLabelSets(): LabelSets {
  const byNames = new Map<string, SameNames>()
  let size = 0

  function valuesIn(same: SameNames, names: readonly string[]): Set<string> {
    const key = names.join(SEPARATOR)
    let values = same.values.get(key)
    if (values === undefined) {
      values = new Set()
      for (const set of same.sets) values.add(valuesOf(set, names))
      same.values.set(key, values)
    }
    return values
  }

  return {
    add(labels) {
      const names = namesOf(labels)
      const key = names.join(SEPARATOR)
      let same = byNames.get(key)
      if (same === undefined) {
        same = { names, sets: [], values: new Map() }
        byNames.set(key, same)
      }
      same.sets.push(labels)
      for (const [common, values] of same.values) values.add(valuesOf(labels, common.split(SEPARATOR)))
      size++
    },
    get size() {
      return size
    },
    hasLike(labels) {
      const own = new Set(namesOf(labels))
      for (const same of byNames.values()) {
        const common = same.names.filter((name) => own.has(name))
        if (common.length === 0 || valuesIn(same, common).has(valuesOf(labels, common))) return true
      }
      return false
    },
  }
}

function namesOf(labels: Labels): string[] {
  const names: string[] = []
  for (let i = 0; i < labels.length; i += 2) if (labels[i] !== '__name__') names.push(labels[i]!)
  return names
}

/** Values of some names, which are in the order of the labels; all of them are there. */
function valuesOf(labels: Labels, names: readonly string[]): string {
  let out = ''
  for (let i = 0, n = 0; i < labels.length && n < names.length; i += 2) {
    if (labels[i] !== names[n]) continue
    out += labels[i + 1] + SEPARATOR
    n++
  }
  return out
}
