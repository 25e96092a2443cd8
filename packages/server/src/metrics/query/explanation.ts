// What an explained query says.

import type { ExplainNode, HintFix } from '@binnacle/promql'

/** Why a selector has no samples in its range. Times are Unix ms. */
export type EmptyReason =
  | { readonly kind: 'no_metric'; readonly metric: string; readonly near: readonly string[] }
  /** The metric (or what the other matchers select) is there, and no series of it passes this matcher. */
  | {
      readonly kind: 'no_match'
      readonly metric: string
      readonly matcher: string
      readonly label: string
      /** No series has the label at all. */
      readonly absent: boolean
      /** Nearest first where the matcher names one value. */
      readonly values: readonly string[]
      readonly more: boolean
    }
  /** Each matcher is passed by some series, but no series passes all of them. */
  | { readonly kind: 'no_combination'; readonly metric: string }
  /** The series are there, their samples outside of the range. */
  | { readonly kind: 'no_samples'; readonly selector: string; readonly lastMs: number | undefined }

export type NodeExplanation = Omit<ExplainNode, 'remarks' | 'children'> & {
  /** With `fix`, its text in place of `start` to `end` mends it. */
  readonly remarks: readonly (ExplainNode['remarks'][number] & {
    readonly fix?: HintFix
    readonly start?: number
    readonly end?: number
  })[]
  /** Of a selector that found nothing. */
  readonly empty?: EmptyReason
  readonly children: readonly NodeExplanation[]
}

export type Explanation = {
  readonly query: string
  /** Wall time of the whole evaluation, waiting for its turn included, ms. */
  readonly elapsedMs: number
  /** Series and samples read, by all selectors together. */
  readonly series: number
  readonly samples: number
  readonly sources: readonly string[]
  readonly tree: NodeExplanation
}
