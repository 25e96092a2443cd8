// The metrics store: series and their samples. In: batches of samples by series ref. Out: samples by matchers and time.
// Newest samples live in the head (memory), all of them in the engine: `samples` is the head's log, `chunks` the rest.
// Promise: what `flushed()` confirmed survives any crash, nothing is read twice, and a read sees all that was appended.

export { BUCKET_MS, bucketOf, bucketStartMs } from './bucket.ts'
export type { Changes } from './changes/index.ts'
export { MAX_BUCKETS as MAX_HISTOGRAM_BUCKETS, MAX_SPANS as MAX_HISTOGRAM_SPANS } from './chunk/index.ts'
export {
  createMetricsStore,
  type MetricsStoreDeps,
  type MetricsStoreOptions,
  type MetricsStorePart,
  type MetricsStoreStats,
} from './create-metrics-store.ts'
export { type Exemplar, findSeriesWithExemplars, readExemplars } from './exemplars/index.ts'
export type { DeletionQuery } from './find-deletions.ts'
export {
  clear,
  createSampleBuffer,
  createSampleBuffers,
  type HeadSnapshot,
  type HeadSpan,
  histogramRows,
  type LateSamples,
  lateByRow,
  type RefPlace,
  readHeadSeries,
  type SampleBuffer,
  type SampleBuffers,
  type SlabChange,
  type SlabViews,
  viewsOf,
} from './head/index.ts'
export { type LabelIndex, metricHash } from './label-index/index.ts'
export type { MetadataBook } from './metadata-book.ts'
export type { MetricsReadView } from './metrics-read-view.ts'
export type { AppendResult, Deletion, ExemplarInput, MetricMetadata, MetricsStore } from './metrics-store.ts'
export { createPauser } from './pause.ts'
export {
  type ChunkPacket,
  type ChunkSharing,
  createEngineReader,
  type EngineReader,
  type FoundSamples,
  type FoundSeries,
  findSeries,
  keyColumns,
  mergePackets,
  newestBucketOf,
  packetBytes,
  type RowsOf,
  type SeriesKey,
  type SeriesKeys,
  seriesPerRead,
  sliceKeys,
} from './read/index.ts'
export type { SampleBatch, SeriesRef } from './sample-batch.ts'
export { readStorage, type StorageFacts } from './storage-facts.ts'
export { LOG_TABLES, metricsMigrations, SETTLED_TABLES } from './tables.ts'
export { type Intervals, withoutDeleted } from './tombstones/index.ts'
