import { parseError } from '../promql-error.ts'
import { describeToken, Lexer, type Token } from './lexer.ts'

/** The tokens of a query with one of them in sight, and the words for one that should not stand there. */
export class TokenReader {
  readonly query: string
  /** The token that was taken last. */
  last: Token = { kind: 'end', text: '', word: '', start: 0, end: 0 }
  private readonly lexer: Lexer
  private ahead: Token | undefined
  /** What is being read, ` in grouping opts, expected ...`: the innermost is what a mistake is said to be in. */
  private context = ''

  constructor(query: string) {
    this.query = query
    this.lexer = new Lexer(query)
  }

  peek(): Token {
    this.ahead ??= this.lexer.next()
    return this.ahead
  }

  next(): Token {
    this.last = this.peek()
    // There is nothing behind the end, which may be asked for again.
    if (this.last.kind !== 'end') this.ahead = undefined
    return this.last
  }

  /** Whether this symbol comes next. */
  sees(text: string): boolean {
    const token = this.peek()
    return token.kind === 'symbol' && token.text === text
  }

  /** Takes a keyword where it comes next. */
  takes(word: string): boolean {
    const token = this.peek()
    if (token.kind !== 'keyword' || token.word !== word) return false
    this.next()
    return true
  }

  expect(text: string): Token {
    return this.sees(text) ? this.next() : this.unexpected()
  }

  /** Reads a part; what should not stand in it is told to be unexpected `in` it, with what was expected. */
  within<T>(part: string, expected: string, read: () => T): T {
    const outer = this.context
    this.context = ` in ${part}${expected === '' ? '' : `, expected ${expected}`}`
    const value = read()
    this.context = outer
    return value
  }

  unexpected(token: Token = this.peek()): never {
    throw parseError(this.query, `unexpected ${describeToken(token)}${this.context}`, token.start, token.end)
  }
}
