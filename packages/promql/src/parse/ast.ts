import type { MatchOp } from '../series-source.ts'

/** Where a node stands in the query: UTF-16 offsets, `end` exclusive. */
export type Span = { readonly start: number; readonly end: number }

export type ValueKind = 'scalar' | 'vector' | 'matrix' | 'string'

/**
 * A length of time. Everything but `ms` is the experimental duration expression, inside of which `ms` may be broken.
 * `isDuration`: written as `5s`, not as the number of seconds `5`.
 */
export type DurationExpr =
  | { readonly kind: 'ms'; readonly ms: number; readonly isDuration: boolean }
  | { readonly kind: 'paren'; readonly inner: DurationExpr }
  | { readonly kind: 'step' }
  | { readonly kind: 'range' }
  | { readonly kind: 'negate'; readonly inner: DurationExpr }
  | {
      readonly kind: 'operation'
      readonly op: '+' | '-' | '*' | '/' | '%' | '^' | 'min_of' | 'max_of'
      readonly left: DurationExpr
      readonly right: DurationExpr
    }

export type AtModifier = { readonly kind: 'time'; readonly ms: number } | { readonly kind: 'start' | 'end' }

export type LabelMatcher = { readonly name: string; readonly op: MatchOp; readonly value: string }

export type NumberLiteral = Span & { readonly kind: 'number'; readonly value: number; readonly isDuration: boolean }
export type StringLiteral = Span & { readonly kind: 'string'; readonly value: string }
export type ParenExpr = Span & { readonly kind: 'paren'; readonly inner: Expr }
export type UnaryExpr = Span & { readonly kind: 'unary'; readonly op: '+' | '-'; readonly inner: Expr }

/** `matchers` holds all of them, the one on `__name__` among them; `name` is the metric name where it stands as such. */
export type VectorSelector = Span & {
  readonly kind: 'selector'
  readonly name: string
  readonly matchers: readonly LabelMatcher[]
  readonly offset: DurationExpr | undefined
  readonly at: AtModifier | undefined
  /** Experimental: the selector looks beyond its ends for the samples around them. */
  readonly extension: 'anchored' | 'smoothed' | undefined
}

/** `metric[5m]`: offset and `@` belong to the selector inside. */
export type MatrixSelector = Span & {
  readonly kind: 'matrix'
  readonly selector: VectorSelector
  readonly range: DurationExpr
}

export type SubqueryExpr = Span & {
  readonly kind: 'subquery'
  readonly inner: Expr
  readonly range: DurationExpr
  /** Absent: the default evaluation interval. */
  readonly step: DurationExpr | undefined
  readonly offset: DurationExpr | undefined
  readonly at: AtModifier | undefined
}

export const SET_OPERATORS = ['and', 'or', 'unless'] as const
export const COMPARISONS = ['==', '!=', '>', '<', '>=', '<='] as const
export const ARITHMETIC = ['+', '-', '*', '/', '%', '^', 'atan2'] as const
export type BinaryOp =
  | (typeof SET_OPERATORS)[number]
  | (typeof COMPARISONS)[number]
  | (typeof ARITHMETIC)[number]
  | '</'
  | '>/'

/** How two vectors find each other. */
export type Matching = {
  readonly cardinality: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many'
  /** True: `labels` are all that is compared (`on`); false: all but these (`ignoring`). */
  readonly on: boolean
  readonly labels: readonly string[]
  /** Labels taken over from the "one" side. */
  readonly include: readonly string[]
  /** Whether `on` or `ignoring` was written. */
  readonly written: boolean
  readonly fillLeft: number | undefined
  readonly fillRight: number | undefined
}

export type BinaryExpr = Span & {
  readonly kind: 'binary'
  readonly op: BinaryOp
  readonly left: Expr
  readonly right: Expr
  readonly returnBool: boolean
  readonly matching: Matching
  /** Where the operator stands. */
  readonly opSpan: Span
}

export type CallExpr = Span & { readonly kind: 'call'; readonly name: string; readonly args: readonly Expr[] }

export const AGGREGATE_OPERATORS = [
  'sum',
  'avg',
  'count',
  'min',
  'max',
  'group',
  'stddev',
  'stdvar',
  'topk',
  'bottomk',
  'quantile',
  'count_values',
  'limitk',
  'limit_ratio',
] as const
export type AggregateOp = (typeof AGGREGATE_OPERATORS)[number]

export type AggregateExpr = Span & {
  readonly kind: 'aggregate'
  readonly op: AggregateOp
  readonly param: Expr | undefined
  readonly inner: Expr
  readonly grouping: readonly string[]
  readonly without: boolean
}

export type Expr =
  | NumberLiteral
  | StringLiteral
  | ParenExpr
  | UnaryExpr
  | VectorSelector
  | MatrixSelector
  | SubqueryExpr
  | BinaryExpr
  | CallExpr
  | AggregateExpr

/** The expression without the parentheses around it. */
export function unwrapParens(expr: Expr): Expr {
  let at = expr
  while (at.kind === 'paren') at = at.inner
  return at
}

/** The expressions right below, in the order of the text. A range selector is one with its selector. */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'paren':
    case 'unary':
    case 'subquery':
      return [expr.inner]
    case 'binary':
      return [expr.left, expr.right]
    case 'aggregate':
      return expr.param === undefined ? [expr.inner] : [expr.param, expr.inner]
    case 'call':
      return expr.args
    default:
      return []
  }
}

export function isComparison(op: BinaryOp): boolean {
  return (COMPARISONS as readonly string[]).includes(op)
}

/** Whether a binary operator's result is another metric: arithmetic and `bool` make one, filters and trims do not. */
export function makesNewMetric({ op, returnBool }: BinaryExpr): boolean {
  return returnBool || (ARITHMETIC as readonly string[]).includes(op)
}

export function isSetOperator(op: BinaryOp): boolean {
  return (SET_OPERATORS as readonly string[]).includes(op)
}
