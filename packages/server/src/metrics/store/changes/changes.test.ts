import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createChanges } from './index.ts'

const times = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 200 })

test('tells the oldest time of all changes since a position', () => {
  fc.assert(
    fc.property(times, (froms) => {
      const changes = createChanges()
      for (const from of froms) changes.note(from)
      for (let since = 0; since <= froms.length; since++) {
        expect(changes.oldestSince(since)).toBe(Math.min(Number.POSITIVE_INFINITY, ...froms.slice(since)))
      }
    }),
  )
})

test('with little room it forgets where, never how far', () => {
  fc.assert(
    fc.property(times, fc.integer({ min: 4, max: 20 }), (froms, room) => {
      const changes = createChanges(room, room >> 1)
      for (const from of froms) changes.note(from)
      for (let since = 0; since <= froms.length; since++) {
        const exact = Math.min(Number.POSITIVE_INFINITY, ...froms.slice(since))
        expect(changes.oldestSince(since)).toBeLessThanOrEqual(exact)
        if (since === 0 || since > froms.length - (room >> 1)) expect(changes.oldestSince(since)).toBe(exact)
      }
    }),
  )
})

test('a day of scrapes needs no more room than an hour of them', () => {
  const changes = createChanges(64, 16)
  for (let second = 0; second < 86_400; second++) changes.note(second * 1000)
  expect(changes.oldestSince(86_399)).toBe(86_399_000)
  expect(changes.oldestSince(86_400 - 16)).toBe(86_384_000)
  expect(changes.oldestSince(0)).toBe(0)
  // Further back the times are coarser: here within the last minute.
  expect(changes.oldestSince(86_400 - 60)).toBeGreaterThan((86_400 - 120) * 1000)
})
