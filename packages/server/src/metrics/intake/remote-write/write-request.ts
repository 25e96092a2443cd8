/**
 * Remote write 1.0 requests.
 *
 *   WriteRequest    1 timeseries*  3 metadata*
 *   TimeSeries      1 labels*  2 samples*  3 exemplars*  4 histograms*
 *   Label           1 name  2 value
 *   Sample          in request-batch.ts
 *   Histogram       in histogram-message.ts
 *   Exemplar        1 labels*  2 value (double)  3 timestamp (int64, ms)
 *   MetricMetadata  1 type (enum)  2 metric_family_name  4 help  5 unit
 *
 * The bytes of all labels of a series stand together in what known senders write; they are the key under which its ref
 * is kept, so that text is made of them once per series and not once per request. A series whose labels are spread
 * among other fields, which protobuf allows, is read the long way.
 * Sources: Prometheus remote write 1.0 specification, prompb/remote.proto and prompb/types.proto.
 */
import type { SampleBatch, SeriesRef } from '../../store/index.ts'
import { hashBytes } from '../byte-table/index.ts'
import {
  type DecodedRequest,
  type DecoderOptions,
  type DecoderStore,
  RequestBatch,
  UNKNOWN_REF,
  type WriteDecoder,
} from './request-batch.ts'
import { WIRE_FIXED64, WIRE_LENGTH, WIRE_VARINT } from './wire.ts'

export class WriteRequestDecoder implements WriteDecoder {
  readonly #batch: RequestBatch

  constructor(store: DecoderStore, options: DecoderOptions) {
    this.#batch = new RequestBatch(store, options)
  }

  decode(bytes: Buffer, length: number, out: SampleBatch): DecodedRequest {
    return this.#batch.decode(bytes, length, out, () => this.#readRequest(length))
  }

  #readRequest(length: number): void {
    const { reader } = this.#batch
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
    const batch = this.#batch
    const { reader, bytes, view } = batch
    const from = reader.at
    reader.end = end
    batch.request.series++
    while (reader.at < end && bytes[reader.at] === LABELS_TAG) {
      reader.at++
      reader.at = reader.readEnd()
    }
    const keyTo = reader.at
    const hash = hashBytes(view, from, keyTo)
    let ref = batch.knownRef(view, from, keyTo, hash)
    if (ref === UNKNOWN_REF) {
      // With labels that come later, what stands in front would be another series.
      if (this.#hasLabels(keyTo, end)) {
        this.#readSpreadSeries(from, end)
        return
      }
      ref = batch.addRef(this.#readPairs(from, keyTo), view, from, keyTo, hash)
    }
    reader.end = end
    reader.at = keyTo
    const first = batch.out.length
    const exemplars = batch.request.exemplars.length
    const { histograms, invalidHistograms, invalid, refused } = batch.request
    while (reader.at < end) {
      const tag = reader.readUint32()
      if (tag === SAMPLES_TAG) batch.readSample(reader.readEnd(), ref)
      else if (tag === LABELS_TAG) {
        batch.rewind(first)
        batch.request.exemplars.length = exemplars
        Object.assign(batch.request, { histograms, invalidHistograms, invalid, refused })
        this.#readSpreadSeries(from, end)
        return
      } else this.#readOther(tag, ref)
      reader.end = end
    }
  }

  #hasLabels(from: number, end: number): boolean {
    const { reader } = this.#batch
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
    const batch = this.#batch
    const { reader } = batch
    const ref = batch.refOf(this.#readPairs(from, end))
    reader.at = from
    reader.end = end
    while (reader.at < end) {
      const tag = reader.readUint32()
      if (tag === SAMPLES_TAG) batch.readSample(reader.readEnd(), ref)
      else this.#readOther(tag, ref)
      reader.end = end
    }
  }

  /** The labels among the fields of a series. */
  #readPairs(from: number, end: number): [string, string][] {
    const { reader } = this.#batch
    const pairs: [string, string][] = []
    reader.at = from
    reader.end = end
    while (reader.at < end) {
      const tag = reader.readUint32()
      if (tag === LABELS_TAG) pairs.push(this.#readLabel(reader.readEnd()))
      else reader.skip(tag & 7)
      reader.end = end
    }
    return pairs
  }

  /** Fields of a series other than labels and samples. */
  #readOther(tag: number, ref: SeriesRef): void {
    const { reader } = this.#batch
    if (tag === EXEMPLARS_TAG) this.#readExemplar(reader.readEnd(), ref)
    else if (tag === HISTOGRAMS_TAG) this.#batch.readHistogram(reader.readEnd(), ref)
    else reader.skip(tag & 7)
  }

  #readLabel(end: number): [string, string] {
    const batch = this.#batch
    const { reader } = batch
    reader.end = end
    let name = ''
    let value = ''
    while (reader.at < end) {
      const tag = reader.readUint32()
      if (tag === NAME_TAG) name = batch.readText()
      else if (tag === LABEL_VALUE_TAG) value = batch.readText()
      else reader.skip(tag & 7)
    }
    return [name, value]
  }

  #readExemplar(end: number, series: SeriesRef): void {
    const { reader, view } = this.#batch
    reader.end = end
    const labels: string[] = []
    let value = 0
    let ts = 0
    while (reader.at < end) {
      const tag = reader.readUint32()
      if (tag === LABELS_TAG) {
        labels.push(...this.#readLabel(reader.readEnd()))
        reader.end = end
      } else if (tag === EXEMPLAR_VALUE_TAG) value = view.getFloat64(reader.readFixed64(), true)
      else if (tag === EXEMPLAR_TIME_TAG) ts = reader.readInt64()
      else reader.skip(tag & 7)
    }
    this.#batch.addExemplar(series, labels, { value, ts })
  }

  #readMetadata(end: number): void {
    const batch = this.#batch
    const { reader } = batch
    reader.end = end
    let type = 0
    let metric = ''
    let help = ''
    let unit = ''
    while (reader.at < end) {
      const tag = reader.readUint32()
      if (tag === TYPE_TAG) type = reader.readInt64()
      else if (tag === FAMILY_TAG) metric = batch.readText()
      else if (tag === HELP_TAG) help = batch.readText()
      else if (tag === UNIT_TAG) unit = batch.readText()
      else reader.skip(tag & 7)
    }
    if (metric !== '') batch.describe(metric, { type, help, unit })
  }
}

const LABELS_TAG = (1 << 3) | WIRE_LENGTH
const SAMPLES_TAG = (2 << 3) | WIRE_LENGTH
const EXEMPLARS_TAG = (3 << 3) | WIRE_LENGTH
const HISTOGRAMS_TAG = (4 << 3) | WIRE_LENGTH
const NAME_TAG = (1 << 3) | WIRE_LENGTH
const LABEL_VALUE_TAG = (2 << 3) | WIRE_LENGTH
const EXEMPLAR_VALUE_TAG = (2 << 3) | WIRE_FIXED64
const EXEMPLAR_TIME_TAG = (3 << 3) | WIRE_VARINT
const TYPE_TAG = (1 << 3) | WIRE_VARINT
const FAMILY_TAG = (2 << 3) | WIRE_LENGTH
const HELP_TAG = (4 << 3) | WIRE_LENGTH
const UNIT_TAG = (5 << 3) | WIRE_LENGTH
