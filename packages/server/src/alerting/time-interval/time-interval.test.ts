import { expect, test } from 'vitest'
import { createTimeIntervals, type TimeInterval, timeIntervalSchema } from './index.ts'

const read = (given: unknown): TimeInterval => timeIntervalSchema.parse(given)
const place = { file: 'alertmanager.yml', line: 1, column: 1 }
const holds = (given: unknown, at: string) =>
  createTimeIntervals([{ name: 'x', intervals: [read(given)], place }]).isActiveAt('x', Date.parse(at))

const OFFICE = [{ start_time: '09:00', end_time: '17:00' }]

test.for<[string, unknown, readonly string[], readonly string[]]>([
  ['no condition', {}, ['2026-01-01T00:00:00Z'], []],
  [
    'times',
    { times: OFFICE },
    ['2026-01-01T09:00:00Z', '2026-01-01T16:59:59Z'],
    ['2026-01-01T08:59:59Z', '2026-01-01T17:00:00Z'],
  ],
  [
    'the whole day',
    { times: [{ start_time: '00:00', end_time: '24:00' }] },
    ['2026-01-01T00:00:00Z', '2026-01-01T23:59:59Z'],
    [],
  ],
  ['an empty list of times', { times: [] }, [], ['2026-01-01T12:00:00Z']],
  [
    'weekdays',
    { weekdays: ['monday:friday', 'sunday'] },
    ['2026-11-23T12:00:00Z', '2026-11-27T12:00:00Z', '2026-11-29T12:00:00Z'],
    ['2026-11-28T12:00:00Z'],
  ],
  ['days', { days_of_month: ['1:3'] }, ['2026-02-01T00:00:00Z', '2026-02-03T23:59:00Z'], ['2026-02-04T00:00:00Z']],
  [
    'last days',
    { days_of_month: ['-3:-1'] },
    ['2026-02-26T00:00:00Z', '2026-02-28T12:00:00Z', '2028-02-29T12:00:00Z', '2026-03-31T12:00:00Z'],
    ['2026-02-25T23:59:00Z', '2026-03-28T12:00:00Z'],
  ],
  [
    'from a day to the end',
    { days_of_month: ['20:-1'] },
    ['2026-02-28T00:00:00Z', '2026-01-31T00:00:00Z'],
    ['2026-02-19T00:00:00Z'],
  ],
  [
    'days that short months lack',
    { days_of_month: ['30:31'] },
    ['2026-04-30T00:00:00Z', '2026-01-31T00:00:00Z'],
    ['2026-02-28T00:00:00Z', '2026-04-29T00:00:00Z'],
  ],
  ['days beyond the end', { days_of_month: ['28:31'] }, ['2026-02-28T00:00:00Z'], ['2026-02-27T00:00:00Z']],
  [
    'months',
    { months: ['january:march', '11'] },
    ['2026-03-31T23:00:00Z', '2026-11-01T00:00:00Z'],
    ['2026-04-01T00:00:00Z'],
  ],
  [
    'years',
    { years: ['2026:2027', '2030'] },
    ['2027-12-31T23:59:59Z', '2030-06-01T00:00:00Z'],
    ['2028-01-01T00:00:00Z'],
  ],
  [
    'all at once',
    { times: OFFICE, weekdays: ['thursday'], months: ['november'], days_of_month: ['26'] },
    ['2026-11-26T10:00:00Z'],
    ['2026-11-26T18:00:00Z', '2026-11-27T10:00:00Z', '2025-12-26T10:00:00Z'],
  ],
  [
    'a zone in winter',
    { times: OFFICE, location: 'Europe/Berlin' },
    ['2026-01-15T08:00:00Z', '2026-01-15T15:59:00Z'],
    ['2026-01-15T07:59:00Z', '2026-01-15T16:00:00Z'],
  ],
  [
    'a zone in summer',
    { times: OFFICE, location: 'Europe/Berlin' },
    ['2026-07-15T07:00:00Z'],
    ['2026-07-15T06:59:00Z', '2026-07-15T15:00:00Z'],
  ],
  [
    'the day of a zone',
    { weekdays: ['sunday'], location: 'Australia/Sydney' },
    ['2026-11-28T13:30:00Z'],
    ['2026-11-28T12:30:00Z', '2026-11-29T13:30:00Z'],
  ],
  [
    'the last day of a month with a change of the clock',
    { days_of_month: ['-1'], location: 'Europe/Berlin' },
    ['2026-03-31T12:00:00Z', '2026-10-31T12:00:00Z'],
    ['2026-03-30T12:00:00Z'],
  ],
  [
    'a zone with half hours',
    { times: [{ start_time: '05:30', end_time: '05:31' }], location: 'Asia/Kolkata' },
    ['2026-01-01T00:00:30Z'],
    ['2026-01-01T00:01:00Z'],
  ],
  [
    'midnight of a zone',
    { times: [{ start_time: '00:00', end_time: '00:30' }], location: 'America/New_York' },
    ['2026-01-01T05:10:00Z'],
    ['2026-01-01T04:50:00Z'],
  ],
])('%s', ([, given, yes, no]) => {
  expect(yes.filter((at) => !holds(given, at))).toEqual([])
  expect(no.filter((at) => holds(given, at))).toEqual([])
})

test('a hundred thousand questions about one minute are answered at once', () => {
  const interval = read({ times: OFFICE, location: 'America/New_York' })
  const intervals = createTimeIntervals([{ name: 'x', intervals: [interval], place }])
  const start = performance.now()
  const at = Date.parse('2026-11-26T15:00:00Z')
  let active = 0
  for (let i = 0; i < 100_000; i++) if (intervals.isActiveAt('x', at + (i % 60) * 1000)) active++
  expect(active).toBe(100_000)
  expect(intervals.isActiveAt('x', Date.parse('2026-11-26T13:59:59Z'))).toBe(false)
  expect(performance.now() - start).toBeLessThan(2000)
})

test('a route is mute by its mute intervals, or by all of its active ones when none holds', () => {
  const intervals = createTimeIntervals([
    {
      name: 'night',
      intervals: [
        read({ times: [{ start_time: '00:00', end_time: '06:00' }] }),
        read({ times: [{ start_time: '22:00', end_time: '24:00' }] }),
      ],
      place,
    },
    { name: 'weekend', intervals: [read({ weekdays: ['saturday', 'sunday'] })], place },
    { name: 'office', intervals: [read({ times: OFFICE })], place },
    { name: 'never', intervals: [], place },
  ])
  const at = (time: string) => Date.parse(`2026-11-28T${time}:00Z`)
  const mute = { muteTimeIntervals: ['night', 'weekend'], activeTimeIntervals: [] }
  expect(intervals.mutedBy(mute, at('23:00'))).toEqual(['night', 'weekend'])
  expect(intervals.mutedBy(mute, at('12:00'))).toEqual(['weekend'])
  const active = { muteTimeIntervals: ['night'], activeTimeIntervals: ['office', 'never'] }
  expect(intervals.mutedBy(active, at('12:00'))).toEqual([])
  expect(intervals.mutedBy(active, at('18:00'))).toEqual(['office', 'never'])
  expect(intervals.mutedBy({ muteTimeIntervals: [], activeTimeIntervals: [] }, at('03:00'))).toEqual([])
  expect(intervals.activeOf(['never', 'weekend', 'unknown'], at('03:00'))).toEqual(['weekend'])
})
