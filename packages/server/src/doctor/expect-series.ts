import {
  type AggregateExpr,
  type BinaryExpr,
  type CallExpr,
  childrenOf,
  compileMatcher,
  compileMatchers,
  type Expr,
  isComparison,
  kindOf,
  type Labels,
  labelValue,
  type Matcher,
  metricName,
  unwrapParens,
  type VectorSelector,
} from '@binnacle/promql'
import { type Catalogue, isHere, MAX_SETS, type Selected } from './catalogue.ts'
import { explainSelector } from './explain-selector.ts'
import type { Fault } from './fault.ts'
import { allBut, keepNeeded, type LabelNeed, only, union, within } from './label-need.ts'
import {
  ANY_VALUE,
  distinct,
  dropLabels,
  dropName,
  keepLabels,
  keyOfSet,
  namesIn,
  replaceLabel,
  setLabel,
} from './label-sets.ts'

/*
 * A query is worked through with label sets instead of samples: which series can its result have, if every value were as
 * the author hopes? Conditions on values hold, conditions on labels are looked up. What comes out empty can never fire.
 */

export type Outcome = {
  /** Label sets that the result can have. */
  readonly sets: readonly Labels[]
  /** It can have others too. */
  readonly open: boolean
  /** Why it has none; of a part with `or`, why one side has none. */
  readonly faults: readonly Fault[]
  /** It gives something whatever the samples are. */
  readonly always: boolean
}

export type ExpectDeps = {
  readonly catalogue: Catalogue
  /** What the rules that record a metric give; undefined where none does. */
  readonly recorded: (metric: string, need?: LabelNeed) => Outcome | undefined
  /**
   * Only these labels are looked at, of every series there is; absent: all labels of the first `MAX_SETS`. What it gives then
   * has no others.
   */
  readonly need?: LabelNeed | undefined
  /** Names of the alerts of the rules. */
  readonly alerts: ReadonlySet<string>
  /** `3 h ago`. */
  readonly agoOf: (sinceMs: number) => string
  /** Of something that is wrong without making the result empty. */
  readonly remark: (fault: Fault) => void
}

const NONE: Outcome = { sets: [], open: false, faults: [], always: false }
const anything: Outcome = { sets: [], open: true, faults: [], always: false }

export const isEmpty = ({ sets, open }: Outcome): boolean => sets.length === 0 && !open

export function expectSeries(expr: Expr, deps: ExpectDeps): Outcome {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return { ...NONE, sets: [[]], always: true }
    case 'paren':
    case 'subquery':
      return expectSeries(expr.inner, deps)
    case 'unary':
      return mapped(expectSeries(expr.inner, deps), dropName)
    case 'matrix':
      return ofSelector(expr.selector, deps)
    case 'selector':
      return ofSelector(expr, deps)
    case 'aggregate':
      return ofAggregate(expr, deps)
    case 'call':
      return ofCall(expr, deps)
    case 'binary':
      return ofBinary(expr, deps)
  }
}

function ofSelector(selector: VectorSelector, deps: ExpectDeps): Outcome {
  const { catalogue, recorded, alerts, agoOf } = deps
  const metric = metricName(selector)
  if (metric === 'ALERTS' || metric === 'ALERTS_FOR_STATE') return ofAlerts(selector, alerts)
  // What the matchers look at is needed too.
  const need = deps.need && union(deps.need, only(selector.matchers.map(({ name }) => name)))
  const own = metric === undefined ? undefined : recorded(metric, need)
  const found: Selected = catalogue.select(selector.matchers)
  if (need !== undefined && found.open && isHere(found)) return ofAllSeries(selector, own, deps)
  if (own !== undefined && !isEmpty(own)) return ofRecorded(selector, own, { found, deps })
  const { sets, open } = found
  if (isHere(found)) return { sets, open, faults: [], always: false }
  if (own !== undefined) {
    const because = own.faults[0]
    const message = `the rule that records ${metric} gives nothing${because === undefined ? '' : `: ${because.message}`}`
    const weight = own.faults.every((fault) => fault.weight === 'maybe') ? 'maybe' : 'never'
    const isQuiet = weight === 'maybe' && own.faults.every((fault) => fault.isQuiet)
    const fault = { kind: 'metric', message, hint: because?.hint, start: selector.start, weight, isQuiet } as const
    return { ...NONE, faults: [fault] }
  }
  const fault = explainSelector(selector, catalogue, agoOf)
  // What comes and goes beside others of its metric, such as errors of yesterday, may come again.
  if (found.gone !== undefined && !found.gone.isWhole && fault.isQuiet) {
    deps.remark(fault)
    return { sets, open, faults: [], always: false }
  }
  return { ...NONE, faults: [fault] }
}

