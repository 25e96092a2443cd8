/**
 * Remote write 1.0 requests, field by field from the bytes, without an object per sample.
 *
 *   WriteRequest    1 timeseries*  3 metadata*
 *   TimeSeries      1 labels*  2 samples*  3 exemplars*  4 histograms*
 *   Label           1 name  2 value
 *   Sample          1 value (double)  2 timestamp (int64, ms)
 *   Histogram       in histogram-message.ts
 *   Exemplar        1 labels*  2 value (double)  3 timestamp (int64, ms)
 *   MetricMetadata  1 type (enum)  2 metric_family_name  4 help  5 unit
 *
 * The bytes of all labels of a series stand together in what known senders write; they are the key under which its ref
 * is kept, so that text is made of them once per series and not once per request. A series whose labels are spread
 * among other fields, which protobuf allows, is read the long way.
 * Sources: Prometheus remote write 1.0 specification, prompb/remote.proto and prompb/types.proto.
 */
import { formatLabels, type Labels } from '@binnacle/promql'
import { BinnacleError } from '../../../config/index.ts'
import type { ExemplarInput, MetricMetadata, MetricsStore, SampleBatch, SeriesRef } from '../../store/index.ts'
import { growSampleBatch } from '../batch/index.ts'
import { ByteStrings, ByteTable, grown, hashBytes, viewOf } from '../byte-table/index.ts'
import { HistogramMessage, STALE_HIGH, STALE_LOW } from './histogram-message.ts'
import { malformedWrite, WIRE_FIXED64, WIRE_LENGTH, WIRE_VARINT, WireReader } from './wire.ts'

const TYPES = ['unknown', 'counter', 'gauge', 'histogram', 'gaugehistogram', 'summary', 'info', 'stateset'] as const

/** What was in a request beside the samples, which go to the batch. */
export type DecodedRequest = {
  series: number
  /** Samples whose labels cannot be stored (no name, a name twice), and why the first of them. */
  invalid: number
  invalidReason: string | undefined
  /** Samples of series that the store takes no more, and why the first of them. */
  refused: number
  refusal: BinnacleError | undefined
  /** Native histograms among the samples in the batch. */
  histograms: number
  /** Native histograms that do not make sense, and why the first of them. */
  invalidHistograms: number
  invalidHistogramReason: string | undefined
  exemplars: ExemplarInput[]
  metadata: { readonly metric: string; readonly metadata: MetricMetadata }[]
}

export type DecoderOptions = {
  /** Series whose ref is remembered; past it the memory begins anew. */
  readonly maxKnownSeries: number
}

type DecoderStore = Pick<MetricsStore, 'epoch' | 'refOf' | 'labelsOf'>

const NO_REF = -1

export class WriteRequestDecoder {
  readonly #store: DecoderStore
  readonly #options: DecoderOptions
  readonly #strings = new ByteStrings()
  readonly #reader = new WireReader()
  readonly #histogram = new HistogramMessage()
  #keys = new ByteTable(1024, 1 << 16)
  #refs = new Uint32Array(1024)
  #epoch: number
  #bytes: Buffer = Buffer.alloc(0)
  #view: DataView = viewOf(this.#bytes)
  #out!: SampleBatch
  #valueWords: Uint32Array = new Uint32Array(0)
  #request: DecodedRequest = emptyRequest()
  /** Why the series being read has no ref. */
  #lastProblem: 'invalid' | 'refused' = 'invalid'

  constructor(store: DecoderStore, options: DecoderOptions) {
    this.#store = store
    this.#options = options
    this.#epoch = store.epoch
  }

