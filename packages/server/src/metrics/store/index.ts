// The metrics store: series and their samples. In: batches of samples by series ref. Out: samples by matchers and time.
// Newest samples live in the head (memory), all of them in the engine: `samples` is the head's log, `chunks` the rest.
// Promise: what `flushed()` confirmed survives any crash, nothing is read twice, and a read sees all that was appended.

export type {
  AppendResult,
  ExemplarInput,
  MetricMetadata,
  MetricsStore,
  SampleBatch,
  SeriesRef,
} from './metrics-store.ts'
