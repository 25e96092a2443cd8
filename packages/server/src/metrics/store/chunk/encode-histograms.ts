import { CUSTOM_SCHEMA, type FloatHistogram } from '@binnacle/promql'
import { lengthBytesFor, writeColumn, writeLength, writeSamples } from './encode.ts'
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
  sameNumbers,
  unionOf,
} from './histogram-layout.ts'
import { KIND_HISTOGRAM, MAX_CHUNK_SAMPLES, maxChunkBytes, writeDouble } from './layout.ts'
import { writeVarint, writeZigzag } from './varint.ts'

const NO_INDICES = new Float64Array(0)
/** A scratch buffer that grew beyond this is let go. */
const KEPT_BYTES = 1 << 20

let out = new Uint8Array(1 << 14)
let column = new Float64Array(512)
let times = new Float64Array(512)
let sums = new Float64Array(512)
/** For each sample of the chunk, the place of its layout. */
let numbers = new Uint32Array(512)
/** So many layouts back it is looked whether one comes again: samples may all differ, and there may be a million. */
const LOOK_BACK = 16

function room(at: number, more: number): void {
  if (at + more <= out.length) return
  const wider = new Uint8Array(Math.max(at + more, out.length * 2))
  wider.set(out.subarray(0, at))
  out = wider
}

/** Samples that go into one chunk: how many, their layouts (see `numbers`), and the bucket indices that any of them has. */
type Plan = {
  end: number
  layouts: PlacedLayout[]
  positive: Float64Array
  negative: Float64Array
}

/**
 * Encodes histograms from `from` on as one chunk: as many before `to` as fit together, which are all unless the schema
 * or the custom bounds change or the buckets wander. `bytes` is valid until the next call; `end` is the first sample
 * that is not in it. Counts, sums and times come back to the last bit, but a NaN is just a NaN; spans come back as they are.
 * Throws `Error` (`chunk: ...`) for a sample whose spans, buckets or schema do not fit one another.
 */
export function encodeHistograms(
  ts: Float64Array,
  histograms: readonly (FloatHistogram | undefined)[],
  from: number,
  to: number,
): { bytes: Uint8Array; end: number } {
  if (out.length > KEPT_BYTES) out = new Uint8Array(1 << 14)
  const first = histograms[from]
  if (first === undefined || from >= to) throw new Error('chunk: cannot hold 0 samples')
  if (!isKnownSchema(first.schema)) throw new Error(`chunk: unknown schema ${first.schema}`)
  if (first.customValues.length > MAX_CUSTOM_BOUNDS) throw new Error('chunk: too many custom bounds')
  const plan = to - from > 1 ? planChunk(histograms, from, Math.min(to, from + MAX_CHUNK_SAMPLES)) : undefined
  const n = plan === undefined ? 1 : plan.end - from
  if (column.length < n) {
    column = new Float64Array(n * 2)
    times = new Float64Array(n * 2)
    sums = new Float64Array(n * 2)
  }
  for (let i = 0; i < n; i++) {
    times[i] = ts[from + i]!
    sums[i] = histograms[from + i]!.sum
  }
  const { schema, customValues } = first
  room(0, maxChunkBytes(n) + 20 + customValues.length * 8)
  // The columns come later: a length of four bytes whatever it will be, unless one sample is surely short.
  const lengthBytes = n === 1 ? lengthBytesFor(maxRecordBytes(first)) : 4
  let at = writeSamples(KIND_HISTOGRAM, lengthBytes, times, sums, 0, n, out, 0)
  at = writeZigzag(out, at, schema)
  if (schema === CUSTOM_SCHEMA) {
    at = writeVarint(out, at, customValues.length)
    for (let i = 0; i < customValues.length; i++) at = writeDouble(out, at, customValues[i]!)
  }
  if (plan === undefined || n === 1) at = writeOnly(first, at)
  else at = writeColumns(plan, histograms, from, n, writeRuns(plan, n, at))
  return { bytes: out.subarray(0, writeLength(lengthBytes, out, 0, at)), end: from + n }
}

/** Upper bound of the size of a chunk of one sample. */
function maxRecordBytes(h: FloatHistogram): number {
  const numbers = 2 + h.positiveBuckets.length + h.negativeBuckets.length
  return (
    2 * maxChunkBytes(1) +
    maxChunkBytes(numbers) +
    8 * h.customValues.length +
    10 * (h.positiveSpans.length + h.negativeSpans.length)
  )
}

