// Range answers of any size: bytes to columns on a grid, the highest series and the spread of all of them.
// In: the answer's bytes, its grid, how many series to keep. Out: columns with gaps, native histograms, the envelope.
// Promise: however large the answer is, the page's thread does no more than a few milliseconds of work for it.

export { createMatrixReader } from './read-matrix.ts'
export type { NativeBucket, NativeHistogram, RankBy, ReducedMatrix, ReduceOptions, Spread } from './reduce-matrix.ts'
