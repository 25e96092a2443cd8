/** One lexical token, for finding and wording mistakes; the grammar itself reads with its own tokens. */
export type Token = {
  readonly kind: 'identifier' | 'number' | 'duration' | 'string' | 'operator' | 'symbol' | 'error' | 'end'
  readonly text: string
  readonly start: number
  readonly end: number
  /** What is wrong, for kind `error`. */
  readonly message: string
}

const WORD = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const NUMBER = /0[xX][0-9a-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?[\d_]+)?/y
const DURATION = /(?:\d+(?:ms|[ywdhms]))+/y
const OPERATORS = ['==', '!=', '=~', '!~', '<=', '>=', '</', '>/', '=', '<', '>', '+', '-', '*', '/', '%', '^', '@']
const SYMBOLS = '(){}[],:'

/** All tokens with the end mark last; stops at the first one that cannot be read. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  const push = (kind: Token['kind'], start: number, end: number, message = '') =>
    tokens.push({ kind, text: text.slice(start, end), start, end, message })
  let at = 0
  while (at < text.length) {
    const char = text[at]!
    if (/\s/.test(char)) {
      at++
    } else if (char === '#') {
      const line = text.indexOf('\n', at)
      at = line < 0 ? text.length : line
    } else if (/[0-9]/.test(char) || (char === '.' && /[0-9]/.test(text[at + 1] ?? ''))) {
      const end = Math.max(match(DURATION, text, at), match(NUMBER, text, at))
      const kind = match(DURATION, text, at) === end ? 'duration' : 'number'
      if (/[a-zA-Z0-9_.]/.test(text[end] ?? '')) {
        const bad = match(/[0-9a-zA-Z_.]+/y, text, at)
        push('error', at, bad, `bad number or duration syntax: ${JSON.stringify(text.slice(at, bad))}`)
        return tokens
      }
      push(kind, at, end)
      at = end
    } else if (/[a-zA-Z_]/.test(char) || (char === ':' && /[a-zA-Z_:]/.test(text[at + 1] ?? ''))) {
      const end = match(WORD, text, at)
      push('identifier', at, end)
      at = end
    } else if (char === '"' || char === "'" || char === '`') {
      const end = stringEnd(text, at)
      if (end < 0) {
        push('error', at, text.length, char === '`' ? 'unterminated raw string' : 'unterminated quoted string')
        return tokens
      }
      push('string', at, end)
      at = end
    } else {
      const operator = OPERATORS.find((op) => text.startsWith(op, at))
      if (operator === undefined && !SYMBOLS.includes(char)) {
        const shown = String.fromCodePoint(text.codePointAt(at)!)
        push('error', at, at + shown.length, `unexpected character: '${shown}'`)
        return tokens
      }
      push(operator === undefined ? 'symbol' : 'operator', at, at + (operator ?? char).length)
      at += (operator ?? char).length
    }
  }
  push('end', text.length, text.length)
  return tokens
}

function match(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : -1
}

function stringEnd(text: string, start: number): number {
  const quote = text[start]
  for (let i = start + 1; i < text.length; i++) {
    const char = text[i]
    if (char === quote) return i + 1
    if (quote === '`') continue
    if (char === '\\') i++
    else if (char === '\n') return -1
  }
  return -1
}

const KEYWORDS = new Set('by without on ignoring group_left group_right bool offset smoothed anchored'.split(' '))
const OPERATOR_WORDS = new Set('and or unless atan2'.split(' '))
const AGGREGATORS = new Set(
  'sum avg count min max group stddev stdvar topk bottomk quantile count_values limitk limit_ratio'.split(' '),
)

/** As Prometheus names a token in `unexpected ...`. */
export function describeToken(token: Token): string {
  const word = token.text.toLowerCase()
  if (token.kind === 'end') return 'end of input'
  if (token.kind === 'error') return token.message
  if (token.kind === 'identifier' && KEYWORDS.has(word)) return `<${word}>`
  if (token.kind === 'identifier' && OPERATOR_WORDS.has(word)) return `<op:${word}>`
  if (token.kind === 'identifier' && AGGREGATORS.has(word)) return `<aggr:${word}>`
  if (token.kind === 'operator') return token.text === '=' ? '"="' : `<op:${token.text}>`
  if (token.kind === 'symbol') return JSON.stringify(token.text)
  if (token.kind === 'identifier') return `identifier ${JSON.stringify(token.text)}`
  const shown = JSON.stringify(token.text)
  return `${token.kind} ${token.text.length > 10 ? `${JSON.stringify(token.text.slice(0, 10))}...` : shown}`
}

/** Whether a word before `(` could never be a function: it opens a list of labels or a parenthesis of its own. */
export function isReservedWord(word: string): boolean {
  const lower = word.toLowerCase()
  return KEYWORDS.has(lower) || OPERATOR_WORDS.has(lower) || AGGREGATORS.has(lower)
}