/** Every series that a selector and the rules that record it give, with the labels that are needed. */
function ofAllSeries({ matchers }: VectorSelector, own: Outcome | undefined, deps: ExpectDeps): Outcome {
  const { sets, open } = deps.catalogue.selectNeeded(matchers, deps.need!)
  const recorded = own === undefined ? [] : matching(own.sets, matchers)
  return { sets: distinct([...recorded, ...sets]), open: open || own?.open === true, faults: [], always: false }
}

function matching(sets: readonly Labels[], matchers: readonly Matcher[]): readonly Labels[] {
  const matches = compileMatchers(matchers)
  return sets.filter((labels) => matches(labels) || hasUnknown(labels))
}

/** A query, or a part of one, once more with all series and few labels; undefined where that tells no more. */
export function expectOfAll(expr: Expr, need: LabelNeed, deps: ExpectDeps): Outcome | undefined {
  // What is still being asked for is open without having many series.
  if (deps.need !== undefined || (deps.catalogue.pending ?? 0) > 0) return undefined
  const all = expectSeries(expr, { ...deps, need, remark: () => {} })
  return all.open ? undefined : all
}

/** Series that a rule records, and those of the name that are there already. */
function ofRecorded(
  { matchers, start }: VectorSelector,
  own: Outcome,
  { found, deps }: { readonly found: Selected; readonly deps: ExpectDeps },
): Outcome {
  const sets = distinct([...matching(own.sets, matchers), ...found.sets])
  const open = own.open || found.open
  if (sets.length > 0 || open) return limited({ sets, open, faults: [], always: false }, deps)
  const wanted = matchers.filter(({ name }) => name !== '__name__')
  const names = namesIn(own.sets)
  const missing = wanted.find((matcher) => !names.has(matcher.name) && !compileMatcher(matcher)(''))
  const hint = `they have ${names.size === 0 ? 'no labels' : [...names].sort().join(', ')}`
  const message =
    missing === undefined
      ? `the rule that records ${labelValue(own.sets[0]!, '__name__')} gives no series like that`
      : `the series that the rule records have no label ${missing.name}`
  const kind = missing === undefined ? 'value' : 'label'
  const weight = missing === undefined ? 'maybe' : 'never'
  return { ...NONE, faults: [{ kind, message, hint, start, weight, isQuiet: missing === undefined }] }
}

function ofAlerts({ matchers, start }: VectorSelector, alerts: ReadonlySet<string>): Outcome {
  const wanted = matchers.find(({ name, op }) => name === 'alertname' && op === '=')
  if (wanted === undefined || alerts.has(wanted.value)) return anything
  const message = `no rule makes an alert with the name ${wanted.value}`
  return { ...NONE, faults: [{ kind: 'value', message, hint: undefined, start, weight: 'never', isQuiet: false }] }
}

const PICKING: ReadonlySet<string> = new Set(['topk', 'bottomk', 'limitk', 'limit_ratio'])

