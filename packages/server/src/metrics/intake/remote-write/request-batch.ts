/**
 * What requests of both versions share: the batch that samples go to, the refs of series that were seen before, and the
 * book of what could not be taken. A request is read field by field from the bytes, without an object per sample.
 *
 *   Sample   1 value (double)  2 timestamp (int64, ms)
 *
 * Sources: prompb/types.proto, io/prometheus/write/v2/types.proto, which agree in samples and native histograms.
 */
import { formatLabels, type Labels } from '@binnacle/promql'
import { BinnacleError } from '../../../config/index.ts'
import type { ExemplarInput, MetricMetadata, MetricsStore, SampleBatch, SeriesRef } from '../../store/index.ts'
import { growSampleBatch } from '../batch/index.ts'
import { ByteStrings, ByteTable, grown, viewOf } from '../byte-table/index.ts'
import { HistogramMessage, STALE_HIGH, STALE_LOW } from './histogram-message.ts'
import { malformedWrite, WIRE_FIXED64, WIRE_VARINT, WireReader } from './wire.ts'

/** What was in a request beside the samples, which go to the batch. */
export type DecodedRequest = {
  series: number
  /** Samples whose labels cannot be stored (no name, a name twice), and why the first of them. */
  invalid: number
  invalidReason: string | undefined
  /** Samples of series that the store takes no more, and why the first of them. */
  refused: number
  refusal: BinnacleError | undefined
  /** Native histograms among the samples in the batch, staleness markers that came as such included. */
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
  /** Bytes of the texts of one request, each counted as often as it is named. Only version 2 names one several times. */
  readonly maxTextBytes: number
}

export type DecoderStore = Pick<MetricsStore, 'epoch' | 'refOf' | 'labelsOf'>

export type WriteDecoder = {
  /**
   * Reads `bytes[0 .. length)` and fills `out`. Throws `BinnacleError` (`remote_write.malformed`); then nothing of the
   * request may be stored. `bytes` may be reused afterwards.
   */
  decode(bytes: Buffer, length: number, out: SampleBatch): DecodedRequest
}

/** Types of metrics by their numbers on the wire, the same in both versions. */
const METRIC_TYPES = [
  'unknown',
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
] as const

/**
 * Native histograms, exemplars, families with metadata of one request. An empty one is two bytes long and takes a hundred
 * times that here, so that the limit on the size of a request does not bound them.
 */
const MAX_OF_A_KIND = 200_000
/** What the keys of remembered series may take together, bytes by series: past it the memory begins anew, too. */
const KEY_BYTES_PER_SERIES = 512

/** The series has no ref: its samples are counted as invalid or refused. */
export const NO_REF = -1
/** The series was not seen before. */
export const UNKNOWN_REF = -2

export class RequestBatch {
  readonly reader = new WireReader()
  bytes: Buffer = Buffer.alloc(0)
  view: DataView = viewOf(this.bytes)
  out!: SampleBatch
  request: DecodedRequest = emptyRequest()
  readonly #store: DecoderStore
  readonly #options: DecoderOptions
  readonly #strings = new ByteStrings()
  readonly #histogram = new HistogramMessage()
  #keys = new ByteTable(1024, 1 << 16)
  #refs = new Uint32Array(1024)
  #epoch: number
  #valueWords: Uint32Array = new Uint32Array(0)
  /** Why the series being read has no ref. */
  #lastProblem: 'invalid' | 'refused' = 'invalid'

  constructor(store: DecoderStore, options: DecoderOptions) {
    this.#store = store
    this.#options = options
    this.#epoch = store.epoch
  }

  /** Has `read` read the request, from the beginning again when refs became void on the way. */
  decode(bytes: Buffer, length: number, out: SampleBatch, read: () => void): DecodedRequest {
    this.bytes = bytes
    this.view = viewOf(bytes)
    this.out = out
    for (let attempt = 0; ; attempt++) {
      this.#forgetVoidRefs()
      this.request = emptyRequest()
      out.length = 0
      out.histograms = undefined
      this.#valueWords = wordsOf(out)
      this.reader.open(bytes, length)
      read()
      // A new series may make the store drop others, which voids refs already in `out`: read once more then.
      if (this.#store.epoch === this.#epoch) return this.request
      if (attempt === 3) throw new Error('the store drops series faster than a request names them')
    }
  }

  #forgetVoidRefs(): void {
    const { maxKnownSeries } = this.#options
    const isFull = this.#keys.count > maxKnownSeries || this.#keys.usedBytes > maxKnownSeries * KEY_BYTES_PER_SERIES
    if (this.#store.epoch === this.#epoch && !isFull) return
    this.#epoch = this.#store.epoch
    this.#keys = new ByteTable(1024, 1 << 16)
    this.#refs = new Uint32Array(1024)
  }

  /** Ref of the series with this key, or `UNKNOWN_REF`. `hash` is the key's `hashBytes`. */
  knownRef(view: DataView, from: number, to: number, hash: number): SeriesRef {
    const known = this.#keys.find(view, from, to, hash)
    return known < 0 ? UNKNOWN_REF : this.#refs[known]!
  }

  /** Ref of a series by its labels, remembered under a key; `NO_REF` for one that cannot be stored. */
  addRef(pairs: [string, string][], view: DataView, from: number, to: number, hash: number): SeriesRef {
    const ref = this.refOf(pairs)
    if (ref === NO_REF) return ref
    const entry = this.#keys.addFrom(view, from, to, hash)
    if (entry === this.#refs.length) this.#refs = grown(this.#refs, entry * 2)
    this.#refs[entry] = ref
    return ref
  }

  /** Ref of a series by its labels, in any order; `NO_REF` for one that cannot be stored. */
  refOf(pairs: [string, string][]): SeriesRef {
    pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))
    const labels: string[] = []
    for (const [name, value] of pairs) {
      if (value === '') continue
      if (labels.length > 0 && labels[labels.length - 2] === name) return this.invalid(`the label "${name}" twice`)
      if (name === '') return this.invalid('a label without a name')
      labels.push(name, value)
    }
    if (!pairs.some(([name, value]) => name === '__name__' && value !== '')) {
      return this.invalid('a series without a metric name')
    }
    try {
      return this.#store.refOf(labels)
    } catch (error) {
      if (!(error instanceof BinnacleError)) throw error
      this.request.refusal ??= error
      this.#lastProblem = 'refused'
      return NO_REF
    }
  }

