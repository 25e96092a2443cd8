import { type BinaryExpr, type Expr, isComparison, kindOf, metricName } from '@binnacle/promql'
import { some } from './walk.ts'

/** Values that a part of a query can have, both ends inclusive; NaN may be there beside them. */
type Range = { readonly min: number; readonly max: number }

const ANY: Range = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY }
const FROM_0: Range = { min: 0, max: Number.POSITIVE_INFINITY }
const FROM_1: Range = { min: 1, max: Number.POSITIVE_INFINITY }
const ONE: Range = { min: 1, max: 1 }

export type Constancy = {
  readonly truth: 'always' | 'never'
  readonly reason: string
  readonly hint: string | undefined
}

/** Whether a comparison filters nothing or everything, whatever the samples are. Undefined where it depends on them. */
export function constancyOf(expr: BinaryExpr): Constancy | undefined {
  if (!isComparison(expr.op) || expr.returnBool) return undefined
  if (kindOf(expr.left) === 'scalar' && kindOf(expr.right) === 'scalar') return undefined
  const left = rangeOf(expr.left)
  const right = rangeOf(expr.right)
  const truth = compare(expr.op, left, right)
  if (truth === undefined) return undefined
  const counts = [expr.left, expr.right].find((side) => some(side, isCount))
  // What is there at all depends on a condition already: `count(up == 0) > 0` says so for the reader.
  const conditional = counts !== undefined || [expr.left, expr.right].some((side) => some(side, isCondition))
  if (truth === 'always' && conditional) return undefined
  const side = left === ANY ? right : left
  const hint =
    truth === 'never' && counts !== undefined
      ? 'where there is nothing to count, the result is empty and not 0: write "... or vector(0)", or absent(...)'
      : undefined
  return { truth, reason: `its values are ${words(side)}`, hint }
}

function compare(op: string, a: Range, b: Range): 'always' | 'never' | undefined {
  const apart = a.max < b.min || b.max < a.min
  const same = a.min === a.max && b.min === b.max && a.min === b.min
  switch (op) {
    case '>':
      return a.min > b.max ? 'always' : a.max <= b.min ? 'never' : undefined
    case '>=':
      return a.min >= b.max ? 'always' : a.max < b.min ? 'never' : undefined
    case '<':
      return a.max < b.min ? 'always' : a.min >= b.max ? 'never' : undefined
    case '<=':
      return a.max <= b.min ? 'always' : a.min > b.max ? 'never' : undefined
    case '==':
      return same ? 'always' : apart ? 'never' : undefined
    default:
      return apart ? 'always' : same ? 'never' : undefined
  }
}

function rangeOf(expr: Expr): Range {
  switch (expr.kind) {
    case 'number':
      return { min: expr.value, max: expr.value }
    case 'paren':
      return rangeOf(expr.inner)
    case 'unary': {
      const { min, max } = rangeOf(expr.inner)
      return expr.op === '+' ? { min, max } : { min: -max, max: -min }
    }
    case 'selector': {
      const name = metricName(expr)
      if (name === 'up') return { min: 0, max: 1 }
      return name !== undefined && /_(total|bucket|count)$/.test(name) ? FROM_0 : ANY
    }
    case 'aggregate': {
      const inner = rangeOf(expr.inner)
      if (expr.op === 'count' || expr.op === 'count_values') return FROM_1
      if (expr.op === 'group') return ONE
      if (expr.op === 'stddev' || expr.op === 'stdvar') return FROM_0
      if (expr.op === 'sum') return inner.min >= 0 ? { min: inner.min, max: Number.POSITIVE_INFINITY } : ANY
      return expr.op === 'quantile' ? ANY : inner
    }
    case 'call':
      return rangeOfCall(expr.name, expr.args)
    case 'binary':
      return rangeOfBinary(expr)
    default:
      return ANY
  }
}

function rangeOfCall(name: string, args: readonly Expr[]): Range {
  switch (name) {
    case 'absent':
    case 'absent_over_time':
    case 'present_over_time':
      return ONE
    case 'count_over_time':
      return FROM_1
    case 'rate':
    case 'increase':
    case 'irate':
    case 'changes':
    case 'resets':
    case 'time':
    case 'abs':
    case 'sqrt':
      return FROM_0
    case 'vector':
      return rangeOf(args[0]!)
    default:
      return ANY
  }
}

function rangeOfBinary(expr: BinaryExpr): Range {
  const left = rangeOf(expr.left)
  const right = rangeOf(expr.right)
  if (expr.returnBool) return { min: 0, max: 1 }
  if (isComparison(expr.op)) return kindOf(expr.left) === 'scalar' ? right : left
  if (expr.op === 'and' || expr.op === 'unless') return left
  if (expr.op === 'or') return { min: Math.min(left.min, right.min), max: Math.max(left.max, right.max) }
  const positive = left.min >= 0 && right.min >= 0
  if (['+', '*', '/', '^'].includes(expr.op) && positive) return FROM_0
  return ANY
}

/** Whether a part gives something only under a condition. */
export function isCondition(node: Expr): boolean {
  if (node.kind === 'binary') {
    return (isComparison(node.op) && !node.returnBool) || node.op === 'and' || node.op === 'unless'
  }
  return node.kind === 'call' && (node.name === 'absent' || node.name === 'absent_over_time')
}

function isCount(node: Expr): boolean {
  return (node.kind === 'aggregate' && node.op === 'count') || (node.kind === 'call' && node.name === 'count_over_time')
}

function words({ min, max }: Range): string {
  if (min === max) return `always ${min}`
  if (max === Number.POSITIVE_INFINITY) return `${min} or more`
  if (min === Number.NEGATIVE_INFINITY) return `${max} or less`
  return `from ${min} to ${max}`
}
