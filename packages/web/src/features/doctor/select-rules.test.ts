import { expect, test } from 'vitest'
import type { DoctorFinding, RuleReport, Verdict } from '../../api/index.ts'
import { validateDoctor } from './search.ts'
import { selectRules, shownOf } from './select-rules.ts'

const finding = (severity: DoctorFinding['severity'], message: string): DoctorFinding => ({
  check: 'doctor/metric',
  severity,
  message,
  place: { file: 'a.yml', line: 3 },
})

const rule = (name: string, verdict: Verdict, ...reasons: readonly DoctorFinding[]): RuleReport => ({
  kind: 'alerting',
  name,
  group: 'g',
  file: 'a.yml',
  place: { file: 'a.yml', line: 1 },
  verdict,
  reasons,
  remarks: [],
})

const RULES = [
  rule('Good', 'can_fire'),
  rule('Waits', 'unknown', finding('note', 'no errors yet')),
  rule('Remarked', 'can_fire', finding('warning', 'the label service is empty')),
  rule('Watchdog', 'always_fires'),
  rule('Broken', 'cannot_fire', finding('error', 'nobody gives the metric x')),
]
const names = (search: Record<string, unknown>) => selectRules(RULES, validateDoctor(search)).map(({ name }) => name)

test.for([
  ['those with findings, what cannot fire first', {}, ['Broken', 'Remarked']],
  ['one verdict', { verdict: 'unknown' }, ['Waits']],
  ['all', { verdict: 'all' }, ['Broken', 'Watchdog', 'Good', 'Waits', 'Remarked']],
  ['words of name and message', { text: 'metric brok' }, ['Broken']],
  ['a verdict that is none counts for nothing', { verdict: 'perhaps' }, ['Broken', 'Remarked']],
] as const)('the address selects %s', ([, search, expected]) => {
  expect(names(search)).toEqual(expected)
})

test.for([
  [
    'warnings are shown, notes beside them folded',
    rule('A', 'cannot_fire', finding('error', 'e'), finding('note', 'n')),
    'e',
    'n',
  ],
  ['notes alone are the reason of a verdict', rule('B', 'unknown', finding('note', 'n')), 'n', ''],
  ['notes of a rule that can fire are folded', rule('C', 'can_fire', finding('note', 'n')), '', 'n'],
] as const)('%s', ([, one, open, folded]) => {
  const texts = (findings: readonly DoctorFinding[]) => findings.map(({ message }) => message).join()
  expect(texts(shownOf(one).open)).toBe(open)
  expect(texts(shownOf(one).folded)).toBe(folded)
})