  /** The series that is read cannot be stored. */
  invalid(reason: string): SeriesRef {
    this.request.invalidReason ??= reason
    this.#lastProblem = 'invalid'
    return NO_REF
  }

  /** Takes back what was put into the batch from the place `length` on. */
  rewind(length: number): void {
    this.out.length = length
    const { histograms } = this.out
    if (histograms !== undefined) histograms.length = Math.min(length, histograms.length)
  }

  /** Text of the field whose length comes next. */
  readText(): string {
    const { reader } = this
    const to = reader.readEnd()
    const text = this.textOf(reader.at, to)
    reader.at = to
    return text
  }

  textOf(from: number, to: number): string {
    const text = this.#strings.textOf(this.bytes, this.view, from, to)
    if (text === undefined) throw malformedWrite('a text is not UTF-8')
    return text
  }

  /** Leaves the reader behind the message, which ends at `end`. */
  readSample(end: number, ref: SeriesRef): void {
    const { reader } = this
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
      this.request[this.#lastProblem]++
      return
    }
    // Bits go over as words: as a number, a staleness marker might become just any NaN. Absent means 0.
    const low = valueAt < 0 ? 0 : this.view.getUint32(valueAt, true)
    const high = valueAt < 0 ? 0 : this.view.getUint32(valueAt + 4, true)
    this.#put(ref, ts, low, high)
  }

  readHistogram(end: number, ref: SeriesRef): void {
    const message = this.#histogram
    message.read(this.reader, this.view, end)
    checkCount(this.request.histograms, 'native histograms')
    if (ref === NO_REF) {
      this.request[this.#lastProblem]++
      return
    }
    if (message.isStale) {
      this.#put(ref, message.ts, STALE_LOW, STALE_HIGH)
      this.request.histograms++
      return
    }
    const histogram = message.toHistogram()
    if (typeof histogram === 'string') {
      this.request.invalidHistograms++
      this.request.invalidHistogramReason ??= `${formatLabels(this.#store.labelsOf(ref))}: ${histogram}`
      return
    }
    const at = this.#put(ref, message.ts, 0, 0)
    this.out.histograms ??= []
    this.out.histograms[at] = histogram
    this.request.histograms++
  }

  /** `labels` in any order. */
  addExemplar(series: SeriesRef, labels: readonly string[], { value, ts }: { value: number; ts: number }): void {
    if (series === NO_REF) return
    const { exemplars } = this.request
    checkCount(exemplars.length, 'exemplars')
    exemplars.push({ series, labels: sortedLabels(labels), ts, value })
  }

  /** `type` by its number on the wire. */
  describe(metric: string, { type, help, unit }: { type: number; help: string; unit: string }): void {
    const { metadata } = this.request
    checkCount(metadata.length, 'families with metadata')
    metadata.push({ metric, metadata: { type: typeName(type), help, unit } })
  }

  /** Adds a sample to the batch and returns its place; its value is given as two words. */
  #put(ref: SeriesRef, ts: number, low: number, high: number): number {
    const { out } = this
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
}

const VALUE_TAG = (1 << 3) | WIRE_FIXED64
const SAMPLE_TIME_TAG = (2 << 3) | WIRE_VARINT

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

export function typeName(number: number): (typeof METRIC_TYPES)[number] {
  return METRIC_TYPES[number] ?? 'unknown'
}

function checkCount(count: number, what: string): void {
  if (count < MAX_OF_A_KIND) return
  throw new BinnacleError('remote_write.too_large', `the request has more than ${MAX_OF_A_KIND} ${what}`, {
    kind: 'limit',
    hint: 'send fewer samples per request',
  })
}

/** Labels in the order of their names. */
function sortedLabels(flat: readonly string[]): Labels {
  const pairs: [string, string][] = []
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i]!, flat[i + 1]!])
  return pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0)).flat()
}
