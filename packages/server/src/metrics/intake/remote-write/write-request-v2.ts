/**
 * Remote write 2.0 requests: every text stands once in a table of symbols.
 *
 *   Request     4 symbols*  5 timeseries*
 *   TimeSeries  1 labels_refs* (uint32)  2 samples*  3 histograms*  4 exemplars*  5 metadata
 *   Exemplar    1 labels_refs* (uint32)  2 value (double)  3 timestamp (int64, ms)
 *   Metadata    1 type (enum)  3 help_ref  4 unit_ref
 *   Sample      in request-batch.ts
 *   Histogram   in histogram-message.ts
 *
 * A text that a request has once it may name in every series: so what all the names stand for has a bound of its own.
 *
 * Refs mean something within their request only. The key under which a series is remembered are its texts, each with its
 * length before it, in the order in which they stand.
 * Sources: Prometheus remote write 2.0 specification, io/prometheus/write/v2/types.proto.
 */
import { labelValue } from '@binnacle/promql'
import { BinnacleError } from '../../../config/index.ts'
import type { SampleBatch, SeriesRef } from '../../store/index.ts'
import { hashBytes, viewOf } from '../byte-table/index.ts'
import {
  type DecodedRequest,
  type DecoderOptions,
  type DecoderStore,
  NO_REF,
  RequestBatch,
  typeName,
  UNKNOWN_REF,
  type WriteDecoder,
} from './request-batch.ts'
import { malformedWrite, WIRE_FIXED64, WIRE_LENGTH, WIRE_VARINT } from './wire.ts'

/** An empty text costs a sender two bytes and us eight. */
const MAX_SYMBOLS = 1_000_000
const MAX_LABEL_REFS = 10_000
const KEY_BYTES = 1 << 12
/** A larger buffer is given back before the next request. */
const KEPT_KEY_BYTES = 1 << 20
/** Series of a family whose type is one of these have these endings beside the family's name. */
const ENDINGS: Readonly<Record<string, RegExp>> = {
  histogram: /_(bucket|sum|count)$/,
  gaugehistogram: /_(bucket|sum|count|gsum|gcount)$/,
  summary: /_(sum|count)$/,
}

export class WriteRequestV2Decoder implements WriteDecoder {
  readonly #store: DecoderStore
  readonly #maxTextBytes: number
  readonly #batch: RequestBatch
  /** Where the symbols of the request begin and end. */
  #symbols = 0
  #starts = new Uint32Array(1024)
  #ends = new Uint32Array(1024)
  /** Refs of the series or the exemplar being read. */
  #labelRefs = 0
  readonly #refs = new Uint32Array(MAX_LABEL_REFS)
  #key = Buffer.allocUnsafeSlow(KEY_BYTES)
  #keyView = viewOf(this.#key)
  /** Families of this request whose metadata were read. */
  readonly #described = new Set<string>()
  /** Bytes of texts that the request has named so far. */
  #textBytes = 0

  constructor(store: DecoderStore, options: DecoderOptions) {
    this.#store = store
    this.#maxTextBytes = options.maxTextBytes
    this.#batch = new RequestBatch(store, options)
  }

