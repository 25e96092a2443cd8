// Histograms are many small typed arrays, and each that is allocated by itself costs about a microsecond. Those of
// results are cut from blocks: a block lives as long as one of its arrays does.

import { NO_BUCKETS, NO_SPANS } from './float-histogram.ts'

/** Numbers of a block: 32 KiB of doubles. */
const BLOCK = 4096

let doubles = new Float64Array(0)
let doublesUsed = 0
let integers = new Int32Array(0)
let integersUsed = 0

/** Zeros. */
export function newDoubles(length: number): Float64Array {
  if (length === 0) return NO_BUCKETS
  if (length > BLOCK / 4) return new Float64Array(length)
  if (doublesUsed + length > doubles.length) {
    doubles = new Float64Array(BLOCK)
    doublesUsed = 0
  }
  const cut = new Float64Array(doubles.buffer, doublesUsed * 8, length)
  doublesUsed += length
  return cut
}

/** Zeros. */
export function newIntegers(length: number): Int32Array {
  if (length === 0) return NO_SPANS
  if (length > BLOCK / 4) return new Int32Array(length)
  if (integersUsed + length > integers.length) {
    integers = new Int32Array(BLOCK)
    integersUsed = 0
  }
  const cut = new Int32Array(integers.buffer, integersUsed * 4, length)
  integersUsed += length
  return cut
}

/** A copy of the first `length` numbers. */
export function copyDoubles(from: Float64Array, length: number): Float64Array {
  const copy = newDoubles(length)
  for (let i = 0; i < length; i++) copy[i] = from[i]!
  return copy
}
