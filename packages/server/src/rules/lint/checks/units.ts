import { type Expr, isComparison, kindOf, metricName, unwrapParens } from '@binnacle/promql'
import type { RuleCheck, RuleView } from '../check.ts'
import { commentsAbove } from '../comments.ts'
import { some } from '../walk.ts'

const PER_TIME = /\b(?:per|an?|each|every)[ -](minute|hour|day)s?\b|\d *\/ ?(min|minute|h|hour|day)\b/i
/** `{{ $value }} restarts in 15 minutes`. */
const VALUE_IN_TIME =
  /\$value[^}]*\}\}[^{.;]*?\b(?:in|within|during)(?: the)?(?: last| past)? (\d+ ?(?:m|min|minutes?|h|hours?|d|days?))\b/i
const PER_SECOND = /\bper[ -]?sec(?:ond)?\b|\/ ?s(?:ec)?\b|\b(?:rps|qps|ops)\b/i

export const perSecond: RuleCheck = {
  kind: 'rule',
  name: 'alerts/unit',
  finds: 'A rate per second whose text speaks of minutes, hours or days.',
  why: '`rate` and `irate` are per second whatever their range is. A threshold that is meant per minute is 60 times too high, and the printed number 60 times too low.',
  run(view, report) {
    const { rule } = view
    const rate = rateIn(rule.ast)
    if (rate === undefined) return
    for (const { text, what } of wordsAbout(view)) {
      if (PER_SECOND.test(text)) continue
      const found = PER_TIME.exec(text) ?? VALUE_IN_TIME.exec(text)
      if (found === null) continue
      const unit = found[1] ?? found[2] ?? ''
      const message = `${rate.name}() is per second, but ${what} says "${plain(found[0])}"`
      const range = rate.range === '' ? '' : `, or increase(...${rate.range})`
      const hint = /^\d/.test(unit)
        ? `increase(...) counts what happened in the range`
        : `multiply by ${FACTORS[unit[0]!.toLowerCase()] ?? 60} for a value ${unitWords(unit)}${range}`
      report(view.at(rate.expr), message, hint)
      return
    }
  },
}

const FACTORS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400 }

function unitWords(unit: string): string {
  return `per ${{ m: 'minute', h: 'hour', d: 'day' }[unit[0]!.toLowerCase()] ?? unit}`
}

function plain(text: string): string {
  return text.replace(/^.*\}\}/s, '').trim()
}

function* wordsAbout({ rule, file }: RuleView): Generator<{ text: string; what: string }> {
  if (rule.kind === 'alerting') {
    for (const [name, text] of Object.entries(rule.annotations)) {
      if (!/^https?:/.test(text)) yield { text, what: `the annotation ${name}` }
    }
  }
  for (const text of commentsAbove(file.text, rule.place.line ?? 1)) yield { text, what: 'the comment above it' }
}

type Rate = { readonly expr: Expr; readonly name: string; readonly range: string }

/** The rate of events per second that is the value of an expression. */
function rateIn(expr: Expr): Rate | undefined {
  switch (expr.kind) {
    case 'paren':
    case 'unary':
      return rateIn(expr.inner)
    case 'aggregate':
      return ['sum', 'avg', 'max', 'min', 'topk', 'bottomk', 'quantile'].includes(expr.op)
        ? rateIn(expr.inner)
        : undefined
    case 'binary':
      if (isComparison(expr.op) || expr.op === 'and' || expr.op === 'unless') {
        return rateIn(kindOf(expr.left) === 'scalar' ? expr.right : expr.left)
      }
      if (expr.op === '+' || expr.op === '-' || expr.op === 'or') return rateIn(expr.left) ?? rateIn(expr.right)
      return undefined
    case 'call': {
      if (expr.name !== 'rate' && expr.name !== 'irate') return undefined
      const range = expr.args[0]
      const metric = range?.kind === 'matrix' ? metricName(range.selector) : undefined
      // Seconds per second are a share of the time, not events.
      if (metric !== undefined && /_seconds(_total|_sum)?$/.test(metric)) return undefined
      return { expr, name: expr.name, range: '' }
    }
    default:
      return undefined
  }
}

export const perSeries: RuleCheck = {
  kind: 'rule',
  name: 'alerts/per_series',
  finds: 'A threshold for events that holds for each series alone, in an alert whose text names no label.',
  why: 'Without an aggregation every method, path and instance has to cross the threshold by itself: what is spread over many series stays below it, and what is not sends one alert each.',
  run(view, report) {
    const { rule } = view
    if (rule.kind !== 'alerting') return
    const texts = [...Object.values(rule.annotations), ...Object.values(rule.labels)]
    if (texts.some((text) => /\$labels|\.Labels/.test(text)) || some(rule.ast, ({ kind }) => kind === 'aggregate'))
      return
    const compared = threshold(rule.ast)
    if (compared === undefined) return
    const subject = eventsPerSeries(compared)
    if (subject === undefined) return
    const message = `the threshold holds for each series of ${subject} alone, and the text does not say of which one`
    report(view.at(compared), message, 'sum by (...) what belongs together, or name the labels in the text')
  },
}

/** The vector that the outermost comparison holds against a number that is not 0. */
function threshold(expr: Expr): Expr | undefined {
  const inner = unwrapParens(expr)
  if (inner.kind !== 'binary') return undefined
  if (inner.op === 'and' || inner.op === 'unless') return threshold(inner.left)
  const limit = unwrapParens(inner.right)
  return isComparison(inner.op) && limit.kind === 'number' && limit.value !== 0 ? inner.left : undefined
}

function eventsPerSeries(expr: Expr): string | undefined {
  const inner = unwrapParens(expr)
  if (inner.kind !== 'call') return undefined
  if (inner.name === 'histogram_quantile') return eventsPerSeries(inner.args[1]!)
  if (!['rate', 'irate', 'increase'].includes(inner.name)) return undefined
  const range = inner.args[0]
  return range?.kind === 'matrix' ? metricName(range.selector) : undefined
}
