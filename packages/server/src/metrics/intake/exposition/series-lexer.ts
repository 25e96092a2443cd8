import type { Labels } from '@binnacle/promql'
import type { ByteStrings } from '../byte-table/index.ts'
import { canonicalBound } from './float-text.ts'
import { malformed } from './malformed.ts'
import type { ExpositionFormat } from './negotiate.ts'

/** Which `# TYPE` stands above a series, as far as it changes its labels. */
export const CONTEXT_NONE = 0
export const CONTEXT_HISTOGRAM = 1
export const CONTEXT_SUMMARY = 2
export type TypeContext = 0 | 1 | 2

const MAX_BOUNDS = 500

const TAB = 0x09
const NEWLINE = 0x0a
const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const EQUALS = 0x3d
const BACKSLASH = 0x5c
const OPEN = 0x7b
const CLOSE = 0x7d

/** What may begin a name (1), only a metric name (2: the colon), or only continue one (4: digits). */
const NAME_CLASS = new Uint8Array(256)
for (let c = 0x61; c <= 0x7a; c++) NAME_CLASS[c] = NAME_CLASS[c - 0x20] = 1
NAME_CLASS[0x5f] = 1
NAME_CLASS[0x3a] = 2
for (let c = 0x30; c <= 0x39; c++) NAME_CLASS[c] = 4

/**
 * Reads `name{label="value", ...}` and `{"name", "label"="value"}` into ranges, without making strings; `labels()`
 * makes them. One object serves many bodies. Sources: Prometheus exposition formats (text 0.0.4, UTF-8 names of 1.0.0),
 * OpenMetrics 1.0.0 ABNF; where they and Prometheus 3.5 differ, Prometheus.
 *
 * `ranges` holds four offsets a label: name from, name to, value from, value to (without their quotes).
 */
export class SeriesLexer {
  /** Where the series text ended, exclusive. */
  end = 0
  nameFrom = 0
  nameTo = 0
  labelCount = 0
  ranges = new Uint32Array(64)
  #strict = false
  /** Whether any of the texts holds a backslash. */
  #escaped = false
  #body: Buffer = Buffer.alloc(0)
  readonly #bounds = new Map<string, string>()

  /** Reads one series that begins at `from`. `body` ends with a newline. Throws `exposition.malformed`. */
  lexSeries(body: Buffer, from: number, format: ExpositionFormat): void {
    this.#body = body
    this.#strict = format === 'openmetrics'
    this.#escaped = false
    this.labelCount = 0
    this.nameFrom = this.nameTo = -1
    let at = from
    if (body[at] === OPEN) {
      this.end = this.#lexBraces(at + 1, true)
      if (this.nameFrom < 0) throw malformed(body, from, 'a metric name before or within the braces')
      return
    }
    at = skipMetricName(body, from)
    if (at === from) throw malformed(body, from, 'a metric name, a comment or the end of the answer')
    this.nameFrom = from
    this.nameTo = at
    const brace = this.#strict ? at : skipBlanks(body, at)
    this.end = body[brace] === OPEN ? this.#lexBraces(brace + 1, true) : at
  }

  /** Reads the labels of an exemplar; `from` is behind its opening brace. */
  lexExemplarLabels(body: Buffer, from: number): void {
    this.#body = body
    this.#strict = true
    this.#escaped = false
    this.labelCount = 0
    this.end = this.#lexBraces(from, false)
  }

  #lexBraces(from: number, nameAllowed: boolean): number {
    const body = this.#body
    let at = this.#blanks(from)
    for (;;) {
      const c = body[at]
      if (c === CLOSE) return at + 1
      let nameFrom = at
      let nameTo: number
      const quoted = c === QUOTE
      if (quoted) {
        nameFrom = at + 1
        nameTo = this.#closingQuote(nameFrom, false)
        at = nameTo + 1
      } else {
        if (NAME_CLASS[c ?? 0] !== 1) throw malformed(body, at, 'a label name or "}"')
        while ((NAME_CLASS[body[at]!]! & 5) !== 0) at++
        nameTo = at
      }
      at = this.#blanks(at)
      if (quoted && nameAllowed && (body[at] === COMMA || body[at] === CLOSE)) {
        if (this.nameFrom >= 0) throw malformed(body, nameFrom - 1, 'only one metric name')
        this.nameFrom = nameFrom
        this.nameTo = nameTo
        if (body[at] === CLOSE) return at + 1
        at = this.#blanks(at + 1)
        continue
      }
      if (body[at] !== EQUALS) throw malformed(body, at, '"=" after the label name')
      at = this.#blanks(at + 1)
      if (body[at] !== QUOTE) throw malformed(body, at, 'a label value in double quotes')
      const valueFrom = at + 1
      const valueTo = this.#closingQuote(valueFrom, this.#strict)
      this.#addRange(nameFrom, nameTo, valueFrom, valueTo)
      at = this.#blanks(valueTo + 1)
      if (body[at] === COMMA) at = this.#blanks(at + 1)
      else if (this.#strict && body[at] !== CLOSE) throw malformed(body, at, '"," or "}"')
    }
  }

