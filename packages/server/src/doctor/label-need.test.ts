import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allBut, type LabelNeed, needs, only, union, within } from './label-need.ts'

const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'))
const need: fc.Arbitrary<LabelNeed> = fc.oneof(names.map(only), names.map(allBut))
/** `e` stands for all labels that nobody names. */
const LABELS = ['a', 'b', 'c', 'd', 'e']

test('a union needs what one of both does, within what both do', () => {
  fc.assert(
    fc.property(need, need, (a, b) => {
      for (const label of LABELS) {
        expect(needs(union(a, b), label)).toBe(needs(a, label) || needs(b, label))
        expect(needs(within(a, b), label)).toBe(needs(a, label) && needs(b, label))
      }
    }),
  )
})
