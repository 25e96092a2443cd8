// Samples of one series as compact bytes. In: columns of times (Unix ms) and values, or times and native histograms. Out:
// one self-delimiting chunk, and back; chunks may lie behind one another. The format is drawn at the head of layout.ts and
// histogram-layout.ts; the engine's ZSTD comes on top of it.
// Promise: what comes back is what went in, to the last bit (of floats: NaN payloads, -0, infinities), in the same order;
// bytes that are no chunk throw an `Error` that begins with `chunk: `, never hang, write beyond the caller's arrays or
// take more memory than a chunk may. All functions are synchronous, keep nothing of what they are given, and may be used
// in several threads.

export { decodeChunk, decodeTimes } from './decode.ts'
export { decodeHistograms } from './decode-histograms.ts'
export { encodeChunk } from './encode.ts'
export { encodeHistograms } from './encode-histograms.ts'
export { MAX_BUCKETS, MAX_SPANS } from './histogram-layout.ts'
export {
  type ChunkHeader,
  createChunkHeader,
  KIND_FLOAT,
  KIND_HISTOGRAM,
  MAX_CHUNK_SAMPLES,
  maxChunkBytes,
  readChunkHeader,
} from './layout.ts'
