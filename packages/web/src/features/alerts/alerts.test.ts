import { expect, test } from 'vitest'
import type { Frame, Transition } from '../../api/index.ts'
import { runsOf, verdictOf } from './back-test.ts'
import { parseHold } from './back-test-sheet.tsx'
import { toListRows } from './list-rows.ts'
import { commonLabels } from './silence-search.ts'
import { distinctNames, spansOfAlerts, spansOfTransitions } from './spans.ts'

const MIN = 60_000
const series = (minutes: readonly number[], values: readonly number[] = minutes.map(() => 1)) => ({
  labels: { instance: 'a' },
  timesMs: minutes.map((m) => m * MIN),
  values,
})
const times = (runs: ReturnType<typeof runsOf>) =>
  runs.map(({ fromMs, toMs, firedMs }) => [fromMs / MIN, toMs / MIN, firedMs === undefined ? undefined : firedMs / MIN])

test.for<[name: string, minutes: number[], forMin: number, keepMin: number, runs: (number | undefined)[][]]>([
  ['no sample is no run', [], 0, 0, []],
  ['without for it fires at once', [3, 4], 0, 0, [[3, 4, 3]]],
  ['it fires once for is over', [1, 2, 3, 4, 5, 6], 5, 0, [[1, 6, 6]]],
  ['what ends before has calmed down', [1, 2, 3, 4, 5], 5, 0, [[1, 5, undefined]]],
  [
    'a gap begins a new run, the newest first',
    [1, 2, 4, 5],
    1,
    0,
    [
      [4, 5, 5],
      [1, 2, 2],
    ],
  ],
  ['keep_firing_for bridges a gap', [1, 2, 4, 5], 1, 3, [[1, 8, 2]]],
  [
    'it bridges none before it fires',
    [1, 3],
    2,
    5,
    [
      [3, 3, undefined],
      [1, 1, undefined],
    ],
  ],
  [
    'a longer gap ends it, and the end comes later',
    [1, 2, 9],
    1,
    3,
    [
      [9, 9, undefined],
      [1, 5, 2],
    ],
  ],
])('back-test: %s', ([, minutes, forMin, keepMin, runs]) => {
  const found = runsOf([series(minutes)], MIN, { forMs: forMin * MIN, keepFiringForMs: keepMin * MIN })
  expect(times(found)).toEqual(runs)
})

test('a back-test tells how often and how long, and the value furthest from zero', () => {
  const runs = runsOf([series([1, 2, 3], [2, -7, 5]), series([10])], MIN, { forMs: MIN, keepFiringForMs: 0 })
  expect(verdictOf(runs)).toEqual({ fired: 1, calmed: 1, firingMs: MIN })
  expect(runs[1]!.peak).toBe(-7)
})

test.for([
  ['5m', 300_000],
  ['1h30m', 5_400_000],
  ['0', 0],
  ['0s', 0],
  ['', undefined],
  ['5', undefined],
  ['5m x', undefined],
] as const)('the length %s is %s ms', ([text, ms]) => expect(parseHold(text)).toBe(ms))

test('rows stand below the head of their group, those behind bounded groups without one', () => {
  const groups = [
    { labels: { a: '1' }, from: 0, count: 2, firing: 1 },
    { labels: {}, from: 2, count: 1, firing: 0 },
  ]
  const text = (rows: ReturnType<typeof toListRows>) =>
    rows.map((r) => (r.kind === 'group' ? 'head' : r.index)).join(' ')
  expect(text(toListRows(groups, 5, true))).toBe('head 0 1 head 2 3 4')
  expect(text(toListRows([], 3, false))).toBe('0 1 2')
})

test('several alerts are silenced by what they have in common', () => {
  expect(
    commonLabels([
      { a: '1', b: '2' },
      { a: '1', b: '3', c: '4' },
    ]),
  ).toEqual({ a: '1' })
  expect(commonLabels([])).toEqual({})
})

test('runs of ALERTS become stretches, firing over pending', () => {
  const frame: Frame = {
    fromMs: 0,
    toMs: 50_000,
    stepS: 10,
    times: [0, 10, 20, 30, 40, 50],
    series: [
      { labels: { alertstate: 'firing' }, values: [null, null, 1, 1, null, null] },
      { labels: { alertstate: 'pending' }, values: [1, 1, null, null, null, 1] },
    ],
    notes: [],
    durationMs: 1,
  }
  expect(spansOfAlerts(frame, { firing: 'critical', pending: 'info' })).toEqual([
    { from: 0, to: 20, color: 'info' },
    { from: 50, to: 60, color: 'info' },
    { from: 20, to: 40, color: 'critical' },
  ])
})

test('changes of state become stretches; what has not ended goes on', () => {
  const at = (s: number, to: Transition['to']) => ({ atMs: s * 1000, to }) as Transition
  const list = [at(50, 'firing'), at(40, 'pending'), at(30, 'inactive'), at(10, 'firing')]
  expect(spansOfTransitions(list, { firing: 'critical', pending: 'info' }, 60_000)).toEqual([
    { from: 50, to: 60, color: 'critical' },
    { from: 40, to: 50, color: 'info' },
    { from: 10, to: 30, color: 'critical' },
  ])
})

test('lines are named by the labels that tell them apart', () => {
  const common = { __name__: 'x', job: 'a' }
  expect(
    distinctNames([
      { ...common, i: '1' },
      { ...common, i: '2', z: 'q' },
    ]),
  ).toEqual(['i="1"', 'i="2", z="q"'])
  expect(distinctNames([common])).toEqual(['value'])
})
