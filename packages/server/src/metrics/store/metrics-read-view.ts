import type { Changes } from './changes/index.ts'
import type { ExemplarBook } from './exemplars/index.ts'
import type { Head } from './head/index.ts'
import type { LabelIndex } from './label-index/index.ts'
import type { MetadataBook } from './metadata-book.ts'
import type { RowsOf, SeriesKey } from './read/index.ts'
import type { SeriesRef } from './sample-batch.ts'
import type { Tombstones } from './tombstones/index.ts'

/** What the query wing needs. Everything is synchronous. */
export type MetricsReadView = {
  readonly index: LabelIndex
  readonly head: Head
  readonly metadata: MetadataBook
  readonly tombstones: Tombstones
  readonly exemplars: Pick<ExemplarBook, 'unconfirmed'>
  /** How far back what is read may have changed. Retention is not in there: see `keptFromMs`. */
  readonly changes: Changes
  keyOf(ref: SeriesRef): SeriesKey
  /** Buckets in the range whose rows in the log must be read beside the chunks. */
  rowsOf(fromMs: number, toMs: number): RowsOf[]
  /** Gen up to which the bucket's rows are in chunks; moves whenever its chunks change. -1 for none. */
  cutGenOf(bucket: number): number
  /** Series without samples since then may be missing in the index; -Infinity while it has every series. Unix ms. */
  indexCompleteFromMs(): number
  /** From when on the head had everything at the start. Unix ms. */
  headBeganMs(): number
  /** Samples older than this may go at any moment. Unix ms. */
  keptFromMs(): number
}
