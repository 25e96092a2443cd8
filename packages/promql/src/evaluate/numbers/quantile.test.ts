import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SortedWindow, sortNanFirst } from './quantile.ts'

const numbers = fc.oneof(fc.constantFrom(0, -0, Number.NaN, 1, -1, Number.POSITIVE_INFINITY), fc.double())

test('a window that slides holds what sorting it anew gives, to the sign of a zero', () => {
  fc.assert(
    fc.property(fc.array(numbers, { maxLength: 80 }), fc.integer({ min: 1, max: 20 }), (values, width) => {
      const window = new SortedWindow()
      for (let i = 0; i < values.length; i++) {
        window.add(values[i]!)
        if (i >= width) window.remove(values[i - width]!)
        const anew = sortNanFirst(Float64Array.from(values.slice(Math.max(0, i - width + 1), i + 1)))
        expect([...window.values]).toEqual([...anew])
      }
    }),
  )
})
