import { childrenOf, type Expr } from '../../parse/index.ts'
import { lineColumn } from '../../promql-error.ts'

const PLACE = / \((\d+:\d+)\)$/

/**
 * Remarks of a query with the same words, wherever in it, are told once, as in Prometheus: with the place of the part
 * that is evaluated last. Parts are evaluated from the inside outwards, and from left to right.
 */
export function tellOnce(query: string, expr: Expr, remarks: Iterable<string>): string[] {
  const byText = new Map<string, string>()
  let order: Map<string, number> | undefined
  for (const remark of remarks) {
    const text = remark.replace(PLACE, '')
    const known = byText.get(text)
    if (known !== undefined) {
      order ??= orderOfPlaces(query, expr)
      const rank = (one: string) => order!.get(PLACE.exec(one)?.[1] ?? '') ?? -1
      if (rank(known) >= rank(remark)) continue
    }
    byText.set(text, remark)
  }
  return [...byText.values()].sort()
}

/** When what stands at a place is used: the rank of the part that it belongs to. */
function orderOfPlaces(query: string, expr: Expr): Map<string, number> {
  const order = new Map<string, number>()
  let rank = 0
  const visit = (node: Expr): void => {
    // What is aggregated comes before the parameter.
    const children = node.kind === 'aggregate' ? childrenOf(node).toReversed() : childrenOf(node)
    for (const child of children) visit(child)
    rank++
    for (const { start } of children) note(start)
    note(node.start, node.kind === 'binary' || node === expr)
  }
  const note = (start: number, counts = true) => {
    const place = lineColumn(query, start)
    if (counts) order.set(place, Math.max(order.get(place) ?? 0, rank))
  }
  visit(expr)
  return order
}
