// Parts of a query that treat each series by itself, and the sums above them, can be evaluated slice by slice of their
// series, in any order and in several places at once; what the slices made is put together in their order, so that the
// answer does not depend on who was faster. A part is found from above: as much of the tree as possible.
//
//   sum by (job) (rate(x[5m]))        one part: a slice gives its groups with the state of their sums
//   topk(3, rate(x[5m]) * 8)          the part is `rate(x[5m]) * 8`: a slice gives a column a series
//
// No name is dropped in a slice without knowing that no two series meet by that, wherever they are: the slicer has to
// refuse a part with `needsApart` where it cannot tell.

import {
  childrenOf,
  type Expr,
  isSetOperator,
  kindOf,
  makesNewMetric,
  unwrapParens,
  type VectorSelector,
} from '../../parse/index.ts'
import { hasRunningState } from '../aggregate/aggregate.ts'
import { isUniqueWithoutName } from '../invariance.ts'
import { isDateFunction, unaryFunction } from '../numbers/elementwise.ts'
import { rangeFunction } from '../range/range-functions.ts'
import type { Run } from '../run/run.ts'
import type { SlicePlan } from '../run/slicer.ts'
import { histogramFunction } from '../vector/histogram.ts'

/** The part that begins at this node, if one does. */
export function slicePlanOf(expr: Expr): SlicePlan | undefined {
  const node = unwrapParens(expr)
  const aggregate = node.kind === 'aggregate' && hasRunningState(node) ? node : undefined
  const inner = aggregate === undefined ? node : aggregate.inner
  const selector = seriesWise(inner)
  return selector === undefined ? undefined : { node, selector, aggregate, dropsName: dropsName(inner) }
}

/** All parts of a query that might be evaluated in slices, in a fixed order; they may lie inside one another. */
export function slicePlansOf(expr: Expr): SlicePlan[] {
  const plan = slicePlanOf(expr)
  const rest = childrenOf(unwrapParens(expr)).flatMap(slicePlansOf)
  return plan === undefined ? rest : [plan, ...rest]
}

/** Selectors in a query, whether or not they are the same. */
export function countSelectors(expr: Expr): number {
  const node = unwrapParens(expr)
  if (node.kind === 'selector' || node.kind === 'matrix') return 1
  let count = 0
  for (const child of childrenOf(node)) count += countSelectors(child)
  return count
}

/** Whether slices of the plan are right only for series that are apart without their names. */
export function needsApart(run: Run, { selector, dropsName }: SlicePlan): boolean {
  return dropsName && !run.delayedNameRemoval && !isUniqueWithoutName(selector)
}

/** Reads nothing beyond its windows. */
function isPlain({ extension }: VectorSelector): boolean {
  return extension === undefined
}

/** The one selector of an expression that treats each series by itself and hands each on before the next is read. */
function seriesWise(expr: Expr): VectorSelector | undefined {
  const node = unwrapParens(expr)
  switch (node.kind) {
    case 'selector':
      return isPlain(node) ? node : undefined
    case 'unary':
      return seriesWise(node.inner)
    case 'matrix':
      return isPlain(node.selector) ? node.selector : undefined
    case 'subquery':
      return seriesWise(node.inner)
    case 'binary': {
      if (isSetOperator(node.op)) return undefined
      const [scalar, vector] = kindOf(node.left) === 'scalar' ? [node.left, node.right] : [node.right, node.left]
      return kindOf(scalar) === 'scalar' && !readsSeries(scalar) ? seriesWise(vector) : undefined
    }
    case 'call': {
      const isRange = rangeFunction(node.name) !== undefined && node.name !== 'absent_over_time'
      const isUnary = unaryFunction(node.name) !== undefined && !(isDateFunction(node.name) && node.args.length === 0)
      const isOfHistogram = histogramFunction(node.name) !== undefined
      if (!isRange && !isUnary && !isOfHistogram && !ELEMENTWISE.has(node.name)) return undefined
      let selector: VectorSelector | undefined
      for (const arg of node.args) {
        const kind = kindOf(arg)
        if (kind === 'vector' || kind === 'matrix') {
          if (selector !== undefined) return undefined
          selector = seriesWise(arg)
          if (selector === undefined) return undefined
        } else if (readsSeries(arg)) return undefined
      }
      return selector
    }
    default:
      return undefined
  }
}

const ELEMENTWISE = new Set(['round', 'clamp', 'clamp_min', 'clamp_max'])

function readsSeries(expr: Expr): boolean {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return false
    case 'paren':
    case 'unary':
      return readsSeries(expr.inner)
    case 'binary':
      return readsSeries(expr.left) || readsSeries(expr.right)
    case 'call':
      return expr.args.some(readsSeries)
    default:
      return true
  }
}

/** Whether the series of such an expression come without their names. */
function dropsName(expr: Expr): boolean {
  const node = unwrapParens(expr)
  switch (node.kind) {
    case 'unary':
      return node.op === '-' || dropsName(node.inner)
    case 'subquery':
      return dropsName(node.inner)
    case 'binary':
      if (makesNewMetric(node)) return true
      return dropsName(kindOf(node.left) === 'scalar' ? node.right : node.left)
    case 'call':
      if (rangeFunction(node.name)?.keepsName !== true) return true
      return node.args.some((arg) => kindOf(arg) === 'matrix' && dropsName(arg))
    default:
      return false
  }
}
