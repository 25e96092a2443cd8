import { childrenOf, type Expr, type VectorSelector } from '@binnacle/promql'

/** All parts of a query, from the outside in; `parents` are those around a part, the nearest first. */
export function* parts(
  expr: Expr,
  parents: readonly Expr[] = [],
): Generator<{ readonly node: Expr; readonly parents: readonly Expr[] }> {
  yield { node: expr, parents }
  const around = [expr, ...parents]
  if (expr.kind === 'matrix') yield { node: expr.selector, parents: around }
  for (const child of childrenOf(expr)) yield* parts(child, around)
}

export function* selectors(expr: Expr): Generator<VectorSelector> {
  for (const { node } of parts(expr)) if (node.kind === 'selector') yield node
}

export function some(expr: Expr, test: (node: Expr) => boolean): boolean {
  for (const { node } of parts(expr)) if (test(node)) return true
  return false
}

/** The text of a part, on one line and not too long. */
export function excerpt(text: string, { start, end }: { readonly start: number; readonly end: number }): string {
  const flat = text.slice(start, end).replace(/\s+/g, ' ').trim()
  return flat.length <= 60 ? flat : `${flat.slice(0, 57)}...`
}
