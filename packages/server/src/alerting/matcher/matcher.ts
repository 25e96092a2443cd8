import type { Labels } from '@binnacle/promql'

/** One condition on a label; a label that is missing has the value `''`. Regular expressions are RE2, anchored at both ends. */
export type Matcher = {
  readonly name: string
  readonly kind: '=' | '!=' | '=~' | '!~'
  readonly value: string
  matches(labels: Labels): boolean
}