  /**
   * Reads `bytes[0 .. length)` and fills `out`. Throws `BinnacleError` (`remote_write.malformed`); then nothing of the
   * request may be stored. `bytes` may be reused afterwards.
   */
  decode(bytes: Buffer, length: number, out: SampleBatch): DecodedRequest {
    this.#bytes = bytes
    this.#view = viewOf(bytes)
    this.#out = out
    for (let attempt = 0; ; attempt++) {
      this.#forgetVoidRefs()
      this.#request = emptyRequest()
      out.length = 0
      out.histograms = undefined
      this.#valueWords = wordsOf(out)
      this.#reader.open(bytes, length)
      this.#readRequest(length)
      // A new series may make the store drop others, which voids refs already in `out`: read once more then.
      if (this.#store.epoch === this.#epoch) return this.#request
      if (attempt === 3) throw new Error('the store drops series faster than a request names them')
    }
  }

  #forgetVoidRefs(): void {
    if (this.#store.epoch === this.#epoch && this.#keys.count <= this.#options.maxKnownSeries) return
    this.#epoch = this.#store.epoch
    this.#keys = new ByteTable(1024, 1 << 16)
    this.#refs = new Uint32Array(1024)
  }

  #readRequest(length: number): void {
    const reader = this.#reader
    while (reader.at < length) {
      const tag = reader.readUint32()
      if (tag === ((1 << 3) | WIRE_LENGTH)) {
        const end = reader.readEnd()
        this.#readSeries(end)
        reader.at = end
      } else if (tag === ((3 << 3) | WIRE_LENGTH)) {
        const end = reader.readEnd()
        this.#readMetadata(end)
        reader.at = end
      } else reader.skip(tag & 7)
      reader.end = length
    }
  }

  #readSeries(end: number): void {
    const reader = this.#reader
    const bytes = this.#bytes
    const from = reader.at
    reader.end = end
    this.#request.series++
    while (reader.at < end && bytes[reader.at] === LABELS_TAG) {
      reader.at++
      reader.at = reader.readEnd()
    }
    const keyTo = reader.at
    const hash = hashBytes(this.#view, from, keyTo)
    const known = this.#keys.find(this.#view, from, keyTo, hash)
    // With labels that come later, what stands in front would be another series.
    if (known < 0 && this.#hasLabels(keyTo, end)) {
      this.#readSpreadSeries(from, end)
      return
    }
    const ref = known >= 0 ? this.#refs[known]! : this.#addKey(from, keyTo, hash)
    reader.end = end
    reader.at = keyTo
    const first = this.#out.length
    const exemplars = this.#request.exemplars.length
    const { histograms, invalidHistograms, invalid, refused } = this.#request
    while (reader.at < end) {
      const tag = reader.readUint32()
      if (tag === SAMPLES_TAG) this.#readSample(reader.readEnd(), ref)
      else if (tag === LABELS_TAG) {
        this.#out.length = first
        if (this.#out.histograms !== undefined)
          this.#out.histograms.length = Math.min(first, this.#out.histograms.length)
        this.#request.exemplars.length = exemplars
        Object.assign(this.#request, { histograms, invalidHistograms, invalid, refused })
        this.#readSpreadSeries(from, end)
        return
      } else this.#readOther(tag, ref)
      reader.end = end
    }
  }

  #hasLabels(from: number, end: number): boolean {
    const reader = this.#reader
    reader.at = from
    reader.end = end
    while (reader.at < end) {
      const tag = reader.readUint32()
      if (tag === LABELS_TAG) return true
      reader.skip(tag & 7)
    }
    return false
  }

  /** Labels among other fields, which no known sender writes: two passes, no memory. */
  #readSpreadSeries(from: number, end: number): void {
    const reader = this.#reader
    reader.at = from
    reader.end = end
    const pairs: [string, string][] = []
    while (reader.at < end) {
      const tag = reader.readUint32()
      if (tag === LABELS_TAG) pairs.push(this.#readLabel(reader.readEnd()))
      else reader.skip(tag & 7)
      reader.end = end
    }
    const ref = this.#refOfPairs(pairs)
    reader.at = from
    while (reader.at < end) {
      const tag = reader.readUint32()
      if (tag === SAMPLES_TAG) this.#readSample(reader.readEnd(), ref)
      else this.#readOther(tag, ref)
      reader.end = end
    }
  }

  /** Fields of a series other than labels and samples. */
  #readOther(tag: number, ref: SeriesRef): void {
    const reader = this.#reader
    if (tag === EXEMPLARS_TAG) this.#readExemplar(reader.readEnd(), ref)
    else if (tag === HISTOGRAMS_TAG) this.#readHistogram(reader.readEnd(), ref)
    else reader.skip(tag & 7)
  }

