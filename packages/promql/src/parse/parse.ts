// Recursive descent, with operators by precedence: chains of operators, postfixes and signs are loops, only parentheses
// and the right side of `^` recurse. The first mistake ends the reading, so that it is told before those that follow
// from it; it is looked for in the order in which Prometheus's table-driven parser comes to it.

import { NO_FEATURES, type PromqlFeatures } from '../features.ts'
import { regexProblem } from '../match/index.ts'
import { PromqlError, parseError } from '../promql-error.ts'
import type { MatchOp } from '../series-source.ts'
import type {
  AggregateOp,
  AtModifier,
  BinaryOp,
  CallExpr,
  DurationExpr,
  Expr,
  LabelMatcher,
  Matching,
  Span,
  VectorSelector,
} from './ast.ts'
import { checkTypes } from './check.ts'
import { createDurationReader } from './duration-expr.ts'
import { functionInfo } from './functions.ts'
import { numberValue } from './number.ts'
import { quote, unquote } from './quoting.ts'
import { TokenReader } from './token-reader.ts'

/** Longer queries are refused: nobody writes them, and time and stack of the parser are bounded by it. */
const MAX_QUERY_LENGTH = 256 * 1024
/** Deeper nesting is refused, so that reading never exhausts the stack. */
const MAX_DEPTH = 400
/** Higher trees (chains of operators lean to one side) are refused, so that walking them never exhausts the stack. */
const MAX_HEIGHT = 4 * MAX_DEPTH

export type ParseOptions = { readonly features?: PromqlFeatures }

/**
 * The typed tree of a query, frozen; every node carries its UTF-16 offsets.
 * Throws `PromqlError` with code `parse`, nothing else.
 * Source: https://prometheus.io/docs/prometheus/latest/querying/basics/ and Prometheus's answers to mistakes.
 */
export function parseExpr(query: string, options: ParseOptions = {}): Expr {
  if (query.length > MAX_QUERY_LENGTH) {
    throw parseError(query, `query is longer than ${MAX_QUERY_LENGTH} characters`, 0, 0)
  }
  const reader = new TokenReader(query)
  if (reader.peek().kind === 'end') {
    const place = query === '' ? 'unknown position' : '1:1'
    throw new PromqlError('parse', `${place}: parse error: no expression found in input`, { start: 0, end: 0 })
  }
  const expr = new Parser(query, reader, options.features ?? NO_FEATURES).expr(0)
  if (reader.peek().kind !== 'end') reader.unexpected()
  checkTypes(query, expr)
  return expr
}

/** Matchers of a series selector such as those of `match[]`; throws `PromqlError` when it is anything else. */
export function parseSelector(query: string): readonly LabelMatcher[] {
  const expr = parseExpr(query)
  if (expr.kind !== 'selector' || expr.offset !== undefined || expr.at !== undefined) {
    throw parseError(query, 'expected a series selector such as metric{label="value"}', 0, query.length)
  }
  return expr.matchers
}

const PRECEDENCE: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '>': 3,
  '<': 3,
  '>=': 3,
  '<=': 3,
  '</': 3,
  '>/': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
}
const POWER = 6

const NEEDS_SELECTOR = 'must be preceded by an instant vector selector or range vector selector or a subquery'

/** Keywords that stand for a metric of that name where an expression begins. */
const METRIC_KEYWORDS = new Set(
  'and or unless by without offset smoothed anchored fill fill_left fill_right'.split(' '),
)
/** Of all words only these two are no label names in `by (...)` and its like. */
const NO_LABEL = new Set(['without', 'inf', 'nan'])
const WITH_PARAM: ReadonlySet<string> = new Set('topk bottomk quantile count_values limitk limit_ratio'.split(' '))

const PLAIN: Matching = freeze({
  cardinality: 'one-to-one',
  on: false,
  labels: [],
  include: [],
  written: false,
  fillLeft: undefined,
  fillRight: undefined,
})

class Parser {
  private readonly query: string
  private readonly reader: TokenReader
  private readonly features: PromqlFeatures
  private readonly duration: ReturnType<typeof createDurationReader>
  private readonly experimental: boolean
  /** What a length of time may be, for messages. */
  private readonly lengths: string
  private depth = 0
  /** Height of the tree that was read last. */
  private height = 0

