import { expect, test } from 'vitest'
import { endOf } from './lengths.ts'

const now = new Date(2026, 10, 20, 14, 3).getTime()

test.for([
  ['30m', new Date(2026, 10, 20, 14, 33)],
  ['2h', new Date(2026, 10, 20, 16, 3)],
  ['2d 12h', new Date(2026, 10, 23, 2, 3)],
  ['morning', new Date(2026, 10, 21, 9, 0)],
] as const)('a silence of %s ends in time', ([length, end]) => expect(endOf(length, now)).toBe(end.getTime()))

test.for(['', '0m', '5', '5x', 'tomorrow', '5m x'])('"%s" is no length', (length) =>
  expect(endOf(length, now)).toBeUndefined(),
)
