// What pages about alerts share: how bad and where it stands, its value against its threshold, matchers as text, rendered
// messages, and who is speaking.
// In: alerts, rules and messages as the API gives them. Out: small components and pure functions.
// Promise: one word, shape and colour for each state on every page; text of matchers is what amtool takes.

export { AlertLine } from './alert-line.tsx'
export { MOST_SUMMARY, summaryOf, titleOf, valueText } from './alert-text.ts'
export { useAuthor } from './author.ts'
export { CareWords, withheldText } from './care-words.tsx'
export { EndingSilences } from './ending-silences.tsx'
export { addMatcher, formatMatcher, matchersOf, parseMatcher, parseMatchers } from './matcher-text.ts'
export { MessagePreview } from './message-preview.tsx'
export { safeUrl } from './safe-url.ts'
export { serviceOf } from './service-of.ts'
export { STANDING_WORDS, StandingBadge } from './standing.tsx'
export { TransitionWords, toneOfState } from './transition-words.tsx'
