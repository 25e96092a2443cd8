import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'
import { NO_FEATURES, type PromqlFeatures } from '../features.ts'
import { PromqlError, parseError } from '../promql-error.ts'
import type { MatchOp } from '../series-source.ts'
import type {
  AggregateOp,
  AtModifier,
  BinaryExpr,
  BinaryOp,
  DurationExpr,
  Expr,
  LabelMatcher,
  Matching,
  Span,
  VectorSelector,
} from './ast.ts'
import { checkTypes } from './check.ts'
import { parseDurationMs } from './duration.ts'
import { functionInfo } from './functions.ts'
import { unquote } from './quoting.ts'
import { syntaxError } from './syntax-error.ts'
import { type Token, tokenize } from './tokens.ts'

/** Longer queries are refused: nobody writes them, and time and stack of the parser are bounded by it. */
const MAX_QUERY_LENGTH = 256 * 1024
/** Deeper nesting is refused, so that walking the tree never exhausts the stack. */
const MAX_DEPTH = 400

export type ParseOptions = { readonly features?: PromqlFeatures }

/**
 * The typed tree of a query, frozen; every node carries its UTF-16 offsets.
 * Throws `PromqlError` with code `parse` (or `not_implemented` for syntax that is valid but not built yet), nothing else.
 * Source: https://prometheus.io/docs/prometheus/latest/querying/basics/ and the grammar `@prometheus-io/lezer-promql`.
 */
