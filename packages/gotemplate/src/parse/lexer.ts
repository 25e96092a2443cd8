// Text to tokens, as Go's template/parse does it. Trim markers act here: text beside `{{-` and `-}}` loses its space
// before it becomes a token, and comments become none.

export type TokenKind =
  | 'error'
  | 'bool'
  | 'char'
  | 'charConstant'
  | 'complex'
  | 'assign'
  | 'declare'
  | 'eof'
  | 'field'
  | 'identifier'
  | 'leftDelim'
  | 'leftParen'
  | 'number'
  | 'pipe'
  | 'rawString'
  | 'rightDelim'
  | 'rightParen'
  | 'space'
  | 'string'
  | 'text'
  | 'variable'
  | 'dot'
  | 'keyword'

export type Token = {
  readonly kind: TokenKind
  /** UTF-16 offset of its first character. */
  readonly at: number
  /** Its text; of an error its message. */
  readonly text: string
  /** From 1. */
  readonly line: number
}

const keywords = new Set([
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'nil',
  'range',
  'template',
  'with',
])

const isSpace = (c: string | undefined) => c === ' ' || c === '\t' || c === '\r' || c === '\n'
const alphaNumeric = /^[\p{L}\p{Nd}_]$/u
function isAlphaNumeric(c: string): boolean {
  const code = c.charCodeAt(0)
  if (code < 0x80)
    return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95
  return alphaNumeric.test(c)
}

