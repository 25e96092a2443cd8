import {
  type BinaryExpr,
  type Expr,
  findMatchProblems,
  isCountedOn,
  labelFact,
  metricName,
  unwrapParens,
  type VectorSelector,
} from '@binnacle/promql'
import type { RuleCheck, RuleView } from '../check.ts'
import { excerpt, parts } from '../walk.ts'

export const vectorMatching: RuleCheck = {
  kind: 'rule',
  name: 'promql/vector_matching',
  pint: ['promql/impossible'],
  finds: 'Operators between vectors whose sides can never match.',
  why: 'Two series match when all labels that are compared are equal. Where one side still has a label that the other side has aggregated away, or both ask for different values of it, the result is always empty and the alert never fires.',
  run(view, report) {
    const { rule } = view
    for (const { expr, labels } of findMatchProblems(rule.ast, { metricLabels: view.metricLabels })) {
      const differing = labels.find(({ left, right }) => isCountedOn(left) && isCountedOn(right))
      const at = view.at(expr.opSpan)
      const what = expr.op === 'unless' ? 'takes nothing away' : 'never gives anything'
      if (differing !== undefined) {
        const { label, left, right } = differing
        const message = `"${expr.op}" ${what}: ${label} is "${left.value}" on the left and "${right.value}" on the right`
        report(at, message, `write "${expr.op} ignoring (${label})", if the other labels shall match`)
        continue
      }
      const names = labels.map(({ label }) => label)
      const leftHas = labels.some(({ left }) => isCountedOn(left))
      const [has, lacks] = leftHas ? ['left', 'right'] : ['right', 'left']
      const taker = leftHas ? labels[0]!.right.by : labels[0]!.left.by
      const by = taker === undefined ? '' : ` ("${excerpt(rule.expr, taker)}")`
      const message = `"${expr.op}" ${what}: the ${has} side has the label${names.length > 1 ? 's' : ''} ${names.join(', ')}, the ${lacks} side has not${by}`
      report(at, message, remedy(view, expr, leftHas))
    }
    for (const { node } of parts(rule.ast)) {
      if (node.kind !== 'binary') continue
      const pair = strangers(node)
      if (pair === undefined) continue
      const message = `"${node.op}" wants all labels of both sides to be equal, but ${pair[0]} and ${pair[1]} are different metrics: a label that only one of them has keeps them apart for ever`
      report(view.at(node.opSpan), message, `name the labels that both have: "${node.op} on (...)"`)
    }
  },
}

function remedy(view: RuleView, expr: BinaryExpr, leftHas: boolean): string {
  const poor = view.labelsOf(leftHas ? expr.right : expr.left)
  const rich = view.labelsOf(leftHas ? expr.left : expr.right)
  const common = [...poor.known.keys()].filter(
    (name) => name !== '__name__' && isCountedOn(labelFact(poor, name)) && isCountedOn(labelFact(rich, name)),
  )
  if (expr.op === 'and' || expr.op === 'unless') return `write "${expr.op} on (${common.join(', ')})"`
  const group = leftHas ? 'group_left ()' : 'group_right ()'
  if (common.length > 0) return `write "${expr.op} on (${common.join(', ')}) ${group}"`
  return `write "${expr.op} on () ${group}", or put scalar(...) around the side without labels`
}

/** Two counters of different things, each with all its labels, in a set operator that says nothing of labels. */
function strangers({ op, left, right, matching }: BinaryExpr): [string, string] | undefined {
  if ((op !== 'and' && op !== 'unless') || matching.written) return undefined
  const a = plainCounter(left)
  const b = plainCounter(right)
  if (a === undefined || b === undefined || a === b) return undefined
  return a.split('_')[0] === b.split('_')[0] ? undefined : [a, b]
}

/** The counter of `rate(x_total{...}[5m]) > 1`. */
function plainCounter(expr: Expr): string | undefined {
  const inner = unwrapParens(expr)
  if (inner.kind === 'binary' && inner.right.kind === 'number') return plainCounter(inner.left)
  if (inner.kind !== 'call' || !['rate', 'irate', 'increase'].includes(inner.name)) return undefined
  const range = inner.args[0]
  const selector: VectorSelector | undefined = range?.kind === 'matrix' ? range.selector : undefined
  const name = selector === undefined ? undefined : metricName(selector)
  return name?.endsWith('_total') ? name : undefined
}
