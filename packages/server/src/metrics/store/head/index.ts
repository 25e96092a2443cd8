// The head: the newest hours of every active series in shared memory, raw at the tip and compressed behind it.
// In: batches of samples by ref (one writer, the watch). Out: snapshots that any thread reads in place.
// Promise: memory stays within its budget as far as the engine lets it; what a reader's ticket covers stays unchanged;
// every accepted sample from `completeFromMs` on is here.

export {
  createHead,
  DUPLICATE,
  type Head,
  type HeadOptions,
  type HeadSpan,
  LOG_ONLY,
  OUT_OF_BOUNDS,
  REPEATED,
  type RefPlace,
  type Settled,
  TAKEN,
  TAKEN_LATE,
} from './head.ts'
export { histogramRows, lateByRow, readHeadSeries } from './head-reader.ts'
export { type HeadSnapshot, type LateSamples, strideOf } from './layout.ts'
export {
  appendChunk,
  clear,
  createSampleBuffer,
  createSampleBuffers,
  mergeRuns,
  reserve,
  runEnd,
  type SampleBuffer,
  type SampleBuffers,
  shorten,
  trim,
} from './sample-buffer.ts'
export { type SlabChange, type SlabViews, viewsOf } from './slab-pool.ts'
