import type { Explainer, NodeProfile, NodeReads } from '../evaluate/index.ts'
import { formatExpr } from '../format/index.ts'
import {
  type AggregateExpr,
  type BinaryExpr,
  childrenOf,
  type Expr,
  formatDurationMs,
  kindOf,
  unwrapParens,
  type ValueKind,
} from '../parse/index.ts'

/** Something to know about a node; `code` stays the same when words change. */
export type ExplainRemark = { readonly tone: 'warning' | 'info'; readonly code: string; readonly text: string }

/** A node of a query and what became of it, as plain data. Offsets are those of the query's text. */
export type ExplainNode = {
  readonly start: number
  readonly end: number
  readonly kind: Exclude<Expr['kind'], 'paren'>
  readonly value: ValueKind
  /** The node without what is below it: `sum by (job)`, `rate`, `/ on (a)`, `up{job="x"}[5m]`. */
  readonly title: string
  /** False for what was not asked for, such as the number in `topk(3, x)`. */
  readonly evaluated: boolean
  readonly series: number
  readonly values: number
  readonly steps: number
  /** This node alone, and with all below it, ms. */
  readonly ownMs: number
  readonly totalMs: number
  /** Of selectors. */
  readonly reads?: NodeReads
  readonly remarks: readonly ExplainRemark[]
  readonly children: readonly ExplainNode[]
}

/** The tree of a query that `explainer` has followed. */
export function explainTree(expr: Expr, explainer: Explainer): ExplainNode {
  const node = unwrapParens(expr)
  const profile = explainer.profileOf(node)
  const children = childrenOf(node).map((child) => explainTree(child, explainer))
  const ownMs = profile?.ownMs ?? 0
  return {
    start: node.start,
    end: node.end,
    kind: node.kind as ExplainNode['kind'],
    value: kindOf(node),
    title: titleOf(node),
    evaluated: profile !== undefined,
    series: profile?.series ?? 0,
    values: profile?.values ?? 0,
    steps: profile?.steps ?? 0,
    ownMs,
    totalMs: children.reduce((sum, child) => sum + child.totalMs, ownMs),
    ...(profile?.reads === undefined ? {} : { reads: profile.reads }),
    remarks: profile === undefined ? [] : remarksOf(node, profile, explainer),
    children,
  }
}

function titleOf(node: Expr): string {
  switch (node.kind) {
    case 'call':
      return node.name
    case 'aggregate':
      return headOf(node)
    case 'binary':
      return operatorOf(node)
    case 'unary':
      return node.op
    case 'subquery':
      // The text of the whole without that of what is inside: the brackets and what follows them.
      return `subquery ${formatExpr(node).slice(formatExpr(node.inner).length)}`
    default:
      return formatExpr(node)
  }
}

function headOf({ op, grouping, without }: AggregateExpr): string {
  if (!without && grouping.length === 0) return op
  return `${op} ${without ? 'without' : 'by'} (${grouping.join(', ')})`
}

function operatorOf({ op, returnBool, matching }: BinaryExpr): string {
  let text = returnBool ? `${op} bool` : op
  if (matching.written) text += ` ${matching.on ? 'on' : 'ignoring'} (${matching.labels.join(', ')})`
  if (matching.cardinality === 'many-to-one') text += ` group_left (${matching.include.join(', ')})`
  if (matching.cardinality === 'one-to-many') text += ` group_right (${matching.include.join(', ')})`
  return text
}

function remarksOf(node: Expr, profile: NodeProfile, explainer: Explainer): ExplainRemark[] {
  return [
    ...profile.notes.map(toRemark),
    ...(profile.reads === undefined ? [] : shortWindow(node, profile.reads)),
    ...absentLabels(node, profile, explainer),
  ]
}

/** `PromQL info: text (1:6)` without its place, which the node is. */
function toRemark(note: string): ExplainRemark {
  const [, tone, text] = /^PromQL (warning|info): (.*?)(?: \(\d+:\d+\))?$/s.exec(note) ?? []
  return { tone: tone === 'warning' ? 'warning' : 'info', code: 'evaluator', text: text ?? note }
}

function shortWindow(node: Expr, { intervalMs, windowMs, samples, series }: NodeReads): ExplainRemark[] {
  if (node.kind !== 'matrix' || series === 0) return []
  // Series with one sample each in the whole range tell no distance, but are as sure a sign.
  if (intervalMs === undefined ? samples > series : windowMs >= 2 * intervalMs) return []
  const known = intervalMs === undefined ? '' : `: samples come every ${roundedDuration(intervalMs)}`
  const least = intervalMs === undefined ? '' : `; use ${formatDurationMs(niceWindow(4 * intervalMs))} or more`
  return [
    {
      tone: 'warning',
      code: 'short_window',
      text: `the window of ${formatDurationMs(windowMs)} is shorter than two scrapes${known}${least}`,
    },
  ]
}

const NICE_S = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400]

/** The next length that people write; samples that come a little late do not ask for a longer one. */
function niceWindow(leastMs: number): number {
  const least = (leastMs * 0.95) / 1000
  return (NICE_S.find((seconds) => seconds >= least) ?? Math.ceil(least / 86_400) * 86_400) * 1000
}

function roundedDuration(ms: number): string {
  return formatDurationMs(ms < 1000 ? Math.max(1, Math.round(ms)) : Math.round(ms / 1000) * 1000)
}

/** Labels that the node names and that nothing below it carries. */
function absentLabels(node: Expr, profile: NodeProfile, explainer: Explainer): ExplainRemark[] {
  const missing = (labels: readonly string[], known: ReadonlySet<string>, what: string): ExplainRemark[] =>
    labels
      .filter((label) => !known.has(label))
      .map((label) => ({ tone: 'warning', code: 'label_absent', text: `no series ${what} has the label "${label}"` }))
  if (node.kind === 'aggregate') {
    const below = explainer.profileOf(node.inner)
    return below === undefined || below.series === 0 ? [] : missing(node.grouping, below.labelNames, 'below')
  }
  if (node.kind === 'binary') {
    const { matching } = node
    const left = explainer.profileOf(node.left)
    const right = explainer.profileOf(node.right)
    if (left === undefined || right === undefined || left.series === 0 || right.series === 0) return []
    const onEither = new Set([...left.labelNames, ...right.labelNames])
    if (!matching.on) return missing(matching.labels, onEither, 'on either side')
    return [
      ...missing(matching.labels, onEither, 'on either side'),
      ...missing(
        matching.labels.filter((label) => onEither.has(label)),
        left.labelNames,
        'on the left',
      ),
      ...missing(
        matching.labels.filter((label) => onEither.has(label)),
        right.labelNames,
        'on the right',
      ),
    ]
  }
  const selector = node.kind === 'matrix' ? node.selector : node
  if (selector.kind !== 'selector' || profile.series === 0) return []
  return missing(
    [...new Set(selector.matchers.filter(({ op }) => op === '!=' || op === '!~').map(({ name }) => name))],
    profile.labelNames,
    'found',
  )
}
