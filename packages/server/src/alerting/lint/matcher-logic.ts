import { literalAlternatives } from '@binnacle/promql'
import { formatMatcher, type Matcher } from '../matcher/index.ts'

/** All values that a matcher takes, where they can be listed. */
function valuesOf({ kind, value }: Matcher): readonly string[] | undefined {
  return kind === '=' ? [value] : kind === '=~' ? literalAlternatives(value) : undefined
}

/** Two matchers of one label that no value satisfies; undefined when an alert may satisfy all. */
export function contradiction(matchers: readonly Matcher[]): readonly [Matcher, Matcher] | undefined {
  for (const one of matchers) {
    const values = valuesOf(one)
    if (values === undefined) continue
    for (const other of matchers) {
      if (other !== one && other.name === one.name && !values.some((value) => other.matchesValue(value))) {
        return [one, other]
      }
    }
  }
  return undefined
}

/** Whether whatever satisfies the first ones satisfies the second ones too, as far as can be told. */
export function implies(given: readonly Matcher[], wanted: readonly Matcher[]): boolean {
  return wanted.every(
    (matcher) =>
      given.some((own) => {
        if (own.name !== matcher.name) return false
        if (formatMatcher(own) === formatMatcher(matcher)) return true
        return valuesOf(own)?.every((value) => matcher.matchesValue(value)) ?? false
      }) || takesAll(matcher),
  )
}

/** Matchers that hold for every value and for a missing label. */
function takesAll({ kind, value }: Matcher): boolean {
  return kind === '=~' && (value === '.*' || value === '(.*)')
}
