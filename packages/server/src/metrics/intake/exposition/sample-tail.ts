import { parseFloatText } from './float-text.ts'
import { malformed } from './malformed.ts'
import type { ExpositionFormat } from './negotiate.ts'
import { skipBlanks } from './series-lexer.ts'

const NEWLINE = 0x0a
const SPACE = 0x20
const HASH = 0x23
const OPEN = 0x7b

/**
 * Reads what follows a series on its line: value, timestamp, and where an exemplar begins. The object is reused:
 * fields hold until the next `read`.
 */
export class SampleTail {
  value = 0
  /** Unix ms, when `hasTs`. */
  ts = 0
  hasTs = false
  /** First byte of the next line; -1 when an exemplar stands before it. */
  next = 0
  /** First byte behind the opening brace of the exemplar, when `next` is -1. */
  exemplarFrom = 0

  /** `from` is behind the series; `body` ends with a newline. Throws `exposition.malformed`. */
  read(body: Buffer, from: number, format: ExpositionFormat): void {
    if (format === 'text') this.#readText(body, from)
    else this.#readOpenMetrics(body, from, true)
  }

  /** Value and time of an exemplar; `from` is behind its labels. */
  readExemplar(body: Buffer, from: number): void {
    this.#readOpenMetrics(body, from, false)
  }

  #readText(body: Buffer, from: number): void {
    let at = skipBlanks(body, from)
    const valueFrom = at
    while (isTextToken(body[at]!)) at++
    this.#readValue(body, valueFrom, at)
    at = skipBlanks(body, at)
    this.hasTs = body[at] !== NEWLINE
    if (this.hasTs) {
      const tsFrom = at
      while (isTextToken(body[at]!)) at++
      this.#readMilliseconds(body, tsFrom, at)
      at = skipBlanks(body, at)
      if (body[at] !== NEWLINE) throw malformed(body, at, 'the end of the line after the timestamp')
    }
    this.next = at + 1
  }

  #readOpenMetrics(body: Buffer, from: number, exemplarAllowed: boolean): void {
    if (body[from] !== SPACE) throw malformed(body, from, 'a space and a value')
    let at = tokenEnd(body, from + 1)
    this.#readValue(body, from + 1, at)
    this.hasTs = false
    if (body[at] !== NEWLINE && !(exemplarAllowed && isExemplar(body, at))) {
      const tsFrom = at + 1
      at = tokenEnd(body, tsFrom)
      const seconds = parseFloatText(body, tsFrom, at)
      if (seconds === undefined || !Number.isFinite(seconds)) throw malformed(body, tsFrom, 'a timestamp in seconds')
      this.hasTs = true
      this.ts = Math.trunc(seconds * 1000)
    }
    if (body[at] === NEWLINE) {
      this.next = at + 1
      return
    }
    if (!exemplarAllowed || !isExemplar(body, at)) throw malformed(body, at, 'the end of the line')
    this.next = -1
    this.exemplarFrom = at + 4
  }

  #readValue(body: Buffer, from: number, to: number): void {
    const value = parseFloatText(body, from, to)
    if (value === undefined) throw malformed(body, from, 'a value')
    this.value = value
  }

  #readMilliseconds(body: Buffer, from: number, to: number): void {
    let at = from
    const negative = body[at] === 0x2d
    if (negative) at++
    let ms = 0
    const digits = to - at
    for (; at < to; at++) {
      const digit = body[at]! - 0x30
      if (digit < 0 || digit > 9) throw malformed(body, from, 'a timestamp in whole milliseconds')
      ms = ms * 10 + digit
    }
    if (digits === 0 || ms >= 2 ** 63) throw malformed(body, from, 'a timestamp in whole milliseconds')
    this.ts = negative ? -ms : ms
  }
}

function isTextToken(c: number): boolean {
  return c !== SPACE && c !== NEWLINE && c !== 0x09 && c !== OPEN
}

function tokenEnd(body: Buffer, from: number): number {
  let at = from
  while (body[at] !== SPACE && body[at] !== NEWLINE) at++
  return at
}

function isExemplar(body: Buffer, at: number): boolean {
  return body[at + 1] === HASH && body[at + 2] === SPACE && body[at + 3] === OPEN
}
