import { isUtf8 } from 'node:buffer'
import { malformed } from './malformed.ts'
import type { ExpositionFormat } from './negotiate.ts'
import { skipBlanks, skipMetricName, unescaped } from './series-lexer.ts'

/** A line that begins with `#`. `family` and `text` are empty for comments and for the end mark of OpenMetrics. */
export type MetadataLine = {
  readonly kind: 'comment' | 'help' | 'type' | 'unit' | 'end'
  readonly family: string
  /** Help text, unit, or the type in the words of Prometheus's API (`untyped` of the text format is `unknown`). */
  readonly text: string
}

const TEXT_TYPES = new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped'])
const OPEN_METRICS_TYPES = new Set([
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
  'unknown',
])

const COMMENT: MetadataLine = { kind: 'comment', family: '', text: '' }
const END: MetadataLine = { kind: 'end', family: '', text: '' }

/**
 * Reads `body[from .. to)`, a line that begins with `#`, without its newline. Throws `exposition.malformed`.
 * Sources: text format 0.0.4 (blanks are free, other comments are ignored), OpenMetrics 1.0 (single spaces, no comments).
 */
export function parseMetadataLine(body: Buffer, from: number, to: number, format: ExpositionFormat): MetadataLine {
  const strict = format === 'openmetrics'
  const wordFrom = strict ? from + 1 + (body[from + 1] === 0x20 ? 1 : 0) : skipBlanks(body, from + 1)
  if (wordFrom === from + 1) {
    if (strict) throw malformed(body, from, '"# HELP", "# TYPE", "# UNIT" or "# EOF"')
    return COMMENT
  }
  if (strict && to - wordFrom === 3 && body.toString('latin1', wordFrom, to) === 'EOF') return END
  const kind = kindOf(body.toString('latin1', wordFrom, Math.min(wordFrom + 4, to)), strict)
  const blank = body[wordFrom + 4]
  if (kind === undefined || !(blank === 0x20 || (blank === 0x09 && !strict))) {
    if (strict) throw malformed(body, from, '"# HELP", "# TYPE", "# UNIT" or "# EOF"')
    return COMMENT
  }

  const nameFrom = strict ? wordFrom + 5 : skipBlanks(body, wordFrom + 4)
  const quoted = body[nameFrom] === 0x22
  const nameTo = quoted ? closingQuote(body, nameFrom, to) : skipMetricName(body, nameFrom)
  if (nameTo === nameFrom) throw malformed(body, nameFrom, `a metric name after ${kind.toUpperCase()}`)
  const family = quoted ? body.toString('utf8', nameFrom + 1, nameTo - 1) : body.toString('latin1', nameFrom, nameTo)
  if (strict && body[nameTo] !== 0x20) throw malformed(body, nameTo, `a space and the text of ${kind.toUpperCase()}`)
  const textFrom = Math.min(nameTo + 1, to)
  if (kind === 'help' && !isUtf8(body.subarray(textFrom, to))) throw malformed(body, textFrom, 'a help text in UTF-8')
  const text = body.toString('utf8', textFrom, to)

  if (kind === 'help')
    return { kind, family, text: text.includes('\\') ? (strict ? unescaped : unescapedHelp)(text) : text }
  if (kind === 'type') {
    if (!(strict ? OPEN_METRICS_TYPES : TEXT_TYPES).has(text)) throw malformed(body, textFrom, 'a metric type')
    return { kind, family, text: text === 'untyped' ? 'unknown' : text }
  }
  if (text !== '' && !family.endsWith(`_${text}`)) {
    throw malformed(body, textFrom, `a unit that the metric ${JSON.stringify(family)} ends with`)
  }
  return { kind, family, text }
}

function kindOf(word: string, strict: boolean): 'help' | 'type' | 'unit' | undefined {
  if (word === 'HELP') return 'help'
  if (word === 'TYPE') return 'type'
  return word === 'UNIT' && strict ? 'unit' : undefined
}

/** Position behind the closing quote; `from` when there is none. */
function closingQuote(body: Buffer, from: number, to: number): number {
  for (let at = from + 1; at < to; at++) {
    if (body[at] === 0x22) return at + 1
    if (body[at] === 0x5c) at++
  }
  return from
}

/** Help texts of the text format know `\\` and `\n` only. */
function unescapedHelp(text: string): string {
  return text.replace(/\\([\\n])/g, (_, c: string) => (c === 'n' ? '\n' : '\\'))
}
