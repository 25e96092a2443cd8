import type { Labels } from '@binnacle/promql'
import { type ByteStrings, grown, sameBytes, viewOf } from '../byte-table/index.ts'
import { canonicalBound } from './float-text.ts'
import { malformed } from './malformed.ts'
import type { ExpositionFormat } from './negotiate.ts'

/** Which `# TYPE` stands above a series, as far as it changes its labels. */
export const CONTEXT_NONE = 0
export const CONTEXT_HISTOGRAM = 1
export const CONTEXT_SUMMARY = 2
export type TypeContext = 0 | 1 | 2

const MAX_BOUNDS = 500
/** More labels than that are sorted by something better than insertion. */
const MAX_INSERTED = 64

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

/** In `#textLengths`: no text of this body stands in the slot. */
const NO_TEXT = 0xffffffff

const EMPTY = Buffer.alloc(0)
const EMPTY_VIEW = viewOf(EMPTY)

/**
 * Reads `name{label="value", ...}` and `{"name", "label"="value"}` into ranges, without making strings; `labels()`
 * makes them. One object serves many bodies. Sources: Prometheus exposition formats (text 0.0.4, UTF-8 names of 1.0.0),
 * OpenMetrics 1.0.0 ABNF; where they and Prometheus 3.5 differ, Prometheus.
 *
 *   ranges   four offsets a label: name from, name to, value from, value to (without their quotes); relative to where
 *            the series begins
 *   texts    two strings an entry; entry 0 is `__name__` and the metric name, entry i + 1 is label i. Beside them, by
 *            the same number, where in the body the text was read from, and its length
 *   order    entries in the order of their names
 *
 * Neighbours on a page differ in little, mostly in the last label. What a series has in common with the one before, byte
 * by byte, is not read again: reading goes on behind the last label that is the same, strings and their order stay. A text
 * behind it is first compared with the one that the neighbour has in the same place.
 */
export class SeriesLexer {
  /** Where the series text ended, exclusive. */
  end = 0
  #body: Buffer = EMPTY
  #view: DataView = EMPTY_VIEW
  #strict = false
  /** Where the series began that was read last; of it `#ranges` and what follows speak. */
  #from = 0
  #nameFrom = 0
  #nameTo = 0
  /** The opening brace behind a metric name; -1 when there is none. */
  #brace = -1
  #labelCount = 0
  #ranges = new Uint32Array(64)
  /** Whether any of the texts holds a backslash. */
  #escaped = false
  /** Whether the next series may go on from what it has in common with this one. */
  #resumable = false
  #texts: string[] = ['__name__']
  #textFrom = new Uint32Array(64)
  #textLengths = new Uint32Array(64)
  /** So many entries in front have the texts of the series that was read last. */
  #named = 0
  #order: number[] = []
  /** The entries that `#order` puts in order. */
  #orderFrom = 0
  #orderTo = 0
  readonly #bounds = new Map<string, string>()

