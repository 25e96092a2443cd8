import { expect, test } from 'vitest'
import { createDrivenClock } from '../../intake/scrape/testkit/driven-clock.ts'
import { createKeptAnswers, type KeptAnswer } from './kept-answers.ts'

const answer = (sizeBytes: number): KeptAnswer => ({
  fromMs: 0,
  toMs: 0,
  position: 0,
  spans: [],
  bytes: Buffer.allocUnsafeSlow(sizeBytes),
  matrix: undefined,
})
const clock = createDrivenClock(0)

test('what was used longest ago goes when the room is full', () => {
  const kept = createKeptAnswers(clock, 100_000)
  for (const key of ['a', 'b', 'c', 'd']) kept.set(key, answer(22_000))
  expect(kept.get('a')).toBeDefined()
  kept.set('e', answer(22_000))
  expect(['a', 'b', 'c', 'd', 'e'].filter((key) => kept.get(key) !== undefined)).toEqual(['a', 'c', 'd', 'e'])
  expect(kept.bytes).toBeGreaterThan(4 * 22_000)
  expect(kept.bytes).toBeLessThanOrEqual(100_000)
})

test('an answer that would take more than a quarter of the room is not taken, and pushes nothing out', () => {
  const kept = createKeptAnswers(clock, 100_000)
  kept.set('small', answer(20_000))
  kept.set('huge', answer(25_000))
  expect(kept.get('huge')).toBe(undefined)
  expect(kept.get('small')).toBeDefined()
  // Nor does it leave what it was to replace.
  kept.set('small', answer(25_000))
  expect(kept.count).toBe(0)
  expect(kept.bytes).toBe(0)
})

test('memory is counted whole: the text, its room, its places, its remarks and its key', () => {
  const kept = createKeptAnswers(clock, 1_000_000)
  const room = Buffer.allocUnsafeSlow(10_000)
  kept.set('a', { ...answer(0), bytes: room.subarray(0, 9_000) })
  const plain = kept.bytes
  expect(plain).toBeGreaterThan(10_000)
  kept.set('a', { ...answer(0), bytes: room, matrix: { bytes: room, places: new Uint32Array(600), count: 100 } })
  expect(kept.bytes).toBe(plain + 2_400)
  kept.set('a', {
    ...answer(0),
    bytes: room,
    spans: [{ fromMs: 0, toMs: 0, warnings: ['12345'], infos: [], exact: true }],
  })
  expect(kept.bytes).toBe(plain + 5)
  kept.delete('a')
  expect(kept.bytes).toBe(0)
})

test('what nobody asks for goes after ten minutes', async () => {
  const kept = createKeptAnswers(clock, 1_000_000)
  kept.set('a', answer(1_000))
  kept.set('b', answer(1_000))
  await clock.advance(9 * 60_000)
  expect(kept.get('a')).toBeDefined()
  await clock.advance(2 * 60_000)
  expect(kept.count).toBe(1)
  await clock.advance(9 * 60_000)
  expect(kept.count).toBe(0)
  kept.clear()
})
