import { CUSTOM_SCHEMA, type FloatHistogram, NO_BUCKETS, NO_SPANS, type ResetHint } from '@binnacle/promql'
import { readTimes, readValues } from './decode.ts'
import {
  bucketsIn,
  indicesOf,
  isKnownSchema,
  MAX_BUCKETS,
  MAX_CELLS,
  MAX_CUSTOM_BOUNDS,
  MAX_SPANS,
  type PlacedLayout,
  placesIn,
  type Shape,
  unionOf,
} from './histogram-layout.ts'
import { createLayout, KIND_HISTOGRAM, NO_BYTES, readDouble, readLayout } from './layout.ts'
import { type Cursor, readVarint, readZigzag } from './varint.ts'

const layout = createLayout()
const NO_INDICES = new Float64Array(0)
const NO_PLACES = new Int32Array(0)
let sums = new Float64Array(512)
let column = new Float64Array(512)
let buckets = new Float64Array(1 << 14)
/** A scratch buffer that grew beyond this is let go, bytes. */
const KEPT_BYTES = 4 << 20
/**
 * The buckets of so many samples lie in one piece of memory. Each sample in a piece of its own would be an allocation
 * each; all of them in one would keep two hours in memory for the one sample of them that a query holds.
 */
const SAMPLES_PER_PIECE = 8

/**
 * Reads the chunk of kind 1 at `bytes[at]`: times go to `ts`, histograms to `histograms`, both from index `to` on;
 * returns how many there were. Samples share what they have in common, which nobody changes.
 * `ts` must have room for `ChunkHeader.count` more; `histograms` grows. Throws `Error` (`chunk: ...`) like `decodeChunk`.
 */
export function decodeHistograms(
  bytes: Uint8Array,
  at: number,
  ts: Float64Array,
  histograms: (FloatHistogram | undefined)[],
  to: number,
): number {
  readLayout(bytes, at, layout)
  if (layout.kind !== KIND_HISTOGRAM) throw new Error('chunk: holds no histograms')
  const { cursor, count } = layout
  if (!(to >= 0 && to + count <= ts.length)) throw new Error('chunk: no room')
  if (sums.length < count) {
    sums = new Float64Array(count * 2)
    column = new Float64Array(count * 2)
  }
  readTimes(layout, ts, to)
  readValues(cursor, layout.modes, count, sums, 0)
  const schema = readZigzag(cursor)
  if (!isKnownSchema(schema)) throw new Error(`chunk: unknown schema ${schema}`)
  const customValues = schema === CUSTOM_SCHEMA ? readBounds(cursor) : NO_BUCKETS
  if (count === 1) readOnly(cursor, schema, customValues, histograms, to)
  else readColumns(cursor, { ...readRuns(cursor, count), count, schema, customValues }, histograms, to)
  if (cursor.at !== cursor.end) throw new Error('chunk: length does not fit')
  cursor.bytes = NO_BYTES
  return count
}

function readBounds(cursor: Cursor): Float64Array {
  const n = readVarint(cursor)
  if (n > MAX_CUSTOM_BOUNDS) throw new Error('chunk: too many custom bounds')
  if (cursor.end - cursor.at < n * 8) throw new Error('chunk: ends too early')
  const bounds = new Float64Array(n)
  for (let i = 0; i < n; i++, cursor.at += 8) bounds[i] = readDouble(cursor.bytes, cursor.at)
  return bounds
}

type Runs = {
  /** Samples `[ends[r - 1], ends[r])` have the layout `layouts[r]`. */
  ends: number[]
  layouts: PlacedLayout[]
  positive: Float64Array
  negative: Float64Array
}

function readRuns(cursor: Cursor, count: number): Runs {
  const known: PlacedLayout[] = []
  const runs: Runs = { ends: [], layouts: [], positive: NO_INDICES, negative: NO_INDICES }
  for (let from = 0; from < count; ) {
    const run = readVarint(cursor)
    const number = readVarint(cursor)
    if (run < 1 || run > count - from) throw new Error('chunk: runs do not fit')
    if (number > known.length) throw new Error('chunk: unknown layout')
    if (number === known.length) {
      const shape = readShape(cursor)
      const own = { positive: indicesOf(shape.positiveSpans), negative: indicesOf(shape.negativeSpans) }
      runs.positive = unionOf(runs.positive, own.positive)
      runs.negative = unionOf(runs.negative, own.negative)
      if (count * (2 + runs.positive.length + runs.negative.length) > MAX_CELLS) {
        throw new Error('chunk: too many buckets')
      }
      known.push({ shape, ...own, positivePlaces: NO_PLACES, negativePlaces: NO_PLACES })
    }
    from += run
    runs.ends.push(from)
    runs.layouts.push(known[number]!)
  }
  for (const placed of known) {
    placed.positivePlaces = placesIn(placed.positive, runs.positive)
    placed.negativePlaces = placesIn(placed.negative, runs.negative)
  }
  return runs
}

function readShape(cursor: Cursor): Shape {
  if (cursor.end - cursor.at < 9) throw new Error('chunk: ends too early')
  const resetHint = cursor.bytes[cursor.at]!
  if (resetHint > 3) throw new Error(`chunk: unknown reset hint ${resetHint}`)
  const zeroThreshold = readDouble(cursor.bytes, cursor.at + 1)
  cursor.at += 9
  const positiveSpans = readSpans(cursor)
  return { resetHint: resetHint as ResetHint, zeroThreshold, positiveSpans, negativeSpans: readSpans(cursor) }
}

