import { expect, test } from 'vitest'
import { problemsOfAlerting } from './heartbeat-check.ts'

const NOW = 1_000_000_000
const MIN = 60_000
const group = (agoMs: number | undefined, name = 'api') => ({
  name,
  intervalMs: MIN,
  ...(agoMs === undefined ? {} : { lastEvaluationMs: NOW - agoMs }),
})
const receiver = (successAgoMs: number | undefined, failureAgoMs: number | undefined) => ({
  name: 'team',
  integrations: [
    {
      kind: 'slack',
      index: 0,
      sendResolved: true,
      ...(successAgoMs === undefined ? {} : { lastSuccessMs: NOW - successAgoMs }),
      ...(failureAgoMs === undefined
        ? {}
        : { lastFailure: { atMs: NOW - failureAgoMs, answer: 'x', sinceMs: NOW - failureAgoMs } }),
    },
  ],
})
const started = { nowMs: NOW, startedAtMs: NOW - 10 * MIN }

test.for([
  ['a group that is on time', [group(MIN)], [], []],
  ['a group that is late', [group(4 * MIN)], [], ['rule groups are not evaluated: "api" for 4m']],
  ['a group that was never evaluated', [group(undefined)], [], ['rule groups are not evaluated: "api" for 10m']],
  [
    'many late ones',
    ['a', 'b', 'c', 'd', 'e'].map((name) => group(4 * MIN, name)),
    [],
    ['rule groups are not evaluated: "a" for 4m, "b" for 4m, "c" for 4m and 2 more'],
  ],
  ['a receiver that was never told', [], [receiver(undefined, undefined)], []],
  ['one that fails alone', [], [receiver(undefined, MIN)], ['notifications fail, and none has arrived lately']],
  ['one that fails since some seconds only', [], [receiver(undefined, 20_000)], []],
  ['one that fails beside one that works', [], [receiver(undefined, MIN), receiver(MIN, undefined)], []],
  ['one that failed long ago', [], [receiver(undefined, 60 * MIN)], []],
  [
    'one that worked long ago and fails now',
    [],
    [receiver(60 * MIN, MIN)],
    ['notifications fail, and none has arrived lately'],
  ],
] as const)('%s', ([, groups, receivers, problems]) => {
  expect(problemsOfAlerting(groups, receivers, started)).toEqual(problems)
})
