import { formatFloat } from '../number-text.ts'
import {
  type AggregateExpr,
  type AtModifier,
  type BinaryExpr,
  type DurationExpr,
  type Expr,
  formatDurationMs,
  quote,
  type VectorSelector,
} from '../parse/index.ts'

/** Longer nodes are broken into lines, as Prometheus's formatter does. */
const MAX_LINE = 100
/** What may stand without quotes in `by (...)` and its like. */
const GROUPING_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/

/** The expression on one line; parsing it gives the same tree (positions aside). */
export function formatExpr(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      if (!expr.isDuration) return formatFloat(expr.value)
      return Object.is(expr.value, -0) ? '-0s' : formatDurationMs(Math.round(expr.value * 1000))
    case 'string':
      return quote(expr.value)
    case 'paren':
      return `(${formatExpr(expr.inner)})`
    case 'unary':
      return `${expr.op}${formatExpr(expr.inner)}`
    case 'selector':
      return `${selectorText(expr)}${atText(expr.at)}${extensionText(expr)}${offsetText(expr.offset)}`
    case 'matrix': {
      const { selector } = expr
      const range = `${selectorText(selector)}[${durationText(expr.range)}]`
      return `${range}${extensionText(selector)}${atText(selector.at)}${offsetText(selector.offset)}`
    }
    case 'subquery': {
      const step = expr.step === undefined ? '' : durationText(expr.step)
      return `${formatExpr(expr.inner)}[${durationText(expr.range)}:${step}]${atText(expr.at)}${offsetText(expr.offset)}`
    }
    case 'binary':
      return `${leftText(expr)} ${operatorText(expr)} ${formatExpr(expr.right)}`
    case 'call':
      return `${expr.name}(${expr.args.map(formatExpr).join(', ')})`
    case 'aggregate':
      return `${aggregateHead(expr)}(${aggregateArgs(expr).map(formatExpr).join(', ')})`
  }
}

/** The expression in lines of about 100 characters, indented by two spaces: what a formatter in an editor wants. */
export function formatPretty(expr: Expr): string {
  return pretty(expr, 0)
}

function pretty(expr: Expr, level: number): string {
  const indent = '  '.repeat(level)
  const line = formatExpr(expr)
  if (line.length <= MAX_LINE) return indent + line
  const block = (head: string, parts: readonly Expr[]) =>
    `${indent}${head}(\n${parts.map((part) => pretty(part, level + 1)).join(',\n')}\n${indent})`
  switch (expr.kind) {
    case 'paren':
      return block('', [expr.inner])
    case 'call':
      return block(expr.name, expr.args)
    case 'aggregate':
      return block(aggregateHead(expr), aggregateArgs(expr))
    case 'unary':
      return `${indent}${expr.op}${pretty(expr.inner, level).trimStart()}`
    case 'binary': {
      // A number says no sign that the operator would not leave to it (see `leftText`).
      const left = expr.left.kind === 'number' ? `${indent}  ${leftText(expr)}` : pretty(expr.left, level + 1)
      return `${left}\n${indent}${operatorText(expr)}\n${pretty(expr.right, level + 1)}`
    }
    case 'subquery': {
      const step = expr.step === undefined ? '' : durationText(expr.step)
      return `${pretty(expr.inner, level)}[${durationText(expr.range)}:${step}]${atText(expr.at)}${offsetText(expr.offset)}`
    }
    default:
      return indent + line
  }
}

/** Matchers come in order of their text, as Prometheus prints them. */
function selectorText({ name, matchers }: VectorSelector): string {
  const parts = matchers
    .filter((matcher, i) => name === '' || i < matchers.length - 1 || matcher.value !== name)
    .map((matcher) => `${labelText(matcher.name)}${matcher.op}${quote(matcher.value)}`)
    .sort()
  return parts.length === 0 && name !== '' ? name : `${name}{${parts.join(',')}}`
}

function labelText(name: string): string {
  return LABEL_NAME.test(name) ? name : quote(name)
}

function groupingText(name: string): string {
  return GROUPING_NAME.test(name) ? name : quote(name)
}

function extensionText({ extension }: VectorSelector): string {
  return extension === undefined ? '' : ` ${extension}`
}

function atText(at: AtModifier | undefined): string {
  if (at === undefined) return ''
  return at.kind === 'time' ? ` @ ${(at.ms / 1000).toFixed(3)}` : ` @ ${at.kind}()`
}

/** An offset of nothing is none. */
function offsetText(offset: DurationExpr | undefined): string {
  return offset === undefined || (offset.kind === 'ms' && offset.ms === 0) ? '' : ` offset ${durationText(offset)}`
}

function durationText(duration: DurationExpr): string {
  return duration.kind === 'ms' ? formatDurationMs(duration.ms) : operandText(duration)
}

/** Inside of a duration expression lengths stay as they were written: `5s` or `5`. */
function operandText(duration: DurationExpr): string {
  switch (duration.kind) {
    case 'ms':
      return duration.isDuration ? formatDurationMs(duration.ms) : formatFloat(duration.ms / 1000)
    case 'paren':
      return `(${operandText(duration.inner)})`
    case 'negate':
      return `-${operandText(duration.inner)}`
    case 'operation': {
      const { op, left, right } = duration
      if (op === 'min_of' || op === 'max_of') return `${op}(${operandText(left)}, ${operandText(right)})`
      return `${operandText(left)} ${op} ${operandText(right)}`
    }
    default:
      return `${duration.kind}()`
  }
}

/** A sign before the base of a power would be read as one around the power. */
function leftText({ op, left }: BinaryExpr): string {
  return op === '^' && left.kind === 'number' ? formatExpr(left).replace(/^\+/, '') : formatExpr(left)
}

function operatorText({ op, returnBool, matching }: BinaryExpr): string {
  let text: string = op
  if (returnBool) text += ' bool'
  const side = matching.cardinality === 'many-to-one' ? 'left' : matching.cardinality === 'one-to-many' ? 'right' : ''
  if (matching.on || matching.labels.length > 0 || side !== '') {
    text += ` ${matching.on ? 'on' : 'ignoring'} (${matching.labels.map(groupingText).join(', ')})`
  }
  if (side !== '') text += ` group_${side} (${matching.include.map(groupingText).join(', ')})`
  const { fillLeft, fillRight } = matching
  if (fillLeft !== undefined && Object.is(fillLeft, fillRight)) text += ` fill (${formatFloat(fillLeft)})`
  else {
    if (fillLeft !== undefined) text += ` fill_left (${formatFloat(fillLeft)})`
    if (fillRight !== undefined) text += ` fill_right (${formatFloat(fillRight)})`
  }
  return text
}

function aggregateHead({ op, grouping, without }: AggregateExpr): string {
  const labels = grouping.map(groupingText).join(', ')
  return without ? `${op} without (${labels}) ` : grouping.length > 0 ? `${op} by (${labels}) ` : op
}

function aggregateArgs({ param, inner }: AggregateExpr): readonly Expr[] {
  return param === undefined ? [inner] : [param, inner]
}