function readSpans(cursor: Cursor): Int32Array {
  const n = readVarint(cursor)
  if (n === 0) return NO_SPANS
  if (n > MAX_SPANS) throw new Error('chunk: too many spans')
  if (cursor.end - cursor.at < n * 2) throw new Error('chunk: ends too early')
  const spans = new Int32Array(n * 2)
  for (let i = 0; i < n * 2; i += 2) {
    const offset = readZigzag(cursor)
    const length = readVarint(cursor)
    if (offset !== (offset | 0) || length > MAX_BUCKETS) throw new Error('chunk: span is out of bounds')
    spans[i] = offset
    spans[i + 1] = length
  }
  return spans
}

function nextColumn(cursor: Cursor, n: number): void {
  if (cursor.at >= cursor.end) throw new Error('chunk: ends too early')
  const modes = cursor.bytes[cursor.at++]!
  readValues(cursor, modes, n, column, 0)
}

/** The only sample of a chunk: one run, one layout, one column. */
function readOnly(
  cursor: Cursor,
  schema: number,
  customValues: Float64Array,
  histograms: (FloatHistogram | undefined)[],
  to: number,
): void {
  if (readVarint(cursor) !== 1) throw new Error('chunk: runs do not fit')
  if (readVarint(cursor) !== 0) throw new Error('chunk: unknown layout')
  const shape = readShape(cursor)
  const middle = 2 + bucketsIn(shape.positiveSpans)
  const numbers = middle + bucketsIn(shape.negativeSpans)
  if (column.length < numbers) column = new Float64Array(2 + 2 * MAX_BUCKETS)
  nextColumn(cursor, numbers)
  histograms[to] = {
    resetHint: shape.resetHint,
    schema,
    zeroThreshold: shape.zeroThreshold,
    zeroCount: column[1]!,
    count: column[0]!,
    sum: sums[0]!,
    positiveSpans: shape.positiveSpans,
    positiveBuckets: middle === 2 ? NO_BUCKETS : column.slice(2, middle),
    negativeSpans: shape.negativeSpans,
    negativeBuckets: numbers === middle ? NO_BUCKETS : column.slice(middle, numbers),
    customValues,
  }
}

type Columns = Runs & { readonly count: number; readonly schema: number; readonly customValues: Float64Array }

function readColumns(
  cursor: Cursor,
  { ends, layouts, positive, negative, count, schema, customValues }: Columns,
  histograms: (FloatHistogram | undefined)[],
  to: number,
): void {
  nextColumn(cursor, count)
  const counts = column.slice(0, count)
  nextColumn(cursor, count)
  const zeroCounts = column.slice(0, count)
  let total = 0
  for (let r = 0, first = 0; r < ends.length; first = ends[r++]!) total += (ends[r]! - first) * bucketsOf(layouts[r]!)
  if (buckets.length < total) buckets = new Float64Array(Math.max(total, buckets.length * 2))
  const columns = positive.length + negative.length
  for (let c = 0; c < columns; c++) {
    nextColumn(cursor, count)
    // One sample's buckets lie behind the other's: within a run they are equally far apart.
    for (let r = 0, first = 0, base = 0; r < ends.length; first = ends[r++]!) {
      const own = layouts[r]!
      const end = ends[r]!
      const stride = bucketsOf(own)
      const place = c < positive.length ? own.positivePlaces[c]! : own.negativePlaces[c - positive.length]!
      if (place >= 0) {
        let at = base + place + (c < positive.length ? 0 : own.positive.length)
        for (let i = first; i < end; i++, at += stride) buckets[at] = column[i]!
      }
      base += (end - first) * stride
    }
  }
  let i = 0
  let base = 0
  for (let r = 0; r < ends.length; r++) {
    const { shape, positive, negative } = layouts[r]!
    const stride = positive.length + negative.length
    for (const end = ends[r]!; i < end; ) {
      const pieceEnd = Math.min(end, i + SAMPLES_PER_PIECE)
      const { buffer } = buckets.slice(base, base + (pieceEnd - i) * stride)
      base += (pieceEnd - i) * stride
      for (let at = 0; i < pieceEnd; i++, at += stride * 8) {
        histograms[to + i] = {
          resetHint: shape.resetHint,
          schema,
          zeroThreshold: shape.zeroThreshold,
          zeroCount: zeroCounts[i]!,
          count: counts[i]!,
          sum: sums[i]!,
          positiveSpans: shape.positiveSpans,
          positiveBuckets: positive.length === 0 ? NO_BUCKETS : new Float64Array(buffer, at, positive.length),
          negativeSpans: shape.negativeSpans,
          negativeBuckets:
            negative.length === 0 ? NO_BUCKETS : new Float64Array(buffer, at + positive.length * 8, negative.length),
          customValues,
        }
      }
    }
  }
  if (buckets.byteLength > KEPT_BYTES) buckets = new Float64Array(1 << 14)
}

function bucketsOf({ positive, negative }: PlacedLayout): number {
  return positive.length + negative.length
}