  /** What is read from now on. `body` ends with a newline, `view` looks at its bytes. */
  begin(body: Buffer, view: DataView, format: ExpositionFormat): void {
    this.#body = body
    this.#view = view
    this.#strict = format === 'openmetrics'
    this.#resumable = false
    this.#named = this.#orderTo = 0
    if (this.#texts.length > 1) this.#texts = ['__name__']
    this.#textLengths.fill(NO_TEXT)
  }

  /** Lets go of the body. */
  finish(): void {
    this.begin(EMPTY, EMPTY_VIEW, 'text')
  }

  /** Reads the series that begins at `from`. Throws `exposition.malformed`. */
  lexSeries(from: number): void {
    const body = this.#body
    const shared = this.#resumable ? this.#sharedWithLast(from) : 0
    this.#from = from
    this.#resumable = false
    if (shared > this.#brace && this.#brace >= 0) {
      let same = this.#labelCount
      while (same > 0 && this.#ranges[same * 4 - 1]! >= shared) same--
      this.#labelCount = same
      this.#named = Math.min(this.#named, same + 1)
      const at = same > 0 ? this.#afterValue(from + this.#ranges[same * 4 - 1]!) : this.#blanks(from + this.#brace + 1)
      this.end = this.#lexBraces(at, true)
      this.#resumable = !this.#escaped
      return
    }
    this.#begun()
    if (body[from] === OPEN) {
      this.end = this.#lexBraces(this.#blanks(from + 1), true)
      if (this.#nameFrom < 0) throw malformed(body, from, 'a metric name before or within the braces')
      return
    }
    const at = skipMetricName(body, from)
    if (at === from) throw malformed(body, from, 'a metric name, a comment or the end of the answer')
    this.#nameFrom = 0
    this.#nameTo = at - from
    const brace = this.#strict ? at : skipBlanks(body, at)
    if (body[brace] === OPEN) {
      this.#brace = brace - from
      this.end = this.#lexBraces(this.#blanks(brace + 1), true)
      this.#resumable = !this.#escaped
    } else this.end = at
  }

  /** Reads the labels of an exemplar; `from` is behind its opening brace. */
  lexExemplarLabels(from: number): void {
    this.#from = from
    this.#resumable = false
    this.#begun()
    const strict = this.#strict
    this.#strict = true
    this.end = this.#lexBraces(from, false)
    this.#strict = strict
  }

  #begun(): void {
    this.#escaped = false
    this.#labelCount = this.#named = 0
    this.#nameFrom = this.#nameTo = this.#brace = -1
  }

  /** How many bytes at `from` are those of the last series. */
  #sharedWithLast(from: number): number {
    const view = this.#view
    const last = this.#from
    const length = Math.min(this.end - last, this.#body.length - from)
    let n = 0
    while (n + 4 <= length && view.getInt32(last + n, true) === view.getInt32(from + n, true)) n += 4
    while (n < length && view.getUint8(last + n) === view.getUint8(from + n)) n++
    return n
  }

  /** `from` is where a label, a quoted metric name or the closing brace stands. Returns what is behind the brace. */
  #lexBraces(from: number, nameAllowed: boolean): number {
    const body = this.#body
    const base = this.#from
    let at = from
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
        if (this.#nameFrom >= 0) throw malformed(body, nameFrom - 1, 'only one metric name')
        this.#nameFrom = nameFrom - base
        this.#nameTo = nameTo - base
        if (body[at] === CLOSE) return at + 1
        at = this.#blanks(at + 1)
        continue
      }
      if (body[at] !== EQUALS) throw malformed(body, at, '"=" after the label name')
      at = this.#blanks(at + 1)
      if (body[at] !== QUOTE) throw malformed(body, at, 'a label value in double quotes')
      const valueFrom = at + 1
      const valueTo = this.#closingQuote(valueFrom, this.#strict)
      this.#addRange(nameFrom - base, nameTo - base, valueFrom - base, valueTo - base)
      at = this.#afterValue(valueTo)
    }
  }

