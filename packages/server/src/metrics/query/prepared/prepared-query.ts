import type { Expr } from '@binnacle/promql'
import type { SeriesRef } from '../../store/index.ts'
import type { VectorAnswer } from '../evaluation.ts'
import type { InputCheck } from './input-check.ts'

/** A query that is parsed once and asked again and again, as rules ask. */
export type PreparedQuery = {
  /**
   * Its value at `timeMs` (Unix ms), a scalar as one element without labels. Small ones are evaluated in the watch, heavy
   * ones in a thread. Throws what `Querier` promises, and `query.no_vector`.
   */
  evaluate(timeMs: number, signal: AbortSignal): Promise<VectorAnswer>
  /**
   * Which of the series that it reads have samples at `timeMs`, and of these, samples since `freshFromMs` (Unix ms). Throws
   * what `Querier` promises.
   */
  inputs(at: { readonly timeMs: number; readonly freshFromMs: number }, signal: AbortSignal): Promise<InputCheck>
  /**
   * When the newest samples of what it reads were taken, each time once; of very many series some thousand are looked at.
   * Series for which `isLeftOut` holds do not count.
   */
  arrivals(isLeftOut: (ref: SeriesRef) => boolean): readonly Arrival[]
}

/** Series whose newest sample is of the same moment: those of one scrape. */
export type Arrival = {
  /** One of them: the same each time, as long as it is there. */
  readonly key: SeriesRef
  /** Unix ms. */
  readonly atMs: number
  readonly series: number
  /** Time of the newest sample that they have now, Unix ms; -Infinity when they are gone. */
  newestMs(): number
}

export type PreparedQueries = {
  /** `text` is what `expr` was parsed from. */
  prepare(text: string, expr: Expr): PreparedQuery
}
