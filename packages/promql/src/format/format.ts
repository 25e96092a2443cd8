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
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/
const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
/** Words that the grammar would not read as a metric name where one stands alone. */
const NO_METRIC_NAME = /^(inf|nan|bool|ignoring|on|group_left|group_right|offset|atan2|and|or|unless)$/i

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
      return `${selectorText(expr)}${modifiers(expr.at, expr.offset)}`
    case 'matrix': {
      const { selector } = expr
      return `${selectorText(selector)}[${durationText(expr.range)}]${modifiers(selector.at, selector.offset)}`
    }
    case 'subquery': {
      const step = expr.step === undefined ? '' : durationText(expr.step)
      return `${formatExpr(expr.inner)}[${durationText(expr.range)}:${step}]${modifiers(expr.at, expr.offset)}`
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
      return `${pretty(expr.inner, level)}[${durationText(expr.range)}:${step}]${modifiers(expr.at, expr.offset)}`
    }
    default:
      return indent + line
  }
}

function selectorText({ name, matchers }: VectorSelector): string {
  const shown = name === '' ? matchers : matchers.slice(0, -1)
  const parts = shown.map((matcher) => `${labelText(matcher.name)}${matcher.op}${quote(matcher.value)}`)
  if (METRIC_NAME.test(name) && !NO_METRIC_NAME.test(name))
    return parts.length === 0 ? name : `${name}{${parts.join(',')}}`
  if (name !== '') parts.unshift(quote(name))
  return `{${parts.join(',')}}`
}

function labelText(name: string): string {
  return LABEL_NAME.test(name) ? name : quote(name)
}

function modifiers(at: AtModifier | undefined, offset: DurationExpr | undefined): string {
  const atText = at === undefined ? '' : at.kind === 'time' ? ` @ ${(at.ms / 1000).toFixed(3)}` : ` @ ${at.kind}()`
  return `${atText}${offset === undefined ? '' : ` offset ${durationText(offset)}`}`
}

function durationText(duration: DurationExpr): string {
  switch (duration.kind) {
    case 'ms':
      return formatDurationMs(duration.ms)
    case 'negate':
      return `-${durationText(duration.inner)}`
    case 'operation': {
      const { op, left, right } = duration
      if (op === 'min_of' || op === 'max_of') return `${op}(${durationText(left)}, ${durationText(right)})`
      const signed = left.kind === 'negate' || (left.kind === 'ms' && left.ms < 0)
      return `(${signed ? `(${durationText(left)})` : durationText(left)} ${op} ${durationText(right)})`
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
  if (matching.written) text += ` ${matching.on ? 'on' : 'ignoring'} (${matching.labels.map(labelText).join(', ')})`
  const side = matching.cardinality === 'many-to-one' ? 'left' : matching.cardinality === 'one-to-many' ? 'right' : ''
  if (side !== '') text += ` group_${side} (${matching.include.map(labelText).join(', ')})`
  const { fillLeft, fillRight } = matching
  if (fillLeft !== undefined && Object.is(fillLeft, fillRight)) text += ` fill (${formatFloat(fillLeft)})`
  else {
    if (fillLeft !== undefined) text += ` fill_left (${formatFloat(fillLeft)})`
    if (fillRight !== undefined) text += ` fill_right (${formatFloat(fillRight)})`
  }
  return text
}

function aggregateHead({ op, grouping, without }: AggregateExpr): string {
  const labels = grouping.map(labelText).join(', ')
  return without ? `${op} without (${labels}) ` : grouping.length > 0 ? `${op} by (${labels}) ` : op
}

function aggregateArgs({ param, inner }: AggregateExpr): readonly Expr[] {
  return param === undefined ? [inner] : [param, inner]
}