  /** From the closing quote of a value to the next label or the closing brace. */
  #afterValue(quote: number): number {
    const body = this.#body
    const at = this.#blanks(quote + 1)
    if (body[at] === COMMA) return this.#blanks(at + 1)
    if (this.#strict && body[at] !== CLOSE) throw malformed(body, at, '"," or "}"')
    return at
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
    const base = this.#labelCount * 4
    if (base + 4 > this.#ranges.length) this.#ranges = grown(this.#ranges, this.#ranges.length * 2)
    this.#ranges[base] = nameFrom
    this.#ranges[base + 1] = nameTo
    this.#ranges[base + 2] = valueFrom
    this.#ranges[base + 3] = valueTo
    this.#labelCount++
  }

  /**
   * Label set of what was read last: sorted, without empty values; with the metric name unless it was an exemplar.
   * Throws `exposition.malformed` for a name twice and for text that is not UTF-8.
   */
  labels(strings: ByteStrings, context: TypeContext, withName: boolean): Labels {
    const texts = this.#texts
    const first = withName ? 0 : 1
    const end = this.#labelCount + 1
    let inOrder = this.#orderFrom === first && this.#orderTo === end
    this.#growTexts(end * 2)
    if (withName && this.#named === 0) {
      const name = this.#text(strings, 1, this.#nameFrom, this.#nameTo, 'a metric name in UTF-8')
      if (name === '') throw malformed(this.#body, this.#from + this.#nameFrom, 'a metric name that is not empty')
    }
    for (let entry = Math.max(1, this.#named); entry < end; entry++) {
      const base = (entry - 1) * 4
      const nameFrom = this.#ranges[base]!
      const before = texts[entry * 2]
      const name = this.#text(strings, entry * 2, nameFrom, this.#ranges[base + 1]!, 'a label name in UTF-8')
      if (name === '') throw malformed(this.#body, this.#from + nameFrom, 'a label name that is not empty')
      if (name !== before) inOrder = false
      this.#text(strings, entry * 2 + 1, this.#ranges[base + 2]!, this.#ranges[base + 3]!, 'a label value in UTF-8')
    }
    if (!inOrder) this.#sort(first, end)
    this.#named = end

    const bound = context === CONTEXT_HISTOGRAM ? 'le' : context === CONTEXT_SUMMARY ? 'quantile' : ''
    const order = this.#order
    const flat: string[] = []
    for (let place = 0; place < end - first; place++) {
      const entry = order[place]!
      const name = texts[entry * 2]!
      let value = texts[entry * 2 + 1]!
      if (bound !== '' && name === bound) value = this.#boundOf(value)
      if (value !== '') flat.push(name, value)
    }
    return flat
  }

  /** Insertion sort: label sets are short, and most exporters write them nearly sorted. */
  #sort(first: number, end: number): void {
    const texts = this.#texts
    const order = this.#order
    this.#orderTo = 0
    if (end - first > MAX_INSERTED) {
      this.#sortMany(first, end)
      return
    }
    for (let entry = first; entry < end; entry++) {
      const name = texts[entry * 2]!
      let to = entry - first
      while (to > 0 && texts[order[to - 1]! * 2]! >= name) to--
      if (to < entry - first && texts[order[to]! * 2] === name) {
        const at = this.#from + this.#ranges[(entry - 1) * 4]!
        throw malformed(this.#body, at, `the label ${JSON.stringify(name)} only once`)
      }
      for (let from = entry - first; from > to; from--) order[from] = order[from - 1]!
      order[to] = entry
    }
    this.#orderFrom = first
    this.#orderTo = end
  }

  /** As `#sort`, in time for any number of labels. */
  #sortMany(first: number, end: number): void {
    const texts = this.#texts
    const entries = Array.from({ length: end - first }, (_, i) => first + i)
    // Of equal names the later one is the one too many.
    entries.sort((a, b) => (texts[a * 2]! < texts[b * 2]! ? -1 : texts[a * 2]! > texts[b * 2]! ? 1 : a - b))
    let twice = end
    for (let i = 1; i < entries.length; i++) {
      if (texts[entries[i]! * 2] === texts[entries[i - 1]! * 2]) twice = Math.min(twice, entries[i]!)
      this.#order[i] = entries[i]!
    }
    if (twice < end) {
      const at = this.#from + this.#ranges[(twice - 1) * 4]!
      throw malformed(this.#body, at, `the label ${JSON.stringify(texts[twice * 2])} only once`)
    }
    this.#order[0] = entries[0]!
    this.#orderFrom = first
    this.#orderTo = end
  }

  #growTexts(count: number): void {
    const old = this.#textLengths.length
    if (count <= old) return
    const size = Math.max(count, old * 2)
    this.#textFrom = grown(this.#textFrom, size)
    this.#textLengths = grown(this.#textLengths, size).fill(NO_TEXT, old)
  }

  /** The same few bounds stand in every histogram of a target. */
  #boundOf(text: string): string {
    const known = this.#bounds.get(text)
    if (known !== undefined) return known
    const bound = canonicalBound(text)
    if (this.#bounds.size < MAX_BOUNDS) this.#bounds.set(text, bound)
    return bound
  }

  /** The text `from .. to` of the series, put into `#texts[slot]`. */
  #text(strings: ByteStrings, slot: number, from: number, to: number, expected: string): string {
    const at = this.#from + from
    const length = to - from
    if (this.#textLengths[slot] === length && sameBytes(this.#view, at, this.#view, this.#textFrom[slot]!, length)) {
      return this.#texts[slot]!
    }
    let text = strings.textOf(this.#body, this.#view, at, at + length)
    if (text === undefined) throw malformed(this.#body, at, expected)
    if (this.#escaped) text = unescaped(text)
    this.#textFrom[slot] = at
    this.#textLengths[slot] = length
    this.#texts[slot] = text
    return text
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
