import type { Matcher } from './matcher/index.ts'

/** Source: Alertmanager's API v2, `gettableSilence`. Times are Unix ms. */
export type Silence = {
  readonly id: string
  readonly matchers: readonly Matcher[]
  readonly startsAtMs: number
  readonly endsAtMs: number
  readonly updatedAtMs: number
  readonly createdBy: string
  readonly comment: string
  readonly annotations: Readonly<Record<string, string>>
  readonly state: 'active' | 'pending' | 'expired'
}

/** Without `id` a new one is made; with it the silence is changed as Alertmanager does it (in place, or a successor). */
export type SilenceInput = Omit<Silence, 'id' | 'updatedAtMs' | 'state'> & { readonly id?: string }