  constructor(query: string, reader: TokenReader, features: PromqlFeatures) {
    this.query = query
    this.reader = reader
    this.features = features
    this.experimental = features.has('promql-duration-expr')
    this.lengths = this.experimental ? 'number, duration, step(), or range()' : 'number or duration'
    this.duration = createDurationReader(reader, { allowed: this.experimental, maxDepth: MAX_DEPTH })
  }

  private fail(message: string, at: Span): never {
    throw parseError(this.query, message, at.start, at.end)
  }

  private enter(): void {
    if (++this.depth > MAX_DEPTH) {
      this.fail(`expression is nested deeper than ${MAX_DEPTH} levels`, this.reader.peek())
    }
  }

  private leave(): void {
    this.depth--
  }

  /** Notes the height of a node above others of at most that height. */
  private grow(below: number, at: Span): void {
    this.height = below + 1
    if (this.height > MAX_HEIGHT) this.fail(`expression is higher than ${MAX_HEIGHT} levels`, at)
  }

  /** An expression of operators that bind at least as tightly as `least`. */
  expr(least: number): Expr {
    this.enter()
    let left = this.signed()
    let below = this.height
    for (;;) {
      const token = this.reader.peek()
      const precedence = token.kind === 'operator' ? (PRECEDENCE[token.word] ?? 0) : 0
      if (precedence === 0 || precedence < least) break
      this.reader.next()
      const op = token.word as BinaryOp
      const isSet = op === 'and' || op === 'or' || op === 'unless'
      const { returnBool, matching } = this.matching(isSet)
      const right = this.expr(op === '^' ? precedence : precedence + 1)
      const span = { start: left.start, end: right.end }
      this.grow(Math.max(below, this.height), token)
      below = this.height
      if (
        !this.features.has('promql-binop-fill-modifiers') &&
        (matching.fillLeft !== undefined || matching.fillRight !== undefined)
      ) {
        this.fail('binop fill modifiers are experimental and not enabled', span)
      }
      const opSpan = freeze({ start: token.start, end: token.end })
      left = freeze({ kind: 'binary', op, left, right, returnBool, matching, opSpan, ...span })
    }
    this.height = below
    this.leave()
    return left
  }

  /** Signs bind like `*`: `-a ^ b` is `-(a ^ b)`. One before a number literal becomes part of it. */
  private signed(): Expr {
    const signs: { op: '+' | '-'; start: number }[] = []
    for (;;) {
      const { kind, text, start } = this.reader.peek()
      if (kind !== 'operator' || (text !== '+' && text !== '-')) break
      signs.push({ op: text, start })
      if (signs.length > MAX_DEPTH) {
        this.fail(`expression is nested deeper than ${MAX_DEPTH} levels`, this.reader.peek())
      }
      this.reader.next()
    }
    if (signs.length === 0) return this.withPostfixes(this.primary())
    let inner = this.expr(POWER)
    for (const { op, start } of signs.reverse()) {
      const { end } = inner
      if (inner.kind === 'number') {
        inner = freeze({ ...inner, value: op === '-' ? -inner.value : inner.value, start })
        continue
      }
      inner = freeze({ kind: 'unary', op, inner, start, end })
      this.grow(this.height, inner)
    }
    return inner
  }

  private primary(): Expr {
    const token = this.reader.peek()
    this.height = 1
    const { kind, start, end } = token
    switch (kind) {
      case 'number':
      case 'duration':
        this.reader.next()
        return freeze({
          kind: 'number',
          value: numberValue(this.query, token),
          isDuration: kind === 'duration',
          start,
          end,
        })
      case 'string':
        this.reader.next()
        return freeze({ kind: 'string', value: this.unquoted(token), start, end })
      case 'identifier':
      case 'bound':
        this.reader.next()
        return this.reader.sees('(') ? this.call(token) : this.selector(token)
      case 'metric':
        this.reader.next()
        return this.selector(token)
      case 'aggregation': {
        this.reader.next()
        const next = this.reader.peek()
        if (next.text === '(' || next.word === 'by' || next.word === 'without') return this.aggregate(token)
        return this.selector(token)
      }
      case 'keyword':
      case 'operator':
        if (!METRIC_KEYWORDS.has(token.word)) break
        this.reader.next()
        return this.selector(token)
      case 'symbol':
        if (token.text === '{') return this.selector(undefined)
        if (token.text === '(') {
          this.reader.next()
          const inner = this.expr(0)
          const close = this.reader.expect(')')
          this.grow(this.height, token)
          return freeze({ kind: 'paren', inner, start, end: close.end })
        }
    }
    return this.reader.unexpected()
  }

