/*
 * An encoded answer of a range query, and where its series lie in it:
 *
 *   {"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[60,"1"],[75,"2"]]},{"metric":...
 *                                              ^       ^           ^                ^
 *                                     METRIC_FROM METRIC_TO  VALUES_FROM      VALUES_TO
 *
 * and the same for the points of native histograms, `"histograms":[[60,{"count":...}]]`. Points are only looked at where
 * a search by time lands: bytes are moved, no number is read or written again. That finding places by a few characters
 * is right rests on JSON: inside a string every quote has a backslash before it.
 */

export const PLACES = 6
export const METRIC_FROM = 0
export const METRIC_TO = 1
export const VALUES_FROM = 2
export const VALUES_TO = 3
export const HISTOGRAMS_FROM = 4
export const HISTOGRAMS_TO = 5

export const MATRIX_START = '{"resultType":"matrix","result":['
export const MATRIX_END = ']}'
export const METRIC_KEY = '{"metric":'
export const VALUES_KEY = ',"values":['
export const HISTOGRAMS_KEY = ',"histograms":['

export type EncodedMatrix = {
  readonly bytes: Buffer
  /** `PLACES` offsets a series; a series without points of a kind has 0 and 0 there. */
  readonly places: Uint32Array
  readonly count: number
}

const METRIC_ENDS = Buffer.from('},"')
const VALUES_END = Buffer.from('"]]')
const HISTOGRAMS_END = Buffer.from('}]]')

/** Finds the series of an answer; undefined where it does not look like one. */
export function readMatrix(bytes: Buffer): EncodedMatrix | undefined {
  if (bytes.toString('latin1', 0, MATRIX_START.length) !== MATRIX_START) return undefined
  let places = new Uint32Array(16 * PLACES)
  let count = 0
  let at = MATRIX_START.length
  while (bytes[at] !== CLOSE) {
    if (count > 0) at++
    const base = count * PLACES
    if (base === places.length) places = wider(places)
    places[base + METRIC_FROM] = at + METRIC_KEY.length
    const metricTo = bytes.indexOf(METRIC_ENDS, at) + 1
    if (metricTo === 0) return undefined
    places[base + METRIC_TO] = metricTo
    at = metricTo
    if (bytes[at + 2] === V) {
      at = readPoints(bytes, at + VALUES_KEY.length, VALUES_END, places, base + VALUES_FROM)
      if (at < 0) return undefined
    }
    if (bytes[at] === COMMA && bytes[at + 2] === H) {
      at = readPoints(bytes, at + HISTOGRAMS_KEY.length, HISTOGRAMS_END, places, base + HISTOGRAMS_FROM)
      if (at < 0) return undefined
    }
    // The brace that closes the series.
    at++
    count++
  }
  return { bytes, places: places.slice(0, count * PLACES), count }
}

/** Returns where the list of points is over. */
function readPoints(bytes: Buffer, from: number, end: Buffer, places: Uint32Array, place: number): number {
  const to = bytes.indexOf(end, from) + 2
  if (to === 1) return -1
  places[place] = from
  places[place + 1] = to
  return to + 1
}

/** Two places more for every series, with what is there. */
export function wider(places: Uint32Array): Uint32Array<ArrayBuffer> {
  const more = new Uint32Array(places.length * 2)
  more.set(places)
  return more
}

const COMMA = 0x2c
const CLOSE = 0x5d
const OPEN = 0x5b
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const V = 0x76
const H = 0x68

/** What stands before the bracket that ends a point: of a number, of a histogram (whose buckets end with a quote). */
export type PointEnd = typeof NUMBER_END | typeof HISTOGRAM_END
export const NUMBER_END = 0x22
export const HISTOGRAM_END = 0x7d

/** A stretch of points of one series. */
export type Points = { readonly bytes: Buffer; readonly from: number; readonly to: number; readonly end: PointEnd }

/** Where the first point at `timeMs` or later begins; `to` when there is none. */
export function pointAtOrAfter(points: Points, timeMs: number): number {
  const { bytes, from, to } = points
  if (from === to || timeOf(bytes, from) >= timeMs) return from
  // The point at `low` is before the time; `high` is the start of one that is not, or the end.
  let low = from
  let high = to
  while (true) {
    const middle = pointAfter(points, (low + high) >> 1, high)
    if (middle === high) {
      // Nothing begins in the upper half, which is hardly longer than a point: the rest is walked.
      let next = pointAfter(points, low, high)
      while (next < high && timeOf(bytes, next) < timeMs) next = pointAfter(points, next, high)
      return next
    }
    if (timeOf(bytes, middle) >= timeMs) high = middle
    else low = middle
  }
}

/** Where the next point behind `at` begins; `limit` when there is none before it. */
function pointAfter({ bytes, end }: Points, at: number, limit: number): number {
  for (let i = at + 1; i < limit; i++) {
    if (bytes[i] === OPEN && bytes[i - 1] === COMMA && bytes[i - 2] === CLOSE && bytes[i - 3] === end) return i
  }
  return limit
}

/** Time of the point that begins at `at`, ms. It is written in seconds with at most three places behind the dot. */
export function timeOf(bytes: Buffer, at: number): number {
  let i = at + 1
  const negative = bytes[i] === MINUS
  if (negative) i++
  let digits = 0
  let behind = -1
  for (; bytes[i] !== COMMA; i++) {
    if (bytes[i] === DOT) behind = 0
    else {
      digits = digits * 10 + bytes[i]! - ZERO
      if (behind >= 0) behind++
    }
  }
  for (let places = Math.max(behind, 0); places < 3; places++) digits *= 10
  return negative ? -digits : digits
}