function ofAggregate(expr: AggregateExpr, deps: ExpectDeps): Outcome {
  if (PICKING.has(expr.op)) return expectSeries(expr.inner, deps)
  const kept = expr.without ? allBut([...expr.grouping, '__name__']) : only(expr.grouping)
  const need = deps.need && within(deps.need, kept)
  const first = expectSeries(expr.inner, { ...deps, need })
  const isSplit = expr.without || expr.grouping.length > 0
  const inner = first.open && isSplit ? (expectOfAll(expr.inner, kept, deps) ?? first) : first
  if (isEmpty(inner)) return inner
  const grouping = new Set(expr.grouping)
  if (expr.without) {
    grouping.add('__name__')
    return limited(
      mapped(inner, (labels) => dropLabels(labels, grouping)),
      deps,
    )
  }
  if (!inner.open && expr.grouping.length > 0 && deps.need === undefined) {
    const names = namesIn(inner.sets)
    const seen = namesIn(first.sets)
    for (const label of expr.grouping) if (!names.has(label)) deps.remark(emptyGroup(label, seen, expr))
  }
  if (expr.grouping.length === 0) return { ...inner, sets: [[]], open: expr.op === 'count_values' }
  const result = limited(
    mapped(inner, (labels) => keepLabels(labels, grouping)),
    deps,
  )
  return expr.op === 'count_values' ? { ...result, open: true } : result
}

function emptyGroup(label: string, names: ReadonlySet<string>, expr: AggregateExpr): Fault {
  const has = [...names].sort().join(', ')
  return {
    kind: 'label',
    message: `${expr.op} by (${label}): none of its series has the label ${label}, so that all of them become one`,
    hint: has === '' ? 'they have no labels' : `they have ${has}`,
    start: expr.start,
    weight: 'maybe',
    isQuiet: false,
  }
}

const KEEPING: ReadonlySet<string> = new Set([
  'sort',
  'sort_desc',
  'sort_by_label',
  'sort_by_label_desc',
  'last_over_time',
  'first_over_time',
])

function ofCall(expr: CallExpr, deps: ExpectDeps): Outcome {
  const vector = expr.args.find((arg) => kindOf(arg) === 'vector' || kindOf(arg) === 'matrix')
  if (vector === undefined) return { ...NONE, sets: [[]], always: true }
  const inner = expectSeries(vector, { ...deps, need: deps.need && neededBy(expr, deps.need) })
  switch (expr.name) {
    case 'absent':
    case 'absent_over_time':
      return ofAbsent(vector, inner)
    case 'scalar':
      return isEmpty(inner) ? inner : { ...inner, sets: [[]], open: false }
    case 'info':
      return { ...inner, open: true }
    case 'label_join':
    case 'label_replace':
      return relabelled(expr, inner)
    case 'histogram_quantile':
    case 'histogram_fraction':
      return ofHistogram(vector, inner)
    default:
      return KEEPING.has(expr.name) ? inner : mapped(inner, dropName)
  }
}

/** What a function looks at of its argument, for the labels that are needed of its result. */
function neededBy({ name, args }: CallExpr, need: LabelNeed): LabelNeed {
  if (name.startsWith('histogram_')) return union(need, only(['le']))
  if (name !== 'label_replace' && name !== 'label_join') return need
  // label_replace(v, target, replacement, source, regex); label_join(v, target, separator, source, source ...)
  const sources = args.slice(3, name === 'label_replace' ? 4 : undefined).map(unwrapParens)
  return union(need, only(sources.flatMap((source) => (source.kind === 'string' ? [source.value] : []))))
}

/** Gives its one series while the inner part gives none: what is not here now makes it true now. */
function ofAbsent(vector: Expr, inner: Outcome): Outcome {
  const plain = unwrapParens(vector)
  const selector = plain.kind === 'matrix' ? plain.selector : plain.kind === 'selector' ? plain : undefined
  let labels: Labels = []
  for (const { name, op, value } of selector?.matchers ?? []) {
    if (name !== '__name__' && op === '=') labels = setLabel(labels, name, value)
  }
  return { sets: [labels], open: false, faults: inner.faults, always: isEmpty(inner) }
}

function relabelled(expr: CallExpr, inner: Outcome): Outcome {
  const texts = expr.args.slice(1).map((arg) => {
    const plain = unwrapParens(arg)
    return plain.kind === 'string' ? plain.value : undefined
  })
  if (texts.some((text) => text === undefined)) return { ...inner, open: !isEmpty(inner) }
  const given = texts as string[]
  if (expr.name === 'label_replace') return mapped(inner, (labels) => replaceLabel(labels, given))
  const [target = '', separator = '', ...sources] = given
  return mapped(inner, (labels) =>
    setLabel(labels, target, sources.map((source) => labelValue(labels, source)).join(separator)),
  )
}

