// Query text to a typed, frozen tree. In: a PromQL query and the features that are switched on. Out: `Expr` nodes with
// UTF-16 offsets, kinds checked. Promise: whatever the text is, nothing but `PromqlError` is thrown, worded and placed
// as Prometheus does it, and neither time nor stack grow beyond what the length of the text allows.

export {
  AGGREGATE_OPERATORS,
  type AggregateExpr,
  type AggregateOp,
  ARITHMETIC,
  type AtModifier,
  type BinaryExpr,
  type BinaryOp,
  type CallExpr,
  COMPARISONS,
  childrenOf,
  type DurationExpr,
  type Expr,
  isComparison,
  isSetOperator,
  type LabelMatcher,
  type Matching,
  type MatrixSelector,
  makesNewMetric,
  type NumberLiteral,
  type ParenExpr,
  SET_OPERATORS,
  type Span,
  type StringLiteral,
  type SubqueryExpr,
  type UnaryExpr,
  unwrapParens,
  type ValueKind,
  type VectorSelector,
} from './ast.ts'
export { kindOf, kindWords } from './check.ts'
export { formatDurationMs, parseDurationMs } from './duration.ts'
export { describeFunctions, type FunctionInfo, functionInfo } from './functions.ts'
export { type ParseOptions, parseExpr, parseSelector } from './parse.ts'
export { quote, unquote } from './quoting.ts'
