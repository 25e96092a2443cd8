import fc from 'fast-check'
import { expect, test } from 'vitest'
import { smallestInSlices, sortInSlices } from './sort-in-slices.ts'

const never = new AbortController().signal

test('sorting in slices is sorting', async () => {
  const word = fc.string({ maxLength: 3 })
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 50 }), fc.integer({ min: 1, max: 20 }), async (words, count) => {
      // Long enough for several runs, and for some to be left behind.
      const many = Array.from({ length: 60 }, (_, i) => words.map((one) => one + (i % 7))).flat()
      const sorted = [...many].sort()
      expect(await sortInSlices(many, undefined, never)).toEqual(sorted)
      expect(await smallestInSlices(many, count, never)).toEqual(sorted.slice(0, count))
    }),
    { numRuns: 50 },
  )
  const long = Array.from({ length: 30_000 }, (_, i) => `value-${(i * 7919) % 30_011}`)
  const sorted = [...long].sort()
  expect(await sortInSlices(long, undefined, never)).toEqual(sorted)
  expect(await smallestInSlices(long, 700, never)).toEqual(sorted.slice(0, 700))
})
