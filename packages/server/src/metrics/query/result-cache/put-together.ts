import { compareLabels, type Labels } from '@binnacle/promql'
import {
  type EncodedMatrix,
  HISTOGRAM_END,
  HISTOGRAMS_FROM,
  HISTOGRAMS_KEY,
  HISTOGRAMS_TO,
  MATRIX_END,
  MATRIX_START,
  METRIC_FROM,
  METRIC_KEY,
  METRIC_TO,
  NUMBER_END,
  PLACES,
  type PointEnd,
  pointAtOrAfter,
  VALUES_FROM,
  VALUES_KEY,
  VALUES_TO,
  wider,
} from './encoded-matrix.ts'

/** What of an answer is taken: its points from `fromMs` to `toMs` (Unix ms, inclusive). */
export type Part = { readonly matrix: EncodedMatrix; readonly fromMs: number; readonly toMs: number }

/**
 * One answer of parts that follow one another in time. Its series are those that have a point, ordered by labels as
 * those of the parts are; it is what encoding all of it at once would have given, to the byte.
 */
export function putTogether(parts: readonly Part[]): EncodedMatrix {
  const cursors = parts.map((part) => new Cursor(part))
  let room = MATRIX_START.length + MATRIX_END.length
  // A series that has points in several parts gets a comma more for each, and a wrapper less.
  for (const { matrix } of parts) room += matrix.bytes.length
  const out = new Writer(room)
  out.text(MATRIX_START)
  let places = new Uint32Array(Math.max(1, ...parts.map(({ matrix }) => matrix.count)) * PLACES)
  let count = 0
  const together: Cursor[] = []
  while (true) {
    together.length = 0
    for (const cursor of cursors) {
      if (!cursor.found) continue
      const order = together.length === 0 ? -1 : cursor.compare(together[0]!)
      if (order < 0) together.length = 0
      if (order <= 0) together.push(cursor)
    }
    const first = together[0]
    if (first === undefined) break
    const base = count * PLACES
    if (base === places.length) places = wider(places)
    if (count > 0) out.text(',')
    out.text(METRIC_KEY)
    places[base + METRIC_FROM] = out.at
    out.copy(first.bytes, first.metricFrom, first.metricTo)
    places[base + METRIC_TO] = out.at
    writePoints(out, together, NUMBER_END, places, base + VALUES_FROM)
    writePoints(out, together, HISTOGRAM_END, places, base + HISTOGRAMS_FROM)
    out.text('}')
    count++
    for (const cursor of together) cursor.next()
  }
  out.text(MATRIX_END)
  return { bytes: out.finish(), places: places.slice(0, count * PLACES), count }
}

/** The first `count` series of an answer that has more, without what ends it. */
export function bytesOfSeries({ bytes, places }: EncodedMatrix, count: number): Buffer {
  return bytes.subarray(0, places[count * PLACES + METRIC_FROM]! - METRIC_KEY.length - 1)
}

function writePoints(out: Writer, cursors: readonly Cursor[], end: PointEnd, places: Uint32Array, place: number): void {
  let any = false
  for (const cursor of cursors) {
    const { from, to } = end === NUMBER_END ? cursor.values : cursor.histograms
    if (from === to) continue
    out.text(any ? ',' : end === NUMBER_END ? VALUES_KEY : HISTOGRAMS_KEY)
    if (!any) places[place] = out.at
    any = true
    out.copy(cursor.bytes, from, to)
  }
  if (!any) return
  places[place + 1] = out.at
  out.text(']')
}

/** Goes through the series of a part that have points in its time. */
class Cursor {
  readonly bytes: Buffer
  readonly values = { from: 0, to: 0 }
  readonly histograms = { from: 0, to: 0 }
  metricFrom = 0
  metricTo = 0
  found = false
  readonly #part: Part
  #series = -1
  #labels: Labels | undefined

  constructor(part: Part) {
    this.#part = part
    this.bytes = part.matrix.bytes
    this.next()
  }

  next(): void {
    const { places, count } = this.#part.matrix
    this.#labels = undefined
    this.found = false
    while (!this.found && ++this.#series < count) {
      const base = this.#series * PLACES
      this.metricFrom = places[base + METRIC_FROM]!
      this.metricTo = places[base + METRIC_TO]!
      this.#cut(this.values, places[base + VALUES_FROM]!, places[base + VALUES_TO]!, NUMBER_END)
      this.#cut(this.histograms, places[base + HISTOGRAMS_FROM]!, places[base + HISTOGRAMS_TO]!, HISTOGRAM_END)
      this.found = this.values.from < this.values.to || this.histograms.from < this.histograms.to
    }
  }

  #cut(into: { from: number; to: number }, from: number, to: number, end: PointEnd): void {
    const { bytes } = this
    const { fromMs, toMs } = this.#part
    into.from = pointAtOrAfter({ bytes, from, to, end }, fromMs)
    const beyond = pointAtOrAfter({ bytes, from: into.from, to, end }, toMs + 1)
    // The comma before a point that is not taken goes with it.
    into.to = beyond === to || beyond === into.from ? beyond : beyond - 1
  }

  compare(other: Cursor): number {
    if (this.bytes.compare(other.bytes, other.metricFrom, other.metricTo, this.metricFrom, this.metricTo) === 0)
      return 0
    return compareLabels(this.#labelsOf(), other.#labelsOf())
  }

  #labelsOf(): Labels {
    this.#labels ??= readLabels(this.bytes.toString('utf8', this.metricFrom, this.metricTo))
    return this.#labels
  }
}

/** Names and values in their order, which `JSON.parse` of the object would not keep for names like `1`. */
function readLabels(json: string): Labels {
  return Array.from(json.matchAll(/"(?:[^"\\]|\\.)*"/g), ([text]) => JSON.parse(text) as string)
}

/** Writes into room that is large enough. */
class Writer {
  at = 0
  readonly #bytes: Buffer

  constructor(room: number) {
    // Not of the pool that small buffers share: what is kept should be counted whole and let go whole.
    this.#bytes = Buffer.allocUnsafeSlow(room)
  }

  text(text: string): void {
    this.at += this.#bytes.write(text, this.at, 'latin1')
  }

  copy(from: Buffer, start: number, end: number): void {
    from.copy(this.#bytes, this.at, start, end)
    this.at += end - start
  }

  /** What was written; in less room when much is left. */
  finish(): Buffer {
    const written = this.#bytes.subarray(0, this.at)
    if (this.#bytes.length - this.at <= this.at / 8) return written
    const exact = Buffer.allocUnsafeSlow(this.at)
    written.copy(exact)
    return exact
  }
}
