/**
 * One native histogram of a request: its fields, and whether they make sense.
 *
 *   Histogram   1 count_int (uint64)  2 count_float (double)  3 sum (double)  4 schema (sint32)  5 zero_threshold (double)
 *               6 zero_count_int (uint64)  7 zero_count_float (double)
 *               8 negative_spans*  9 negative_deltas* (sint64)  10 negative_counts* (double)
 *               11 positive_spans*  12 positive_deltas* (sint64)  13 positive_counts* (double)
 *               14 reset_hint (enum)  15 timestamp (int64, ms)  16 custom_values* (double)
 *   BucketSpan  1 offset (sint32)  2 length (uint32)
 *
 * Integer histograms have counts as differences from bucket to bucket, float histograms have the counts themselves.
 * What is checked is what Prometheus checks before it stores one (model/histogram, `Validate`), and sizes of our own.
 * Source: prompb/types.proto.
 */
import {
  COUNTER_RESET,
  CUSTOM_SCHEMA,
  coarserIndex,
  type FloatHistogram,
  GAUGE,
  MAX_SCHEMA,
  MIN_SCHEMA,
  NO_BUCKETS,
  NO_SPANS,
  UNKNOWN_RESET,
} from '@binnacle/promql'
import { MAX_HISTOGRAM_BUCKETS, MAX_HISTOGRAM_SPANS } from '../../store/index.ts'
import { WIRE_FIXED64, WIRE_LENGTH, WIRE_VARINT, type WireReader } from './wire.ts'

/** Schemas up to this are known: their buckets are merged into those of `MAX_SCHEMA`. */
const MAX_KNOWN_SCHEMA = 52
const MAX_INDEX = 0x7fff_ffff
/** Whole numbers up to this are exact, and so are their sums. */
const MAX_EXACT = 2 ** 53
/** Words of a staleness marker: a histogram whose sum has these bits is one. */
export const STALE_LOW = 0x00000002
export const STALE_HIGH = 0x7ff00000

/**
 * A list of numbers that is filled again and again. It goes on counting past `MOST_NUMBERS` and keeps no more: such a
 * histogram is refused, and a long request shall not take more memory than it is long.
 */
type Numbers = { length: number; values: Float64Array }
const MOST_NUMBERS = 2 * Math.max(MAX_HISTOGRAM_SPANS, MAX_HISTOGRAM_BUCKETS)

type Side = {
  readonly name: 'positive' | 'negative'
  /** Offset and length in turn. */
  readonly spans: Numbers
  readonly deltas: Numbers
  readonly counts: Numbers
}

const createNumbers = (): Numbers => ({ length: 0, values: new Float64Array(32) })
const createSide = (name: Side['name']): Side => ({
  name,
  spans: createNumbers(),
  deltas: createNumbers(),
  counts: createNumbers(),
})

/** Why a histogram is not taken; names the field. */
class Refused extends Error {}

/** Reads histograms one after the other; fields are those of the last one. */
export class HistogramMessage {
  /** Unix ms. */
  ts = 0
  /** The sample is no histogram but a staleness marker. */
  isStale = false
  #sum = 0
  #isFloat = false
  #count = 0
  #zeroCount = 0
  #zeroIsFloat = false
  #schema = 0
  #zeroThreshold = 0
  #resetHint = 0
  readonly #positive = createSide('positive')
  readonly #negative = createSide('negative')
  readonly #customValues = createNumbers()