  /** Only the text format knows blanks between the parts. */
  #blanks(at: number): number {
    return this.#strict ? at : skipBlanks(this.#body, at)
  }

  #closingQuote(from: number, oneLine: boolean): number {
    const body = this.#body
    for (let at = from; at < body.length; at++) {
      const c = body[at]
      if (c === QUOTE) return at
      if (c === BACKSLASH) {
        at++
        this.#escaped = true
        if (body[at] === NEWLINE) throw malformed(body, at, 'a character after the backslash')
      } else if (oneLine && c === NEWLINE) throw malformed(body, at, 'a closing quote')
    }
    throw malformed(body, from - 1, 'a quoted text that ends')
  }

  #addRange(nameFrom: number, nameTo: number, valueFrom: number, valueTo: number): void {
    const base = this.labelCount * 4
    if (base + 4 > this.ranges.length) {
      const wider = new Uint32Array(this.ranges.length * 2)
      wider.set(this.ranges)
      this.ranges = wider
    }
    this.ranges[base] = nameFrom
    this.ranges[base + 1] = nameTo
    this.ranges[base + 2] = valueFrom
    this.ranges[base + 3] = valueTo
    this.labelCount++
  }

  /**
   * Label set of what was read last: sorted, without empty values; with the metric name unless it was an exemplar.
   * `view` looks at the body's bytes. Throws `exposition.malformed` for a name twice and for text that is not UTF-8.
   */
  labels(view: DataView, strings: ByteStrings, context: TypeContext, withName: boolean): Labels {
    const flat: string[] = []
    if (withName) {
      const name = this.#text(view, strings, this.nameFrom, this.nameTo, 'a metric name in UTF-8')
      if (name === '') throw malformed(this.#body, this.nameFrom, 'a metric name that is not empty')
      flat.push('__name__', name)
    }
    const bound = context === CONTEXT_HISTOGRAM ? 'le' : context === CONTEXT_SUMMARY ? 'quantile' : ''
    for (let i = 0; i < this.labelCount; i++) {
      const base = i * 4
      const nameFrom = this.ranges[base]!
      const name = this.#text(view, strings, nameFrom, this.ranges[base + 1]!, 'a label name in UTF-8')
      if (name === '') throw malformed(this.#body, nameFrom, 'a label name that is not empty')
      let value = this.#text(view, strings, this.ranges[base + 2]!, this.ranges[base + 3]!, 'a label value in UTF-8')
      if (name === bound) value = this.#boundOf(value)
      // Insertion sort: label sets are short, and most exporters write them nearly sorted.
      let to = flat.length
      while (to > 0 && flat[to - 2]! >= name) to -= 2
      if (flat[to] === name) throw malformed(this.#body, nameFrom, `the label ${JSON.stringify(name)} only once`)
      flat.push(name, value)
      for (let from = flat.length - 2; from > to; from -= 2) {
        flat[from] = flat[from - 2]!
        flat[from + 1] = flat[from - 1]!
      }
      flat[to] = name
      flat[to + 1] = value
    }
    return withoutEmptyValues(flat)
  }

  /** The same few bounds stand in every histogram of a target. */
  #boundOf(text: string): string {
    const known = this.#bounds.get(text)
    if (known !== undefined) return known
    const bound = canonicalBound(text)
    if (this.#bounds.size < MAX_BOUNDS) this.#bounds.set(text, bound)
    return bound
  }

  #text(view: DataView, strings: ByteStrings, from: number, to: number, expected: string): string {
    const text = strings.textOf(this.#body, view, from, to)
    if (text === undefined) throw malformed(this.#body, from, expected)
    return this.#escaped ? unescaped(text) : text
  }
}

/** First position that is neither blank nor tab. */
export function skipBlanks(body: Buffer, from: number): number {
  let at = from
  while (body[at] === SPACE || body[at] === TAB) at++
  return at
}

/** End of the metric name that begins at `from`; `from` itself when there is none. */
export function skipMetricName(body: Buffer, from: number): number {
  if ((NAME_CLASS[body[from] ?? 0]! & 3) === 0) return from
  let at = from + 1
  while (NAME_CLASS[body[at] ?? 0] !== 0) at++
  return at
}

/** Label values know `\\`, `\"` and `\n`; a backslash before anything else stands for itself. */
export function unescaped(text: string): string {
  return text.replace(/\\([\\"n])/g, (_, c: string) => (c === 'n' ? '\n' : c))
}

function withoutEmptyValues(flat: string[]): string[] {
  for (let i = 1; i < flat.length; i += 2) {
    if (flat[i] === '') return flat.filter((_, at) => flat[at | 1] !== '')
  }
  return flat
}
