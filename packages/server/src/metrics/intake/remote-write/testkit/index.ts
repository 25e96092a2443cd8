// For tests and benchmarks: what a remote write sender does.
// In: series with samples, native histograms, exemplars, metadata. Out: request bodies (protobuf in a snappy block).
// Promise: bits of values are kept; never in the product.

export { encodeSnappy } from './encode-snappy.ts'
export {
  encodeRemoteWrite,
  encodeRemoteWriteV2,
  encodeWriteRequest,
  toWritten,
  WireWriter,
  type WrittenHistogram,
  type WrittenMetadata,
  type WrittenSeries,
  type WrittenSeriesV2,
} from './encode-write-request.ts'
