import type { Labels } from '@binnacle/promql'
import type { ChunkSharing, HeadSnapshot, Intervals, RowsOf, SeriesKeys } from '../store/index.ts'

/*
 * The series that a selector found, as columns: row `i` of each is series `i`. Built by the watch, read where the query is
 * evaluated; the typed arrays of a selection for a worker lie in shared memory, so that posting them costs nothing.
 */

/** What is the same in the watch and in a worker. A series that is not in memory any more has an empty row in the snapshot. */
type Selected = {
  readonly count: number
  readonly keys: SeriesKeys
  readonly snapshot: HeadSnapshot
  /** From here on the head has every sample; before it the engine has. Unix ms. */
  readonly completeFromMs: number
  readonly rowsOf: readonly RowsOf[]
  /** Chunks of the range before `completeFromMs` that need not be read from the engine. */
  readonly sharing?: ChunkSharing | undefined
  /** Deleted intervals by row, of the few series that have such. */
  readonly deleted: ReadonlyMap<number, Intervals>
}

export type SelectedSeries = Selected & { labelsOf(row: number): Labels }

/** For a worker: labels are numbers of pairs, whose text the worker has been told (worker/pair-mirror.ts). */
export type SelectedColumns = Selected & {
  /** Series `i` has the pairs `[ends[i - 1] .. ends[i])`, in the order of their names. */
  readonly ends: Uint32Array
  readonly pairs: Uint32Array
  /** `removals` of the index when the pairs were read. */
  readonly removals: number
  /** Labels of the last rows, of series that only the engine knows; they have no pairs. */
  readonly old: readonly Labels[]
}