  private withPostfixes(first: Expr): Expr {
    let expr = first
    for (;;) {
      const token = this.reader.peek()
      if (token.text === '[') expr = this.range(expr)
      else if (token.word === 'offset' && token.kind === 'keyword') expr = this.offset(expr)
      else if (token.text === '@' && token.kind === 'operator') expr = this.at(expr)
      else if (token.word === 'anchored' || token.word === 'smoothed') {
        // Of the kind `keyword`: within a query an identifier is never spelled like one.
        this.reader.next()
        expr = this.extended(expr, token.word, token.end)
      } else return expr
    }
  }

  private range(expr: Expr): Expr {
    const { reader } = this
    const open = reader.next()
    const range = reader.within(
      this.experimental ? 'subquery or range selector' : 'subquery selector',
      this.lengths,
      () => this.duration.positive(),
    )
    return reader.within('subquery or range', '":" or "]"', () => {
      if (!reader.sees(':')) {
        const { end } = reader.expect(']')
        const brackets = { start: open.start, end }
        if (expr.kind !== 'selector') return this.fail('ranges only allowed for vector selectors', brackets)
        if (expr.offset !== undefined) this.fail('no offset modifiers allowed before range', brackets)
        if (expr.at !== undefined) this.fail('no @ modifiers allowed before range', brackets)
        this.height = 1
        return freeze({ kind: 'matrix', selector: expr, range, start: expr.start, end })
      }
      reader.next()
      const step = reader.within(
        'subquery selector',
        this.experimental ? 'number, duration, step(), range(), or "]"' : 'number or duration or "]"',
        () => (reader.sees(']') ? undefined : this.duration.positive()),
      )
      const { end } = reader.within('subquery selector', '"]"', () => reader.expect(']'))
      this.grow(this.height, open)
      return freeze({
        kind: 'subquery',
        inner: expr,
        range,
        step,
        offset: undefined,
        at: undefined,
        start: expr.start,
        end,
      })
    })
  }

  private offset(expr: Expr): Expr {
    this.reader.next()
    const offset = this.reader.within('offset', this.lengths, () => this.duration.offset())
    const { end } = this.reader.last
    const set = <T extends { readonly offset: DurationExpr | undefined }>(node: T): T => {
      if (node.offset !== undefined && !isNothing(node.offset)) {
        this.fail('offset may not be set multiple times', expr)
      }
      return freeze({ ...node, offset, end })
    }
    switch (expr.kind) {
      case 'selector':
      case 'subquery':
        return set(expr)
      case 'matrix':
        return freeze({ ...expr, selector: set(expr.selector), end })
      default:
        return this.fail(`offset modifier ${NEEDS_SELECTOR}`, expr)
    }
  }

  private at(expr: Expr): Expr {
    this.reader.next()
    const at = this.reader.within('@', 'timestamp', () => this.atModifier(expr))
    const { end } = this.reader.last
    const set = <T extends { readonly at: AtModifier | undefined }>(node: T): T => {
      if (node.at !== undefined) this.fail('@ <timestamp> may not be set multiple times', expr)
      return freeze({ ...node, at, end })
    }
    switch (expr.kind) {
      case 'selector':
      case 'subquery':
        return set(expr)
      case 'matrix':
        return freeze({ ...expr, selector: set(expr.selector), end })
      default:
        return this.fail(`@ modifier ${NEEDS_SELECTOR}`, expr)
    }
  }

  private atModifier(expr: Expr): AtModifier {
    const { reader } = this
    const first = reader.next()
    if (first.word === 'start' || first.word === 'end') {
      reader.expect('(')
      reader.expect(')')
      return freeze({ kind: first.word })
    }
    const signed = first.kind === 'operator' && (first.text === '-' || first.text === '+')
    const literal = signed ? reader.next() : first
    if (literal.kind !== 'number' && literal.kind !== 'duration') return reader.unexpected(literal)
    const seconds = numberValue(this.query, literal) * (first.text === '-' ? -1 : 1)
    if (!(Math.abs(seconds) < 2 ** 63 / 1000)) {
      this.fail(`timestamp out of bounds for @ modifier: ${inFull(seconds)}`, expr)
    }
    return freeze({ kind: 'time', ms: Math.round(seconds * 1000) })
  }

