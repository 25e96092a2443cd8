// A matrix answer read from its bytes: an answer of thousands of series is tens of megabytes of JSON, and building its
// objects only to take the numbers out of them costs a second and ten times the memory. Labels stay bytes until somebody
// wants them. What is not laid out as expected is left to `JSON.parse` by the caller.

/** Series by series: labels as JSON bytes `[from, to)`, then its points, then what its `histograms` holds. */
export type MatrixVisit = {
  series(labelsFrom: number, labelsTo: number): void
  /** Unix seconds. */
  point(time: number, value: number): void
  histograms(from: number, to: number): void
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN = 0x5b
const CLOSE = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39

const RESULT = bytesOf('"result":[')
const METRIC = bytesOf('{"metric":')
const VALUES = bytesOf(',"values":[')
const HISTOGRAMS = bytesOf(',"histograms":[')
/** The list of series stands near the front, behind the status and the type. */
const RESULT_WITHIN = 400

/**
 * Reads the series of an answer and returns the place behind the last one (that of the `]`), or -1 when the answer is
 * laid out in another way. What was visited before that counts for nothing then.
 */
export function scanMatrix(bytes: Uint8Array, visit: MatrixVisit): { from: number; to: number } | undefined {
  const from = indexOf(bytes, RESULT, 0, RESULT_WITHIN)
  if (from < 0) return undefined
  let at = from + RESULT.length
  if (bytes[at] === CLOSE) return { from: from + RESULT.length, to: at }
  for (;;) {
    if (!startsWith(bytes, METRIC, at)) return undefined
    const labels = at + METRIC.length
    at = skipValue(bytes, labels)
    if (at < 0) return undefined
    visit.series(labels, at)
    if (startsWith(bytes, VALUES, at)) {
      at = scanPoints(bytes, at + VALUES.length, visit)
      if (at < 0) return undefined
    }
    if (startsWith(bytes, HISTOGRAMS, at)) {
      const list = at + HISTOGRAMS.length - 1
      at = skipValue(bytes, list)
      if (at < 0) return undefined
      visit.histograms(list, at)
    }
    if (bytes[at] !== CLOSE_OBJECT) return undefined
    at++
    if (bytes[at] === CLOSE) return { from: from + RESULT.length, to: at }
    if (bytes[at] !== COMMA) return undefined
    at++
  }
}

/** `[1700000000.5,"12.5"],...]` from behind the outer bracket; the place behind the closing one, or -1. */
function scanPoints(bytes: Uint8Array, start: number, visit: MatrixVisit): number {
  let at = start
  if (bytes[at] === CLOSE) return at + 1
  for (;;) {
    if (bytes[at] !== OPEN) return -1
    const timeFrom = at + 1
    at = timeFrom
    while (bytes[at] !== COMMA && at < bytes.length) at++
    const time = toNumber(bytes, timeFrom, at)
    if (bytes[at + 1] !== QUOTE) return -1
    const valueFrom = at + 2
    at = valueFrom
    while (bytes[at] !== QUOTE && at < bytes.length) at++
    visit.point(time, toNumber(bytes, valueFrom, at))
    if (bytes[at + 1] !== CLOSE) return -1
    at += 2
    if (bytes[at] === CLOSE) return at + 1
    if (bytes[at] !== COMMA) return -1
    at++
  }
}

/** Digits with at most one dot, exact to 15 of them; anything else (`NaN`, `+Inf`, exponents) goes the long way. */
function toNumber(bytes: Uint8Array, from: number, to: number): number {
  const negative = bytes[from] === MINUS
  let at = negative ? from + 1 : from
  let digits = 0
  let count = 0
  let decimals = -1
  for (; at < to; at++) {
    const byte = bytes[at]!
    if (byte >= ZERO && byte <= NINE) {
      digits = digits * 10 + (byte - ZERO)
      if (digits > 0) count++
      if (decimals >= 0) decimals++
    } else if (byte === DOT && decimals < 0) decimals = 0
    else return slowNumber(bytes, from, to)
  }
  if (count > 15 || decimals > 22 || to === from) return slowNumber(bytes, from, to)
  const value = decimals > 0 ? digits / POWERS[decimals]! : digits
  return negative ? -value : value
}

const POWERS = Array.from({ length: 23 }, (_x, i) => 10 ** i)

function slowNumber(bytes: Uint8Array, from: number, to: number): number {
  const text = textOf(bytes, from, to)
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY
  if (text === '-Inf') return Number.NEGATIVE_INFINITY
  return text === '' ? Number.NaN : Number(text)
}

/** Behind an object or a list that begins at `at`; -1 where it does not end. */
function skipValue(bytes: Uint8Array, start: number): number {
  let depth = 0
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) {
      at++
      while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1
    } else if (byte === OPEN_OBJECT || byte === OPEN) depth++
    else if (byte === CLOSE_OBJECT || byte === CLOSE) {
      depth--
      if (depth === 0) return at + 1
    } else if (depth === 0) return -1
  }
  return -1
}

const decoder = new TextDecoder()

export function textOf(bytes: Uint8Array, from: number, to: number): string {
  return decoder.decode(bytes.subarray(from, to))
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function startsWith(bytes: Uint8Array, part: Uint8Array, at: number): boolean {
  for (let i = 0; i < part.length; i++) if (bytes[at + i] !== part[i]) return false
  return true
}

function indexOf(bytes: Uint8Array, part: Uint8Array, from: number, within: number): number {
  const last = Math.min(from + within, bytes.length - part.length)
  for (let at = from; at <= last; at++) if (startsWith(bytes, part, at)) return at
  return -1
}
