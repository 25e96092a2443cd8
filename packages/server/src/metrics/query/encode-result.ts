import { formatFloat, type InstantResult, type Labels, type MatrixSeries } from '@binnacle/promql'
import { BinnacleError } from '../../config/index.ts'
import { histogramJson, mixedSeriesJson } from './encode-histogram.ts'
import { JsonWriter, type Piece } from './json-writer.ts'

/** Bytes that a point of a matrix takes at least: `[1700000000,"1"],`. */
const POINT_BYTES = 17
/** For the size of the first piece: a label set with its braces, and a time with a value. */
const TYPICAL_LABELS_BYTES = 160
const TYPICAL_POINT_BYTES = 24

export type EncodedResult = {
  /** Pieces as they are asked for. A series of the result is let go when its last piece has been made. */
  readonly pieces: Iterable<Piece>
  readonly truncated: boolean
}

/**
 * `data` of Prometheus's query API. Source: Prometheus docs, "HTTP API / Expression query result formats".
 * With a `limit` above 0, series beyond it are left out. Throws `query.max_response_bytes` at once when the points alone
 * take more than `maxBytes`, and between two pieces when that only shows there.
 */
export function encodeResult(
  result: InstantResult,
  { limit, maxBytes }: { limit: number; maxBytes: number },
): EncodedResult {
  switch (result.kind) {
    case 'scalar': {
      const text = `{"resultType":"scalar","result":[${result.timeMs / 1000},"${formatFloat(result.value)}"]}`
      return { pieces: bounded(textPieces(text), maxBytes), truncated: false }
    }
    case 'string': {
      const text = `{"resultType":"string","result":[${result.timeMs / 1000},${JSON.stringify(result.value)}]}`
      return { pieces: bounded(textPieces(text), maxBytes), truncated: false }
    }
    case 'vector': {
      const count = limit > 0 ? Math.min(limit, result.labels.length) : result.labels.length
      return { pieces: bounded(vectorPieces(result, count), maxBytes), truncated: count < result.labels.length }
    }
    case 'matrix': {
      const count = limit > 0 ? Math.min(limit, result.series.length) : result.series.length
      let points = 0
      for (let i = 0; i < count; i++) points += result.series[i]!.ts.length
      if (points * POINT_BYTES > maxBytes) throw tooLarge(maxBytes)
      const series = result.series.slice(0, count)
      return { pieces: bounded(matrixPieces(series, points), maxBytes), truncated: count < result.series.length }
    }
  }
}

function tooLarge(maxBytes: number): BinnacleError {
  return new BinnacleError('query.max_response_bytes', `the answer is larger than ${maxBytes} bytes`, {
    kind: 'limit',
    hint: `query.max_response_size is ${maxBytes} bytes: ask for fewer series, a shorter range or a larger step`,
  })
}

function* bounded(pieces: Iterable<Piece>, maxBytes: number): Generator<Piece, void, undefined> {
  let bytes = 0
  for (const piece of pieces) {
    bytes += piece.length
    if (bytes > maxBytes) throw tooLarge(maxBytes)
    yield piece
  }
}

function* textPieces(text: string): Generator<Piece, void, undefined> {
  const out = new JsonWriter(text.length)
  out.add(text)
  out.finish()
  yield* out.full
}

function* vectorPieces(
  { labels, values, histograms, timeMs }: InstantResult & { kind: 'vector' },
  count: number,
): Generator<Piece, void, undefined> {
  const out = new JsonWriter(100 + count * (TYPICAL_LABELS_BYTES + TYPICAL_POINT_BYTES))
  const addLabels = createLabelWriter(out)
  const beforeValue = `,"value":[${timeMs / 1000},"`
  out.add('{"resultType":"vector","result":[')
  for (let i = 0; i < count; i++) {
    out.add(i === 0 ? '{"metric":' : ',{"metric":')
    addLabels(labels[i]!)
    const histogram = histograms?.[i]
    if (histogram !== undefined) {
      out.add(`,"histogram":[${timeMs / 1000},${histogramJson(histogram)}]}`)
      if (out.full.length > 0) yield* out.full.splice(0)
      continue
    }
    if (!out.hasRoom) out.seal()
    out.add(beforeValue)
    out.addFloat(values[i]!)
    out.add('"]}')
    if (out.full.length > 0) yield* out.full.splice(0)
  }
  out.add(']}')
  out.finish()
  yield* out.full
}

function* matrixPieces(series: (MatrixSeries | undefined)[], points: number): Generator<Piece, void, undefined> {
  const out = new JsonWriter(100 + series.length * TYPICAL_LABELS_BYTES + points * TYPICAL_POINT_BYTES)
  const addLabels = createLabelWriter(out)
  out.add('{"resultType":"matrix","result":[')
  for (let i = 0; i < series.length; i++) {
    const one = series[i]!
    series[i] = undefined
    out.add(i === 0 ? '{"metric":' : ',{"metric":')
    addLabels(one.labels)
    if (one.histograms !== undefined) {
      for (const text of mixedSeriesJson(one)) {
        out.add(text)
        if (out.full.length > 0) yield* out.full.splice(0)
      }
      out.add('}')
      continue
    }
    out.add(',"values":[')
    for (let at = 0; at < one.ts.length; ) {
      if (!out.hasRoom) {
        out.seal()
        yield* out.full.splice(0)
      }
      at = out.addPoints(one.ts, one.values, at)
    }
    out.add(']}')
    if (out.full.length > 0) yield* out.full.splice(0)
  }
  out.add(']}')
  out.finish()
  yield* out.full
}

/** Writes label sets as JSON objects; names and values come again and again, so their JSON is kept while the answer is made. */
function createLabelWriter(out: JsonWriter): (labels: Labels) => void {
  const known = new Map<string, string>()
  const add = (value: string, behind: string) => {
    let json = known.get(value)
    if (json === undefined) {
      json = JSON.stringify(value)
      known.set(value, json)
    }
    out.add(json)
    out.add(behind)
  }
  return (labels) => {
    out.add('{')
    const last = labels.length - 2
    for (let i = 0; i <= last; i += 2) {
      add(labels[i]!, ':')
      add(labels[i + 1]!, i === last ? '}' : ',')
    }
    if (last < 0) out.add('}')
  }
}
