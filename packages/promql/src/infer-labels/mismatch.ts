import { type BinaryExpr, childrenOf, type Expr, kindOf } from '../parse/index.ts'
import { type InferOptions, inferLabels } from './infer-labels.ts'
import { isCountedOn, type LabelFact, labelFact } from './label-facts.ts'

/** A label that keeps the two sides of an operator from ever finding each other. */
export type LabelMismatch = {
  readonly label: string
  readonly left: LabelFact
  readonly right: LabelFact
}

/** An operator between vectors whose sides cannot match, with all labels that are the reason, by name. */
export type MatchProblem = { readonly expr: BinaryExpr; readonly labels: readonly LabelMismatch[] }

/**
 * The operators of a query whose sides have no series in common, whatever the samples are: a label is there on one side
 * and aggregated away on the other, or matched with different values. `or` is none of them: it needs no match.
 */
export function findMatchProblems(expr: Expr, options: InferOptions = {}): MatchProblem[] {
  const found: MatchProblem[] = []
  /** Labels that were told below: what does not match there, is missing above too. */
  const visit = (node: Expr): ReadonlySet<string> => {
    const below = new Set(childrenOf(node).flatMap((child) => [...visit(child)]))
    if (node.kind !== 'binary') return below
    const labels = mismatches(node, options).filter(({ label }) => !below.has(label))
    if (labels.length > 0) found.push({ expr: node, labels })
    for (const { label } of labels) below.add(label)
    return below
  }
  visit(expr)
  return found.sort((a, b) => a.expr.opSpan.start - b.expr.opSpan.start)
}

function mismatches(expr: BinaryExpr, options: InferOptions): LabelMismatch[] {
  const { matching, op } = expr
  if (op === 'or' || kindOf(expr.left) !== 'vector' || kindOf(expr.right) !== 'vector') return []
  // A side that is filled in needs no partner.
  if (matching.fillLeft !== undefined || matching.fillRight !== undefined) return []
  const left = inferLabels(expr.left, options)
  const right = inferLabels(expr.right, options)
  const compared = matching.on
    ? matching.labels
    : [...new Set([...left.known.keys(), ...right.known.keys()])].filter(
        (name) => name !== '__name__' && !matching.labels.includes(name),
      )
  return compared
    .map((label) => ({ label, left: labelFact(left, label), right: labelFact(right, label) }))
    .filter(
      ({ left, right }) =>
        (isCountedOn(left) && right.presence === 'absent') ||
        (isCountedOn(right) && left.presence === 'absent') ||
        (left.value !== undefined && right.value !== undefined && left.value !== right.value),
    )
    .sort((a, b) => (a.label < b.label ? -1 : 1))
}