  private extended(expr: Expr, word: 'anchored' | 'smoothed', end: number): Expr {
    if (!this.features.has('promql-extended-range-selectors')) {
      this.fail(`${word} modifier is experimental and not enabled`, expr)
    }
    const set = (selector: VectorSelector): VectorSelector => {
      if (selector.extension !== undefined && selector.extension !== word) {
        this.fail('anchored and smoothed modifiers cannot be used together', expr)
      }
      return freeze({ ...selector, extension: word, end })
    }
    switch (expr.kind) {
      case 'selector':
        return set(expr)
      case 'matrix':
        return freeze({ ...expr, selector: set(expr.selector), end })
      case 'subquery':
        return this.fail(`${word} modifier is not supported for subqueries`, expr)
      default:
        return this.fail(`${word} modifier not implemented`, expr)
    }
  }

  private selector(name: { readonly text: string; readonly start: number; readonly end: number } | undefined): Expr {
    const { reader } = this
    let end = name?.end ?? 0
    const start = name?.start ?? reader.peek().start
    const matchers: LabelMatcher[] = []
    if (name === undefined || reader.sees('{')) {
      reader.next()
      while (!reader.sees('}')) {
        matchers.push(reader.within('label matching', 'identifier or "}"', () => this.matcher()))
        if (reader.sees('}')) break
        reader.within('label matching', '"," or "}"', () => reader.expect(','))
      }
      end = reader.next().end
    }
    if (name !== undefined) matchers.push(freeze({ name: '__name__', op: '=', value: name.text }))
    return freeze({
      kind: 'selector',
      name: name?.text ?? '',
      matchers: Object.freeze(matchers),
      offset: undefined,
      at: undefined,
      extension: undefined,
      start,
      end,
    })
  }

  /** A matcher, or the metric's name in quotes. */
  private matcher(): LabelMatcher {
    const { reader } = this
    const label = reader.next()
    if (label.kind !== 'identifier' && label.kind !== 'string') return reader.unexpected(label)
    const name = label.kind === 'string' ? this.unquoted(label) : label.text
    const op = reader.peek()
    if (op.text !== '=' && op.text !== '!=' && op.text !== '=~' && op.text !== '!~') {
      if (label.kind === 'string') return freeze({ name: '__name__', op: '=', value: name })
      return reader.within('label matching', 'label matching operator', () => reader.unexpected())
    }
    reader.next()
    const literal = reader.within('label matching', 'string', () =>
      reader.peek().kind === 'string' ? reader.next() : reader.unexpected(),
    )
    const value = this.unquoted(literal)
    const problem = op.text === '=~' || op.text === '!~' ? regexProblem(value) : undefined
    if (problem !== undefined) {
      this.fail(`error parsing regexp: ${problem}`, { start: label.start, end: literal.end })
    }
    return freeze({ name, op: op.text as MatchOp, value })
  }

  private unquoted(literal: Span & { readonly text: string }): string {
    const value = unquote(literal.text)
    return value ?? this.fail(`error unquoting string ${quote(literal.text)}: invalid syntax`, literal)
  }

  private labelNames(): readonly string[] {
    const { reader } = this
    reader.within('grouping opts', '"("', () => reader.expect('('))
    const names: string[] = []
    while (!reader.sees(')')) {
      const token = reader.within('grouping opts', 'label', () => {
        const { kind, word } = reader.peek()
        const fits = kind === 'string' || (/^[a-z_:]/.test(word) && !NO_LABEL.has(word))
        return fits ? reader.next() : reader.unexpected()
      })
      const name = token.kind === 'string' ? this.unquoted(token) : token.text
      if (name === '' || name.includes('\ufffd')) {
        this.fail(`invalid label name for grouping: ${quote(name)}`, token)
      }
      names.push(name)
      if (reader.sees(')')) break
      reader.within('grouping opts', '"," or ")"', () => reader.expect(','))
    }
    reader.next()
    return Object.freeze(names)
  }

