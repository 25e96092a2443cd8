// The date functions. They take every number there is, as Prometheus does on amd64: what fits into no 64-bit integer
// becomes the smallest one, and times before Go's first year come out at the other end.

const DAY = 86_400
/** Unix seconds of the first moment that Go can tell the date of: 1 March of the year -292277022399. */
const FIRST = -(292277022400 * 365.2425 + 306) * DAY - 62_135_596_800
/** 2^64 seconds, after which 64-bit times begin anew, as days and the seconds over them. */
const ROUND_REST = 2 ** 64 % DAY
const ROUND_DAYS = (2 ** 64 - ROUND_REST) / DAY

type DateFunction = (seconds: number) => number

/** Days since 1 January 1970, and seconds since midnight. */
type Split = { readonly days: number; readonly rest: number }

function split(value: number): Split {
  const whole = Math.trunc(value)
  const seconds = whole >= -(2 ** 63) && whole < 2 ** 63 ? whole : 2 ** 63
  let rest = seconds % DAY
  if (rest < 0) rest += DAY
  // Beyond 2^53 the difference is rounded, by less than the half of a day.
  const days = Math.round((seconds - rest) / DAY)
  if (seconds >= FIRST) return { days, rest: Math.abs(rest) }
  const carried = rest + ROUND_REST >= DAY ? 1 : 0
  return { days: days + ROUND_DAYS + carried, rest: rest + ROUND_REST - carried * DAY }
}

type Civil = { readonly year: number; readonly month: number; readonly day: number }

/**
 * Date of a day, in the Gregorian calendar extended to all times: years begin in March for the calculation, so that the
 * leap day is their last. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
 */
function civil(value: number): Civil {
  const shifted = split(value).days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  }
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

function daysIn({ year, month }: Pick<Civil, 'year' | 'month'>): number {
  return month === 2 && isLeap(year) ? 29 : MONTH_DAYS[month - 1]!
}

/** Each takes Unix seconds and answers in UTC. */
export const DATE_FUNCTIONS: Readonly<Record<string, DateFunction>> = {
  year: (value) => civil(value).year,
  month: (value) => civil(value).month,
  day_of_month: (value) => civil(value).day,
  day_of_week: (value) => (((split(value).days + 4) % 7) + 7) % 7,
  day_of_year: (value) => {
    const { year, month, day } = civil(value)
    let before = 0
    for (let i = 1; i < month; i++) before += daysIn({ year, month: i })
    return before + day
  },
  days_in_month: (value) => daysIn(civil(value)),
  hour: (value) => Math.floor(split(value).rest / 3600),
  minute: (value) => Math.floor((split(value).rest % 3600) / 60),
}