const LE: ReadonlySet<string> = new Set(['le', '__name__'])

function ofHistogram(vector: Expr, inner: Outcome): Outcome {
  if (isEmpty(inner)) return inner
  const result = mapped(inner, (labels) => dropLabels(labels, LE))
  if (inner.open || inner.sets.some((labels) => labelValue(labels, 'le') !== '')) return result
  const buckets = bucketsIn(vector)
  // Series without `le` may be native histograms.
  if (buckets === undefined) return { ...result, open: true }
  const message = `the quantile has nothing to go by: no series of ${buckets} keeps its label le`
  const hint = 'add le to the aggregation'
  return { ...NONE, faults: [{ kind: 'label', message, hint, start: vector.start, weight: 'never', isQuiet: false }] }
}

function bucketsIn(expr: Expr): string | undefined {
  if (expr.kind === 'matrix') return bucketsIn(expr.selector)
  if (expr.kind === 'selector') {
    const name = metricName(expr)
    return name?.endsWith('_bucket') ? name : undefined
  }
  return childrenOf(expr)
    .map(bucketsIn)
    .find((name) => name !== undefined)
}

function ofBinary(expr: BinaryExpr, deps: ExpectDeps): Outcome {
  const need = deps.need && isJoin(expr) ? union(deps.need, keyOf(expr.matching)) : deps.need
  const left = expectSeries(expr.left, { ...deps, need })
  const right = expectSeries(expr.right, { ...deps, need })
  const always = left.always && right.always
  if (expr.op === 'or') {
    if (isEmpty(left) && isEmpty(right)) return { ...NONE, faults: [...left.faults, ...right.faults] }
    for (const fault of [...(isEmpty(left) ? left.faults : []), ...(isEmpty(right) ? right.faults : [])])
      deps.remark(fault)
    const sets = distinct([...left.sets, ...right.sets])
    return limited({ sets, open: left.open || right.open, faults: [], always: left.always || right.always }, deps)
  }
  if (expr.op === 'unless') {
    if (isEmpty(right)) for (const fault of right.faults) deps.remark({ ...fault, isQuiet: true })
    return left
  }
  if (isEmpty(left) || isEmpty(right)) {
    // A side that is but a number says nothing by itself.
    return { ...NONE, faults: [...(isEmpty(left) ? left.faults : []), ...(isEmpty(right) ? right.faults : [])] }
  }
  const keepsName = isComparison(expr.op) && !expr.returnBool
  const leftIsScalar = kindOf(expr.left) === 'scalar'
  const rightIsScalar = kindOf(expr.right) === 'scalar'
  if (leftIsScalar && rightIsScalar) return { ...left, always }
  if (leftIsScalar || rightIsScalar) {
    const vector = leftIsScalar ? right : left
    return { ...(keepsName ? vector : mapped(vector, dropName)), always }
  }
  return joined(expr, { left, right }, deps)
}

const isJoin = ({ op, left, right }: BinaryExpr): boolean =>
  op !== 'or' && op !== 'unless' && kindOf(left) !== 'scalar' && kindOf(right) !== 'scalar'

/** The labels that pairs are found by, and those that are brought along. */
function keyOf({ on, labels, include }: BinaryExpr['matching']): LabelNeed {
  return on ? only([...labels, ...include]) : union(allBut([...labels, '__name__']), only(include))
}

type Sides = { readonly left: Outcome; readonly right: Outcome }