  /** Reads the message that ends at `end`; throws `BinnacleError` (`remote_write.malformed`). */
  read(reader: WireReader, view: DataView, end: number): void {
    this.#clear()
    reader.end = end
    while (reader.at < end) {
      const tag = reader.readUint32()
      switch (tag) {
        case (1 << 3) | WIRE_VARINT:
          this.#count = unsigned(reader.readInt64())
          this.#isFloat = false
          break
        case (2 << 3) | WIRE_FIXED64:
          this.#count = view.getFloat64(reader.readFixed64(), true)
          this.#isFloat = true
          break
        case (3 << 3) | WIRE_FIXED64: {
          const at = reader.readFixed64()
          this.#sum = view.getFloat64(at, true)
          this.isStale = view.getUint32(at, true) === STALE_LOW && view.getUint32(at + 4, true) === STALE_HIGH
          break
        }
        case (4 << 3) | WIRE_VARINT:
          this.#schema = zigzag(reader.readInt64()) | 0
          break
        case (5 << 3) | WIRE_FIXED64:
          this.#zeroThreshold = view.getFloat64(reader.readFixed64(), true)
          break
        case (6 << 3) | WIRE_VARINT:
          this.#zeroCount = unsigned(reader.readInt64())
          this.#zeroIsFloat = false
          break
        case (7 << 3) | WIRE_FIXED64:
          this.#zeroCount = view.getFloat64(reader.readFixed64(), true)
          this.#zeroIsFloat = true
          break
        case (14 << 3) | WIRE_VARINT:
          this.#resetHint = reader.readInt64()
          break
        case (15 << 3) | WIRE_VARINT:
          this.ts = reader.readInt64()
          break
        default:
          this.#readRepeated(reader, view, tag)
      }
      reader.end = end
    }
  }

  #readRepeated(reader: WireReader, view: DataView, tag: number): void {
    const field = tag >>> 3
    const wireType = tag & 7
    const side = field <= 10 ? this.#negative : this.#positive
    if (wireType === WIRE_LENGTH && (field === 8 || field === 11)) readSpan(reader, side.spans)
    else if (field === 9 || field === 12) readDeltas(reader, wireType, side.deltas)
    else if (field === 10 || field === 13) readDoubles(reader, view, wireType, side.counts)
    else if (field === 16) readDoubles(reader, view, wireType, this.#customValues)
    else reader.skip(wireType)
  }

  /** The histogram, or why it cannot be taken. */
  toHistogram(): FloatHistogram | string {
    try {
      return this.#toHistogram()
    } catch (error) {
      if (error instanceof Refused) return error.message
      throw error
    }
  }