  decode(bytes: Buffer, length: number, out: SampleBatch): DecodedRequest {
    return this.#batch.decode(bytes, length, out, () => {
      this.#described.clear()
      this.#textBytes = 0
      if (this.#key.length > KEPT_KEY_BYTES) this.#setKey(Buffer.allocUnsafeSlow(KEY_BYTES))
      this.#readSymbols(length)
      this.#readRequest(length)
    })
  }

  #readSymbols(length: number): void {
    const { reader } = this.#batch
    this.#symbols = 0
    while (reader.at < length) {
      const tag = reader.readUint32()
      if (tag !== SYMBOLS_TAG) {
        reader.skip(tag & 7)
        continue
      }
      const end = reader.readEnd()
      const i = this.#symbols++
      if (i === MAX_SYMBOLS) throw malformedWrite(`more than ${MAX_SYMBOLS} symbols`)
      if (i === this.#starts.length) {
        this.#starts = widened(this.#starts)
        this.#ends = widened(this.#ends)
      }
      this.#starts[i] = reader.at
      this.#ends[i] = end
      reader.at = end
    }
  }

  #readRequest(length: number): void {
    const { reader } = this.#batch
    reader.at = 0
    reader.end = length
    while (reader.at < length) {
      const tag = reader.readUint32()
      if (tag === SERIES_TAG) {
        const end = reader.readEnd()
        this.#readSeries(end)
        reader.at = end
      } else reader.skip(tag & 7)
      reader.end = length
    }
  }

  #readSeries(end: number): void {
    const batch = this.#batch
    const { reader } = batch
    const from = reader.at
    batch.request.series++
    this.#readLabelRefs(end)
    const ref = this.#refOfLabels()
    reader.at = from
    reader.end = end
    while (reader.at < end) {
      const tag = reader.readUint32()
      if (tag === SAMPLES_TAG) batch.readSample(reader.readEnd(), ref)
      else if (tag === HISTOGRAMS_TAG) batch.readHistogram(reader.readEnd(), ref)
      else if (tag === EXEMPLARS_TAG) this.#readExemplar(reader.readEnd(), ref)
      else if (tag === METADATA_TAG) this.#readMetadata(reader.readEnd(), ref)
      else reader.skip(tag & 7)
      reader.end = end
    }
  }

  /** The field `labels_refs` of the message that ends at `end`, wherever its parts stand. */
  #readLabelRefs(end: number): void {
    const { reader } = this.#batch
    reader.end = end
    this.#labelRefs = 0
    while (reader.at < end) {
      const tag = reader.readUint32()
      if (tag === LABEL_REFS_TAG) {
        reader.end = reader.readEnd()
        while (reader.at < reader.end) this.#addLabelRef(reader.readUint32())
        reader.end = end
      } else if (tag === LABEL_REF_TAG) this.#addLabelRef(reader.readUint32())
      else reader.skip(tag & 7)
    }
  }

  #addLabelRef(ref: number): void {
    if (this.#labelRefs === MAX_LABEL_REFS) throw malformedWrite(`more than ${MAX_LABEL_REFS / 2} labels of a series`)
    this.#refs[this.#labelRefs++] = ref
  }

  /** Why the refs that were read are no labels. */
  #labelProblem(): string | undefined {
    if (this.#labelRefs % 2 !== 0) return 'a label name without a value'
    for (let i = 0; i < this.#labelRefs; i++) {
      if (this.#refs[i]! >= this.#symbols) return `symbol ${this.#refs[i]}, of which there are ${this.#symbols}`
    }
    return undefined
  }

  #refOfLabels(): SeriesRef {
    const batch = this.#batch
    const problem = this.#labelProblem()
    if (problem !== undefined) return batch.invalid(problem)
    const size = this.#writeKey()
    const hash = hashBytes(this.#keyView, 0, size)
    const known = batch.knownRef(this.#keyView, 0, size, hash)
    if (known !== UNKNOWN_REF) return known
    const pairs: [string, string][] = []
    for (let i = 0; i < this.#labelRefs; i += 2)
      pairs.push([this.#labelText(this.#refs[i]!), this.#labelText(this.#refs[i + 1]!)])
    return batch.addRef(pairs, this.#keyView, 0, size, hash)
  }

  #writeKey(): number {
    const { bytes } = this.#batch
    let size = 0
    for (let i = 0; i < this.#labelRefs; i++) {
      const from = this.#starts[this.#refs[i]!]!
      const to = this.#ends[this.#refs[i]!]!
      const need = size + 4 + to - from
      if (need > this.#key.length) {
        this.#checkTexts(need)
        const wider = Buffer.allocUnsafeSlow(need * 2)
        this.#key.copy(wider, 0, 0, size)
        this.#setKey(wider)
      }
      this.#keyView.setUint32(size, to - from, true)
      size += 4
      // By hand: a native copy of so few bytes costs more.
      for (let at = from; at < to; at++) this.#key[size++] = bytes[at]!
    }
    this.#checkTexts(size)
    this.#textBytes += size
    return size
  }

  #setKey(key: Buffer<ArrayBuffer>): void {
    this.#key = key
    this.#keyView = viewOf(key)
  }

  #checkTexts(more: number): void {
    if (this.#textBytes + more <= this.#maxTextBytes) return
    throw new BinnacleError(
      'remote_write.too_large',
      `the request names its symbols so often that they come to more than ${this.#maxTextBytes} bytes`,
      {
        kind: 'limit',
        hint: `limits.max_unpacked_write_size is ${this.#maxTextBytes} bytes: send fewer samples per request, or raise it`,
      },
    )
  }

  /** Text of a symbol that is a label of a series, which its key has counted. */
  #labelText(ref: number): string {
    return this.#batch.textOf(this.#starts[ref]!, this.#ends[ref]!)
  }

  /** Text of any other symbol. */
  #symbol(ref: number): string {
    const bytes = this.#ends[ref]! - this.#starts[ref]!
    this.#checkTexts(bytes)
    this.#textBytes += bytes
    return this.#labelText(ref)
  }

  #readExemplar(end: number, series: SeriesRef): void {
    const { reader, view } = this.#batch
    const from = reader.at
    this.#readLabelRefs(end)
    const problem = this.#labelProblem()
    if (problem !== undefined) throw malformedWrite(`an exemplar has ${problem}`)
    const labels = Array.from(this.#refs.subarray(0, this.#labelRefs), (ref) => this.#symbol(ref))
    let value = 0
    let ts = 0
    reader.at = from
    reader.end = end
    while (reader.at < end) {
      const tag = reader.readUint32()
      if (tag === EXEMPLAR_VALUE_TAG) value = view.getFloat64(reader.readFixed64(), true)
      else if (tag === EXEMPLAR_TIME_TAG) ts = reader.readInt64()
      else reader.skip(tag & 7)
    }
    this.#batch.addExemplar(series, labels, { value, ts })
  }

  /** Metadata stand with every series; those of the first one of a family count. */
  #readMetadata(end: number, series: SeriesRef): void {
    const { reader } = this.#batch
    reader.end = end
    let type = 0
    let helpRef = 0
    let unitRef = 0
    while (reader.at < end) {
      const tag = reader.readUint32()
      if (tag === TYPE_TAG) type = reader.readInt64()
      else if (tag === HELP_REF_TAG) helpRef = reader.readUint32()
      else if (tag === UNIT_REF_TAG) unitRef = reader.readUint32()
      else reader.skip(tag & 7)
    }
    if (helpRef >= this.#symbols || unitRef >= this.#symbols) {
      if (helpRef === 0 && unitRef === 0) return
      throw malformedWrite(`metadata have symbol ${Math.max(helpRef, unitRef)}, of which there are ${this.#symbols}`)
    }
    if (series === NO_REF || (type === 0 && helpRef === 0 && unitRef === 0)) return
    const name = labelValue(this.#store.labelsOf(series), '__name__')
    const metric = name.replace(ENDINGS[typeName(type)] ?? /$^/, '')
    if (this.#described.has(metric)) return
    this.#described.add(metric)
    this.#batch.describe(metric, { type, help: this.#symbol(helpRef), unit: this.#symbol(unitRef) })
  }
}

const SYMBOLS_TAG = (4 << 3) | WIRE_LENGTH
const SERIES_TAG = (5 << 3) | WIRE_LENGTH
const LABEL_REFS_TAG = (1 << 3) | WIRE_LENGTH
const LABEL_REF_TAG = (1 << 3) | WIRE_VARINT
const SAMPLES_TAG = (2 << 3) | WIRE_LENGTH
const HISTOGRAMS_TAG = (3 << 3) | WIRE_LENGTH
const EXEMPLARS_TAG = (4 << 3) | WIRE_LENGTH
const METADATA_TAG = (5 << 3) | WIRE_LENGTH
const EXEMPLAR_VALUE_TAG = (2 << 3) | WIRE_FIXED64
const EXEMPLAR_TIME_TAG = (3 << 3) | WIRE_VARINT
const TYPE_TAG = (1 << 3) | WIRE_VARINT
const HELP_REF_TAG = (3 << 3) | WIRE_VARINT
const UNIT_REF_TAG = (4 << 3) | WIRE_VARINT

function widened(from: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(from.length * 2)
  to.set(from)
  return to
}
