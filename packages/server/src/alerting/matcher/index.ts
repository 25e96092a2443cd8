// Matchers of routes, inhibitions, silences and filters.
// In: text in the classic or in the UTF-8 form. Out: conditions on label sets, and their canonical text.
// Promise: the same text is taken and refused as by Alertmanager.

export {
  compareMatchers,
  createMatcher,
  formatMatcher,
  formatMatchers,
  type Matcher,
  matchesAll,
} from './matcher.ts'
export { parseMatcher, parseMatchers } from './parse-matchers.ts'
export { compareBytes } from './text.ts'
