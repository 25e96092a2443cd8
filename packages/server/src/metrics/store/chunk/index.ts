// Samples of one series as compact bytes. In: columns of times (Unix ms) and values. Out: one self-delimiting chunk, and
// back. The format is drawn at the head of layout.ts; the engine's ZSTD comes on top of it.
// Promise: what comes back is what went in, to the last bit (NaN payloads, -0, infinities), in the same order; bytes that
// are no chunk throw an `Error` that begins with `chunk: ` and never hang or write beyond the caller's arrays.
// All functions are synchronous and keep nothing of what they are given; they may be used in several threads.

export { decodeChunk } from './decode.ts'
export { encodeChunk } from './encode.ts'
export { type ChunkHeader, MAX_CHUNK_SAMPLES, maxChunkBytes, readChunkHeader } from './layout.ts'
