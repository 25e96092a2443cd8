import { expect, test } from 'vitest'
import type { LogEntry } from '../notification-log/index.ts'
import { notifyReason } from './notify-reason.ts'

const NOW = 1_000_000
const entry = (firing: string[], resolved: string[] = [], atMs = NOW - 1_000): LogEntry => ({
  firing,
  resolved,
  atMs,
  expiresAtMs: NOW * 2,
})

test.for<
  [
    name: string,
    entry: LogEntry | undefined,
    firing: string[],
    resolved: string[],
    reason: string | undefined,
    withoutResolved?: string | undefined,
  ]
>([
  ['nothing is known and something fires', undefined, ['a'], [], 'first notification'],
  ['nothing is known and all has ended', undefined, [], ['a'], undefined],
  ['another alert fires', entry(['a']), ['a', 'b'], [], 'new alerts added'],
  ['the first alert after an end', entry([], ['a']), ['b'], [], 'first notification'],
  ['fewer fire, the end is new', entry(['a', 'b']), ['a'], ['b'], 'some alerts resolved', undefined],
  ['fewer fire, the end was told', entry(['a'], ['b']), ['a'], ['b'], undefined],
  ['fewer fire and nothing is said of the others', entry(['a', 'b']), ['a'], [], undefined],
  ['all have ended', entry(['a']), [], ['a'], 'all alerts resolved', 'all alerts resolved'],
  ['all have ended, and it was told', entry([], ['a']), [], ['a'], undefined],
  ['came and went between two words', entry([], ['a']), [], ['b'], undefined],
  ['nothing new within the interval', entry(['a'], [], NOW - 60_000), ['a'], [], undefined],
  ['nothing new after the interval', entry(['a'], [], NOW - 60_001), ['a'], [], 'repeat interval elapsed'],
])('%s', ([, known, firing, resolved, reason, ...without]) => {
  const now = {
    firing: new Set(firing),
    resolved: new Set(resolved),
    repeatIntervalMs: 60_000,
    nowMs: NOW,
    isInDoubt: false,
  }
  expect(notifyReason(known, { ...now, sendResolved: true })).toBe(reason)
  expect(notifyReason(known, { ...now, sendResolved: false })).toBe(without.length > 0 ? without[0] : reason)
})

test('who may have been told of a beginning before a crash is told of the end', () => {
  const now = {
    firing: new Set<string>(),
    resolved: new Set(['a']),
    sendResolved: true,
    isInDoubt: true,
    repeatIntervalMs: 60_000,
    nowMs: NOW,
  }
  expect(notifyReason(undefined, now)).toBe('all alerts resolved')
  expect(notifyReason(entry([], ['b']), now)).toBe('all alerts resolved')
  expect(notifyReason(undefined, { ...now, resolved: new Set() })).toBeUndefined()
})
