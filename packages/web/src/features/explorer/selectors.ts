import {
  type Expr,
  NO_FEATURES,
  PROMQL_FEATURES,
  PromqlError,
  type PromqlFeatures,
  parseExpr,
  type VectorSelector,
} from '@binnacle/promql'

/** What is wrong with a query, at which characters. */
export type QueryProblem = { readonly message: string; readonly from: number; readonly to: number }

/** All of them: for looking into queries that somebody else checks. */
const ALL_FEATURES: PromqlFeatures = new Set(PROMQL_FEATURES)

/** Checks a query here in the page; `undefined` when nothing is wrong with it (an empty one is only unfinished). */
export function problemOf(query: string, features: PromqlFeatures = NO_FEATURES): QueryProblem | undefined {
  if (query.trim() === '') return undefined
  try {
    parseExpr(query, { features })
    return undefined
  } catch (error) {
    if (!(error instanceof PromqlError) || error.code !== 'parse') return undefined
    const from = Math.min(error.offset, Math.max(0, query.length - 1))
    return {
      message: error.message.replace(/^\d+:\d+: /, ''),
      from,
      to: Math.min(query.length, Math.max(from + 1, error.offset + error.length)),
    }
  }
}

/** The selectors of a query in order; none when it does not parse. */
export function selectorsOf(query: string): VectorSelector[] {
  const found: VectorSelector[] = []
  const walk = (expr: Expr): void => {
    switch (expr.kind) {
      case 'selector':
        found.push(expr)
        break
      case 'matrix':
        found.push(expr.selector)
        break
      case 'paren':
      case 'unary':
      case 'subquery':
        walk(expr.inner)
        break
      case 'binary':
        walk(expr.left)
        walk(expr.right)
        break
      case 'call':
        for (const arg of expr.args) walk(arg)
        break
      case 'aggregate':
        if (expr.param !== undefined) walk(expr.param)
        walk(expr.inner)
        break
      default:
        break
    }
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

/** The names nearest to one that does not exist, best first: same words, few letters apart. */
export function nearestNames(wanted: string, names: readonly string[], limit = 3): string[] {
  const words = new Set(wanted.split('_'))
  return names
    .map((name) => {
      const others = name.split('_')
      const shared = others.filter((w) => words.has(w)).length / Math.max(words.size, others.length)
      return { name, score: shared + (1 - editDistance(wanted, name) / Math.max(wanted.length, name.length)) }
    })
    .filter((n) => n.score > 0.9)
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
    .map((n) => n.name)
}

/** Levenshtein's distance, two rows. */
export function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_x, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++)
      row.push(Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    above = row
  }
  return above[b.length]!
}
