import { compileMatcher } from '../match/index.ts'
import {
  type AggregateExpr,
  type BinaryExpr,
  type CallExpr,
  type Expr,
  kindOf,
  makesNewMetric,
  unwrapParens,
  type VectorSelector,
} from '../parse/index.ts'
import {
  absentBy,
  closed,
  isCountedOn,
  joinFacts,
  type LabelFact,
  type LabelFacts,
  labelFact,
  meetFact,
  meetFacts,
  named,
  POSSIBLE,
  withFact,
} from './label-facts.ts'

export type InferOptions = {
  /**
   * What is known of the series of a metric, from the rule that records it or from what was seen of it; undefined for a
   * metric that nobody knows.
   */
  readonly metricLabels?: (name: string) => LabelFacts | undefined
}

const NAME = '__name__'
/** Every scrape gives them, so that every series has them that was not put together by a rule. */
const SCRAPE_LABELS = ['instance', 'job']

/**
 * What the labels of a query's result can be, from the query alone: which the series surely carry, which can never be
 * there any more, and which part of the query is the reason. Scalars and strings have none.
 */
export function inferLabels(expr: Expr, options: InferOptions = {}): LabelFacts {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return closed([], expr)
    case 'paren':
    case 'subquery':
      return inferLabels(expr.inner, options)
    case 'unary':
      return withoutName(inferLabels(expr.inner, options), expr)
    case 'matrix':
      return ofSelector(expr.selector, options)
    case 'selector':
      return ofSelector(expr, options)
    case 'aggregate':
      return ofAggregate(expr, options)
    case 'call':
      return ofCall(expr, options)
    case 'binary':
      return ofBinary(expr, options)
  }
}

function ofSelector(expr: VectorSelector, { metricLabels }: InferOptions): LabelFacts {
  const name = metricName(expr)
  let facts = (name === undefined ? undefined : metricLabels?.(name)) ?? scraped(name, expr)
  for (const matcher of expr.matchers) {
    // More matchers on one label narrow it together; the first that knows something is told.
    const takesEmpty = compileMatcher(matcher)('')
    const before = labelFact(facts, matcher.name)
    if (!takesEmpty) {
      const value = matcher.op === '=' ? matcher.value : before.value
      facts = withFact(facts, matcher.name, { presence: 'present', value, by: expr })
    } else if (matcher.op === '=') facts = withFact(facts, matcher.name, absentBy(expr))
  }
  return facts
}

/** The metric that a selector asks for, when it is one. */
export function metricName({ name, matchers }: VectorSelector): string | undefined {
  if (name !== '') return name
  return matchers.find((matcher) => matcher.name === NAME && matcher.op === '=' && matcher.value !== '')?.value
}

function scraped(name: string | undefined, by: Expr): LabelFacts {
  const known = new Map<string, LabelFact>()
  const present: LabelFact = { presence: 'present', value: undefined, by }
  if (name === 'ALERTS' || name === 'ALERTS_FOR_STATE') {
    known.set('alertname', present)
    if (name === 'ALERTS') known.set('alertstate', present)
  } else if (name !== undefined && !name.includes(':')) {
    for (const label of SCRAPE_LABELS) known.set(label, { presence: 'expected', value: undefined, by })
  }
  return { known, others: POSSIBLE }
}

/** Aggregations that pick series instead of putting them together. */
const PICKING: ReadonlySet<string> = new Set(['topk', 'bottomk', 'limitk', 'limit_ratio'])

function ofAggregate(expr: AggregateExpr, options: InferOptions): LabelFacts {
  const inner = inferLabels(expr.inner, options)
  if (PICKING.has(expr.op)) return inner
  let facts: LabelFacts
  if (expr.without) {
    facts = withoutName(inner, expr)
    for (const label of expr.grouping) facts = withFact(facts, label, absentBy(expr))
  } else {
    facts = closed(
      expr.grouping.map((label) => [label, named(labelFact(inner, label), expr)] as const),
      expr,
    )
  }
  const param = expr.param === undefined ? undefined : unwrapParens(expr.param)
  // What `without` takes away it takes away last.
  const isTaken = expr.without && param?.kind === 'string' && expr.grouping.includes(param.value)
  return expr.op === 'count_values' && param?.kind === 'string' && !isTaken
    ? withFact(facts, param.value, { presence: 'present', value: undefined, by: expr })
    : facts
}

/** Functions whose result has the series of their vector as they are, the name with them. */
const KEEPING: ReadonlySet<string> = new Set([
  'sort',
  'sort_desc',
  'sort_by_label',
  'sort_by_label_desc',
  'last_over_time',
  'first_over_time',
])