export function parseExpr(query: string, options: ParseOptions = {}): Expr {
  if (query.length > MAX_QUERY_LENGTH) {
    throw new PromqlError('parse', `parse error: query is longer than ${MAX_QUERY_LENGTH} characters`, {
      start: 0,
      end: 0,
    })
  }
  const tokens = tokenize(query)
  if (tokens.length === 1 && tokens[0]!.kind === 'end') {
    const place = query === '' ? 'unknown position' : '1:1'
    throw new PromqlError('parse', `${place}: parse error: no expression found in input`, { start: 0, end: 0 })
  }
  refuseDeepNesting(query, tokens)
  const tree = parser.parse(withGrammarSpelling(query, tokens))
  const cursor = tree.cursor()
  do if (cursor.type.isError) throw syntaxError(query, tokens, cursor.node)
  while (cursor.next())
  const bad = tokens.at(-1)!
  if (bad.kind === 'error') throw parseError(query, bad.message, bad.start, bad.end)
  const root = tree.topNode.firstChild
  if (root === null) throw syntaxError(query, tokens, tree.topNode)
  const expr = new TreeReader(query, options.features ?? NO_FEATURES).expr(root, 0)
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

function refuseDeepNesting(query: string, tokens: readonly Token[]): void {
  let depth = 0
  let signs = 0
  let powers = 0
  let brackets = 0
  for (const { text, start, end } of tokens) {
    if (text === '(' || text === '[' || text === '{') depth++
    else if (text === ')' || text === ']' || text === '}') depth--
    signs = text === '-' || text === '+' ? signs + 1 : 0
    if (text === '^') powers++
    if (text === '[') brackets++
    if (depth > MAX_DEPTH || signs > MAX_DEPTH || powers > MAX_DEPTH || brackets > 4 * MAX_DEPTH) {
      throw parseError(query, `expression is nested deeper than ${MAX_DEPTH} levels`, start, end)
    }
  }
}

/**
 * What the grammar reads: the query with the few things put right that Prometheus takes and the grammar does not, each
 * at the same place and of the same length. `2.` and `5.e3`: the point moves to the front as a zero. `STEP()` in a
 * duration: lower case. `min_of()` outside of durations: the name of another function, as the reader takes names from
 * the query itself.
 */
function withGrammarSpelling(query: string, tokens: readonly Token[]): string {
  let out = query
  let brackets = 0
  tokens.forEach(({ kind, text, start, end }, i) => {
    if (text === '[') brackets++
    if (text === ']') brackets--
    const parts = kind === 'number' ? /^(\d[\d_]*)\.(?!\d)(.*)$/.exec(text) : null
    if (parts !== null) out = `${out.slice(0, start)}0${parts[1]}${parts[2]}${out.slice(end)}`
    if (kind !== 'identifier' || tokens[i + 1]?.text !== '(' || !/^(step|range|min_of|max_of)$/i.test(text)) return
    const inDuration = brackets > 0 || followsOffset(tokens, i)
    const spelling = inDuration ? text.toLowerCase() : /^(min|max)_of$/.test(text) ? 'minute' : text
    out = out.slice(0, start) + spelling + out.slice(end)
  })
  return out
}

/** Whether the token belongs to the duration of an `offset`, be it inside of parentheses that open there. */
function followsOffset(tokens: readonly Token[], index: number): boolean {
  let closed = 0
  // Whether all between here and the token before is what may stand right after `offset`.
  let edge = true
  for (let at = index - 1; at >= 0; at--) {
    const { text } = tokens[at]!
    if (text === ')') {
      closed++
      edge = false
    } else if (text === '(') {
      if (closed > 0) closed--
      else edge = true
    } else if (text.toLowerCase() === 'offset' && closed === 0) return edge
    else if (!/^([+-]|min_of|max_of)$/.test(text)) edge = false
  }
  return false
}

class TreeReader {
  readonly query: string
  readonly features: PromqlFeatures

  constructor(query: string, features: PromqlFeatures) {
    this.query = query
    this.features = features
  }

  text(node: SyntaxNode): string {
    return this.query.slice(node.from, node.to)
  }

  fail(message: string, at: Span): never {
    throw parseError(this.query, message, at.start, at.end)
  }

  expr(node: SyntaxNode, depth: number): Expr {
    const span = { start: node.from, end: node.to }
    if (depth > 4 * MAX_DEPTH) this.fail(`expression is nested deeper than ${MAX_DEPTH} levels`, span)
    const child = (n: SyntaxNode) => this.expr(n, depth + 1)
    switch (node.name) {
      case 'NumberDurationLiteral': {
        const text = this.text(node)
        const digits = text.replace(/^[+-]/, '').trim()
        const value = this.number(digits, span)
        return freeze({
          kind: 'number',
          value: text.startsWith('-') ? -value : value,
          isDuration: parseDurationMs(digits) !== undefined,
          ...span,
        })
      }
      case 'StringLiteral':
        return freeze({ kind: 'string', value: this.string(node), ...span })
      case 'ParenExpr':
        return freeze({ kind: 'paren', inner: child(expressionsOf(node)[0]!), ...span })
      case 'UnaryExpr': {
        const op = this.text(node.firstChild!) as '+' | '-'
        const inner = child(node.lastChild!)
        // As in Prometheus, a sign before a number literal is part of the literal.
        if (inner.kind === 'number')
          return freeze({ ...inner, value: op === '-' ? -inner.value : inner.value, ...span })
        return freeze({ kind: 'unary', op, inner, ...span })
      }
      case 'VectorSelector':
        return this.selector(node)
      case 'MatrixSelector':
        return this.postfix(child(node.firstChild!), node, (expr, s) => {
          const brackets = { start: this.query.indexOf('[', expr.end), end: node.to }
          if (expr.kind !== 'selector') return this.fail('ranges only allowed for vector selectors', brackets)
          if (expr.offset !== undefined) this.fail('no offset modifiers allowed before range', brackets)
          if (expr.at !== undefined) this.fail('no @ modifiers allowed before range', brackets)
          return freeze({
            kind: 'matrix',
            selector: expr,
            range: this.positive(this.duration(node.getChild('DurationExpr')!), node.getChild('DurationExpr')!),
            ...s,
          })
        })
      case 'SubqueryExpr':
        return this.postfix(child(node.firstChild!), node, (expr, s) => {
          const durations = node.getChildren('DurationExpr')
          return freeze({
            kind: 'subquery',
            inner: expr,
            range: this.positive(this.duration(durations[0]!), durations[0]!),
            step: durations[1] === undefined ? undefined : this.positive(this.duration(durations[1]), durations[1]),
            offset: undefined,
            at: undefined,
            ...s,
          })
        })
      case 'OffsetExpr': {
        const offset = this.duration(node.getChild('OffsetDurationExpr')!)
        return this.postfix(child(node.firstChild!), node, (expr, s) => this.withOffset(expr, offset, s))
      }
      case 'StepInvariantExpr': {
        const at = this.atModifier(node)
        return this.postfix(child(node.firstChild!), node, (expr, s) => this.withAt(expr, at, s))
      }
      case 'AnchoredExpr':
      case 'SmoothedExpr': {
        const word = node.name === 'AnchoredExpr' ? 'anchored' : 'smoothed'
        return this.fail(`${word} modifier is experimental and not enabled`, span)
      }
      case 'BinaryExpr':
        return this.binary(node, depth)
      case 'FunctionCall':
        return this.call(node, depth)
      case 'AggregateExpr':
        return this.aggregate(node, depth)
      default:
        return this.fail(`unexpected ${JSON.stringify(this.text(node))}`, span)
    }
  }

  number(text: string, span: Span): number {
    const duration = parseDurationMs(text)
    if (duration !== undefined) return duration / 1000
    const lower = text.toLowerCase().replaceAll('_', '')
    if (lower === 'inf') return Number.POSITIVE_INFINITY
    if (lower === 'nan') return Number.NaN
    if (/^0[0-7]+$/.test(lower)) return Number.parseInt(lower, 8)
    const value = Number(lower)
    if (lower === '' || Number.isNaN(value))
      this.fail(`error parsing number: strconv.ParseFloat: parsing "${text}": invalid syntax`, span)
    return value
  }

  string(node: SyntaxNode): string {
    const text = this.text(node)
    const value = unquote(text)
    if (value === undefined)
      this.fail(`error unquoting string ${text}: invalid syntax`, { start: node.from, end: node.to })
    return value
  }

  /** Modifiers bind tighter than any operator, but the grammar hangs them around the whole: move them inwards. */
  postfix(expr: Expr, node: SyntaxNode, apply: (expr: Expr, span: Span) => Expr): Expr {
    const end = node.to
    if (expr.kind === 'binary') return freeze({ ...expr, right: this.postfix(expr.right, node, apply), end })
    if (expr.kind === 'unary') return freeze({ ...expr, inner: this.postfix(expr.inner, node, apply), end })
    return apply(expr, { start: expr.start, end })
  }

  withOffset(expr: Expr, offset: DurationExpr, { end }: Span): Expr {
    if (expr.kind === 'matrix') {
      if (expr.selector.offset !== undefined) this.fail('offset may not be set multiple times', expr)
      return freeze({ ...expr, selector: freeze({ ...expr.selector, offset }), end })
    }
    if (expr.kind !== 'selector' && expr.kind !== 'subquery') {
      return this.fail(
        'offset modifier must be preceded by an instant vector selector or range vector selector or a subquery',
        expr,
      )
    }
    if (expr.offset !== undefined) this.fail('offset may not be set multiple times', expr)
    return freeze({ ...expr, offset, end })
  }

  withAt(expr: Expr, at: AtModifier, { end }: Span): Expr {
    if (expr.kind === 'matrix') {
      if (expr.selector.at !== undefined) this.fail('@ <timestamp> may not be set multiple times', expr)
      return freeze({ ...expr, selector: freeze({ ...expr.selector, at }), end })
    }
    if (expr.kind !== 'selector' && expr.kind !== 'subquery') {
      return this.fail(
        '@ modifier must be preceded by an instant vector selector or range vector selector or a subquery',
        expr,
      )
    }
    if (expr.at !== undefined) this.fail('@ <timestamp> may not be set multiple times', expr)
    return freeze({ ...expr, at, end })
  }

  atModifier(node: SyntaxNode): AtModifier {
    const preprocessor = node.getChild('AtModifierPreprocessors')
    if (preprocessor !== null) {
      return freeze({ kind: preprocessor.firstChild!.name === 'AtStart' ? 'start' : 'end' })
    }
    const literal = node.getChildren('NumberDurationLiteral').at(-1)!
    const span = { start: literal.from, end: literal.to }
    const text = this.text(literal)
    const seconds = this.number(text.replace(/^[+-]\s*/, ''), span) * (text.startsWith('-') ? -1 : 1)
    if (!(Math.abs(seconds) < 2 ** 63 / 1000)) this.fail(`timestamp out of bounds for @ modifier: ${seconds}`, span)
    return freeze({ kind: 'time', ms: Math.round(seconds * 1000) })
  }

  duration(node: SyntaxNode): DurationExpr {
    const duration = this.durationTree(node)
    if (duration.kind === 'ms') return duration
    if (duration.kind === 'negate' && duration.inner.kind === 'ms')
      return freeze({ kind: 'ms', ms: -duration.inner.ms })
    if (!this.features.has('promql-duration-expr')) {
      this.fail('experimental duration expression is not enabled', { start: node.from, end: node.to })
    }
    return duration
  }

  durationTree(node: SyntaxNode): DurationExpr {
    const span = { start: node.from, end: node.to }
    if (node.name === 'NumberDurationLiteralInDurationContext') {
      const ms = Math.round(this.number(this.text(node), span) * 1000)
      if (!(Math.abs(ms) < 9223372036854)) this.fail('duration out of range', span)
      return freeze({ kind: 'ms', ms })
    }
    const parts: SyntaxNode[] = []
    for (let at = node.firstChild; at !== null; at = at.nextSibling) parts.push(at)
    const first = parts[0]!
    if (first.name === 'DurationStep') return freeze({ kind: 'step' })
    if (first.name === 'DurationRange') return freeze({ kind: 'range' })
    if (first.name === 'DurationMinOf' || first.name === 'DurationMaxOf') {
      const op = first.name === 'DurationMinOf' ? 'min_of' : 'max_of'
      return freeze({ kind: 'operation', op, left: this.durationTree(parts[1]!), right: this.durationTree(parts[2]!) })
    }
    if (first.name === 'UnaryOp') {
      const inner = this.durationTree(parts[1]!)
      if (this.text(first) === '+') return inner
      return inner.kind === 'ms' ? freeze({ kind: 'ms', ms: -inner.ms }) : freeze({ kind: 'negate', inner })
    }
    if (parts.length === 3) {
      const op = this.text(parts[1]!) as '+' | '-' | '*' | '/' | '%' | '^'
      const right = this.durationTree(parts[2]!)
      if (right.kind === 'ms' && right.ms === 0 && (op === '/' || op === '%')) {
        this.fail(op === '/' ? 'division by zero' : 'modulo by zero', { start: parts[1]!.from, end: parts[1]!.to })
      }
      return freeze({ kind: 'operation', op, left: this.durationTree(parts[0]!), right })
    }
    return this.durationTree(first)
  }

  positive(duration: DurationExpr, node: SyntaxNode): DurationExpr {
    if (duration.kind === 'ms' && duration.ms <= 0) {
      this.fail('duration must be greater than 0', { start: node.from, end: node.to })
    }
    return duration
  }

  selector(node: SyntaxNode): VectorSelector {
    const span = { start: node.from, end: node.to }
    const matchers: LabelMatcher[] = []
    const identifier = node.getChild('Identifier')
    let name = identifier === null ? '' : this.text(identifier)
    const body = node.getChild('LabelMatchers')
    for (let at = body?.firstChild ?? null; at !== null; at = at.nextSibling) {
      if (at.name === 'QuotedLabelName') {
        const quoted = this.string(at.firstChild!)
        if (name !== '')
          this.fail(`metric name must not be set twice: ${JSON.stringify(name)} or ${JSON.stringify(quoted)}`, span)
        name = quoted
      } else {
        const label = at.firstChild!
        const op = this.text(at.getChild('MatchOp')!) as MatchOp
        const key = label.name === 'QuotedLabelName' ? this.string(label.firstChild!) : this.text(label)
        matchers.push(freeze({ name: key, op, value: this.string(at.lastChild!) }))
      }
    }
    if (name !== '') matchers.push(freeze({ name: '__name__', op: '=', value: name }))
    return freeze({
      kind: 'selector',
      name,
      matchers: Object.freeze(matchers),
      offset: undefined,
      at: undefined,
      ...span,
    })
  }

  labelNames(node: SyntaxNode | null): readonly string[] {
    const names: string[] = []
    for (let at = node?.firstChild ?? null; at !== null; at = at.nextSibling) {
      const name = at.name === 'QuotedLabelName' ? this.string(at.firstChild!) : this.text(at)
      if (name === '') this.fail('invalid label name for grouping: ""', { start: at.from, end: at.to })
      names.push(name)
    }
    return Object.freeze(names)
  }

  binary(node: SyntaxNode, depth: number): Expr {
    const leftNode = node.firstChild!
    const rightNode = node.lastChild!
    const opNode = leftNode.nextSibling!
    const op = this.text(opNode).toLowerCase() as BinaryOp
    const returnBool = node.getChild('BoolModifier') !== null
    const clause = node.getChild('MatchingModifierClause')
    const fill = node.getChild('FillModifier')
    const groupings = clause?.getChildren('GroupingLabels') ?? []
    const groupLeft = clause?.getChild('GroupLeft') != null
    const groupRight = clause?.getChild('GroupRight') != null
    const isSet = op === 'and' || op === 'or' || op === 'unless'
    const opSpan = { start: opNode.from, end: opNode.to }
    if (fill !== null && !this.features.has('promql-binop-fill-modifiers')) {
      this.fail('binop fill modifiers are experimental and not enabled', { start: node.from, end: node.to })
    }
    const matching: Matching = freeze({
      cardinality: groupLeft ? 'many-to-one' : groupRight ? 'one-to-many' : isSet ? 'many-to-many' : 'one-to-one',
      on: clause?.getChild('On') != null,
      labels: this.labelNames(groupings[0] ?? null),
      include: this.labelNames(groupings[1] ?? null),
      written: clause !== null,
      fillLeft: this.fillValue(fill, 'FillLeftClause'),
      fillRight: this.fillValue(fill, 'FillRightClause'),
    })
    const left = this.expr(leftNode, depth + 1)
    const right = this.expr(rightNode, depth + 1)
    const span = { start: node.from, end: node.to }
    const build = (lhs: Expr, start: number): BinaryExpr =>
      freeze({ kind: 'binary', op, left: lhs, right, returnBool, matching, opSpan, start, end: span.end })
    // -2^2 is -(2^2): the grammar reads the sign into the literal, Prometheus lets the power bind tighter.
    if (op === '^' && left.kind === 'number' && leftNode.name === 'NumberDurationLiteral') {
      const sign = this.query[leftNode.from]
      if (sign === '-' || sign === '+') {
        const start = leftNode.from + this.text(leftNode).search(/[^+\-\s]/)
        const base = freeze({ ...left, value: sign === '-' ? -left.value : left.value, start })
        return freeze({ kind: 'unary', op: sign, inner: build(base, start), ...span })
      }
    }
    return build(left, span.start)
  }

  fillValue(fill: SyntaxNode | null, side: 'FillLeftClause' | 'FillRightClause'): number | undefined {
    const literal = (fill?.getChild(side) ?? fill?.getChild('FillClause'))?.getChild('NumberDurationLiteral')
    if (literal == null) return undefined
    const text = this.text(literal)
    const value = this.number(text.replace(/^[+-]\s*/, ''), { start: literal.from, end: literal.to })
    return text.startsWith('-') ? -value : value
  }

  call(node: SyntaxNode, depth: number): Expr {
    const nameNode = node.firstChild!
    const name = this.text(nameNode)
    const nameSpan = { start: nameNode.from, end: nameNode.to }
    const info = functionInfo(name)
    if (info === undefined) this.fail(`unknown function with name ${JSON.stringify(name)}`, nameSpan)
    if (info.experimental && !this.features.has('promql-experimental-functions')) {
      this.fail(`function ${JSON.stringify(name)} is not enabled`, nameSpan)
    }
    const args = expressionsOf(node.getChild('FunctionCallBody')!).map((arg) => this.expr(arg, depth + 1))
    return freeze({ kind: 'call', name, args: Object.freeze(args), start: node.from, end: node.to })
  }

  aggregate(node: SyntaxNode, depth: number): Expr {
    const span = { start: node.from, end: node.to }
    const op = this.text(node.firstChild!).toLowerCase() as AggregateOp
    const modifier = node.getChild('AggregateModifier')
    const args = expressionsOf(node.getChild('FunctionCallBody')!).map((arg) => this.expr(arg, depth + 1))
    const hasParam = ['topk', 'bottomk', 'quantile', 'count_values', 'limitk', 'limit_ratio'].includes(op)
    if (args.length === 0) this.fail('no arguments for aggregate expression provided', span)
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
    return freeze({
      kind: 'aggregate',
      op,
      param: hasParam ? args[0]! : undefined,
      inner: args.at(-1)!,
      grouping: this.labelNames(modifier?.getChild('GroupingLabels') ?? null),
      without: modifier?.getChild('Without') != null,
      ...span,
    })
  }
}

function expressionsOf(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = []
  for (let at = node.firstChild; at !== null; at = at.nextSibling) if (at.name !== 'LineComment') found.push(at)
  return found
}

function freeze<const T extends object>(node: T): T {
  return Object.freeze(node)
}