  /** Leaves the reader behind the message, which ends at `end`. */
  #readSample(end: number, ref: SeriesRef): void {
    const reader = this.#reader
    reader.end = end
    let valueAt = -1
    let ts = 0
    while (reader.at < end) {
      const tag = reader.readUint32()
      if (tag === VALUE_TAG) valueAt = reader.readFixed64()
      else if (tag === SAMPLE_TIME_TAG) ts = reader.readInt64()
      else reader.skip(tag & 7)
    }
    if (ref === NO_REF) {
      this.#request[this.#lastProblem]++
      return
    }
    // Bits go over as words: as a number, a staleness marker might become just any NaN. Absent means 0.
    const low = valueAt < 0 ? 0 : this.#view.getUint32(valueAt, true)
    const high = valueAt < 0 ? 0 : this.#view.getUint32(valueAt + 4, true)
    this.#put(ref, ts, low, high)
  }

  /** Adds a sample to the batch and returns its place; its value is given as two words. */
  #put(ref: SeriesRef, ts: number, low: number, high: number): number {
    const out = this.#out
    const i = out.length
    if (i === out.refs.length) {
      growSampleBatch(out, i + 1)
      this.#valueWords = wordsOf(out)
    }
    out.refs[i] = ref
    out.ts[i] = ts
    this.#valueWords[i * 2] = low
    this.#valueWords[i * 2 + 1] = high
    out.length = i + 1
    return i
  }

  #readHistogram(end: number, ref: SeriesRef): void {
    const message = this.#histogram
    message.read(this.#reader, this.#view, end)
    if (ref === NO_REF) {
      this.#request[this.#lastProblem]++
      return
    }
    if (message.isStale) {
      this.#put(ref, message.ts, STALE_LOW, STALE_HIGH)
      return
    }
    const histogram = message.toHistogram()
    if (typeof histogram === 'string') {
      this.#request.invalidHistograms++
      this.#request.invalidHistogramReason ??= `${formatLabels(this.#store.labelsOf(ref))}: ${histogram}`
      return
    }
    const at = this.#put(ref, message.ts, 0, 0)
    this.#out.histograms ??= []
    this.#out.histograms[at] = histogram
    this.#request.histograms++
  }

  #addKey(from: number, to: number, hash: number): SeriesRef {
    const reader = this.#reader
    const pairs: [string, string][] = []
    reader.at = from
    while (reader.at < to) {
      reader.end = to
      reader.at++
      pairs.push(this.#readLabel(reader.readEnd()))
    }
    const ref = this.#refOfPairs(pairs)
    if (ref === NO_REF) return ref
    const entry = this.#keys.add(this.#bytes, from, to, hash)
    if (entry === this.#refs.length) this.#refs = grown(this.#refs, entry * 2)
    this.#refs[entry] = ref
    return ref
  }

  #refOfPairs(pairs: [string, string][]): SeriesRef {
    pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))
    const labels: string[] = []
    for (const [name, value] of pairs) {
      if (value === '') continue
      if (labels.length > 0 && labels[labels.length - 2] === name) return this.#invalid(`the label "${name}" twice`)
      if (name === '') return this.#invalid('a label without a name')
      labels.push(name, value)
    }
    if (!pairs.some(([name, value]) => name === '__name__' && value !== '')) {
      return this.#invalid('a series without a metric name')
    }
    try {
      return this.#store.refOf(labels)
    } catch (error) {
      if (!(error instanceof BinnacleError)) throw error
      this.#request.refusal ??= error
      this.#lastProblem = 'refused'
      return NO_REF
    }
  }

  #invalid(reason: string): SeriesRef {
    this.#request.invalidReason ??= reason
    this.#lastProblem = 'invalid'
    return NO_REF
  }

  #readLabel(end: number): [string, string] {
    const reader = this.#reader
    reader.end = end
    let name = ''
    let value = ''
    while (reader.at < end) {
      const tag = reader.readUint32()
      if (tag === NAME_TAG) name = this.#readText()
      else if (tag === LABEL_VALUE_TAG) value = this.#readText()
      else reader.skip(tag & 7)
    }
    return [name, value]
  }

  #readText(): string {
    const reader = this.#reader
    const to = reader.readEnd()
    const text = this.#strings.textOf(this.#bytes, this.#view, reader.at, to)
    if (text === undefined) throw malformedWrite('a text is not UTF-8')
    reader.at = to
    return text
  }

  #readExemplar(end: number, series: SeriesRef): void {
    const reader = this.#reader
    reader.end = end
    const labels: string[] = []
    let value = 0
    let ts = 0
    while (reader.at < end) {
      const tag = reader.readUint32()
      if (tag === LABELS_TAG) {
        labels.push(...this.#readLabel(reader.readEnd()))
        reader.end = end
      } else if (tag === EXEMPLAR_VALUE_TAG) value = this.#view.getFloat64(reader.readFixed64(), true)
      else if (tag === EXEMPLAR_TIME_TAG) ts = reader.readInt64()
      else reader.skip(tag & 7)
    }
    if (series !== NO_REF) this.#request.exemplars.push({ series, labels: sorted(labels), ts, value })
  }

  #readMetadata(end: number): void {
    const reader = this.#reader
    reader.end = end
    let type = 0
    let metric = ''
    let help = ''
    let unit = ''
    while (reader.at < end) {
      const tag = reader.readUint32()
      if (tag === TYPE_TAG) type = reader.readInt64()
      else if (tag === FAMILY_TAG) metric = this.#readText()
      else if (tag === HELP_TAG) help = this.#readText()
      else if (tag === UNIT_TAG) unit = this.#readText()
      else reader.skip(tag & 7)
    }
    if (metric !== '') this.#request.metadata.push({ metric, metadata: { type: TYPES[type] ?? 'unknown', help, unit } })
  }
}

