import type { Labels } from '@binnacle/promql'
import type { SeriesKey } from '../read/index.ts'

/** An exemplar as the engine keeps it: its series by key, so that it outlives every ref. */
export type Exemplar = {
  readonly key: SeriesKey
  readonly labels: Labels
  /** Unix ms. */
  readonly ts: number
  readonly value: number
}

/** Exemplars on their way to the engine: in memory until a write has been confirmed; bounded. */
export type ExemplarBook = {
  /** False when there is no room: the engine has been away for long. */
  add(exemplar: Exemplar): boolean
  /** Writes what waits. When that fails they stay and go with the next write, under the token they had. */
  write(insert: (exemplars: readonly Exemplar[], token: string) => Promise<void>): Promise<void>
  /**
   * All that no write has confirmed yet, oldest first. A write under way may have reached the engine already: readers
   * meet such an exemplar twice.
   */
  unconfirmed(): readonly Exemplar[]
}

export function createExemplarBook(options: {
  readonly maxWaiting: number
  readonly tokenPrefix: string
}): ExemplarBook {
  let waiting: Exemplar[] = []
  /** What a write has taken; kept with its token until the engine has confirmed it. */
  let taken: Exemplar[] = []
  let writes = 0
  return {
    add(exemplar) {
      if (taken.length + waiting.length >= options.maxWaiting) return false
      waiting.push(exemplar)
      return true
    },
    async write(insert) {
      // Twice: what failed before, and what has come since.
      for (let round = 0; round < 2; round++) {
        if (taken.length === 0) {
          taken = waiting
          waiting = []
        }
        if (taken.length === 0) return
        await insert(taken, `${options.tokenPrefix}-exemplars-${writes}`)
        writes++
        taken = []
      }
    },
    unconfirmed: () => (waiting.length === 0 ? taken : taken.length === 0 ? waiting : [...taken, ...waiting]),
  }
}
