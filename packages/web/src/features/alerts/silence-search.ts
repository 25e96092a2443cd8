import type { MatcherText } from '../../api/index.ts'
import { formatMatcher } from '../../ui/alert/index.ts'

/** The address of the form for a new silence with these matchers. */
export const silenceSearch = (matchers: readonly MatcherText[]) => ({ m: matchers.map(formatMatcher) })

/** What all of these label sets have in common. */
export function commonLabels(sets: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const [first, ...rest] = sets
  if (first === undefined) return {}
  return Object.fromEntries(Object.entries(first).filter(([name, value]) => rest.every((set) => set[name] === value)))
}
