// Sample batches as intake fills them: create, grow, add staleness markers.
// In: the columns of the store's SampleBatch. Out: the same, larger or fuller.
// Promise: bits of values survive, staleness markers among them; a batch is reused, so nothing is allocated per sample.

export { addStaleMarkers, createSampleBatch, growSampleBatch } from './sample-batch.ts'
