export type MatcherKind = '=' | '!=' | '=~' | '!~'

export type MatcherText = { readonly name: string; readonly kind: MatcherKind; readonly value: string }

/** Times are Unix ms. */
export type Silence = {
  readonly id: string
  readonly matchers: readonly MatcherText[]
  readonly startsAtMs: number
  readonly endsAtMs: number
  readonly updatedAtMs: number
  readonly createdBy: string
  readonly comment: string
  readonly state: 'active' | 'pending' | 'expired'
  /** Alerts that it would mute now, or mutes. */
  readonly matched: number
}
