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

/** Inside of `[...]` only these words may stand. */
const DURATION_WORD = /^(step|range|min_of|max_of)$/i

/** All tokens with the end mark last; stops at the first one that cannot be read, or that closes what is not open. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  const push = (kind: Token['kind'], start: number, end: number, message = '') => {
    tokens.push({ kind, text: text.slice(start, end), start, end, message })
    return tokens
  }
  let at = 0
  let parens = 0
  let inBraces = false
  let inBrackets = false
  while (at < text.length) {
    const char = text[at]!
    if (/\s/.test(char)) {
      at++
      continue
    }
    if (char === '#') {
      const line = text.indexOf('\n', at)
      at = line < 0 ? text.length : line
      continue
    }
    const shown = String.fromCodePoint(text.codePointAt(at)!)
    const word = match(WORD, text, at)
    if (
      inBrackets &&
      (/["'`{}[]/.test(char) || (word > 0 && char !== ':' && !DURATION_WORD.test(text.slice(at, word))))
    ) {
      return push('error', at, at + shown.length, `unexpected character in duration expression: '${shown}'`)
    }
    if (inBraces && (char === '{' || !/[a-zA-Z_"'`,=!}]/.test(char))) {
      const what = char === '{' ? 'unexpected left brace' : 'unexpected character inside braces:'
      const previous = tokens.at(-1)?.text
      if (!(char === '~' && (previous === '=' || previous === '!'))) {
        return push('error', at, at + shown.length, `${what} '${shown}'`)
      }
    }
    if (/[0-9]/.test(char) || (char === '.' && /[0-9]/.test(text[at + 1] ?? ''))) {
      const duration = match(DURATION, text, at)
      const end = Math.max(duration, match(NUMBER, text, at))
      if (/[a-zA-Z0-9_.]/.test(text[end] ?? '') || text[end - 1] === '_') {
        const unit = /[eywdhms\d_]/.test(text[end] ?? '') || duration === end
        const bad = text.slice(at, text[end] === '.' ? end + 1 : unit ? match(/\w+/y, text, at) : end)
        return push('error', at, at + bad.length, `bad number or duration syntax: ${JSON.stringify(bad)}`)
      }
      push(duration === end ? 'duration' : 'number', at, end)
      at = end
    } else if (word > 0 && (char !== ':' || /[a-zA-Z_:]/.test(text[at + 1] ?? ''))) {
      push('identifier', at, word)
      at = word
    } else if (char === '"' || char === "'" || char === '`') {
      const end = stringEnd(text, at)
      if (end < 0) {
        const problem = char === '`' ? 'unterminated raw string' : 'unterminated quoted string'
        return push('error', at, text.length, problem)
      }
      push('string', at, end)
      at = end
    } else {
      const operator = OPERATORS.find((op) => text.startsWith(op, at))
      if (operator === undefined && char === '!') {
        const next = text[at + 1]
        return push(
          'error',
          at,
          at + 1,
          next === undefined ? "unexpected character: '!'" : `unexpected character after '!': '${next}'`,
        )
      }
      if ((operator === undefined && !SYMBOLS.includes(char)) || (char === '}' && !inBraces)) {
        return push('error', at, at + shown.length, `unexpected character: '${shown}'`)
      }
      if (char === ')' && parens === 0) return push('error', at, at + 1, "unexpected right parenthesis ')'")
      if (char === ']' && !inBrackets) return push('error', at, at + 1, "unexpected right bracket ']'")
      if (char === '(') parens++
      if (char === ')') parens--
      if (char === '{' || char === '}') inBraces = char === '{'
      if (char === '[' || char === ']') inBrackets = char === '['
      push(operator === undefined ? 'symbol' : 'operator', at, at + (operator ?? char).length)
      at += (operator ?? char).length
    }
  }
  const end = text.length
  if (inBraces) return push('error', end, end, 'unexpected end of input inside braces')
  if (inBrackets) return push('error', end, end, 'unclosed left bracket')
  if (parens > 0) return push('error', end, end, 'unclosed left parenthesis')
  return push('end', end, end)
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
