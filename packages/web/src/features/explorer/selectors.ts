import {
  childrenOf,
  type Expr,
  PROMQL_FEATURES,
  type PromqlFeatures,
  parseExpr,
  type VectorSelector,
} from '@binnacle/promql'

/** All of them: for looking into queries that somebody else checks. */
const ALL_FEATURES: PromqlFeatures = new Set(PROMQL_FEATURES)

/** The selectors of a query in order; none when it does not parse. */
export function selectorsOf(query: string): VectorSelector[] {
  const found: VectorSelector[] = []
  const walk = (expr: Expr): void => {
    if (expr.kind === 'selector') found.push(expr)
    else if (expr.kind === 'matrix') found.push(expr.selector)
    childrenOf(expr).forEach(walk)
  }
  try {
    walk(parseExpr(query, { features: ALL_FEATURES }))
  } catch {
    return []
  }
  return found
}

/** The metric that a selector names, be it in quotes. */
export function metricOf({ matchers }: VectorSelector): string | undefined {
  return matchers.find(({ name, op, value }) => name === '__name__' && op === '=' && value !== '')?.value
}

/** A selector as text, without range, offset and `@`; `leave` drops one matcher. */
export function selectorText(selector: VectorSelector, leave?: number): string {
  const matchers = selector.matchers
    .filter((m, i) => i !== leave && !(m.name === '__name__' && selector.name !== '' && m.op === '='))
    .map((m) => `${m.name}${m.op}${JSON.stringify(m.value)}`)
  if (selector.name === '') return `{${matchers.join(',')}}`
  if (!/^[a-zA-Z_:][\w:]*$/.test(selector.name)) return `{${[JSON.stringify(selector.name), ...matchers].join(',')}}`
  return matchers.length === 0 ? selector.name : `${selector.name}{${matchers.join(',')}}`
}
