import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DATE_FUNCTIONS } from './dates.ts'

const NAMES = ['year', 'month', 'day_of_month', 'day_of_week', 'day_of_year', 'days_in_month', 'hour', 'minute']
const all = (seconds: number) => NAMES.map((name) => DATE_FUNCTIONS[name]!(seconds))

// As Prometheus 3.5 answers them on amd64.
test.for([
  [Number.NaN, [292277026596, 12, 4, 0, 339, 31, 15, 30]],
  [Number.POSITIVE_INFINITY, [292277026596, 12, 4, 0, 339, 31, 15, 30]],
  [-1e19, [292277026596, 12, 4, 0, 339, 31, 15, 30]],
  [1e13, [318857, 5, 20, 0, 140, 31, 17, 46]],
  [1e18, [31688740476, 10, 23, 5, 297, 31, 1, 46]],
  [-1e18, [-31688736537, 3, 10, 2, 69, 31, 22, 13]],
  [9.223372036854775e18, [292277026596, 12, 4, 0, 339, 31, 15, 13]],
  [-9.223372e18, [-292277021490, 12, 15, 1, 349, 31, 6, 13]],
  [-9.22337203e18, [292277026814, 2, 23, 0, 54, 28, 7, 53]],
  [-62_167_219_200, [0, 1, 1, 6, 1, 31, 0, 0]],
  [-1.5, [1969, 12, 31, 3, 365, 31, 23, 59]],
  [-0.5, [1970, 1, 1, 4, 1, 31, 0, 0]],
] as const)('the date of %d seconds is %j', ([seconds, date]) => {
  expect(all(seconds)).toEqual(date)
})

test('wherever the platform knows a date it is the same', () => {
  const seconds = fc.oneof(fc.integer({ min: -8.6e12, max: 8.6e12 }), fc.integer({ min: -1e9, max: 5e9 }))
  fc.assert(
    fc.property(seconds, (s) => {
      const d = new Date(s * 1000)
      const year = d.getUTCFullYear()
      const first = new Date(0)
      first.setUTCFullYear(year, 0, 1)
      const nextMonth = new Date(0)
      nextMonth.setUTCFullYear(year, d.getUTCMonth() + 1, 0)
      expect(all(s)).toEqual([
        year,
        d.getUTCMonth() + 1,
        d.getUTCDate(),
        d.getUTCDay(),
        Math.floor((d.getTime() - first.getTime()) / 86_400_000) + 1,
        nextMonth.getUTCDate(),
        d.getUTCHours(),
        d.getUTCMinutes(),
      ])
    }),
    { numRuns: 2000 },
  )
})
