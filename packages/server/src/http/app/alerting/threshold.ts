import { type BinaryExpr, type Expr, PROMQL_FEATURES, parseExpr, unwrapParens } from '@binnacle/promql'

/** A comparison with a number: the side that is measured, and what it is measured against. */
export type RuleThreshold = {
  /** The query without the comparison: what a graph shows. */
  readonly measured: string
  readonly limits: readonly { readonly op: '>' | '>=' | '<' | '<=' | '==' | '!='; readonly value: number }[]
  /** There are further conditions (`and`, `unless`, `or`) that this leaves out. */
  readonly partial: boolean
}

const TURNED = { '>': '<', '>=': '<=', '<': '>', '<=': '>=', '==': '==', '!=': '!=' } as const
const FEATURES = new Set(PROMQL_FEATURES)

/** What a rule's query compares with which number; `undefined` where it does no such thing, or does not parse. */
export function thresholdOf(query: string): RuleThreshold | undefined {
  let expr: Expr
  try {
    expr = parseExpr(query, { features: FEATURES })
  } catch {
    return undefined
  }
  const found = comparisonOf(expr)
  if (found === undefined) return undefined
  const { side, limits, partial } = found
  return { measured: query.slice(side.start, side.end).trim(), limits, partial }
}

type Found = Omit<RuleThreshold, 'measured'> & { readonly side: Expr }

function comparisonOf(outer: Expr): Found | undefined {
  const expr = unwrapParens(outer)
  if (expr.kind !== 'binary') return undefined
  if (expr.op === 'and' || expr.op === 'unless' || expr.op === 'or') {
    const found = comparisonOf(expr.left)
    return found === undefined ? undefined : { ...found, partial: true }
  }
  if (!(expr.op in TURNED) || expr.returnBool) return undefined
  const op = expr.op as keyof typeof TURNED
  const { left, right } = expr as BinaryExpr
  const atRight = numberOf(right)
  const atLeft = numberOf(left)
  if (atRight !== undefined && atLeft === undefined) {
    // `x > 1 < 5`: the left side is a comparison itself.
    const inner = comparisonOf(left)
    if (inner !== undefined) return { ...inner, limits: [...inner.limits, { op, value: atRight }] }
    return { side: left, limits: [{ op, value: atRight }], partial: false }
  }
  if (atLeft !== undefined && atRight === undefined)
    return { side: right, limits: [{ op: TURNED[op], value: atLeft }], partial: false }
  return undefined
}

/** The value of an expression of numbers alone: `100 * 1024`, `-0.5`. */
function numberOf(outer: Expr): number | undefined {
  const expr = unwrapParens(outer)
  if (expr.kind === 'number') return expr.value
  if (expr.kind === 'unary') {
    const inner = numberOf(expr.inner)
    return inner === undefined ? undefined : expr.op === '-' ? -inner : inner
  }
  if (expr.kind !== 'binary') return undefined
  const left = numberOf(expr.left)
  const right = numberOf(expr.right)
  if (left === undefined || right === undefined) return undefined
  const { op } = expr
  if (op === '+') return left + right
  if (op === '-') return left - right
  if (op === '*') return left * right
  if (op === '/') return left / right
  if (op === '^') return left ** right
  return undefined
}
