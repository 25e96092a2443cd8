import { parseError } from '../promql-error.ts'
import { AGGREGATE_OPERATORS } from './ast.ts'
import { quote, quoteChar } from './quoting.ts'

export type TokenKind =
  | 'identifier'
  | 'metric'
  | 'number'
  | 'duration'
  | 'string'
  | 'keyword'
  | 'operator'
  | 'aggregation'
  | 'bound'
  | 'symbol'
  | 'end'

/**
 * One token. `word` is the text in lower case: keywords are read without regard to case. Kind `bound` is `start`, `end`
 * and their like, which are functions or parts of modifiers where a parenthesis follows.
 */
export type Token = {
  readonly kind: TokenKind
  readonly text: string
  readonly word: string
  readonly start: number
  readonly end: number
}

const WORDS = new Map<string, TokenKind>([
  ...AGGREGATE_OPERATORS.map((name) => [name, 'aggregation'] as const),
  ...['and', 'or', 'unless', 'atan2'].map((name) => [name, 'operator'] as const),
  ...'offset smoothed anchored by without on ignoring group_left group_right fill fill_left fill_right bool'
    .split(' ')
    .map((name) => [name, 'keyword'] as const),
  ...['start', 'end', 'step', 'range', 'max_of', 'min_of'].map((name) => [name, 'bound'] as const),
  ['inf', 'number'],
  ['nan', 'number'],
])
const DURATION_WORDS = new Set(['step', 'range', 'max_of', 'min_of'])

/** Words that are keywords only right before a parenthesis, lest metrics of that name become unreadable. */
const FILLS = new Set(['fill', 'fill_left', 'fill_right'])

const OPERATORS = ['==', '!=', '<=', '>=', '</', '>/', '<', '>', '+', '-', '*', '/', '%', '^', '@']
const DECIMAL = '0123456789'
const HEX = '0123456789abcdefABCDEF'

/**
 * Cuts a query into tokens, one at a call. It has Prometheus's three ways of reading: outside, inside of `{}`, and
 * after `[` up to the first number. Throws `PromqlError` at what it cannot read, worded and placed as Prometheus does.
 */
export class Lexer {
  private readonly text: string
  private at = 0
  private start = 0
  private parens = 0
  private inBraces = false
  private inBrackets = false
  /** After `[`, before the first number. */
  private beforeNumber = false
  private colonSeen = false
  /** Never put back: Prometheus remembers the numbers of earlier brackets, too. */
  private numberSeen = false

  constructor(text: string) {
    this.text = text
  }

  next(): Token {
    this.skipBlanks()
    this.start = this.at
    if (this.inBraces) return this.insideBraces()
    return this.beforeNumber ? this.beforeFirstNumber() : this.outside()
  }

  private fail(message: string, start = this.start): never {
    const end = Math.max(start, Math.min(this.text.length, Math.max(this.at, start + 1)))
    throw parseError(this.text, message, start, end)
  }

  private emit(kind: TokenKind, length: number): Token {
    this.at = this.start + length
    const text = this.text.slice(this.start, this.at)
    return { kind, text, word: text.toLowerCase(), start: this.start, end: this.at }
  }

  /** The character at the reading place with its quotes, for messages. */
  private shown(at = this.at): string {
    return quoteChar(this.text.codePointAt(at))
  }

  private skipBlanks(): void {
    for (;;) {
      while (isBlank(this.text[this.at] ?? '')) this.at++
      if (this.text[this.at] !== '#' || this.beforeNumber) return
      while (this.at < this.text.length && this.text[this.at] !== '\n' && this.text[this.at] !== '\r') this.at++
    }
  }

  private outside(): Token {
    const char = this.text[this.at] ?? ''
    if (char === '') {
      if (this.parens > 0) this.fail('unclosed left parenthesis')
      if (this.inBrackets) this.fail('unclosed left bracket')
      return this.emit('end', 0)
    }
    if (isAlpha(char) || char === ':') return this.inBrackets ? this.wordInBrackets(char) : this.word()
    if (isDigit(char) || (char === '.' && isDigit(this.text[this.at + 1] ?? ''))) return this.number()
    if (char === '"' || char === "'" || char === '`') return this.string(char)
    if (char === '!' && this.text[this.at + 1] !== '=') {
      this.fail(`unexpected character after '!': ${this.shown(this.at + 1)}`)
    }
    if (char === '=' && this.text[this.at + 1] === '~') this.fail("unexpected character after '=': '~'")
    const operator = OPERATORS.find((one) => this.text.startsWith(one, this.at))
    if (operator !== undefined) return this.emit('operator', operator.length)
    switch (char) {
      case ',':
      case '=':
        return this.emit('symbol', 1)
      case '(':
      case ')':
        return this.parenthesis(char)
      case '{':
        this.inBraces = true
        return this.emit('symbol', 1)
      case '[':
        if (this.inBrackets) this.fail("unexpected left bracket '['")
        this.inBrackets = true
        this.beforeNumber = true
        this.colonSeen = false
        return this.emit('symbol', 1)
      case ']':
        if (!this.inBrackets) this.fail("unexpected right bracket ']'")
        this.inBrackets = false
        return this.emit('symbol', 1)
    }
    return this.fail(`unexpected character: ${this.shown()}`)
  }

