import { formatExpr } from '../format/index.ts'
import {
  type AggregateExpr,
  type CallExpr,
  type Expr,
  type MatrixSelector,
  type Span,
  unwrapParens,
  type VectorSelector,
} from '../parse/index.ts'

/** Replaces the hint's own place in the query by other text. */
export type HintFix = { readonly label: string; readonly text: string }

/** A likely mistake in a query that is valid all the same, with its place. */
export type Hint = Span & {
  readonly code: 'counter_without_rate' | 'rate_of_gauge' | 'quantile_without_le' | 'histogram_family' | 'rate_of_sum'
  readonly text: string
  readonly fix: HintFix | undefined
}

/** What is known of the metrics that a query names. */
export type HintKnowledge = {
  /** Type of a metric family (`counter`, `gauge`, `histogram`, ...) by its name; undefined when it is not known. */
  readonly typeOf: (family: string) => string | undefined
  /** Whether series of this name exist; undefined when that is not known. */
  readonly exists: (metric: string) => boolean | undefined
}

/** The window of a rate that a fix writes: wide enough for four scrapes a minute apart. */
const WINDOW_MS = 300_000

/** Functions of counters, and what stands for them where the metric is a gauge. */
const OF_COUNTERS: Readonly<Record<string, string>> = { rate: 'deriv', irate: 'deriv', increase: 'delta' }
/** Right around these a counter itself makes sense. */
const TAKES_COUNTERS = new Set(['absent', 'timestamp', 'label_replace', 'label_join', 'scalar'])

/** Likely mistakes of a query, in the order of its text. Never wrong about the language, sometimes about the intention. */
export function findHints(expr: Expr, { typeOf, exists }: HintKnowledge): Hint[] {
  const hints: Hint[] = []
  const add = (code: Hint['code'], at: Span, text: string, fix?: HintFix) =>
    hints.push({ code, start: at.start, end: at.end, text, fix })

  function visit(node: Expr, counterIsFine: boolean): void {
    switch (node.kind) {
      case 'paren':
      case 'unary':
        visit(node.inner, counterIsFine)
        break
      case 'subquery':
        visit(node.inner, true)
        break
      case 'selector':
        visitSelector(node, counterIsFine)
        break
      case 'matrix':
        visitFamily(node.selector)
        break
      case 'binary':
        visit(node.left, counterIsFine)
        // `a unless b` asks whether b is there, not how high it is.
        visit(node.right, counterIsFine || node.op === 'and' || node.op === 'unless')
        break
      case 'aggregate':
        if (node.param !== undefined) visit(node.param, true)
        visit(node.inner, counterIsFine || node.op === 'count' || node.op === 'group')
        break
      case 'call':
        visitCall(node)
        for (const arg of node.args) visit(arg, counterIsFine || TAKES_COUNTERS.has(node.name))
        break
      default:
        break
    }
  }

  function visitSelector(selector: VectorSelector, counterIsFine: boolean): void {
    const { name } = selector
    if (visitFamily(selector) || counterIsFine || !isCounter(name, typeOf)) return
    const rate = `rate(${formatExpr(withRange(selector))})`
    add('counter_without_rate', selector, `${name} is a counter: it only grows. Its rate shows what happens`, {
      label: 'Wrap in rate()',
      text: rate,
    })
  }

  /** A histogram's own name where its series have suffixes. */
  function visitFamily(selector: VectorSelector): boolean {
    const { name } = selector
    const bucket = `${name}_bucket`
    if (name === '' || typeOf(name) !== 'histogram' || exists(name) !== false || exists(bucket) !== true) return false
    const renamed = selector.matchers.map((m) => (m.name === '__name__' && m.op === '=' ? { ...m, value: bucket } : m))
    add('histogram_family', selector, `the series of the histogram ${name} are called ${bucket}, _sum and _count`, {
      label: `Use ${bucket}`,
      text: formatExpr({ ...selector, name: bucket, matchers: renamed }),
    })
    return true
  }

  function visitCall(call: CallExpr): void {
    if (call.name === 'histogram_quantile' || call.name === 'histogram_fraction') {
      const inner = unwrapParens(call.args.at(-1)!)
      if (inner.kind === 'aggregate' && losesBuckets(inner) && readsBuckets(inner)) {
        const kept = inner.without
          ? { ...inner, grouping: inner.grouping.filter((label) => label !== 'le') }
          : { ...inner, grouping: [...inner.grouping, 'le'] }
        add('quantile_without_le', inner, `${call.name} needs the label "le", which ${inner.op} takes away`, {
          label: inner.without ? 'Keep le' : 'Add by (le)',
          text: formatExpr(kept),
        })
      }
      return
    }
    const forGauges = OF_COUNTERS[call.name]
    if (forGauges === undefined) return
    const range = unwrapParens(call.args[0]!)
    if (range.kind === 'matrix' && isGauge(range.selector.name, typeOf)) {
      const { name } = range.selector
      add(
        'rate_of_gauge',
        call,
        `${name} is a gauge: ${call.name} takes every fall for a restart. ${forGauges} does not`,
        { label: `Use ${forGauges}()`, text: formatExpr({ ...call, name: forGauges }) },
      )
    }
    if (range.kind === 'subquery' && unwrapParens(range.inner).kind === 'aggregate')
      add(
        'rate_of_sum',
        call,
        `${call.name} of a sum takes a restart of one series for a fall of all: take the ${call.name} first, then add up`,
      )
  }

  visit(expr, false)
  return hints.sort((a, b) => a.start - b.start)
}

function withRange(selector: VectorSelector): MatrixSelector {
  return {
    kind: 'matrix',
    selector,
    range: { kind: 'ms', ms: WINDOW_MS, isDuration: true },
    start: selector.start,
    end: selector.end,
  }
}

/** By its metadata; where there is none, only by the suffix that says so. */
function isCounter(name: string, typeOf: HintKnowledge['typeOf']): boolean {
  const own = typeOf(name)
  if (own !== undefined) return own === 'counter'
  const family = typeOf(name.replace(/_(total|bucket|count|sum)$/, ''))
  if (/_(bucket|count)$/.test(name)) return family === 'histogram' || (family === 'summary' && name.endsWith('_count'))
  if (name.endsWith('_sum')) return family === 'histogram' || family === 'summary'
  return name.endsWith('_total') && (family === undefined || family === 'counter' || family === 'unknown')
}

function isGauge(name: string, typeOf: HintKnowledge['typeOf']): boolean {
  return typeOf(name) === 'gauge' && !/_(total|bucket|count|sum)$/.test(name)
}

function losesBuckets({ grouping, without }: AggregateExpr): boolean {
  return grouping.includes('le') === without
}

/** Whether classic buckets come up from below: of native histograms no label would be lost. */
function readsBuckets(node: Expr): boolean {
  switch (node.kind) {
    case 'selector':
      return node.name.endsWith('_bucket')
    case 'matrix':
      return node.selector.name.endsWith('_bucket')
    case 'call':
      return node.args.some(readsBuckets)
    case 'binary':
      return readsBuckets(node.left) || readsBuckets(node.right)
    case 'aggregate':
    case 'paren':
    case 'unary':
    case 'subquery':
      return readsBuckets(node.inner)
    default:
      return false
  }
}