const LABELS_TAG = (1 << 3) | WIRE_LENGTH
const SAMPLES_TAG = (2 << 3) | WIRE_LENGTH
const EXEMPLARS_TAG = (3 << 3) | WIRE_LENGTH
const HISTOGRAMS_TAG = (4 << 3) | WIRE_LENGTH
const VALUE_TAG = (1 << 3) | WIRE_FIXED64
const SAMPLE_TIME_TAG = (2 << 3) | WIRE_VARINT
const NAME_TAG = (1 << 3) | WIRE_LENGTH
const LABEL_VALUE_TAG = (2 << 3) | WIRE_LENGTH
const EXEMPLAR_VALUE_TAG = (2 << 3) | WIRE_FIXED64
const EXEMPLAR_TIME_TAG = (3 << 3) | WIRE_VARINT
const TYPE_TAG = (1 << 3) | WIRE_VARINT
const FAMILY_TAG = (2 << 3) | WIRE_LENGTH
const HELP_TAG = (4 << 3) | WIRE_LENGTH
const UNIT_TAG = (5 << 3) | WIRE_LENGTH

function emptyRequest(): DecodedRequest {
  return {
    series: 0,
    invalid: 0,
    invalidReason: undefined,
    refused: 0,
    refusal: undefined,
    histograms: 0,
    invalidHistograms: 0,
    invalidHistogramReason: undefined,
    exemplars: [],
    metadata: [],
  }
}

function wordsOf(out: SampleBatch): Uint32Array<ArrayBufferLike> {
  return new Uint32Array(out.values.buffer, out.values.byteOffset, out.values.length * 2)
}

function sorted(flat: readonly string[]): Labels {
  const pairs: [string, string][] = []
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i]!, flat[i + 1]!])
  return pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0)).flat()
}