  private parenthesis(char: '(' | ')'): Token {
    this.parens += char === '(' ? 1 : -1
    if (this.parens < 0) this.fail("unexpected right parenthesis ')'", this.at + 1)
    return this.emit('symbol', 1)
  }

  private word(): Token {
    let end = this.at
    while (isAlpha(this.text[end] ?? '') || isDigit(this.text[end] ?? '') || this.text[end] === ':') end++
    const text = this.text.slice(this.at, end)
    const known = WORDS.get(text.toLowerCase())
    if (known !== undefined && !(FILLS.has(text.toLowerCase()) && !this.opensAfter(end))) {
      return this.emit(known, text.length)
    }
    return this.emit(text.includes(':') ? 'metric' : 'identifier', text.length)
  }

  private opensAfter(at: number): boolean {
    let next = at
    while (isBlank(this.text[next] ?? '')) next++
    return this.text[next] === '('
  }

  private wordInBrackets(char: string): Token {
    if (char === ':') {
      if (this.colonSeen) this.fail("unexpected colon ':'")
      this.colonSeen = true
      return this.emit('symbol', 1)
    }
    return this.durationWord() ?? this.fail(`unexpected character: ${this.shown()}, expected ':'`)
  }

  private durationWord(): Token | undefined {
    let end = this.at
    while (isAlpha(this.text[end] ?? '')) end++
    const word = this.text.slice(this.at, end).toLowerCase()
    return DURATION_WORDS.has(word) ? this.emit('bound', word.length) : undefined
  }

  private beforeFirstNumber(): Token {
    const char = this.text[this.at] ?? ''
    if (char === '') this.fail('unexpected end of input in duration expression')
    if (isDigit(char) || (char === '.' && isDigit(this.text[this.at + 1] ?? ''))) {
      this.numberSeen = true
      this.beforeNumber = false
      return this.number()
    }
    switch (char) {
      case ']':
        this.inBrackets = false
        this.beforeNumber = false
        this.colonSeen = false
        return this.emit('symbol', 1)
      case ':':
        if (!this.numberSeen) this.fail('unexpected colon before duration in duration expression', this.at + 1)
        if (this.colonSeen) this.fail('unexpected repeated colon in duration expression', this.at + 1)
        this.colonSeen = true
        return this.emit('symbol', 1)
      case '(':
      case ')':
        return this.parenthesis(char)
      case ',':
        return this.emit('symbol', 1)
    }
    if ('+-*/%^'.includes(char)) return this.emit('operator', 1)
    const word = isAlpha(char) ? this.durationWord() : undefined
    return word ?? this.fail(`unexpected character in duration expression: ${this.shown()}`)
  }

  private insideBraces(): Token {
    const char = this.text[this.at] ?? ''
    if (char === '') this.fail('unexpected end of input inside braces')
    if (isAlpha(char)) {
      let end = this.at
      while (isAlpha(this.text[end] ?? '') || isDigit(this.text[end] ?? '')) end++
      return this.emit('identifier', end - this.at)
    }
    const next = this.text[this.at + 1] ?? ''
    switch (char) {
      case ',':
        return this.emit('symbol', 1)
      case '"':
      case "'":
      case '`':
        return this.string(char)
      case '=':
        return next === '~' ? this.emit('operator', 2) : this.emit('symbol', 1)
      case '!':
        if (next === '~' || next === '=') return this.emit('operator', 2)
        return this.fail(`unexpected character after '!' inside braces: ${this.shown(this.at + 1)}`)
      case '{':
        return this.fail("unexpected left brace '{'")
      case '}':
        this.inBraces = false
        return this.emit('symbol', 1)
    }
    return this.fail(`unexpected character inside braces: ${this.shown()}`)
  }

  private string(mark: string): Token {
    let at = this.at + 1
    for (;;) {
      const code = this.text.codePointAt(at)
      if (code === undefined || (code === 0x0a && mark !== '`')) {
        this.fail(mark === '`' ? 'unterminated raw string' : 'unterminated quoted string')
      }
      const char = this.text[at]!
      if (char === mark) return this.emit('string', at + 1 - this.start)
      if (code === 0xfffd || (code >= 0xd800 && code < 0xe000)) this.fail('invalid UTF-8 rune')
      if (char === '\\' && mark !== '`') at = this.escape(at + 1, mark)
      else at += code > 0xffff ? 2 : 1
    }
  }

