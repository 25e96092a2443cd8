import { type Expr, isSetOperator, kindOf, makesNewMetric, unwrapParens } from '../parse/index.ts'

/** Functions that leave the metric name, or may set one. */
const KEEP_NAME = new Set([
  'last_over_time',
  'first_over_time',
  'sort',
  'sort_desc',
  'sort_by_label',
  'sort_by_label_desc',
])
const MAY_SET_NAME = new Set(['label_replace', 'label_join', 'info'])

/** Functions whose answer depends on the evaluation time although their arguments do not. */
const TIME_DEPENDENT = new Set(
  'days_in_month day_of_month day_of_week day_of_year hour minute month year predict_linear time timestamp start_timestamp'.split(
    ' ',
  ),
)

/** Whether an expression has the same value at every step, because `@` fixes the time of all that it reads. */
export function isStepInvariant(expr: Expr): boolean {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return true
    case 'selector':
    case 'subquery':
      return expr.at !== undefined
    case 'matrix':
      return expr.selector.at !== undefined
    case 'paren':
    case 'unary':
      return isStepInvariant(expr.inner)
    case 'binary':
      return isStepInvariant(expr.left) && isStepInvariant(expr.right)
    case 'aggregate':
      // As in Prometheus, which does not look at the parameter: one that moves counts as at the first step.
      return isStepInvariant(expr.inner)
    case 'call':
      return !TIME_DEPENDENT.has(expr.name) && expr.args.every(isStepInvariant)
  }
}

/**
 * Whether no two series of an expression can be equal but for the metric name: then dropping the name needs no check.
 * True where a selector names its metric, or where the name was dropped (and checked) before.
 */
export function isUniqueWithoutName(expr: Expr): boolean {
  const node = unwrapParens(expr)
  switch (node.kind) {
    case 'selector':
      return node.matchers.some((matcher) => matcher.name === '__name__' && matcher.op === '=' && matcher.value !== '')
    case 'matrix':
      return isUniqueWithoutName(node.selector)
    case 'subquery':
    case 'unary':
      return isUniqueWithoutName(node.inner)
    case 'aggregate':
      if (node.op === 'topk' || node.op === 'bottomk' || node.op === 'limitk' || node.op === 'limit_ratio') {
        return isUniqueWithoutName(node.inner)
      }
      return node.op !== 'count_values' && (node.without || !node.grouping.includes('__name__'))
    case 'call':
      if (MAY_SET_NAME.has(node.name)) return false
      return KEEP_NAME.has(node.name) ? isUniqueWithoutName(node.args[0]!) : true
    case 'binary':
      if (isSetOperator(node.op)) return node.op !== 'or' && isUniqueWithoutName(node.left)
      if (makesNewMetric(node)) return !node.matching.include.includes('__name__')
      if (kindOf(node.left) === 'scalar') return isUniqueWithoutName(node.right)
      return kindOf(node.right) === 'scalar' && isUniqueWithoutName(node.left)
    default:
      return false
  }
}
