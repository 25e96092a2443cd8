/*
 * What a chunk of kind 1 (native histograms) has behind its times and sums:
 *
 *   +--------+---------------+--------------------------+---------+
 *   | schema | custom bounds | runs, layouts among them | columns |
 *   | zigzag | (schema -53)  | until `count` is covered |         |
 *   +--------+---------------+--------------------------+---------+
 *
 *   custom bounds  varint how many, 8 bytes each.
 *   run            varint how many samples, varint number of their layout. The number that is next in order is a new
 *                  layout, which follows: byte reset hint, 8 bytes zero threshold, positive spans, negative spans
 *                  (varint how many; each: zigzag offset, varint length). So a layout is written once per chunk.
 *   columns        counts, zero counts, then a column for each bucket that any layout has: positive ones ascending, then
 *                  negative ones; 0 where a sample's layout lacks the bucket. Each is a byte of modes (as in the header)
 *                  and a stream of values (layout.ts).
 *                  A chunk of one sample has one column instead, with the same numbers behind one another: shorter, as
 *                  neighbouring buckets are of a size. The head's tail and the log hold samples in this form.
 *
 * Columns, because most buckets of a histogram seldom move: a bucket that does not costs three to five bytes a chunk.
 */
import { CUSTOM_SCHEMA, type FloatHistogram, MAX_SCHEMA, MIN_SCHEMA } from '@binnacle/promql'

/** Buckets of one side of one sample. */
export const MAX_BUCKETS = 1 << 14
/** Spans of one side of one sample. Spans may be empty, but there is no use in many of these. */
export const MAX_SPANS = 1 << 14
/** Custom bounds of one sample: there is one bucket more. */
export const MAX_CUSTOM_BOUNDS = MAX_BUCKETS - 1
/** Samples times columns of one chunk of more than one sample: bounds the memory of decoding it to some 32 MB. */
export const MAX_CELLS = 1 << 22
const MAX_INDEX = 0x7fff_ffff

export function isKnownSchema(schema: number): boolean {
  return schema === CUSTOM_SCHEMA || (schema >= MIN_SCHEMA && schema <= MAX_SCHEMA)
}

/** Everything of a sample but its numbers. */
export type Shape = Pick<FloatHistogram, 'resetHint' | 'zeroThreshold' | 'positiveSpans' | 'negativeSpans'>

/** A layout and where its buckets stand among the columns of the chunk; -1 for a column that it lacks. */
export type PlacedLayout = {
  readonly shape: Shape
  readonly positive: Float64Array
  readonly negative: Float64Array
  positivePlaces: Int32Array
  negativePlaces: Int32Array
}

/** How many buckets some spans have. Throws `Error` (`chunk: ...`) where they do not ascend or are too many. */
export function bucketsIn(spans: Int32Array): number {
  let buckets = 0
  let index = 0
  for (let i = 0; i < spans.length; i += 2) {
    const offset = spans[i]!
    const length = spans[i + 1]!
    if (i > 0 && offset < 0) throw new Error('chunk: spans overlap')
    if (length < 0 || length > MAX_BUCKETS) throw new Error('chunk: span is too long')
    buckets += length
    index += offset + length
  }
  if (buckets > MAX_BUCKETS) throw new Error('chunk: too many buckets')
  if (index - 1 > MAX_INDEX) throw new Error('chunk: bucket index is too large')
  return buckets
}

/** Their indices, ascending. */
export function indicesOf(spans: Int32Array): Float64Array {
  const indices = new Float64Array(bucketsIn(spans))
  let index = 0
  for (let i = 0, at = 0; i < spans.length; i += 2) {
    index += spans[i]!
    for (let k = spans[i + 1]!; k > 0; k--) indices[at++] = index++
  }
  return indices
}

/** Union of two ascending lists; one of the two where it holds the other. */
export function unionOf(a: Float64Array, b: Float64Array): Float64Array {
  if (a.length === 0) return b
  if (b.length === 0) return a
  const union = new Float64Array(a.length + b.length)
  let n = 0
  for (let i = 0, k = 0; i < a.length || k < b.length; ) {
    const left = i < a.length ? a[i]! : Number.POSITIVE_INFINITY
    const right = k < b.length ? b[k]! : Number.POSITIVE_INFINITY
    union[n++] = Math.min(left, right)
    if (left <= right) i++
    if (right <= left) k++
  }
  if (n === a.length) return a
  return n === b.length ? b : union.slice(0, n)
}

/** Where each of `all` stands in `own`, -1 for none; both ascend, and `all` holds `own`. */
export function placesIn(own: Float64Array, all: Float64Array): Int32Array {
  const places = new Int32Array(all.length)
  for (let i = 0, k = 0; i < all.length; i++) places[i] = k < own.length && own[k] === all[i] ? k++ : -1
  return places
}

export function sameNumbers(a: Int32Array | Float64Array, b: Int32Array | Float64Array): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
