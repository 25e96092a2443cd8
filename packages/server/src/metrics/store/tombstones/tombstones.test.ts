import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSampleBuffer, reserve } from '../head/index.ts'
import { createTombstones, withoutDeleted } from './index.ts'

const key = { metric: 1, idLo: 2, idHi: 3 }

test('any set of deleted intervals takes out exactly the samples inside them', () => {
  const interval = fc.tuple(fc.nat(200), fc.nat(40)).map(([from, length]) => [from, from + length] as const)
  fc.assert(
    fc.property(fc.array(interval, { minLength: 1, maxLength: 12 }), (intervals) => {
      const tombstones = createTombstones()
      for (const [from, to] of intervals) tombstones.add(key, from, to)
      const buffer = createSampleBuffer(4)
      reserve(buffer, 251)
      for (let i = 0; i <= 250; i++) {
        buffer.ts[i] = i
        buffer.values[i] = i
      }
      buffer.length = 251
      withoutDeleted(buffer, 0, tombstones.of(key)!)
      const expected = Array.from({ length: 251 }, (_, i) => i).filter(
        (time) => !intervals.some(([from, to]) => time >= from && time <= to),
      )
      expect([...buffer.ts.subarray(0, buffer.length)]).toEqual(expected)
      expect([...buffer.values.subarray(0, buffer.length)]).toEqual(expected)
    }),
  )
})

test('intervals of all series together are bounded; those that became one, or went, make room again', () => {
  const tombstones = createTombstones(10, 3)
  const full = expect.objectContaining({ code: 'store.too_many_deletions' })
  const other = { metric: 1, idLo: 4, idHi: 5 }
  tombstones.add(key, 0, 1)
  tombstones.add(key, 10, 11)
  tombstones.add(other, 0, 1)
  expect(() => tombstones.checkRoom(1)).toThrow(full)
  tombstones.add(key, 1, 10)
  expect(tombstones.of(key)).toEqual(Float64Array.of(0, 11))
  expect(() => tombstones.checkRoom(1)).not.toThrow()
  expect(() => tombstones.checkRoom(2)).toThrow(full)
  tombstones.replace(other, new Float64Array(0))
  expect(tombstones.size).toBe(1)
  expect(() => tombstones.checkRoom(2)).not.toThrow()
})

test('more series with deletions than the bound are refused by name', () => {
  const tombstones = createTombstones(2)
  tombstones.add(key, 0, 1)
  expect(() => tombstones.checkRoom(1)).not.toThrow()
  expect(() => tombstones.checkRoom(2)).toThrow(expect.objectContaining({ code: 'store.too_many_deletions' }))
})
