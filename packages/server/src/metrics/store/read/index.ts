// Reading what the engine holds of some series: chunks and the log's rows, as one ascending run a series.
// In: series by metric and id, a time range, and which buckets have rows that no chunk holds. Out: samples.
// Promise: a sample is read once, however a cut stood when the read began; the order of reads sees to it (rows first,
// chunks afterwards: what a cut takes from the rows in between is in the chunks by then).

export { type ChunkPacket, type ChunkSharing, mergePackets, packetBytes } from './chunk-packet.ts'
export { doubleWords, maps, strings, toMilliseconds, uint16, uint32, words64 } from './columns.ts'
export {
  createEngineReader,
  type EngineRead,
  type EngineReader,
  type FoundSamples,
  type RowsOf,
  seriesPerRead,
} from './engine-reader.ts'
export { type FoundSeries, findSeries } from './find-series.ts'
export { createIdTable } from './id-table.ts'
export { newestBucketOf } from './newest-bucket.ts'
export { keyColumns, type SeriesKey, type SeriesKeys, sliceKeys } from './series-keys.ts'
