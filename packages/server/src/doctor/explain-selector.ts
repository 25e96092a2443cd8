import {
  compileMatcher,
  literalAlternatives,
  type Matcher,
  metricName,
  nearestWords,
  type VectorSelector,
} from '@binnacle/promql'
import { allOf, type Catalogue, type Gone, isHere, MAX_SETS } from './catalogue.ts'
import type { Fault } from './fault.ts'
import { givenWhen, sourceOf, synonymOf } from './known-metrics.ts'
import { namesIn } from './label-sets.ts'

const NAME = '__name__'
/** Labels that come from the configuration and not from what happens: their values are known from the start. */
const FIXED: ReadonlySet<string> = new Set(['job', 'instance', 'le', 'quantile'])
const MOST_VALUES = 6

/** Why a selector gives no series, although somebody asks for them. */
export function explainSelector(
  selector: VectorSelector,
  catalogue: Catalogue,
  agoOf: (sinceMs: number) => string,
): Fault {
  const fault = explain(selector, catalogue, agoOf)
  return catalogue.isYoung === true ? { ...fault, weight: 'maybe', isQuiet: true } : fault
}

function explain(selector: VectorSelector, catalogue: Catalogue, agoOf: (sinceMs: number) => string): Fault {
  const metric = metricName(selector)
  const base = { start: selector.start, hint: undefined, weight: 'never', isQuiet: false } as const
  if (metric === undefined) {
    const text = selector.matchers.map(shown).join(', ')
    return { ...base, kind: 'metric', message: `there is no series with {${text}}`, weight: 'maybe' }
  }
  const all = catalogue.select(allOf(metric))
  if (all.gone !== undefined) return { ...base, ...gone(`${metric} was`, all.gone, agoOf) }
  if (all.sets.length === 0 && !all.open) return { ...base, ...missingMetric(metric, catalogue) }
  const labels = namesIn(all.sets)
  const conditions = selector.matchers.filter(({ name }) => name !== NAME)
  let left: Told | undefined
  for (const matcher of conditions) {
    const alone = catalogue.select([...allOf(metric), matcher])
    if (isHere(alone)) continue
    // Where not all series are listed, they are asked for the label itself.
    const withLabel = catalogue.select([...allOf(metric), { name: matcher.name, op: '!=', value: '' }])
    if (withLabel.sets.length === 0 && !withLabel.open) return { ...base, ...missingLabel(metric, matcher, labels) }
    if (alone.gone === undefined) return { ...base, ...missingValue(metric, matcher, catalogue) }
    left ??=
      withLabel.gone === undefined
        ? goneValue(metric, matcher, alone.gone, agoOf)
        : goneLabel(metric, matcher, { gone: withLabel.gone, labels }, agoOf)
  }
  if (left !== undefined) return { ...base, ...left }
  const together = `no series of ${metric} has ${conditions.map(shown).join(' and ')} together`
  const whole = catalogue.select(selector.matchers)
  const told: Told =
    whole.gone === undefined
      ? { kind: 'value', message: together }
      : gone(`${together} any more: they were`, whole.gone, agoOf)
  return { ...base, ...told, weight: 'maybe', isQuiet: true }
}

type Told = Pick<Fault, 'kind' | 'message'> & Partial<Fault>
type AgoOf = (sinceMs: number) => string

/** `what` ends with a verb, such as `up was`. */
function gone(what: string, { lastMs, series }: Gone, agoOf: AgoOf): Told {
  const many = series > MAX_SETS ? `more than ${MAX_SETS} series` : `${series} series`
  if (lastMs === 0) {
    return { kind: 'gone', message: `${what} here in the last days, on ${many}, but not any more`, weight: 'maybe' }
  }
  const lastSeen = { atMs: lastMs, series }
  return { kind: 'gone', message: `${what} last seen ${agoOf(lastMs)}, on ${many}`, weight: 'maybe', lastSeen }
}

function goneLabel(
  metric: string,
  matcher: Matcher,
  { gone: was, labels }: { readonly gone: Gone; readonly labels: ReadonlySet<string> },
  agoOf: AgoOf,
): Told {
  const { hint } = missingLabel(metric, matcher, labels)
  const told = gone(`no series of ${metric} has the label ${matcher.name} any more: it was`, was, agoOf)
  return { ...told, hint }
}

function goneValue(metric: string, matcher: Matcher, was: Gone, agoOf: AgoOf): Told {
  const { message } = noneWith(metric, matcher)
  // What happens now and then may happen again; a job or a bucket that is gone does not come back by itself.
  return { ...gone(`${message} any more: it was`, was, agoOf), isQuiet: !isFixed(metric, matcher) }
}

