import { z } from 'zod'
import type { NumberRange, TimeInterval } from './time-interval.ts'
import { isTimeZone } from './zone.ts'

// `time_intervals` of one interval in alertmanager.yml (scalars in text mode), in Alertmanager's words.

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const MONTHS = ['january', 'february', 'march', 'april', 'may', 'june', 'july'].concat([
  'august',
  'september',
  'october',
  'november',
  'december',
])

class Refused extends Error {}

const scalar = z.string({ error: 'expected one value' })

/** A list of ranges; `undefined` when absent. */
function ranges(read: (text: string) => NumberRange) {
  return z
    .array(
      scalar.nullable().transform((text, context): NumberRange => {
        // To Go an empty entry is a range of zeros.
        if (text === null) return { from: 0, to: 0 }
        try {
          return read(text.toLowerCase())
        } catch (error) {
          if (!(error instanceof Refused)) throw error
          context.addIssue({ code: 'custom', message: error.message })
          return z.NEVER
        }
      }),
      { error: 'expected a list' },
    )
    .nullable()
    .optional()
    .transform((list) => list ?? undefined)
}

/** `a` or `a:b`. */
function split(text: string, member: (one: string) => number): NumberRange {
  const parts = text.split(':')
  if (parts.length > 2) throw new Refused(`couldn't parse range ${text}, invalid format`)
  const from = member(parts[0]!)
  return { from, to: parts[1] === undefined ? from : member(parts[1]) }
}

function whole(text: string): number {
  if (!/^[+-]?\d{1,15}$/.test(text)) throw new Refused(`${text === '' ? '""' : text} is not a whole number`)
  return Number(text)
}

function weekday(text: string): number {
  const found = DAYS.indexOf(text)
  if (found < 0) throw new Refused(`${text} is not a valid weekday (expected one such as monday, or monday:friday)`)
  return found
}

function month(text: string): number {
  const found = MONTHS.indexOf(text)
  if (found >= 0) return found + 1
  if (!/^[+-]?\d{1,15}$/.test(text)) {
    throw new Refused(`${text} is not a valid month (expected one such as march or 3, or 1:6)`)
  }
  return Number(text)
}

function weekdays(text: string): NumberRange {
  const range = split(text, weekday)
  if (range.from > range.to) {
    throw new Refused('start day cannot be before end day (a week begins on sunday; write two ranges)')
  }
  return range
}

function daysOfMonth(text: string): NumberRange {
  const range = split(text, whole)
  for (const day of [range.from, range.to]) {
    if (day === 0 || Math.abs(day) > 31) throw new Refused(`${day} is not a valid day of the month: out of range`)
  }
  if (range.from < 0 && range.to > 0) throw new Refused('end day must be negative if start day is negative')
  // The shortest month decides: what can never hold there is refused.
  const inShortest = (day: number) => (day < 0 ? 28 + day : day)
  if (inShortest(range.from) > inShortest(range.to)) {
    throw new Refused(`end day ${range.to} is always before start day ${range.from}`)
  }
  return range
}

function monthRange(text: string): NumberRange {
  const range = split(text, month)
  if (range.from > range.to) {
    const name = (n: number) => MONTHS[n - 1] ?? String(n)
    throw new Refused(`end month ${name(range.to)} is before start month ${name(range.from)}`)
  }
  return range
}

function years(text: string): NumberRange {
  const range = split(text, whole)
  if (range.from > range.to) throw new Refused(`end year ${range.to} is before start year ${range.from}`)
  return range
}

const optionalText = scalar
  .nullable()
  .optional()
  .transform((text) => text ?? '')

const timeRange = z
  .strictObject({ start_time: optionalText, end_time: optionalText }, { error: 'expected start_time and end_time' })
  .transform(({ start_time, end_time }, context): NumberRange => {
    const refuse = (message: string) => {
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    }
    if (start_time === '' || end_time === '') return refuse('both start and end times must be provided')
    const [from, to] = [start_time, end_time].map(minutes)
    if (from === undefined || to === undefined) {
      const bad = from === undefined ? start_time : end_time
      return refuse(`couldn't parse timestamp ${bad}, invalid format (expected HH:MM, 00:00 to 24:00)`)
    }
    if (from >= to) {
      return refuse('start time cannot be equal or greater than end time (for a night, write two ranges)')
    }
    return { from, to }
  })

function minutes(text: string): number | undefined {
  return /^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/.test(text)
    ? Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
    : undefined
}

const location = scalar
  .nullable()
  .optional()
  .transform((name, context): string | undefined => {
    if (name == null) return undefined
    if (isTimeZone(name)) return name
    context.addIssue({
      code: 'custom',
      message: `unknown time zone ${name} (expected a name of the IANA database, such as Europe/Berlin, or UTC)`,
    })
    return z.NEVER
  })

/** One entry of `time_intervals` below a named interval. */
export const timeIntervalSchema = z
  .strictObject({
    times: z
      .array(
        timeRange.nullable().transform((range) => range ?? { from: 0, to: 0 }),
        { error: 'expected a list' },
      )
      .nullable()
      .optional(),
    weekdays: ranges(weekdays),
    days_of_month: ranges(daysOfMonth),
    months: ranges(monthRange),
    years: ranges(years),
    location,
  })
  .transform(
    (given): TimeInterval => ({
      times: given.times ?? undefined,
      weekdays: given.weekdays,
      daysOfMonth: given.days_of_month,
      months: given.months,
      years: given.years,
      location: given.location,
    }),
  )