function ofCall(expr: CallExpr, options: InferOptions): LabelFacts {
  const vector = expr.args.find((arg) => kindOf(arg) === 'vector' || kindOf(arg) === 'matrix')
  if (vector === undefined || expr.name === 'scalar') return closed([], expr)
  if (expr.name === 'absent' || expr.name === 'absent_over_time') return ofAbsent(expr, vector)
  const inner = inferLabels(vector, options)
  switch (expr.name) {
    case 'label_replace':
      return ofLabelReplace(expr, inner)
    case 'label_join':
      return ofLabelJoin(expr, inner)
    case 'histogram_quantile':
    case 'histogram_fraction':
      return withFact(withoutName(inner, expr), 'le', absentBy(expr))
    case 'histogram_quantiles': {
      const label = text(expr.args[1])
      const facts = withFact(withoutName(inner, expr), 'le', absentBy(expr))
      return label === undefined ? facts : withFact(facts, label, { presence: 'present', value: undefined, by: expr })
    }
    case 'info':
      // Any label of the info metrics may come in.
      return { known: new Map([...inner.known].filter(([, fact]) => isCountedOn(fact))), others: POSSIBLE }
    default:
      return KEEPING.has(expr.name) ? inner : withoutName(inner, expr)
  }
}

/** `absent` has the labels that its selector fixes, each matched once with `=`. */
function ofAbsent(expr: CallExpr, vector: Expr): LabelFacts {
  const inner = unwrapParens(vector)
  const selector = inner.kind === 'matrix' ? inner.selector : inner.kind === 'selector' ? inner : undefined
  const matchers = selector?.matchers ?? []
  const fixed = matchers.filter(
    ({ name, op, value }) =>
      name !== NAME && op === '=' && value !== '' && matchers.filter((other) => other.name === name).length === 1,
  )
  return closed(
    fixed.map(({ name, value }) => [name, { presence: 'present', value, by: expr }] as const),
    expr,
  )
}

function ofLabelReplace(expr: CallExpr, inner: LabelFacts): LabelFacts {
  const [target, replacement, source, regex] = expr.args.slice(1).map(text)
  if (target === undefined || replacement === undefined || source === undefined || regex === undefined) return inner
  const always = ['.*', '(.*)'].includes(regex) || (regex === '' && labelFact(inner, source).presence === 'absent')
  const constant = !replacement.includes('$')
  if (always && constant) {
    const fact: LabelFact = replacement === '' ? absentBy(expr) : { presence: 'present', value: replacement, by: expr }
    return withFact(inner, target, fact)
  }
  return withFact(inner, target, replacement === '' ? POSSIBLE : named(POSSIBLE, expr))
}

function ofLabelJoin(expr: CallExpr, inner: LabelFacts): LabelFacts {
  const [target, separator, ...sources] = expr.args.slice(1).map(text)
  if (target === undefined) return inner
  const facts = sources.map((source) => (source === undefined ? POSSIBLE : labelFact(inner, source)))
  const full = (separator ?? '') !== '' && sources.length > 1
  if (!full && facts.every(({ presence }) => presence === 'absent')) return withFact(inner, target, absentBy(expr))
  const sure = full || facts.some(({ presence }) => presence === 'present')
  return withFact(inner, target, { presence: sure ? 'present' : 'expected', value: undefined, by: expr })
}

function ofBinary(expr: BinaryExpr, options: InferOptions): LabelFacts {
  const left = inferLabels(expr.left, options)
  const right = inferLabels(expr.right, options)
  const leftIsScalar = kindOf(expr.left) === 'scalar'
  const rightIsScalar = kindOf(expr.right) === 'scalar'
  if (leftIsScalar && rightIsScalar) return closed([], expr)
  const finish = (facts: LabelFacts) => (makesNewMetric(expr) ? withoutName(facts, expr) : facts)
  if (leftIsScalar) return finish(right)
  if (rightIsScalar) return finish(left)
  if (expr.op === 'or') return joinFacts(left, right)
  if (expr.op === 'unless') return left
  const { matching } = expr
  const { on, labels, cardinality } = matching
  const filled = matching.fillLeft !== undefined || matching.fillRight !== undefined
  const many = cardinality === 'one-to-many' ? right : left
  const one = cardinality === 'one-to-many' ? left : right
  // Labels that are compared are the same on both sides, so that each side's knowledge holds for the result.
  let facts: LabelFacts
  if (filled) facts = many
  else if (on) {
    facts = many
    for (const label of labels) {
      facts = withFact(facts, label, named(meetFact(labelFact(many, label), labelFact(one, label)), expr))
    }
  } else {
    const own = (name: string) => [name, labelFact(many, name)] as const
    const kept = new Map([NAME, ...labels].map(own))
    const met = meetFacts(many, one)
    facts = { known: new Map([...met.known, ...kept]), others: met.others }
  }
  if (expr.op === 'and') return facts
  if (cardinality === 'one-to-one') {
    if (on) {
      facts = closed(
        labels.map((label) => [label, labelFact(facts, label)] as const),
        expr,
      )
    } else for (const label of labels) facts = withFact(facts, label, absentBy(expr))
  } else {
    for (const label of matching.include) {
      const given = labelFact(one, label)
      facts = withFact(facts, label, given.presence === 'absent' ? absentBy(expr) : named(given, expr))
    }
  }
  return finish(facts)
}

function withoutName(facts: LabelFacts, by: Expr): LabelFacts {
  return withFact(facts, NAME, absentBy(by))
}

function text(expr: Expr | undefined): string | undefined {
  const inner = expr === undefined ? undefined : unwrapParens(expr)
  return inner?.kind === 'string' ? inner.value : undefined
}
