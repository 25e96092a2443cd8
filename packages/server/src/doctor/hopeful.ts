import { compileMatcher, type Labels, labelValue } from '@binnacle/promql'
import { allOf, type Catalogue, isHere } from './catalogue.ts'
import { ANY_VALUE, distinct, setLabel } from './label-sets.ts'

/**
 * The same series as if those that somebody asks for in vain were there: other series of the metric with the labels that the
 * matchers want. For what else is wrong, and for what an alert will carry once it can fire.
 */
export function hopeful(catalogue: Catalogue): Catalogue {
  return {
    ...catalogue,
    get pending() {
      return catalogue.pending ?? 0
    },
    selectNeeded(matchers, need) {
      if (isHere(catalogue.select(matchers))) return catalogue.selectNeeded(matchers, need)
      return this.select(matchers)
    },
    select(matchers) {
      const found = catalogue.select(matchers)
      const metric = matchers.find(({ name, op }) => name === '__name__' && op === '=')?.value
      if (metric === undefined || isHere(found)) return found
      const tests = matchers.map((matcher) => ({ ...matcher, test: compileMatcher(matcher) }))
      const all = catalogue.select(allOf(metric))
      const sets = all.sets.map((labels) =>
        tests.reduce<Labels>((set, { name, op, value, test }) => {
          if (test(labelValue(set, name))) return set
          return setLabel(set, name, op === '=' ? value : ANY_VALUE)
        }, labels),
      )
      return { sets: distinct(sets), open: all.open }
    },
  }
}
