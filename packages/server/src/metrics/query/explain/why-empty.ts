import { type LabelMatcher, nearestWords, type VectorSelector } from '@binnacle/promql'
import type { MetricsReadView } from '../../store/index.ts'
import type { EmptyReason } from '../explanation.ts'
import type { Listings } from '../listings.ts'
import type { Asker } from '../querier.ts'

export type EmptyQuestion = { readonly selector: VectorSelector; readonly fromMs: number; readonly toMs: number }

const DAY_MS = 86_400_000
const VALUES_SHOWN = 8
/** Names and values that are searched for a near one. */
const VALUES_SEARCHED = 20_000

/** Looks at the selector's parts in turn, in the index alone: the name, the matchers one by one, the newest samples. */
export async function whyEmpty(
  { view, listings }: { readonly view: MetricsReadView; readonly listings: Listings },
  { selector, fromMs, toMs }: EmptyQuestion,
  asker: Asker,
): Promise<EmptyReason> {
  const { name, matchers } = selector
  // Wide: a day before the range at least, and to the end of time.
  const wide = { fromMs: Math.min(fromMs, toMs - DAY_MS), toMs: Number.MAX_SAFE_INTEGER }
  const any = async (some: readonly LabelMatcher[]) =>
    (await listings.series({ matcherSets: [some], ...wide, limit: 1 }, asker)).count > 0
  const isName = (matcher: LabelMatcher) => matcher.name === '__name__' && matcher.op === '='
  const rest = matchers.filter((matcher) => !isName(matcher))
  const named = matchers.filter(isName)

  if (await any(matchers)) {
    return { kind: 'no_samples', selector: textOf(name, rest), lastMs: lastSample(view, matchers) }
  }
  if (named.length > 0 && !(await any(named))) {
    const all = await listings.labelValues(
      '__name__',
      { matcherSets: [], ...wide, fromMs: Number.MIN_SAFE_INTEGER, limit: VALUES_SEARCHED },
      asker,
    )
    const metric = named[0]!.value
    if (!all.items.includes(metric)) return { kind: 'no_metric', metric, near: nearestWords(metric, all.items) }
  }
  for (const matcher of rest) {
    const others = matchers.filter((other) => other !== matcher)
    if (!(await any(others))) continue
    const { items, truncated } = await listings.labelValues(
      matcher.name,
      { matcherSets: others.length === 0 ? [] : [others], ...wide, limit: VALUES_SEARCHED },
      asker,
    )
    const near = matcher.op === '=' ? nearestWords(matcher.value, items) : []
    const values = [...new Set([...near, ...items])].slice(0, VALUES_SHOWN)
    return {
      kind: 'no_match',
      metric: textOf(name, name === '' ? others : []),
      matcher: matcherText(matcher),
      label: matcher.name,
      absent: items.length === 0,
      values,
      more: truncated || items.length > values.length,
    }
  }
  return { kind: 'no_combination', metric: textOf(name, name === '' ? rest : []) }
}

/** Newest sample of any series that matches, as far as the memory knows. */
function lastSample(view: MetricsReadView, matchers: readonly LabelMatcher[]): number | undefined {
  let last = Number.NEGATIVE_INFINITY
  for (const ref of view.index.select(matchers)) last = Math.max(last, view.head.lastMsOf(ref))
  return last === Number.NEGATIVE_INFINITY ? undefined : last
}

/** The reason in a sentence, as terminals show it. */
export function sayWhyEmpty(reason: EmptyReason): string {
  switch (reason.kind) {
    case 'no_metric': {
      const near = reason.near.length === 0 ? '' : `; did you mean ${reason.near.join(' or ')}?`
      return `there is no metric ${reason.metric}${near}`
    }
    case 'no_match': {
      const exists = reason.metric === '' ? '' : `${reason.metric} exists, but `
      if (reason.absent) return `${exists}no series has the label "${reason.label}"`
      const values = reason.values.map((value) => JSON.stringify(value)).join(', ')
      return `${exists}no series match ${reason.matcher}; the label has ${values}${reason.more ? ' and more' : ''}`
    }
    case 'no_combination':
      return `each matcher is met by some series of ${reason.metric}, but all together by none`
    case 'no_samples':
      return `${reason.selector} has no samples in this range${
        reason.lastMs === undefined ? '' : `; the newest is of ${new Date(reason.lastMs).toISOString()}`
      }`
  }
}

function matcherText({ name, op, value }: LabelMatcher): string {
  return `${name}${op}${JSON.stringify(value)}`
}

function textOf(name: string, matchers: readonly LabelMatcher[]): string {
  const inside = matchers.map(matcherText).join(', ')
  return inside === '' ? name : `${name}{${inside}}`
}
