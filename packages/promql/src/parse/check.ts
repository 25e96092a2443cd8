import { compileMatcher } from '../match/index.ts'
import { parseError } from '../promql-error.ts'
import { type Expr, isComparison, isSetOperator, type Span, type ValueKind } from './ast.ts'
import { type FunctionInfo, functionInfo } from './functions.ts'
import { quote } from './quoting.ts'

const WORDS: Record<ValueKind, string> = {
  scalar: 'scalar',
  vector: 'instant vector',
  matrix: 'range vector',
  string: 'string',
}

/** What kind of value an expression has. */
export function kindOf(expr: Expr): ValueKind {
  switch (expr.kind) {
    case 'number':
      return 'scalar'
    case 'string':
      return 'string'
    case 'selector':
    case 'aggregate':
      return 'vector'
    case 'matrix':
    case 'subquery':
      return 'matrix'
    case 'paren':
    case 'unary':
      return kindOf(expr.inner)
    case 'binary':
      return kindOf(expr.left) === 'scalar' && kindOf(expr.right) === 'scalar' ? 'scalar' : 'vector'
    case 'call':
      return functionInfo(expr.name)!.returns
  }
}

/** `instant vector` and so on, as Prometheus words it. */
export function kindWords(kind: ValueKind): string {
  return WORDS[kind]
}

/** Throws `PromqlError` (code `parse`) at the first node whose parts do not fit together. */
export function checkTypes(query: string, expr: Expr): void {
  const fail = (message: string, at: Span): never => {
    throw parseError(query, message, at.start, at.end)
  }
  const expectKind = (node: Expr, kind: ValueKind, context: string) => {
    const got = kindOf(node)
    if (got !== kind) fail(`expected type ${WORDS[kind]} in ${context}, got ${WORDS[got]}`, node)
  }
  const visit = (node: Expr): void => {
    switch (node.kind) {
      case 'number':
      case 'string':
        return
      case 'paren':
        visit(node.inner)
        return
      case 'unary': {
        visit(node.inner)
        const kind = kindOf(node.inner)
        if (kind !== 'scalar' && kind !== 'vector') {
          fail(
            `unary expression only allowed on expressions of type scalar or instant vector, got ${JSON.stringify(WORDS[kind])}`,
            node,
          )
        }
        return
      }
      case 'selector':
        checkSelector(node)
        return
      case 'matrix':
        checkSelector(node.selector)
        return
      case 'subquery':
        visit(node.inner)
        if (kindOf(node.inner) !== 'vector') {
          fail(`subquery is only allowed on instant vector, got ${kindOf(node.inner)} instead`, node)
        }
        return
      case 'aggregate':
        visit(node.inner)
        expectKind(node.inner, 'vector', 'aggregation expression')
        if (node.param !== undefined) {
          visit(node.param)
          expectKind(node.param, node.op === 'count_values' ? 'string' : 'scalar', 'aggregation parameter')
        }
        return
      case 'call':
        checkCall(node)
        return
      case 'binary':
        checkBinary(node)
        return
    }
  }
  const checkSelector = (node: Extract<Expr, { kind: 'selector' }>): void => {
    const { name, matchers } = node
    if (name !== '') {
      const second = matchers.find((m, i) => m.name === '__name__' && i < matchers.length - 1)
      if (second !== undefined) {
        fail(`metric name must not be set twice: ${quote(name)} or ${quote(second.value)}`, node)
      }
    } else if (matchers.every((matcher) => compileMatcher(matcher)(''))) {
      fail('vector selector must contain at least one non-empty matcher', node)
    }
  }
  const checkCall = (node: Extract<Expr, { kind: 'call' }>): void => {
    const info = functionInfo(node.name)!
    const { least, most } = arity(info)
    const count = node.args.length
    const called = JSON.stringify(node.name)
    if (info.variadic === 0 && count !== least)
      fail(`expected ${least} argument(s) in call to ${called}, got ${count}`, node)
    if (count < least) fail(`expected at least ${least} argument(s) in call to ${called}, got ${count}`, node)
    if (count > most) fail(`expected at most ${most} argument(s) in call to ${called}, got ${count}`, node)
    const chooser = node.name === 'info' ? node.args[1] : undefined
    if (chooser !== undefined) {
      if (kindOf(chooser) !== 'vector') {
        fail(`expected type ${WORDS.vector} in call to function ${called}, got ${WORDS[kindOf(chooser)]}`, node)
      }
      if (chooser.kind !== 'selector') fail('expected label selectors only', chooser)
      else if (chooser.name !== '') fail('expected label selectors only, got vector selector instead', chooser)
    }
    node.args.forEach((arg, i) => {
      // The second argument of info() only chooses labels: it may be a selector that takes everything.
      if (arg !== chooser) visit(arg)
      expectKind(arg, info.args[Math.min(i, info.args.length - 1)]!, `call to function ${called}`)
    })
  }
  const checkBinary = (node: Extract<Expr, { kind: 'binary' }>): void => {
    visit(node.left)
    visit(node.right)
    const left = kindOf(node.left)
    const right = kindOf(node.right)
    const { matching } = node
    if (node.returnBool && !isComparison(node.op))
      fail('bool modifier can only be used on comparison operators', node.opSpan)
    if (isComparison(node.op) && !node.returnBool && left === 'scalar' && right === 'scalar') {
      fail('comparisons between scalars must use BOOL modifier', node.opSpan)
    }
    if (matching.on) {
      for (const label of matching.include) {
        if (matching.labels.includes(label)) {
          fail(`label ${JSON.stringify(label)} must not occur in ON and GROUP clause at once`, node.opSpan)
        }
      }
    }
    for (const [kind, side] of [
      [left, node.left],
      [right, node.right],
    ] as const) {
      if (kind !== 'scalar' && kind !== 'vector') {
        fail('binary expression must contain only scalar and instant vector types', side)
      }
    }
    const filled = matching.fillLeft !== undefined || matching.fillRight !== undefined
    if (left !== 'vector' || right !== 'vector') {
      if (matching.written && matching.labels.length > 0)
        fail('vector matching only allowed between instant vectors', node)
      if (filled) fail('filling in missing series only allowed between instant vectors', node)
      if (isSetOperator(node.op))
        fail(`set operator ${JSON.stringify(node.op)} not allowed in binary scalar expression`, node)
    } else if (isSetOperator(node.op)) {
      if (matching.cardinality === 'many-to-one' || matching.cardinality === 'one-to-many') {
        fail(`no grouping allowed for ${JSON.stringify(node.op)} operation`, node)
      }
      if (filled) fail('filling in missing series not allowed for set operators', node)
    }
  }
  visit(expr)
}

/** Prometheus: `n` args with variadic > 0 may lack up to the last and have `variadic - 1` more; negative: no bound. */
function arity(info: FunctionInfo): { least: number; most: number } {
  const count = info.args.length
  if (info.variadic === 0) return { least: count, most: count }
  return { least: count - 1, most: info.variadic > 0 ? count - 1 + info.variadic : Number.POSITIVE_INFINITY }
}
