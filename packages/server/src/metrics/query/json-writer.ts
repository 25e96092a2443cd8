/*
 * JSON as bytes, in pieces:
 *
 *   |<------------- piece ------------->|          one array buffer each, so that it can go to another thread
 *   | bytes that are written  |  room   |
 *   0                         at        end        whoever writes numbers sees to NUMBER_ROOM bytes beforehand
 *
 * A number costs 10 to 20 ns while it is whole or has few decimals, against 100 to 200 ns for text that is joined and
 * encoded; the digits of any other number are V8's, copied.
 */
import { formatSample } from '@binnacle/promql'

/** Bytes that one time and one value take at most, with what stands around them: the longest float in full has 326. */
const NUMBER_ROOM = 400
/** Pieces of this size are mapped by the allocator and go back to the system when they are done; small ones would stay. */
const PIECE_BYTES = 512 * 1024
const LEAST_BYTES = 1024

/** Shorter texts are copied character by character; the native encoder costs as much as about so many of them. */
const BY_HAND = 200

const encoder = new TextEncoder()
const ZERO = 0x30
const MINUS = 0x2d
const POINT = 0x2e
const COMMA = 0x2c
const QUOTE = 0x22
const OPEN = 0x5b
const CLOSE = 0x5d

export type Piece = Uint8Array<ArrayBuffer>

export class JsonWriter {
  /** The piece being written; replaced by `seal`. */
  bytes: Piece
  at = 0
  /** Finished pieces that nobody has taken. */
  readonly full: Piece[] = []

  /** `expectedBytes`: of the whole; only the size of the first piece depends on it. */
  constructor(expectedBytes: number) {
    this.bytes = new Uint8Array(Math.min(PIECE_BYTES, Math.max(LEAST_BYTES, expectedBytes)))
  }

  /** Room for one time and one value. */
  get hasRoom(): boolean {
    return this.bytes.length - this.at >= NUMBER_ROOM
  }

  /** Begins a new piece. */
  seal(): void {
    this.full.push(this.bytes.subarray(0, this.at))
    this.bytes = new Uint8Array(PIECE_BYTES)
    this.at = 0
  }

  /** Ends the writing: all is in `full`. */
  finish(): void {
    if (this.at > 0) this.full.push(this.bytes.subarray(0, this.at))
    this.at = 0
  }

  /** Any text. */
  add(text: string): void {
    // A code unit of UTF-16 takes three bytes at most.
    if (text.length * 3 > this.bytes.length - this.at) {
      if (this.at > 0) this.seal()
      if (text.length * 3 > this.bytes.length) {
        this.full.push(encoder.encode(text))
        return
      }
    }
    if (text.length > BY_HAND) {
      this.at += encoder.encodeInto(text, this.bytes.subarray(this.at)).written
      return
    }
    const { bytes } = this
    let { at } = this
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) {
        this.at += encoder.encodeInto(text, bytes.subarray(this.at)).written
        return
      }
      bytes[at++] = code
    }
    this.at = at
  }

  /** A sample's value as Prometheus prints it (`formatSample`). Needs room. */
  addFloat(value: number): void {
    this.at = writeFloat(this.bytes, this.at, value)
  }

  /** `[time,"value"]` of samples from `from` on, with commas before all but the first of all, while there is room; returns the first that is left. */
  addPoints(ts: Float64Array, values: Float64Array, from: number): number {
    const { bytes } = this
    const last = bytes.length - NUMBER_ROOM
    let { at } = this
    let i = from
    for (; i < ts.length && at <= last; i++) {
      if (i > 0) bytes[at++] = COMMA
      bytes[at++] = OPEN
      at = writeTime(bytes, at, ts[i]!)
      bytes[at++] = COMMA
      bytes[at++] = QUOTE
      at = writeFloat(bytes, at, values[i]!)
      bytes[at++] = QUOTE
      bytes[at++] = CLOSE
    }
    this.at = at
    return i
  }
}

function writeTime(bytes: Piece, at: number, ms: number): number {
  // Times of samples are whole; what is not, or is out of the ordinary, is rare.
  if (!(ms >= 0 && ms < 1e15 && Math.floor(ms) === ms)) return writeText(bytes, at, String(ms / 1000))
  const seconds = Math.floor(ms / 1000)
  const rest = ms - seconds * 1000
  const end = writeWhole(bytes, at, seconds)
  return rest === 0 ? end : writeThousandths(bytes, end, rest)
}

function writeFloat(bytes: Piece, at: number, value: number): number {
  const size = Math.abs(value)
  // With at most 15 digits a decimal is the only one of so few digits that means this number: so it is the shortest.
  if (!(size < 1e12)) return writeText(bytes, at, formatSample(value))
  const whole = Math.floor(size)
  if (whole === size) {
    if (value < 0 || (value === 0 && 1 / value < 0)) bytes[at++] = MINUS
    return writeWhole(bytes, at, whole)
  }
  const thousandths = Math.round(size * 1000)
  if (thousandths / 1000 === size) {
    if (value < 0) bytes[at++] = MINUS
    const end = writeWhole(bytes, at, whole)
    return writeThousandths(bytes, end, thousandths - whole * 1000)
  }
  return writeText(bytes, at, size < 1e-6 ? formatSample(value) : String(value))
}

/** Digits of a whole number from 0 to 10^15. */
function writeWhole(bytes: Piece, at: number, value: number): number {
  if (value < 1e9) return writeSmall(bytes, at, value)
  const high = Math.floor(value / 1e9)
  const end = writeSmall(bytes, at, high)
  let low = (value - high * 1e9) | 0
  for (let i = end + 8; i >= end; i--) {
    const next = (low / 10) | 0
    bytes[i] = ZERO + low - next * 10
    low = next
  }
  return end + 9
}

/** Digits of a whole number from 0 to 10^9. */
function writeSmall(bytes: Piece, at: number, value: number): number {
  let rest = value | 0
  let digits = 1
  if (rest >= 100_000) digits = rest >= 10_000_000 ? (rest >= 100_000_000 ? 9 : 8) : rest >= 1_000_000 ? 7 : 6
  else if (rest >= 100) digits = rest >= 1_000 ? (rest >= 10_000 ? 5 : 4) : 3
  else if (rest >= 10) digits = 2
  const end = at + digits
  for (let i = end - 1; i >= at; i--) {
    const next = (rest / 10) | 0
    bytes[i] = ZERO + rest - next * 10
    rest = next
  }
  return end
}

/** A point and the decimals of `value` thousandths (1 to 999), without zeros at the end. */
function writeThousandths(bytes: Piece, at: number, value: number): number {
  const tenths = (value / 100) | 0
  const rest = value - tenths * 100
  bytes[at] = POINT
  bytes[at + 1] = ZERO + tenths
  if (rest === 0) return at + 2
  const hundredths = (rest / 10) | 0
  bytes[at + 2] = ZERO + hundredths
  if (rest === hundredths * 10) return at + 3
  bytes[at + 3] = ZERO + rest - hundredths * 10
  return at + 4
}

/** Plain ASCII. */
function writeText(bytes: Piece, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i)
  return at
}
