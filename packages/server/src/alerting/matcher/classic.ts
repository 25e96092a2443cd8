import { BinnacleError } from '../../config/index.ts'
import { createMatcher, type Matcher } from './matcher.ts'
import { trimSpace } from './text.ts'

/*
 * The classic form, which tolerates much: `{foo = bar, dings!="bums",}`. Values with or without double quotes; `\n`, `\"`
 * and `\\` are escapes, any other backslash is itself. Source: Alertmanager's documentation, "Matcher", classic mode.
 */

/** Comma-separated matchers; an opening brace before and a closing one behind are optional, one without the other too. */
export function parseClassicMatchers(text: string): Matcher[] {
  const from = text.startsWith('{') ? 1 : 0
  const to = text.length > from && text.endsWith('}') ? text.length - 1 : text.length
  const pieces: string[] = []
  let piece = from
  let quoted = false
  let escaped = false
  for (let i = from; i < to; i++) {
    const char = text[i]
    if (char === ',') {
      // A backslash before a comma stays in force: a quote behind both counts as escaped.
      if (quoted) continue
      pieces.push(text.slice(piece, i))
      piece = i + 1
    } else if (char === '"') {
      if (!escaped) quoted = !quoted
      escaped = false
    } else escaped = char === '\\' && !escaped
  }
  const last = trimSpace(text.slice(piece, to))
  if (last !== '') pieces.push(last)
  return pieces.map(parseClassicMatcher)
}

const START = /^[\t\n\f\r ]*([a-zA-Z_:][a-zA-Z0-9_:]*)[\t\n\f\r ]*(=~|=|!=|!~)/

export function parseClassicMatcher(text: string): Matcher {
  const start = START.exec(text)
  if (start === null) throw refused(`bad matcher format: ${text}`)
  const kind = start[2] as Matcher['kind']
  let from = start[0].length
  let to = text.length
  while (from < to && isPlainSpace(text[from]!)) from++
  while (to > from && isPlainSpace(text[to - 1]!)) to--
  const given = text.slice(from, to)
  return createMatcher(kind, start[1]!, unescaped(given))
}

const isPlainSpace = (char: string) => '\t\n\f\r '.includes(char)

function unescaped(given: string): string {
  const quoted = given.startsWith('"')
  const raw = quoted ? given.slice(1) : given
  const strayQuote = () => refused(`matcher value contains unescaped double quote: ${given}`)
  let closed = !quoted
  let value = ''
  for (let i = 0; i < raw.length; i++) {
    const char = raw[i]!
    if (char === '"') {
      if (closed || i < raw.length - 1) throw strayQuote()
      closed = true
    } else if (char === '\\' && i < raw.length - 1) {
      const next = raw[++i]!
      value += next === 'n' ? '\n' : next === '"' || next === '\\' ? next : `\\${next}`
    } else value += char
  }
  if (!closed) throw strayQuote()
  return value
}

const refused = (message: string) => new BinnacleError('alerting.bad_matcher', message)