  /** Checks an escape behind its backslash; gives the place after it. */
  private escape(at: number, mark: string): number {
    const first = this.text[at] ?? ''
    if (first === '') this.fail('escape sequence not terminated')
    if (first === mark || 'abfnrtv\\'.includes(first)) return at + 1
    const [skip, length, base] = isOctal(first)
      ? [0, 3, 8]
      : first === 'x'
        ? [1, 2, 16]
        : first === 'u'
          ? [1, 4, 16]
          : first === 'U'
            ? [1, 8, 16]
            : [0, 0, 0]
    if (length === 0) this.fail(`unknown escape sequence ${unicodeName(this.text.codePointAt(at)!)}`)
    let code = 0
    for (let i = at + skip; i < at + skip + length; i++) {
      const char = this.text[i] ?? ''
      if (char === '') this.fail('escape sequence not terminated')
      const digit = HEX.includes(char) ? Number.parseInt(char, 16) : base
      if (digit >= base) this.fail(`illegal character ${unicodeName(this.text.codePointAt(i)!)} in escape sequence`)
      code = code * base + digit
    }
    const most = first === 'u' || first === 'U' ? 0x10ffff : 255
    if (code > most || (code >= 0xd800 && code < 0xe000)) {
      this.fail('escape sequence is an invalid Unicode code point')
    }
    return at + skip + length
  }

  private number(): Token {
    if (this.scanNumber()) return this.emit('number', this.at - this.start)
    if (this.scanDuration()) return this.emit('duration', this.at - this.start)
    return this.fail(`bad number or duration syntax: ${quote(this.text.slice(this.start, this.at))}`)
  }

  private take(chars: string): boolean {
    const char = this.text[this.at] ?? ''
    if (char === '' || !chars.includes(char)) return false
    this.at++
    return true
  }

  /**
   * Moves over what looks like a number; false where it is none, with the reading place behind what spoils it. Not all
   * that passes is a number: `.5.5` and `09e` turn out later.
   */
  private scanNumber(): boolean {
    const from = this.at
    let digits = DECIMAL
    if (this.take('0') && this.take('xX')) {
      this.take('_')
      digits = HEX
    }
    this.take('.')
    this.take(digits)
    let dotted = false
    let powered = false
    for (;;) {
      const ended = () => this.at >= this.text.length
      // An `e` is the exponent's in hexadecimal numbers, too, unless it comes in a run of digits.
      if (this.take('.')) {
        if (dotted || this.take('_.') || digits === HEX) return false
        dotted = true
      } else if (this.take('eE')) {
        if (powered) return false
        powered = true
        this.take('+-')
        if (this.take('._eE') || ended()) return false
      } else if (this.take('_')) {
        if (this.take('._eE') || ended()) return false
      } else if (this.take(digits)) while (this.take(digits));
      else break
    }
    const next = this.text[this.at] ?? ''
    return this.at > from && !isAlpha(next) && !isDigit(next)
  }

  /** Moves over the rest of a duration whose first digits are read. `1hs` passes here and is refused later. */
  private scanDuration(): boolean {
    if (!this.take('smhdwy')) return false
    this.take('s')
    while (this.take(DECIMAL)) {
      while (this.take(DECIMAL));
      if (!this.take('smhdw')) return false
      this.take('s')
    }
    const next = this.text[this.at] ?? ''
    if (!isAlpha(next) && !isDigit(next)) return true
    this.at++
    return false
  }
}

/** A token as Prometheus names it in `unexpected ...`. */
export function describeToken({ kind, text }: Token): string {
  switch (kind) {
    case 'end':
      return 'end of input'
    case 'identifier':
      return `identifier ${quote(text)}`
    case 'metric':
      return `metric identifier ${quote(text)}`
    case 'keyword':
      return `<${text}>`
    case 'operator':
      return `<op:${text}>`
    case 'aggregation':
      return `<aggr:${text}>`
    case 'symbol':
    case 'bound':
      return quote(text)
    default: {
      const chars = [...text]
      return `${kind} ${text.length > 10 ? `${quote(chars.slice(0, 10).join(''))}...` : quote(text)}`
    }
  }
}

function isBlank(char: string): boolean {
  return char === ' ' || char === '\t' || char === '\n' || char === '\r'
}

function isDigit(char: string): boolean {
  return char >= '0' && char <= '9'
}

function isOctal(char: string): boolean {
  return char >= '0' && char <= '7'
}

function isAlpha(char: string): boolean {
  return (char >= 'a' && char <= 'z') || (char >= 'A' && char <= 'Z') || char === '_'
}

/** `U+0071 'q'`, as Go's `%#U`. */
function unicodeName(code: number): string {
  const hex = code.toString(16).toUpperCase().padStart(4, '0')
  const char = String.fromCodePoint(code)
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(char) ? `U+${hex} '${char}'` : `U+${hex}`
}