function joined(expr: BinaryExpr, { left, right }: Sides, deps: ExpectDeps): Outcome {
  const { matching } = expr
  const { on, labels, cardinality, include } = matching
  const compared = new Set(labels)
  if (!on) compared.add('__name__')
  const keyed = (set: Labels) => (on ? keepLabels(set, compared) : dropLabels(set, compared))
  const many = cardinality === 'one-to-many' ? right : left
  const one = cardinality === 'one-to-many' ? left : right
  const always = left.always && right.always
  const isFilled = matching.fillLeft !== undefined || matching.fillRight !== undefined
  const isVague = isFilled || [...many.sets, ...one.sets].some(hasUnknown)
  const partners = new Map<string, Labels>()
  for (const set of one.sets) partners.set(keyOfSet(keyed(set)), set)
  const unsure = many.open || one.open || isVague
  if (unsure && !isVague && !many.sets.some((set) => partners.has(keyOfSet(keyed(set))))) {
    // Those that were looked at find no pair; perhaps others do.
    const pairs = allPairs(expr, deps)
    if (pairs === 'none') return { ...NONE, faults: [mismatch(expr, left, right)] }
    if (pairs === 'some') return { sets: [], open: true, faults: [], always }
  }
  const isFilter = expr.op === 'and'
  const finish = (set: Labels, partner: Labels | undefined): Labels => {
    if (isFilter) return set
    let result = set
    if (cardinality === 'one-to-one') result = on ? keepLabels(set, compared) : dropLabels(set, compared)
    for (const label of include) {
      result = setLabel(result, label, partner === undefined ? ANY_VALUE : labelValue(partner, label))
    }
    const dropsName = !isComparison(expr.op) || expr.returnBool
    return dropsName ? dropName(result) : result
  }
  const sets: Labels[] = []
  for (const set of many.sets) {
    const partner = partners.get(keyOfSet(keyed(set)))
    if (partner !== undefined || unsure) sets.push(finish(set, partner))
  }
  if (sets.length > 0 || unsure) return limited({ sets: distinct(sets), open: unsure, faults: [], always }, deps)
  return { ...NONE, faults: [mismatch(expr, left, right)] }
}

/** Whether any two of all series find each other; undefined where there are too many to tell. */
function allPairs(expr: BinaryExpr, deps: ExpectDeps): 'some' | 'none' | undefined {
  const need = expr.matching.on ? only(expr.matching.labels) : allBut([...expr.matching.labels, '__name__'])
  const left = expectOfAll(expr.left, need, deps)
  const right = left && expectOfAll(expr.right, need, deps)
  if (left === undefined || right === undefined) return undefined
  if ([...left.sets, ...right.sets].some(hasUnknown)) return undefined
  const keys = new Set(left.sets.map((set) => keyOfSet(keepNeeded(set, need))))
  return right.sets.some((set) => keys.has(keyOfSet(keepNeeded(set, need)))) ? 'some' : 'none'
}

const hasUnknown = (set: Labels) => set.includes(ANY_VALUE)

function mismatch(expr: BinaryExpr, left: Outcome, right: Outcome): Fault {
  const { on, labels } = expr.matching
  const leftNames = namesIn(left.sets)
  const rightNames = namesIn(right.sets)
  const isCompared = (name: string) => labels.includes(name) === on
  const onlyLeft = [...leftNames].filter((name) => isCompared(name) && !rightNames.has(name)).sort()
  const onlyRight = [...rightNames].filter((name) => isCompared(name) && !leftNames.has(name)).sort()
  const both = [...leftNames].filter((name) => rightNames.has(name)).sort()
  const why =
    onlyLeft.length + onlyRight.length === 0
      ? `the sides have no values of ${both.filter(isCompared).join(', ')} in common`
      : [
          ...(onlyLeft.length === 0 ? [] : [`only the left side has ${onlyLeft.join(', ')}`]),
          ...(onlyRight.length === 0 ? [] : [`only the right side has ${onlyRight.join(', ')}`]),
        ].join(', ')
  const usable = both.filter((name) => !['job', 'instance'].includes(name))
  return {
    kind: 'matching',
    message: `"${expr.op}" never finds a pair: ${why}`,
    hint:
      usable.length === 0 ? undefined : `both sides have ${usable.join(', ')}: "${expr.op} on (${usable.join(', ')})"`,
    start: expr.opSpan.start,
    weight: 'never',
    isQuiet: false,
  }
}

function mapped(outcome: Outcome, change: (labels: Labels) => Labels): Outcome {
  return { ...outcome, sets: distinct(outcome.sets.map(change)) }
}

/** What is not looked at one by one is open. */
function limited(outcome: Outcome, { need }: ExpectDeps): Outcome {
  const { sets } = outcome
  if (need !== undefined || sets.length <= MAX_SETS) return outcome
  return { ...outcome, sets: sets.slice(0, MAX_SETS), open: true }
}
