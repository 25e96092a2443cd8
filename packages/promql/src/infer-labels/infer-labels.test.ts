import { expect, test } from 'vitest'
import { parseExpr } from '../parse/index.ts'
import { inferLabels } from './infer-labels.ts'
import { type LabelFacts, labelFact } from './label-facts.ts'
import { findMatchProblems } from './mismatch.ts'

/** `a+ b? c- *-`: present, expected, possible, absent; `=v` behind what has one value only. */
function told(facts: LabelFacts, names: string): string {
  const marks = { present: '+', expected: '~', possible: '?', absent: '-' }
  return names
    .split(' ')
    .map((name) => {
      const { presence, value } = name === '*' ? facts.others : labelFact(facts, name)
      return `${name}${marks[presence]}${value === undefined ? '' : `=${value}`}`
    })
    .join(' ')
}

test.for([
  ['up', 'job~ instance~ *?'],
  ['up{job="a"}', 'job+=a instance~'],
  ['up{a=""}', 'a-'],
  ['up{a!=""}', 'a+'],
  ['up{a=~".+"}', 'a+'],
  ['up{a=~".*", b!~".*x"}', 'a? b?'],
  ['up{a!~"|x"}', 'a+'],
  ['job:up:sum', 'job? instance? *?'],
  ['{__name__="up"}', 'job~ __name__+=up'],
  ['ALERTS', 'alertname+ alertstate+ job? *?'],
  ['1', '*-'],
  ['vector(1)', '*-'],
  ['time() - 1', '*-'],
  ['hour()', '*-'],
  ['rate(up{a="b"}[5m])', '__name__- a+=b job~ *?'],
  ['-up', '__name__- job~'],
  ['max_over_time(up[5m:1m])', '__name__- job~'],
  ['last_over_time(up[5m])', '__name__+=up job~'],
  ['sum(up)', 'job- instance- *-'],
  ['sum by (job, a) (up)', 'job~ a~ instance- *-'],
  ['sum by (job) (up{job="x"})', 'job+=x'],
  ['sum by (a) (up{a=""})', 'a-'],
  ['sum by (a) (sum by (b) (up))', 'a- b-'],
  ['sum without (instance) (up)', 'instance- job~ *? __name__-'],
  ['topk by (job) (1, up)', 'job~ instance~ *? __name__+=up'],
  ['count_values("v", up)', 'v+ job- *-'],
  ['count_values without (job) ("v", up)', 'v+ job- instance~'],
  ['absent(up{job="a", b=~"c"})', 'job+=a b- *-'],
  ['absent(up{job="a", job!="b"})', 'job- *-'],
  ['absent(sum(up{job="a"}))', 'job- *-'],
  ['absent_over_time(up{job="a"}[5m])', 'job+=a *-'],
  ['histogram_quantile(0.9, sum by (le, job) (rate(a_bucket[5m])))', 'le- job~ *-'],
  ['label_replace(sum(up), "a", "b", "", "")', 'a+=b *-'],
  ['label_replace(up, "a", "$1", "job", "(.*)x")', 'a~ job~'],
  ['label_replace(up, "job", "", "a", ".*")', 'job-'],
  ['label_join(up, "a", "-", "job", "b")', 'a+ job~'],
  ['label_join(sum(up), "a", "", "job")', 'a- *-'],
  ['scalar(up)', '*-'],
  ['up > 1', 'job~ instance~ __name__+=up'],
  ['1 - up', 'job~ __name__-'],
  ['up / up', 'job~ __name__- *?'],
  ['up{a="b"} * up', 'a+=b'],
  ['sum by (job) (up) / up', 'job~ instance- *-'],
  ['up / on (job) sum by (job) (up)', 'job~ instance- *-'],
  ['up / ignoring (instance) sum by (job) (up)', 'job~ instance- *-'],
  ['up * on (job) group_left (version, gone) (sum by (job, version) (x))', 'job~ instance~ version~ gone- *?'],
  ['sum by (job) (x) * on (job) group_right (a) up', 'instance~ a- job~'],
  ['up and on (job) x', 'job~ instance~ *?'],
  ['up and sum by (job) (x)', 'job~ instance~ *-'],
  ['foo:bar and sum by (job) (x)', 'job~ instance- *-'],
  ['up unless sum(x)', 'job~ instance~'],
  ['sum by (job) (up) or vector(0)', 'job? instance- *-'],
  ['sum by (job) (up) or sum by (job) (x)', 'job~ *-'],
  ['up{a="1"} or up{a="2"}', 'a+'],
  ['quantile by (a) (0.9, up)', 'a~ *-'],
] as const)('labels of %s', ([query, expected]) => {
  const facts = inferLabels(parseExpr(query))
  const names = expected
    .replace(/=\S+/g, '')
    .split(' ')
    .map((word) => word.slice(0, -1))
  expect(told(facts, names.join(' '))).toBe(expected)
})

test('what is known of a metric takes the place of what a scrape gives', () => {
  const recorded = inferLabels(parseExpr('sum by (job) (up)'))
  const metricLabels = (name: string) => (name === 'jobs' ? recorded : undefined)
  expect(told(inferLabels(parseExpr('rate(jobs{a="b"}[5m])'), { metricLabels }), 'job instance a *')).toBe(
    'job~ instance- a+=b *-',
  )
})

test('the part that takes a label away is told', () => {
  const query = 'histogram_quantile(0.9, sum by (le) (rate(a_bucket[5m]))) > 1'
  const { by } = labelFact(inferLabels(parseExpr(query)), 'job')
  expect(query.slice(by?.start, by?.end)).toBe('sum by (le) (rate(a_bucket[5m]))')
})

test.for([
  ['sum by (user) (rate(a[5m])) > avg(sum by (user) (rate(a[1h]))) * 10', '>: user'],
  ['rate(a[5m]) / sum(rate(a[5m]))', '/: instance job'],
  ['sum by (job) (a) / sum by (job, path) (b)', '/: path'],
  ['a{status="500"} / a{status="200"}', '/: status'],
  ['a{status="500"} / ignoring (status) a{status="200"}', ''],
  ['a{status="500"} unless a{status="200"}', 'unless: status'],
  ['a / on (path) sum by (job) (b)', ''],
  ['sum by (path) (a) / on (path) sum by (job) (b)', '/: path'],
  ['a / on () group_left () sum(b)', ''],
  ['a / ignoring (instance, job) group_left () sum(b)', ''],
  ['a / scalar(sum(b))', ''],
  ['a and sum(b)', 'and: instance job'],
  ['a or sum(b)', ''],
  ['up == 0 and vector(1)', 'and: instance job'],
  ['sum(a) / sum(b)', ''],
  ['sum without (instance) (a) / sum by (job) (b)', ''],
  ['a / a > 0.9 and a / sum(a) > 2', '/: instance job'],
  ['1 - (a / b)', ''],
  ['absent(a{job="x"}) and on (job) absent(b{job="x"})', ''],
] as const)('operators whose sides never match: %s', ([query, expected]) => {
  const found = findMatchProblems(parseExpr(query))
  expect(found.map(({ expr, labels }) => `${expr.op}: ${labels.map(({ label }) => label).join(' ')}`).join('; ')).toBe(
    expected,
  )
})