function planChunk(histograms: readonly (FloatHistogram | undefined)[], from: number, to: number): Plan {
  const first = histograms[from]!
  const plan: Plan = {
    end: to,
    layouts: [],
    positive: NO_INDICES,
    negative: NO_INDICES,
  }
  let largest = 0
  let current = -1
  for (let i = from; i < to; i++) {
    const h = histograms[i]
    if (h === undefined || h.schema !== first.schema || !sameNumbers(h.customValues, first.customValues)) {
      plan.end = i
      break
    }
    if (current < 0 || !hasShape(plan.layouts[current]!, h)) {
      current = recentLayout(plan.layouts, h)
      if (current < 0) {
        checkSpans(h)
        const own = { positive: indicesOf(h.positiveSpans), negative: indicesOf(h.negativeSpans) }
        const positive = unionOf(plan.positive, own.positive)
        const negative = unionOf(plan.negative, own.negative)
        const columns = positive.length + negative.length
        largest = Math.max(largest, own.positive.length + own.negative.length)
        // Buckets that wander would leave columns of zeros behind.
        if (i > from && (columns > 2 * largest + 64 || (i - from + 1) * (2 + columns) > MAX_CELLS)) {
          plan.end = i
          break
        }
        plan.positive = positive
        plan.negative = negative
        const { resetHint, zeroThreshold, positiveSpans, negativeSpans } = h
        const shape = { resetHint, zeroThreshold, positiveSpans, negativeSpans }
        current = plan.layouts.length
        plan.layouts.push({ shape, ...own, positivePlaces: NO_PLACES, negativePlaces: NO_PLACES })
      }
    }
    if (i > from && (i - from + 1) * (2 + plan.positive.length + plan.negative.length) > MAX_CELLS) {
      plan.end = i
      break
    }
    const { positive, negative } = plan.layouts[current]!
    if (h.positiveBuckets.length !== positive.length || h.negativeBuckets.length !== negative.length) {
      throw misfit()
    }
    if (i - from === numbers.length) numbers = widened(numbers)
    numbers[i - from] = current
  }
  for (const layout of plan.layouts) {
    layout.positivePlaces = placesIn(layout.positive, plan.positive)
    layout.negativePlaces = placesIn(layout.negative, plan.negative)
  }
  return plan
}

function recentLayout(layouts: readonly PlacedLayout[], h: FloatHistogram): number {
  const end = Math.max(0, layouts.length - LOOK_BACK)
  for (let i = layouts.length - 1; i >= end; i--) if (hasShape(layouts[i]!, h)) return i
  return -1
}

function widened(from: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(from.length * 2)
  to.set(from)
  return to
}

function checkSpans(h: FloatHistogram): void {
  if (h.positiveSpans.length <= 2 * MAX_SPANS && h.negativeSpans.length <= 2 * MAX_SPANS) return
  throw new Error('chunk: too many spans')
}

function misfit(): Error {
  return new Error('chunk: spans and buckets do not fit')
}

const NO_PLACES = new Int32Array(0)

function hasShape({ shape }: PlacedLayout, h: FloatHistogram): boolean {
  return (
    shape.resetHint === h.resetHint &&
    Object.is(shape.zeroThreshold, h.zeroThreshold) &&
    sameNumbers(shape.positiveSpans, h.positiveSpans) &&
    sameNumbers(shape.negativeSpans, h.negativeSpans)
  )
}

function writeRuns({ layouts }: Plan, n: number, at: number): number {
  let known = 0
  for (let from = 0; from < n; ) {
    const number = numbers[from]!
    let to = from + 1
    while (to < n && numbers[to] === number) to++
    const { shape } = layouts[number]!
    room(at, 20)
    at = writeVarint(out, writeVarint(out, at, to - from), number)
    if (number === known) {
      known++
      at = writeShape(shape, at)
    }
    from = to
  }
  return at
}

function writeShape({ resetHint, zeroThreshold, positiveSpans, negativeSpans }: Shape, at: number): number {
  room(at, 20 + 10 * (positiveSpans.length + negativeSpans.length))
  out[at++] = resetHint
  at = writeDouble(out, at, zeroThreshold)
  return writeSpans(negativeSpans, writeSpans(positiveSpans, at))
}

function writeSpans(spans: Int32Array, at: number): number {
  at = writeVarint(out, at, spans.length >> 1)
  for (let i = 0; i < spans.length; i += 2) at = writeVarint(out, writeZigzag(out, at, spans[i]!), spans[i + 1]!)
  return at
}

/** The only sample of a chunk. */
function writeOnly(h: FloatHistogram, at: number): number {
  checkSpans(h)
  const positives = bucketsIn(h.positiveSpans)
  const negatives = bucketsIn(h.negativeSpans)
  if (h.positiveBuckets.length !== positives || h.negativeBuckets.length !== negatives) throw misfit()
  room(at, 20)
  at = writeShape(h, writeVarint(out, writeVarint(out, at, 1), 0))
  const length = 2 + positives + negatives
  if (column.length < length) column = new Float64Array(2 + 2 * MAX_BUCKETS)
  column[0] = h.count
  column[1] = h.zeroCount
  column.set(h.positiveBuckets, 2)
  column.set(h.negativeBuckets, 2 + positives)
  room(at, maxChunkBytes(length))
  return writeColumn(column, length, out, at)
}

function writeColumns(
  plan: Plan,
  histograms: readonly (FloatHistogram | undefined)[],
  from: number,
  n: number,
  at: number,
): number {
  const { layouts, positive, negative } = plan
  for (let c = 0; c < 2; c++) {
    for (let i = 0; i < n; i++) column[i] = c === 0 ? histograms[from + i]!.count : histograms[from + i]!.zeroCount
    room(at, maxChunkBytes(n))
    at = writeColumn(column, n, out, at)
  }
  for (let c = 0; c < positive.length; c++) {
    for (let i = 0; i < n; i++) {
      const place = layouts[numbers[i]!]!.positivePlaces[c]!
      column[i] = place < 0 ? 0 : histograms[from + i]!.positiveBuckets[place]!
    }
    room(at, maxChunkBytes(n))
    at = writeColumn(column, n, out, at)
  }
  for (let c = 0; c < negative.length; c++) {
    for (let i = 0; i < n; i++) {
      const place = layouts[numbers[i]!]!.negativePlaces[c]!
      column[i] = place < 0 ? 0 : histograms[from + i]!.negativeBuckets[place]!
    }
    room(at, maxChunkBytes(n))
    at = writeColumn(column, n, out, at)
  }
  return at
}
