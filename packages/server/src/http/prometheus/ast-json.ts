import { type DurationExpr, type Expr, functionInfo, kindOf, type Matcher, type VectorSelector } from '@binnacle/promql'

/** A tree as `/parse_query` gives it. Source: behaviour of Prometheus 3.5 (used by its page's tree view). */
export function astJson(expr: Expr): unknown {
  switch (expr.kind) {
    case 'aggregate':
      return {
        type: 'aggregation',
        op: expr.op,
        expr: astJson(expr.inner),
        param: expr.param === undefined ? null : astJson(expr.param),
        grouping: expr.grouping,
        without: expr.without,
      }
    case 'binary': {
      const vectors = kindOf(expr.left) === 'vector' && kindOf(expr.right) === 'vector'
      const { cardinality, labels, on, include, fillLeft, fillRight } = expr.matching
      const filled = fillLeft !== undefined || fillRight !== undefined
      const fill = filled ? { fillValues: { lhs: fillLeft ?? null, rhs: fillRight ?? null } } : {}
      return {
        type: 'binaryExpr',
        op: expr.op,
        lhs: astJson(expr.left),
        rhs: astJson(expr.right),
        matching: vectors ? { card: cardinality, labels, on, include, ...fill } : null,
        bool: expr.returnBool,
      }
    }
    case 'call': {
      const info = functionInfo(expr.name)
      return {
        type: 'call',
        func: {
          name: expr.name,
          argTypes: info?.args ?? [],
          variadic: info?.variadic ?? 0,
          returnType: info?.returns ?? kindOf(expr),
        },
        args: expr.args.map(astJson),
      }
    }
    case 'matrix':
      return { type: 'matrixSelector', ...lengthFields('range', expr.range), ...selectorFields(expr.selector) }
    case 'selector':
      return { type: 'vectorSelector', ...selectorFields(expr) }
    case 'subquery':
      return {
        type: 'subquery',
        expr: astJson(expr.inner),
        ...lengthFields('range', expr.range),
        ...lengthFields('step', expr.step),
        ...timeFields(expr),
      }
    case 'number':
      return { type: 'numberLiteral', val: plainDecimal(expr.value) }
    case 'string':
      return { type: 'stringLiteral', val: expr.value }
    case 'paren':
      return { type: 'parenExpr', expr: astJson(expr.inner) }
    case 'unary':
      return { type: 'unaryExpr', op: expr.op, expr: astJson(expr.inner) }
  }
}

/** Matchers of every selector in a tree, in order of the text. */
export function selectorsOf(expr: Expr): (readonly Matcher[])[] {
  switch (expr.kind) {
    case 'aggregate':
      return [...(expr.param ? selectorsOf(expr.param) : []), ...selectorsOf(expr.inner)]
    case 'binary':
      return [...selectorsOf(expr.left), ...selectorsOf(expr.right)]
    case 'call':
      return expr.args.flatMap(selectorsOf)
    case 'matrix':
      return [expr.selector.matchers]
    case 'selector':
      return [expr.matchers]
    case 'paren':
    case 'unary':
    case 'subquery':
      return selectorsOf(expr.inner)
    default:
      return []
  }
}

function selectorFields(selector: VectorSelector) {
  return {
    name: selector.name,
    matchers: selector.matchers.map(({ name, op, value }) => ({ name, value, type: op })),
    ...timeFields(selector),
    ...(selector.extension === undefined ? {} : { [selector.extension]: true }),
  }
}

function timeFields({ offset, at }: Pick<VectorSelector, 'offset' | 'at'>) {
  return {
    ...lengthFields('offset', offset),
    timestamp: at?.kind === 'time' ? at.ms : null,
    startOrEnd: at === undefined || at.kind === 'time' ? null : at.kind,
  }
}

/** Whole ms. A length that is known only when it is evaluated is 0, with its tree beside it, as later versions give it. */
function lengthFields(name: string, length: DurationExpr | undefined): Record<string, unknown> {
  if (length === undefined || length.kind === 'ms') return { [name]: length?.ms ?? 0 }
  return { [name]: 0, [`${name}Expr`]: durationJson(length) }
}

function durationJson(length: DurationExpr): Record<string, unknown> {
  const node = (op: string, lhs: DurationExpr | undefined, rhs: DurationExpr | undefined) => ({
    type: 'durationExpr',
    op,
    lhs: lhs === undefined ? null : durationJson(lhs),
    rhs: rhs === undefined ? null : durationJson(rhs),
    wrapped: false,
  })
  switch (length.kind) {
    case 'ms':
      return { type: 'numberLiteral', val: plainDecimal(length.ms / 1000), duration: length.isDuration }
    case 'paren': {
      const { inner } = length
      const bare = inner.kind === 'ms' ? node('+', undefined, inner) : durationJson(inner)
      return { ...bare, wrapped: true }
    }
    case 'negate':
      return node('-', undefined, length.inner)
    case 'operation':
      return node(length.op, length.left, length.right)
    default:
      return node(length.kind, undefined, undefined)
  }
}

/** Shortest digits without an exponent, and Go's names of what is no number. */
function plainDecimal(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  const text = Object.is(value, -0) ? '-0' : String(value)
  const parts = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text)
  if (!parts) return text
  const [, sign = '', whole = '', fraction = '', power = '0'] = parts
  const digits = whole + fraction
  const point = whole.length + Number(power)
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  return `${sign}${digits.padEnd(point, '0')}`
}
