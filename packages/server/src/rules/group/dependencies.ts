import { childrenOf, compileMatcher, type Expr, type LabelMatcher } from '@binnacle/promql'
import type { Rule } from '../rule-file/index.ts'

/**
 * For each rule of a group the rules before it that must be done first: one of the two reads what the other makes. Both
 * ways count, so that the outcome is that of one rule after the other, whatever runs side by side. A selector that names no
 * metric, or the series of alerts, may read anything: its rule waits for all before it, and all after it wait for it.
 */
export function dependenciesOf(rules: readonly Rule[]): readonly (readonly number[])[] {
  const reads = rules.map(({ ast }) => readsOf(ast))
  const needs = (reader: number, maker: number): boolean => {
    const made = rules[maker]!
    return reads[reader]!.some((test) => test === 'anything' || (made.kind === 'recording' && test(made.record)))
  }
  return rules.map((_, i) => {
    const before: number[] = []
    for (let k = 0; k < i; k++) if (needs(i, k) || needs(k, i)) before.push(k)
    return before
  })
}

type Reads = 'anything' | ((metric: string) => boolean)

const MADE_BY_ALERTS = ['ALERTS', 'ALERTS_FOR_STATE']

function readsOf(expr: Expr): readonly Reads[] {
  switch (expr.kind) {
    case 'selector':
      return [readsOfMatchers(expr.matchers)]
    case 'matrix':
      return [readsOfMatchers(expr.selector.matchers)]
    default:
      return childrenOf(expr).flatMap(readsOf)
  }
}

function readsOfMatchers(matchers: readonly LabelMatcher[]): Reads {
  const tests = matchers.filter(({ name }) => name === '__name__').map((matcher) => compileMatcher(matcher))
  if (tests.length === 0) return 'anything'
  const test = (metric: string) => tests.every((one) => one(metric))
  return MADE_BY_ALERTS.some(test) ? 'anything' : test
}