  /** What may stand between a binary operator and its right side. */
  private matching(isSet: boolean): { returnBool: boolean; matching: Matching } {
    const { reader } = this
    const returnBool = reader.takes('bool')
    const on = reader.takes('on')
    const written = on || reader.takes('ignoring')
    const labels = written ? this.labelNames() : []
    const left = written && reader.takes('group_left')
    const right = written && !left && reader.takes('group_right')
    // The labels may be left out where the right side follows.
    const include = (left || right) && (reader.sees('(') || !this.startsExpr()) ? this.labelNames() : []
    let fillLeft: number | undefined
    let fillRight: number | undefined
    if (reader.takes('fill')) {
      fillLeft = this.fillValue()
      fillRight = fillLeft
    } else if (reader.takes('fill_left')) {
      fillLeft = this.fillValue()
      if (reader.takes('fill_right')) fillRight = this.fillValue()
    } else if (reader.takes('fill_right')) {
      fillRight = this.fillValue()
      if (reader.takes('fill_left')) fillLeft = this.fillValue()
    }
    if (!written && !isSet && fillLeft === undefined && fillRight === undefined) return { returnBool, matching: PLAIN }
    const cardinality = left ? 'many-to-one' : right ? 'one-to-many' : isSet ? 'many-to-many' : 'one-to-one'
    return { returnBool, matching: freeze({ cardinality, on, labels, include, written, fillLeft, fillRight }) }
  }

  private fillValue(): number {
    const { reader } = this
    reader.expect('(')
    const sign = reader.peek().text
    if (sign === '-' || sign === '+') reader.next()
    const literal = reader.peek()
    if (literal.kind !== 'number' && literal.kind !== 'duration') return reader.unexpected()
    reader.next()
    const value = numberValue(this.query, literal)
    reader.expect(')')
    return sign === '-' ? -value : value
  }

  private args(): readonly Expr[] {
    const { reader } = this
    reader.expect('(')
    const args: Expr[] = []
    let below = 0
    while (!reader.sees(')')) {
      args.push(this.expr(0))
      below = Math.max(below, this.height)
      if (reader.sees(')')) break
      const comma = reader.expect(',')
      if (!this.startsExpr()) this.fail('trailing commas not allowed in function call args', comma)
    }
    reader.next()
    this.height = below
    return Object.freeze(args)
  }

  private startsExpr(): boolean {
    const { kind, text, word } = this.reader.peek()
    if (kind === 'symbol') return text === '(' || text === '{'
    if (kind === 'operator') return text === '+' || text === '-' || METRIC_KEYWORDS.has(word)
    return kind === 'keyword' ? METRIC_KEYWORDS.has(word) : kind !== 'end'
  }

  private call(token: Span & { readonly text: string }): CallExpr {
    const name = token.text
    const args = this.args()
    const info = functionInfo(name)
    if (info === undefined) this.fail(`unknown function with name ${quote(name)}`, token)
    if (info.experimental && !this.features.has('promql-experimental-functions')) {
      this.fail(`function ${quote(name)} is not enabled`, token)
    }
    this.grow(this.height, token)
    return freeze({ kind: 'call', name, args, start: token.start, end: this.reader.last.end })
  }

  private aggregate(token: Span & { readonly word: string }): Expr {
    const { reader } = this
    const op = token.word as AggregateOp
    let modifier: { without: boolean; labels: readonly string[] } | undefined
    const readModifier = () => {
      const { word } = reader.peek()
      if (word !== 'by' && word !== 'without') return
      reader.next()
      modifier = { without: word === 'without', labels: this.labelNames() }
    }
    const args = reader.within('aggregation', '', () => {
      readModifier()
      const read = this.args()
      const below = this.height
      if (modifier === undefined) readModifier()
      this.height = below
      return read
    })
    const span = { start: token.start, end: reader.last.end }
    if (args.length === 0) this.fail('no arguments for aggregate expression provided', span)
    const hasParam = WITH_PARAM.has(op)
    if ((op === 'limitk' || op === 'limit_ratio') && !this.features.has('promql-experimental-functions')) {
      this.fail(`${op}() is experimental and must be enabled with --enable-feature=promql-experimental-functions`, span)
    }
    const wanted = hasParam ? 2 : 1
    if (args.length !== wanted) {
      this.fail(
        `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`,
        span,
      )
    }
    this.grow(this.height, token)
    return freeze({
      kind: 'aggregate',
      op,
      param: hasParam ? args[0]! : undefined,
      inner: args.at(-1)!,
      grouping: modifier?.labels ?? [],
      without: modifier?.without ?? false,
      ...span,
    })
  }
}

/** An offset of nothing may be set again, as Prometheus cannot tell it from none. */
function isNothing(offset: DurationExpr): boolean {
  return offset.kind === 'ms' && offset.ms === 0
}

/** As Go's `%f`. */
function inFull(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`
}

function freeze<const T extends object>(node: T): T {
  return Object.freeze(node)
}
