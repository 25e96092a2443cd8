import { type Labels, labelsOf } from '../labels.ts'
import { parseExpr } from '../parse/index.ts'
import { parseError } from '../promql-error.ts'
import { type HistogramPoint, histogramRun, parseHistogramLiteral } from './histogram-literal.ts'

/** One point of a series: a number, a histogram, no sample, or the end of the series. */
export type SeriesPoint = number | HistogramPoint | 'absent' | 'stale'

export type SeriesDescription = { readonly labels: Labels; readonly points: readonly SeriesPoint[] }

/** `1x1000000000` must not fill the memory. */
const MAX_POINTS = 10_000_000

/**
 * `up{job="a"} 1 2+3x4 _x2 stale {{count:1}}`: a series and its points as tests of rules write them. `a+bxn` is a and n
 * more, each b further; `axn` is a and n more of it; `_` is no sample, `_xn` n times none.
 * Throws `PromqlError`. Source: Prometheus, "Unit testing for rules", `<series>`.
 */
export function parseSeriesDescription(text: string): SeriesDescription {
  const end = metricEnd(text)
  return { labels: parseMetric(text.slice(0, end), text), points: parsePoints(text, end) }
}

/**
 * A metric with its labels, `up{job="a"}` or `{__name__="up"}`; `{}` and nothing are one without labels. `context` is the text whose
 * start it is, for places. Throws `PromqlError`.
 */
export function parseMetric(metric: string, context = metric): Labels {
  if (metric.trim() === '') return []
  const [, lead = '', name = '', braces] =
    /^(\s*)([a-zA-Z_:][a-zA-Z0-9_:]*)?\s*(\{.*\})?\s*$/s.exec(metric) ?? ([] as (string | undefined)[])
  if (name === '' && braces === undefined) {
    const expr = parseExpr(metric)
    throw parseError(context, 'unexpected expression, expected a metric', expr.start, expr.end)
  }
  const pairs: (readonly [string, string])[] = name === '' ? [] : [['__name__', name]]
  if (braces !== undefined && !/^\{\s*\}$/.test(braces)) {
    // A series may have no matcher that is not empty: one more makes it a selector, at the end for the sake of places.
    const inner = braces.slice(1, -1).replace(/,\s*$/, '')
    const from = lead.length + name.length
    const guarded = `${' '.repeat(from)}{${inner},__guard__="x"}`
    const expr = parseExpr(guarded)
    if (expr.kind !== 'selector') throw parseError(context, 'unexpected expression, expected a metric', from, from + 1)
    for (const matcher of expr.matchers) {
      if (matcher.name === '__guard__') continue
      if (matcher.op !== '=') {
        const at = Math.max(0, guarded.indexOf(matcher.op, from))
        throw parseError(
          context,
          `unexpected <op:${matcher.op}> in label set, expected "="`,
          at,
          at + matcher.op.length,
        )
      }
      pairs.push([matcher.name, matcher.value])
    }
  }
  return labelsOf(pairs)
}

/** Where the metric ends: behind its braces, or before the first blank. */
function metricEnd(text: string): number {
  let at = 0
  while (text[at] === ' ' || text[at] === '\t') at++
  while (at < text.length && /[a-zA-Z0-9_:]/.test(text[at]!)) at++
  let brace = at
  while (text[brace] === ' ' || text[brace] === '\t') brace++
  if (text[brace] !== '{' || text[brace + 1] === '{') return at
  let quote = ''
  for (at = brace; at < text.length; at++) {
    const char = text[at]!
    if (quote !== '') {
      if (char === '\\' && quote !== '`') at++
      else if (char === quote) quote = ''
    } else if (char === '"' || char === "'" || char === '`') quote = char
    else if (char === '}') return at + 1
  }
  return text.length
}

// Words are read to their end: `NaNx3` is none.
const NUMBER = String.raw`(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|(?:[iI][nN][fF]|[nN][aA][nN])(?![a-zA-Z0-9_:]))`
const ITEM = new RegExp(String.raw`([+-]?${NUMBER})(?:([+-]${NUMBER})x(\d+)|x(\d+))?(?=\s|$)`, 'y')
const BLANK = /_(?:x(\d+))?(?=\s|$)/y
const STALE_ITEM = /stale(?:x(\d+))?(?=\s|$)/y
const HISTOGRAM = /\{\{([^}]*)\}\}(?:([+-])\{\{([^}]*)\}\})?(?:x(\d+))?(?=\s|$)/y

function parsePoints(text: string, from: number): SeriesPoint[] {
  const points: SeriesPoint[] = []
  const add = (point: SeriesPoint, times: number) => {
    if (points.length + times > MAX_POINTS) {
      throw parseError(text, `a series has more than ${MAX_POINTS} points`, from, text.length)
    }
    for (let i = 0; i < times; i++) points.push(point)
  }
  let at = from
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found !== null) at = pattern.lastIndex
    return found
  }
  while (at < text.length) {
    if (/\s/.test(text[at]!)) {
      at++
      continue
    }
    const begin = at
    const number = match(ITEM)
    if (number !== null) {
      const [, first, step, runTimes, times] = number
      let value = toNumber(first!)
      const count = 1 + Number(runTimes ?? times ?? 0)
      if (step === undefined) add(value, count)
      else {
        const by = toNumber(step)
        for (let i = 0; i < count; i++) {
          add(value, 1)
          value += by
        }
      }
      continue
    }
    const blank = match(BLANK)
    if (blank !== null) {
      add('absent', Number(blank[1] ?? 1))
      continue
    }
    const stale = match(STALE_ITEM)
    if (stale !== null && stale[1] === undefined) {
      add('stale', 1)
      continue
    }
    at = begin
    const histogram = match(HISTOGRAM)
    if (histogram !== null) {
      const [, base, sign, step, times] = histogram
      if (Number(times ?? 0) > MAX_POINTS) add('absent', Number(times))
      try {
        const more = step === undefined ? undefined : parseHistogramLiteral(step)
        for (const point of histogramRun(parseHistogramLiteral(base!), {
          sign,
          step: more,
          times: Number(times ?? 0),
        })) {
          add(point, 1)
        }
      } catch (error) {
        throw parseError(text, error instanceof Error ? error.message : String(error), begin, at)
      }
      continue
    }
    throw unexpected(text, begin)
  }
  return points
}

function unexpected(text: string, at: number): Error {
  const word = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(text.slice(at))?.[0]
  if (word !== undefined) {
    const message = `unexpected identifier ${JSON.stringify(word)} in series values, expected number or "stale"`
    return parseError(text, message, at, at + word.length)
  }
  const rest = /^\S+/.exec(text.slice(at))?.[0] ?? ''
  return parseError(text, `unexpected ${JSON.stringify(rest)} in series values`, at, at + rest.length)
}

function toNumber(text: string): number {
  if (/inf$/i.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  return /nan$/i.test(text) ? Number.NaN : Number(text)
}

/** Whether a point is a histogram. */
export function isHistogramPoint(point: SeriesPoint): point is HistogramPoint {
  return typeof point === 'object'
}
