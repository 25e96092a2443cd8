import { compileMatcher, type Labels, labelValue, quote } from '@binnacle/promql'
import { RE2JS } from 're2js'
import { BinnacleError, messageOf } from '../../config/index.ts'
import { compareBytes, isReserved } from './text.ts'

/** One condition on a label; a label that is missing has the value `''`. Regular expressions are RE2, anchored at both ends. */
export type Matcher = {
  readonly name: string
  readonly kind: '=' | '!=' | '=~' | '!~'
  readonly value: string
  matches(labels: Labels): boolean
  /** The same for the value of its label (`''`: missing). */
  matchesValue(value: string): boolean
}

/**
 * Throws `BinnacleError` (`alerting.bad_matcher`) in RE2's words when the regular expression is none. Unlike Prometheus,
 * Alertmanager's `.` takes no line feed. Source: Alertmanager's documentation, "Configuration", `<matcher>`.
 */
export function createMatcher(kind: Matcher['kind'], name: string, value: string): Matcher {
  const matchesValue =
    kind === '=' || kind === '!=' ? compileMatcher({ op: kind, name, value }) : regexTest(kind, value)
  return {
    name,
    kind,
    value,
    matches: (labels) => matchesValue(labelValue(labels, name)),
    matchesValue,
  }
}

function regexTest(kind: '=~' | '!~', value: string): (value: string) => boolean {
  let regex: RE2JS
  try {
    regex = RE2JS.compile(`^(?:${value})$`)
  } catch (error) {
    throw new BinnacleError('alerting.bad_matcher', messageOf(error))
  }
  // The compiled shapes of the query language let `.` take line feeds too; without one both answer the same.
  const fast = compileMatcher({ op: kind, name: '', value })
  const wanted = kind === '=~'
  return (text) => (text.includes('\n') ? regex.test(text) === wanted : fast(text))
}

/** Whether all hold. */
export function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  for (const matcher of matchers) if (!matcher.matches(labels)) return false
  return true
}

/** Canonical text, such as `severity="critical"`, that any Alertmanager reads as the same matcher. */
export function formatMatcher({ name, kind, value }: Pick<Matcher, 'name' | 'kind' | 'value'>): string {
  if ([...name].some(isReserved)) return `${quote(name)}${kind}${quote(value)}`
  return `${name}${kind}"${value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')}"`
}

/** `{a="b",c=~"d"}`: the text that route keys are made of. */
export const formatMatchers = (matchers: readonly Matcher[]): string => `{${matchers.map(formatMatcher).join(',')}}`

const KINDS = ['=', '!=', '=~', '!~'] as const

/** By name, then value, then kind. */
export function compareMatchers(a: Matcher, b: Matcher): number {
  return compareBytes(a.name, b.name) || compareBytes(a.value, b.value) || KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind)
}
