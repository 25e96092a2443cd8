import {
  type BinaryExpr,
  childrenOf,
  type Expr,
  isComparison,
  metricName,
  unwrapParens,
  type VectorSelector,
} from '@binnacle/promql'
import type { Catalogue } from './catalogue.ts'

export type ZeroDivisor = {
  readonly metric: string
  readonly zeros: number
  readonly series: number
  readonly start: number
}

/** Divisions by series that are 0 now, in a condition that +Inf satisfies. */
export function findZeroDivisors(ast: Expr, catalogue: Catalogue): ZeroDivisor[] {
  const found: ZeroDivisor[] = []
  const guarded = guardedMetrics(ast)
  const visit = (node: Expr, looksForMuch: boolean) => {
    if (node.kind === 'binary' && node.op === '/' && looksForMuch) {
      const one = zeroDivisor(node, catalogue)
      if (one !== undefined && !guarded.has(one.metric)) found.push(one)
    }
    const upwards = node.kind === 'binary' && ['>', '>=', '!='].includes(node.op)
    for (const child of childrenOf(node)) visit(child, looksForMuch || upwards)
  }
  visit(ast, false)
  return found
}

function zeroDivisor({ left, right }: BinaryExpr, catalogue: Catalogue): ZeroDivisor | undefined {
  const divisor = plainSelector(right)
  const metric = divisor === undefined ? undefined : metricName(divisor)
  if (divisor === undefined || metric === undefined) return undefined
  const values = catalogue.values(divisor.matchers)
  const zeros = values?.filter(({ value }) => value === 0).length ?? 0
  if (values === undefined || zeros === 0) return undefined
  const above = plainSelector(left)
  const dividends = above === undefined ? undefined : catalogue.values(above.matchers)
  // 0 / 0 is no number, which is above nothing.
  if (dividends?.every(({ value }) => value === 0)) return undefined
  return { metric, zeros, series: values.length, start: divisor.start }
}

function plainSelector(expr: Expr): VectorSelector | undefined {
  const plain = unwrapParens(expr)
  if (plain.kind === 'selector') return plain
  return plain.kind === 'aggregate' && ['sum', 'max', 'min', 'avg'].includes(plain.op)
    ? plainSelector(plain.inner)
    : undefined
}

/** Metrics that the query compares by themselves, so that zeros may be kept out. */
function guardedMetrics(ast: Expr): ReadonlySet<string> {
  const names = new Set<string>()
  const visit = (node: Expr) => {
    if (node.kind === 'binary' && isComparison(node.op)) {
      for (const side of [node.left, node.right]) {
        const selector = plainSelector(side)
        const name = selector === undefined ? undefined : metricName(selector)
        if (name !== undefined) names.add(name)
      }
    }
    for (const child of childrenOf(node)) visit(child)
  }
  visit(ast)
  return names
}