  #toHistogram(): FloatHistogram {
    const schema = this.#schema
    const isCustom = schema === CUSTOM_SCHEMA
    if (!isCustom && !(schema >= MIN_SCHEMA && schema <= MAX_KNOWN_SCHEMA)) {
      throw new Refused(`schema: ${schema} is neither within ${MIN_SCHEMA} and ${MAX_SCHEMA} nor ${CUSTOM_SCHEMA}`)
    }
    const zeroCount = this.#zeroIsFloat === this.#isFloat ? this.#zeroCount : 0
    if (isCustom) this.#checkCustom(zeroCount)
    else if (this.#customValues.length > 0) throw new Refused(`custom_values: schema ${schema} has none`)
    if (this.#isFloat) {
      if (this.#count < 0) throw new Refused(`count_float: ${this.#count} is negative`)
      if (zeroCount < 0) throw new Refused(`zero_count_float: ${zeroCount} is negative`)
    }
    const negative = this.#bucketsOf(this.#negative)
    const positive = this.#bucketsOf(this.#positive)
    if (!this.#isFloat) this.#checkCount(total(negative) + total(positive) + zeroCount)
    const levels = isCustom ? 0 : Math.max(0, schema - MAX_SCHEMA)
    const [positiveSpans, positiveBuckets] = this.#coarser(this.#positive, positive, levels)
    const [negativeSpans, negativeBuckets] = this.#coarser(this.#negative, negative, levels)
    return {
      // That there was no reset speaks of the sample before, which may be missing here: it is looked at again.
      resetHint: this.#resetHint === COUNTER_RESET || this.#resetHint === GAUGE ? this.#resetHint : UNKNOWN_RESET,
      schema: schema - levels,
      zeroThreshold: this.#zeroThreshold,
      zeroCount,
      count: this.#count,
      sum: this.#sum,
      positiveSpans,
      positiveBuckets,
      negativeSpans,
      negativeBuckets,
      customValues: copyOf(this.#customValues),
    }
  }

  #checkCustom(zeroCount: number): void {
    const { values, length } = this.#customValues
    if (length >= MAX_HISTOGRAM_BUCKETS) {
      throw new Refused(`custom_values: ${length} bounds, at most ${MAX_HISTOGRAM_BUCKETS - 1} are taken`)
    }
    for (let i = 0; i < length; i++) {
      if (Number.isNaN(values[i])) throw new Refused('custom_values: a bound is NaN')
      if (i > 0 && values[i]! <= values[i - 1]!) {
        throw new Refused(`custom_values: ${values[i]} does not come after ${values[i - 1]}`)
      }
    }
    if (length > 0 && values[length - 1] === Number.POSITIVE_INFINITY)
      throw new Refused('custom_values: +Inf is implied')
    if (zeroCount !== 0) throw new Refused('zero_count: custom buckets have none')
    if (this.#zeroThreshold !== 0) throw new Refused('zero_threshold: custom buckets have none')
    if (this.#negative.spans.length > 0 || this.#countsOf(this.#negative).length > 0) {
      throw new Refused('negative_spans: custom buckets have none')
    }
    const { spans } = this.#positive
    if (spans.length > 2 * MAX_HISTOGRAM_SPANS) throw tooMany('positive')
    let reach = 0
    for (let i = 0; i < spans.length; i += 2) {
      if (spans.values[i]! < 0)
        throw new Refused(`positive_spans: span ${i / 2 + 1} has the negative offset ${spans.values[i]}`)
      reach += spans.values[i]! + spans.values[i + 1]!
    }
    if (reach > length + 1)
      throw new Refused(`custom_values: ${length} bounds are too few for spans that reach to ${reach}`)
  }

  #countsOf({ deltas, counts }: Side): Numbers {
    return this.#isFloat ? counts : deltas
  }

  /** Counts of the buckets of one side, checked against the spans. */
  #bucketsOf(side: Side): Float64Array {
    const { name, spans } = side
    const given = this.#countsOf(side)
    if (spans.length > 2 * MAX_HISTOGRAM_SPANS || given.length > MAX_HISTOGRAM_BUCKETS) throw tooMany(name)
    let buckets = 0
    let index = 0
    for (let i = 0; i < spans.length; i += 2) {
      const offset = spans.values[i]!
      if (i > 0 && offset < 0) throw new Refused(`${name}_spans: span ${i / 2 + 1} has the negative offset ${offset}`)
      buckets += spans.values[i + 1]!
      index += offset + spans.values[i + 1]!
    }
    if (index > MAX_INDEX) throw new Refused(`${name}_spans: bucket ${index} is out of bounds`)
    if (buckets !== given.length) {
      throw new Refused(`${name}_spans: they need ${buckets} buckets, there are ${given.length}`)
    }
    if (buckets === 0) return NO_BUCKETS
    const found = new Float64Array(buckets)
    for (let i = 0, before = 0; i < buckets; i++) {
      before = this.#isFloat ? given.values[i]! : before + given.values[i]!
      if (before < 0) {
        const field = this.#isFloat ? 'counts' : 'deltas'
        throw new Refused(`${name}_${field}: bucket ${i + 1} has the negative count ${before}`)
      }
      found[i] = before
    }
    return found
  }

  /** Of integer histograms only: all observations are in buckets, but for those that are NaN. */
  #checkCount(inBuckets: number): void {
    const count = this.#count
    if (count > MAX_EXACT || inBuckets > MAX_EXACT) return
    if (Number.isNaN(this.#sum) ? inBuckets > count : inBuckets !== count) {
      throw new Refused(`count_int: ${count}, but there are ${inBuckets} observations in the buckets`)
    }
  }

  /** Spans and buckets of one side with every 2^levels buckets as one. */
  #coarser({ spans }: Side, buckets: Float64Array, levels: number): [Int32Array, Float64Array] {
    if (levels === 0 || buckets.length === 0)
      return [spans.length === 0 ? NO_SPANS : Int32Array.from(copyOf(spans)), buckets]
    const outSpans: number[] = []
    const outBuckets: number[] = []
    let last = 0
    for (let i = 0, index = 0, at = 0; i < spans.length; i += 2) {
      index += spans.values[i]!
      for (let k = spans.values[i + 1]!; k > 0; k--, index++, at++) {
        // Beyond 31 levels all indices of a side are the one or the other bucket about 1.
        const target = coarserIndex(index, Math.min(levels, 31))
        if (outBuckets.length > 0 && target === last) outBuckets[outBuckets.length - 1]! += buckets[at]!
        else {
          if (outBuckets.length > 0 && target === last + 1) outSpans[outSpans.length - 1]!++
          else outSpans.push(outBuckets.length === 0 ? target : target - last - 1, 1)
          outBuckets.push(buckets[at]!)
        }
        last = target
      }
    }
    return [Int32Array.from(outSpans), Float64Array.from(outBuckets)]
  }