export function createLexer(input: string): { next(): Token } {
  let at = 0
  let start = 0
  let line = 1
  let startLine = 1
  let parenDepth = 0
  let inAction = false
  let done: Token | undefined

  const peekChar = (): string => {
    const code = input.codePointAt(at)
    return code === undefined ? '' : String.fromCodePoint(code)
  }
  const nextChar = (): string => {
    const c = peekChar()
    at += c.length
    if (c === '\n') line++
    return c
  }
  const backUp = (c: string) => {
    at -= c.length
    if (c === '\n') line--
  }
  const emit = (kind: TokenKind): Token => {
    const token: Token = { kind, at: start, text: input.slice(start, at), line: startLine }
    start = at
    startLine = line
    return token
  }
  const fail = (message: string): Token => {
    done = { kind: 'error', at: start, text: message, line: startLine }
    return done
  }
  const ignore = () => {
    for (let k = start; k < at; k++) if (input.charCodeAt(k) === 10) line++
    start = at
    startLine = line
  }
  const trimsAfterLeft = (p: number) => input[p] === '-' && isSpace(input[p + 1])
  /** Length of the right delimiter here, with its trim marker; 0 when there is none. */
  const rightDelim = (p: number): number => {
    if (isSpace(input[p]) && input[p + 1] === '-' && input.startsWith('}}', p + 2)) return 4
    return input.startsWith('}}', p) ? 2 : 0
  }
  const skipSpace = () => {
    while (isSpace(input[at])) at++
  }

  /** Text up to the next action, then what comes after it. */
  function lexText(): Token {
    for (;;) {
      const found = input.indexOf('{{', at)
      const end = found < 0 ? input.length : found
      let textEnd = end
      if (found >= 0 && trimsAfterLeft(found + 2)) {
        while (textEnd > start && isSpace(input[textEnd - 1])) textEnd--
      }
      if (textEnd > start) {
        const token: Token = { kind: 'text', at: start, text: input.slice(start, textEnd), line: startLine }
        at = end
        ignore()
        return token
      }
      at = end
      ignore()
      if (found < 0) {
        done = { kind: 'eof', at: start, text: '', line: startLine }
        return done
      }
      const afterMarker = trimsAfterLeft(found + 2) ? 2 : 0
      if (input.startsWith('/*', found + 2 + afterMarker)) {
        at = found + 2 + afterMarker + 2
        const close = input.indexOf('*/', at)
        if (close < 0) return fail('unclosed comment')
        const delim = rightDelim(close + 2)
        if (delim === 0) return fail('comment ends before closing delimiter')
        at = close + 2 + delim
        if (delim === 4) skipSpace()
        ignore()
        continue
      }
      at = found + 2
      const token = emit('leftDelim')
      at += afterMarker
      ignore()
      inAction = true
      parenDepth = 0
      return token
    }
  }

  function lexRightDelim(length: number): Token {
    if (length === 4) {
      at += 2
      ignore()
    }
    at += 2
    const token = emit('rightDelim')
    if (length === 4) {
      skipSpace()
      ignore()
    }
    inAction = false
    return token
  }

  function lexAction(): Token {
    const delim = rightDelim(at)
    if (delim > 0) return parenDepth === 0 ? lexRightDelim(delim) : fail('unclosed left paren')
    const c = nextChar()
    if (c === '') return fail('unclosed action')
    if (isSpace(c)) {
      backUp(c)
      return lexSpace()
    }
    switch (c) {
      case '=':
        return emit('assign')
      case ':':
        return nextChar() === '=' ? emit('declare') : fail('expected :=')
      case '|':
        return emit('pipe')
      case '"':
        return lexQuote()
      case '`':
        for (;;) {
          const r = nextChar()
          if (r === '') return fail('unterminated raw quoted string')
          if (r === '`') return emit('rawString')
        }
      case '$':
        return lexFieldOrVariable('variable')
      case "'":
        return lexCharConstant()
      case '(':
        parenDepth++
        return emit('leftParen')
      case ')':
        parenDepth--
        return parenDepth < 0 ? fail('unexpected right paren') : emit('rightParen')
      case '.': {
        const after = input[at]
        if (after !== undefined && (after < '0' || after > '9')) return lexFieldOrVariable('field')
        backUp(c)
        return lexNumber()
      }
    }
    if (c === '+' || c === '-' || (c >= '0' && c <= '9')) {
      backUp(c)
      return lexNumber()
    }
    if (isAlphaNumeric(c)) return lexIdentifier()
    if (c >= ' ' && c <= '~') return emit('char')
    return fail(`unrecognized character in action: ${codePointText(c)}`)
  }

  function lexSpace(): Token {
    const from = at
    while (isSpace(input[at])) nextChar()
    // A closing delimiter with a trim marker begins with a space of its own.
    if (rightDelim(at - 1) === 4) {
      backUp(input[at - 1]!)
      if (at === from) return lexRightDelim(4)
    }
    return emit('space')
  }

  function atTerminator(): boolean {
    const c = input[at]
    return c === undefined || isSpace(c) || '.,|:)('.includes(c) || input.startsWith('}}', at)
  }

  function badCharacter(): Token {
    const c = peekChar()
    return fail(`bad character ${c === '' ? 'U+FFFFFFFFFFFFFFFF' : codePointText(c)}`)
  }

  function skipAlphaNumeric(): void {
    for (;;) {
      const c = peekChar()
      if (c === '' || !isAlphaNumeric(c)) return
      at += c.length
    }
  }

  function lexIdentifier(): Token {
    skipAlphaNumeric()
    if (!atTerminator()) return badCharacter()
    const word = input.slice(start, at)
    if (keywords.has(word)) return emit('keyword')
    return emit(word === 'true' || word === 'false' ? 'bool' : 'identifier')
  }

  function lexFieldOrVariable(kind: 'field' | 'variable'): Token {
    if (atTerminator()) return emit(kind === 'variable' ? 'variable' : 'dot')
    skipAlphaNumeric()
    return atTerminator() ? emit(kind) : badCharacter()
  }

  function lexQuote(): Token {
    for (;;) {
      const c = nextChar()
      if (c === '"') return emit('string')
      const escaped = c === '\\' ? nextChar() : c
      if (escaped === '' || escaped === '\n') return fail('unterminated quoted string')
    }
  }

  function lexCharConstant(): Token {
    for (;;) {
      const c = nextChar()
      if (c === "'") return emit('charConstant')
      const escaped = c === '\\' ? nextChar() : c
      if (escaped === '' || escaped === '\n') return fail('unterminated character constant')
    }
  }

  function accept(chars: string): boolean {
    const c = input[at]
    if (c === undefined || !chars.includes(c)) return false
    at++
    return true
  }
  function acceptRun(chars: string): void {
    while (accept(chars));
  }

  function scanNumber(): boolean {
    accept('+-')
    let digits = '0123456789_'
    if (accept('0')) {
      if (accept('xX')) digits = '0123456789abcdefABCDEF_'
      else if (accept('oO')) digits = '01234567_'
      else if (accept('bB')) digits = '01_'
    }
    acceptRun(digits)
    if (accept('.')) acceptRun(digits)
    if (digits.length === 11 && accept('eE')) {
      accept('+-')
      acceptRun('0123456789_')
    }
    if (digits.length === 23 && accept('pP')) {
      accept('+-')
      acceptRun('0123456789_')
    }
    accept('i')
    const c = peekChar()
    if (c !== '' && isAlphaNumeric(c)) {
      at += c.length
      return false
    }
    return true
  }

  function lexNumber(): Token {
    const bad = () => fail(`bad number syntax: ${JSON.stringify(input.slice(start, at))}`)
    if (!scanNumber()) return bad()
    if (input[at] === '+' || input[at] === '-') {
      if (!scanNumber() || input[at - 1] !== 'i') return bad()
      return emit('complex')
    }
    return emit('number')
  }

  return {
    next() {
      if (done !== undefined) return done
      return inAction ? lexAction() : lexText()
    },
  }
}

/** `U+00E9 'é'`, as Go's `%#U`. */
export function codePointText(c: string): string {
  const code = c.codePointAt(0)!
  const hex = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  return /[\p{C}\p{Z}]/u.test(c) && c !== ' ' ? hex : `${hex} '${c}'`
}