function missingMetric(metric: string, catalogue: Catalogue): Told {
  const names = catalogue.names()
  const hasPrefix = (prefix: string) => names.some((name) => name.startsWith(prefix))
  const when = givenWhen(metric, hasPrefix)
  if (when !== undefined) {
    return {
      kind: 'metric',
      message: `${metric} is not here; it is given where ${when}`,
      weight: 'maybe',
      isQuiet: true,
    }
  }
  if (catalogue.declares(metric)) {
    const message = `${metric} is known here, but has no series yet`
    return { kind: 'metric', message, weight: 'maybe', isQuiet: true }
  }
  const within = catalogue.within === undefined ? '' : ` ${catalogue.within}`
  const nobody = catalogue.within === undefined ? 'nobody gives' : 'nobody gave'
  const near = nearestWords(metric, names, 4)
    .filter((name) => isAkin(name, metric))
    .slice(0, 2)
  const hint = near.length === 0 ? undefined : `there is ${near.join(' and ')}`
  const source = sourceOf(metric)
  if (source !== undefined && !hasPrefix(source.prefix)) {
    const message =
      catalogue.within === undefined
        ? `${metric} is not here, nor is any other metric of ${source.name}`
        : `${metric} was not here${within}, nor is any other metric of ${source.name}`
    return { kind: 'source', message, hint: hint ?? `scrape ${source.name}` }
  }
  return { kind: 'metric', message: `${nobody} the metric ${metric}${within}`, hint }
}

/** Words that say how something is counted and not what. */
const UNITS: ReadonlySet<string> = new Set([
  'total',
  'seconds',
  'bytes',
  'count',
  'sum',
  'bucket',
  'ratio',
  'info',
  'max',
])

/** Whether two names share a word that says what is measured. */
function isAkin(a: string, b: string): boolean {
  const words = new Set(a.split(/[_:]/).filter((word) => !UNITS.has(word)))
  return b.split(/[_:]/).some((word) => words.has(word)) || differsLittle(a, b)
}

function missingLabel(metric: string, matcher: Matcher, labels: ReadonlySet<string>): Told {
  const near = synonymOf(matcher.name, labels) ?? nearestWords(matcher.name, labels, 1)[0]
  const has = labels.size === 0 ? 'it has no labels' : `it has ${[...labels].sort().join(', ')}`
  const hint = near === undefined ? has : `did you mean "${near}"? ${has}`
  return { kind: 'label', message: `no series of ${metric} has the label ${matcher.name}`, hint }
}

function missingValue(metric: string, matcher: Matcher, catalogue: Catalogue): Told {
  const values = catalogue.labelValues(metric, matcher.name)
  const listed = values.slice(0, MOST_VALUES).map((value) => `"${value}"`)
  const more = values.length > MOST_VALUES ? ', ...' : ''
  const there = `its values are ${listed.join(', ')}${more}`
  const fixed = isFixed(metric, matcher)
  const near = nearValue(matcher, values)
  const hint = near === undefined ? there : `did you mean "${near}"? ${there}`
  return {
    ...noneWith(metric, matcher),
    hint,
    weight: fixed ? 'never' : 'maybe',
    // What has not happened yet is no finding; what looks misspelt is.
    isQuiet: !fixed && near === undefined,
  }
}

const isFixed = (metric: string, { name }: Matcher) => FIXED.has(name) || metric === 'up'

function noneWith(metric: string, matcher: Matcher): Pick<Fault, 'kind' | 'message'> {
  if (matcher.name !== 'job') return { kind: 'value', message: `no series of ${metric} has ${shown(matcher)}` }
  const among = metric === 'up' ? '' : ` among those that give ${metric}`
  return { kind: 'job', message: `no job matches ${shown(matcher)}${among}` }
}

/** A value that differs by its case or by a letter from one that is asked for. */
function nearValue({ op, value }: Matcher, values: readonly string[]): string | undefined {
  const wanted = op === '=' ? [value] : op === '=~' ? (literalAlternatives(value) ?? []) : []
  for (const one of wanted) {
    const folded = values.find((known) => known.toLowerCase() === one.toLowerCase())
    if (folded !== undefined) return folded
    if (one.length < 5 || /\d/.test(one)) continue
    const near = values.find(
      (known) =>
        !/\d/.test(known) &&
        Math.abs(known.length - one.length) <= 1 &&
        nearestWords(one, [known], 1).length > 0 &&
        differsLittle(one, known),
    )
    if (near !== undefined) return near
  }
  return undefined
}

/** One letter more, less, other or swapped. */
function differsLittle(a: string, b: string): boolean {
  let front = 0
  while (front < a.length && a[front] === b[front]) front++
  let back = 0
  while (back < a.length - front && back < b.length - front && a[a.length - 1 - back] === b[b.length - 1 - back]) back++
  return Math.max(a.length, b.length) - front - back <= 2
}

/** Whether a matcher wants the label to be there. */
export function wantsLabel(matcher: Matcher): boolean {
  return !compileMatcher(matcher)('')
}

function shown({ name, op, value }: Matcher): string {
  return `${name}${op}"${value}"`
}
