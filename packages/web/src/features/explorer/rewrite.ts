import {
  type AggregateExpr,
  type Expr,
  formatExpr,
  type LabelMatcher,
  PROMQL_FEATURES,
  parseExpr,
  unwrapParens,
  type VectorSelector,
} from '@binnacle/promql'
import { selectorsOf } from './selectors.ts'

const ALL_FEATURES = new Set(PROMQL_FEATURES)

function parsed(query: string): Expr | undefined {
  try {
    return parseExpr(query, { features: ALL_FEATURES })
  } catch {
    return undefined
  }
}

/**
 * The query taken apart by a label: an aggregation also groups by it, anything else is added up (what counts per time)
 * or averaged (the rest) by it. `undefined` where the query does not parse.
 */
export function splitBy(query: string, label: string): string | undefined {
  const expr = parsed(query)
  if (expr === undefined) return undefined
  const node = unwrapParens(expr)
  // The quantile of a histogram is made of the parts that its buckets keep.
  if (node.kind === 'call' && node.name === 'histogram_quantile') {
    const buckets = unwrapParens(node.args[1]!)
    const grouped: Expr =
      buckets.kind === 'aggregate'
        ? withGroup(buckets, label)
        : { ...aggregate(buckets, 'sum'), grouping: ['le', label] }
    return formatExpr({ ...node, args: [node.args[0]!, grouped] })
  }
  if (node.kind === 'aggregate' && node.param === undefined) return formatExpr(withGroup(node, label))
  const inner = node.kind === 'aggregate' ? node.inner : expr
  return formatExpr({ ...aggregate(inner, isRate(inner) ? 'sum' : 'avg'), grouping: [label] })
}

/** Only a label's own groups, whatever it was grouped by before; `le` stays. */
function withGroup(node: AggregateExpr, label: string): AggregateExpr {
  const kept = node.without ? [] : node.grouping.filter((name) => name === 'le' && label !== 'le')
  return { ...node, without: false, grouping: [...kept, label] }
}

function aggregate(inner: Expr, op: AggregateExpr['op']): AggregateExpr {
  const { start, end } = inner
  return { kind: 'aggregate', op, param: undefined, inner, grouping: [], without: false, start, end }
}

function isRate(expr: Expr): boolean {
  const node = unwrapParens(expr)
  switch (node.kind) {
    case 'call':
      return /^(rate|irate|increase)$/.test(node.name) || node.args.some(isRate)
    case 'binary':
      return isRate(node.left) || isRate(node.right)
    case 'aggregate':
    case 'unary':
    case 'subquery':
      return isRate(node.inner)
    default:
      return false
  }
}

/** The query with one more matcher on each selector of the metric that comes first; what else there is stays as it is. */
export function withMatcher(query: string, matcher: LabelMatcher): string {
  const expr = parsed(query)
  if (expr === undefined) return query
  const name = selectorsOf(query)[0]?.name
  return formatExpr(
    mapSelectors(expr, (selector) => {
      if (selector.name !== name) return selector
      const rest = selector.matchers.filter((m) => !(m.name === matcher.name && replaces(m, matcher)))
      // Where the metric's name is written before the braces, its matcher is the last.
      const at = name === '' ? rest.length : rest.length - 1
      return { ...selector, matchers: [...rest.slice(0, at), matcher, ...rest.slice(at)] }
    }),
  )
}

function mapSelectors(expr: Expr, change: (selector: VectorSelector) => VectorSelector): Expr {
  const inside = (node: Expr) => mapSelectors(node, change)
  switch (expr.kind) {
    case 'selector':
      return change(expr)
    case 'matrix':
      return { ...expr, selector: change(expr.selector) }
    case 'paren':
    case 'unary':
    case 'subquery':
      return { ...expr, inner: inside(expr.inner) }
    case 'binary':
      return { ...expr, left: inside(expr.left), right: inside(expr.right) }
    case 'call':
      return { ...expr, args: expr.args.map(inside) }
    case 'aggregate':
      return { ...expr, inner: inside(expr.inner) }
    default:
      return expr
  }
}

/** An equal sign says it all: what was said of the label before is void. Two exclusions stand side by side. */
function replaces(old: LabelMatcher, next: LabelMatcher): boolean {
  return next.op === '=' || (old.op === next.op && old.value === next.value)
}

/** The buckets that a quantile or a fraction is taken of: what a heatmap of the query shows. */
export function bucketsOf(query: string): string {
  const expr = parsed(query)
  if (expr === undefined) return query
  const node = unwrapParens(expr)
  if (node.kind !== 'call' || !/^histogram_(quantile|fraction|avg|count|sum|stddev|stdvar)$/.test(node.name))
    return query
  const inner = unwrapParens(node.args.at(-1)!)
  return query.slice(inner.start, inner.end)
}

/** Whether the values of a query are per second. */
export function countsPerSecond(query: string): boolean {
  return /\bi?rate\s*\(/.test(query)
}