  #clear(): void {
    this.ts = 0
    this.isStale = false
    this.#sum = 0
    this.#isFloat = false
    this.#count = 0
    this.#zeroCount = 0
    this.#zeroIsFloat = false
    this.#schema = 0
    this.#zeroThreshold = 0
    this.#resetHint = 0
    for (const { spans, deltas, counts } of [this.#positive, this.#negative]) {
      spans.length = 0
      deltas.length = 0
      counts.length = 0
    }
    this.#customValues.length = 0
  }
}

function tooMany(name: Side['name']): Refused {
  return new Refused(`${name}_spans: more than ${MAX_HISTOGRAM_BUCKETS} buckets or spans are not taken`)
}

function readSpan(reader: WireReader, spans: Numbers): void {
  const outer = reader.readEnd()
  reader.end = outer
  let offset = 0
  let length = 0
  while (reader.at < outer) {
    const tag = reader.readUint32()
    if (tag === ((1 << 3) | WIRE_VARINT)) offset = zigzag(reader.readInt64()) | 0
    else if (tag === ((2 << 3) | WIRE_VARINT)) length = reader.readInt64() >>> 0
    else reader.skip(tag & 7)
  }
  push(spans, offset)
  push(spans, length)
}

function readDeltas(reader: WireReader, wireType: number, deltas: Numbers): void {
  if (wireType === WIRE_VARINT) push(deltas, zigzag(reader.readInt64()))
  else if (wireType === WIRE_LENGTH) {
    reader.end = reader.readEnd()
    while (reader.at < reader.end) push(deltas, zigzag(reader.readInt64()))
  } else reader.skip(wireType)
}

function readDoubles(reader: WireReader, view: DataView, wireType: number, numbers: Numbers): void {
  if (wireType === WIRE_FIXED64) push(numbers, view.getFloat64(reader.readFixed64(), true))
  else if (wireType === WIRE_LENGTH) {
    reader.end = reader.readEnd()
    while (reader.at < reader.end) push(numbers, view.getFloat64(reader.readFixed64(), true))
  } else reader.skip(wireType)
}

function push(numbers: Numbers, value: number): void {
  if (numbers.length === numbers.values.length && numbers.length < MOST_NUMBERS) {
    const wider = new Float64Array(numbers.length * 2)
    wider.set(numbers.values)
    numbers.values = wider
  }
  numbers.values[numbers.length++] = value
}

function copyOf({ values, length }: Numbers): Float64Array {
  return length === 0 ? NO_BUCKETS : values.slice(0, length)
}

function total(counts: Float64Array): number {
  let sum = 0
  for (let i = 0; i < counts.length; i++) sum += counts[i]!
  return sum
}

/** What was read as a signed 64-bit number, as an unsigned one. */
function unsigned(value: number): number {
  return value < 0 ? value + 2 ** 64 : value
}

function zigzag(value: number): number {
  const z = unsigned(value)
  return z % 2 === 0 ? z / 2 : -(z + 1) / 2
}
