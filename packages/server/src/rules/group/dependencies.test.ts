import { parseExpr } from '@binnacle/promql'
import { expect, test } from 'vitest'
import type { Rule } from '../rule-file/index.ts'
import { dependenciesOf } from './dependencies.ts'

const rule = (text: string): Rule => {
  const [name, expr] = text.split(' = ') as [string, string]
  const base = { expr, ast: parseExpr(expr), place: {} }
  if (name.startsWith('!')) {
    return {
      kind: 'alerting',
      alert: name.slice(1),
      forMs: 0,
      keepFiringForMs: 0,
      labels: {},
      annotations: {},
      ...base,
    }
  }
  return { kind: 'recording', record: name, labels: [], ...base }
}

test.for([
  ['rules that read nothing of each other', ['a = x', 'b = y', '!C = z'], [[], [], []]],
  ['a rule behind the one that it reads', ['a = x', 'b = a + 1', '!C = b > 1'], [[], [0], [1]]],
  ['a rule before the one that it reads', ['b = a + 1', 'a = x'], [[], [0]]],
  ['names by patterns', ['job:a = x', 'other = y', '!C = {__name__=~"job:.*"} > 1'], [[], [], [0]]],
  ['ranges, functions and subqueries', ['a = x', 'b = rate(a[5m])', 'c = max_over_time(sum(a)[5m:])'], [[], [0], [0]]],
  ['a selector without a name reads anything', ['a = x', '!B = {job="x"} > 1', 'c = y'], [[], [0], [1]]],
  ['alerts are made by the group itself', ['a = x', '!B = x > 1', '!C = ALERTS{alertname="B"}'], [[], [], [0, 1]]],
  ['alerts of a recording rule’s name are none', ['!a = x', 'b = a'], [[], []]],
] as const)('%s', ([, rules, expected]) => {
  expect(dependenciesOf(rules.map(rule))).toEqual(expected)
})
