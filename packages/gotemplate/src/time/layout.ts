// Go's reference layouts (`2006-01-02T15:04:05Z07:00`): a layout is cut into pieces once and then formats or reads times.
// Source: documentation of Go's package time, "Constants".

import { type Civil, civilOf, daysOf, secondsOf } from './civil.ts'

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

export const monthName = (month: number): string => months[month - 1] ?? `%!Month(${month})`
export const weekdayName = (weekday: number): string => weekdays[weekday] ?? `%!Weekday(${weekday})`

/** A literal, or a part of the reference time: its text, such as `Jan`, `_2`, `-07:00`, `.000`. */
type Piece = { readonly literal: string } | { readonly part: string }

// Longer parts first. A `Jan` or `Mon` inside a word such as `Janet` is none, nor is a fraction with more digits after it.
const partPattern =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|0[1-6]|15|2006|__2|_2(?!006)|[12345]|PM|pm|[-Z](?:07:00:00|070000|07:00|0700|07)|[.,](?:0+|9+)(?!\d)/g

const cache = new Map<string, readonly Piece[]>()
const MAX_CACHED = 200
const MAX_CACHED_LENGTH = 100

function piecesOf(layout: string): readonly Piece[] {
  const known = cache.get(layout)
  if (known !== undefined) return known
  const pieces: Piece[] = []
  let at = 0
  for (const match of layout.matchAll(partPattern)) {
    if (match.index > at) pieces.push({ literal: layout.slice(at, match.index) })
    pieces.push({ part: match[0] })
    at = match.index + match[0].length
  }
  if (at < layout.length) pieces.push({ literal: layout.slice(at) })
  if (layout.length <= MAX_CACHED_LENGTH) {
    if (cache.size >= MAX_CACHED) cache.clear()
    cache.set(layout, pieces)
  }
  return pieces
}

const two = (n: number) => String(n).padStart(2, '0')
const yearText = (year: number) => (year < 0 ? `-${String(-year).padStart(4, '0')}` : String(year).padStart(4, '0'))

/** A moment in its zone, formatted by a layout. */
export function formatLayout(
  layout: string,
  seconds: number,
  nanos: number,
  zone: { readonly offsetSeconds: number; readonly abbreviation: string },
): string {
  const civil = civilOf(seconds + zone.offsetSeconds)
  let out = ''
  for (const piece of piecesOf(layout)) {
    out += 'literal' in piece ? piece.literal : partText(piece.part, civil, nanos, zone)
  }
  return out
}

function partText(
  part: string,
  civil: Civil,
  nanos: number,
  { offsetSeconds, abbreviation }: { offsetSeconds: number; abbreviation: string },
): string {
  switch (part) {
    case '2006':
      return yearText(civil.year)
    case '06':
      return two(((civil.year % 100) + 100) % 100)
    case 'January':
      return monthName(civil.month)
    case 'Jan':
      return monthName(civil.month).slice(0, 3)
    case '1':
      return String(civil.month)
    case '01':
      return two(civil.month)
    case 'Monday':
      return weekdayName(civil.weekday)
    case 'Mon':
      return weekdayName(civil.weekday).slice(0, 3)
    case '2':
      return String(civil.day)
    case '_2':
      return String(civil.day).padStart(2)
    case '02':
      return two(civil.day)
    case '__2':
      return String(civil.yearDay).padStart(3)
    case '002':
      return String(civil.yearDay).padStart(3, '0')
    case '15':
      return two(civil.hour)
    case '3':
      return String(civil.hour % 12 === 0 ? 12 : civil.hour % 12)
    case '03':
      return two(civil.hour % 12 === 0 ? 12 : civil.hour % 12)
    case '4':
      return String(civil.minute)
    case '04':
      return two(civil.minute)
    case '5':
      return String(civil.second)
    case '05':
      return two(civil.second)
    case 'PM':
      return civil.hour >= 12 ? 'PM' : 'AM'
    case 'pm':
      return civil.hour >= 12 ? 'pm' : 'am'
    case 'MST':
      return abbreviation !== '' ? abbreviation : offsetText('-07', offsetSeconds, true)
  }
  if (part[0] === '.' || part[0] === ',') return fractionText(part, nanos)
  if (part[0] === 'Z' && offsetSeconds === 0) return 'Z'
  return offsetText(part, offsetSeconds, false)
}

/** A zone without a name is printed as its offset: hours, and minutes when there are some. */
function offsetText(part: string, offsetSeconds: number, short: boolean): string {
  const size = Math.abs(offsetSeconds)
  const sign = offsetSeconds < 0 ? '-' : '+'
  const hours = two(Math.floor(size / 3600))
  const minutes = two(Math.floor((size % 3600) / 60))
  if (short) return sign + hours + (minutes === '00' ? '' : minutes)
  const seconds = two(size % 60)
  switch (part.slice(1)) {
    case '07':
      return sign + hours
    case '0700':
      return sign + hours + minutes
    case '07:00':
      return `${sign}${hours}:${minutes}`
    case '070000':
      return sign + hours + minutes + seconds
    default:
      return `${sign}${hours}:${minutes}:${seconds}`
  }
}

function fractionText(part: string, nanos: number): string {
  const digits = String(nanos)
    .padStart(9, '0')
    .slice(0, part.length - 1)
    .padEnd(part.length - 1, '0')
  if (part[1] === '0') return part[0]! + digits
  const trimmed = digits.replace(/0+$/, '')
  return trimmed === '' ? '' : part[0]! + trimmed
}

export type ParsedTime = {
  readonly seconds: number
  readonly nanos: number
  readonly offsetSeconds: number
  readonly abbreviation: string
}

/**
 * Reads a time by a layout, as `time.ParseInLocation(layout, value, time.UTC)`. The answer is a message when the value does not
 * fit. Zone abbreviations are taken as names without an offset, as Go does where it does not know them.
 */
export function parseLayout(layout: string, value: string): ParsedTime | string {
  let year: number | undefined
  let month: number | undefined
  let day: number | undefined
  let yearDay: number | undefined
  let hour = 0
  let minute = 0
  let second = 0
  let nanos = 0
  let offset = 0
  let abbreviation = 'UTC'
  let pm: boolean | undefined
  let rest = value
  const quoted = (text: string) => JSON.stringify(text)
  const refuse = (part: string) =>
    `parsing time ${quoted(value)} as ${quoted(layout)}: cannot parse ${quoted(rest)} as ${quoted(part)}`
  const range = (what: string) => `parsing time ${quoted(value)}: ${what} out of range`
  const take = (pattern: RegExp): string | undefined => {
    const found = pattern.exec(rest)
    if (found === null) return undefined
    rest = rest.slice(found[0].length)
    return found[0]
  }
  const pieces = piecesOf(layout)
  for (let k = 0; k < pieces.length; k++) {
    const piece = pieces[k]!
    if ('literal' in piece) {
      if (!rest.startsWith(piece.literal)) return refuse(piece.literal)
      rest = rest.slice(piece.literal.length)
      continue
    }
    const { part } = piece
    const hold = rest
    const number = (pattern: RegExp): number | undefined => {
      const text = take(pattern)
      return text === undefined ? undefined : Number(text)
    }
    let good = true
    const keep = (n: number | undefined): number => {
      if (n === undefined) good = false
      return n ?? 0
    }
    switch (part) {
      case '2006':
        year = keep(number(/^\d{4}/))
        break
      case '06': {
        const short = keep(number(/^\d{2}/))
        year = short >= 69 ? 1900 + short : 2000 + short
        break
      }
      case 'January':
      case 'Jan': {
        const found = months.findIndex((name) =>
          rest.toLowerCase().startsWith((part === 'Jan' ? name.slice(0, 3) : name).toLowerCase()),
        )
        if (found < 0) good = false
        else {
          rest = rest.slice(part === 'Jan' ? 3 : months[found]!.length)
          month = found + 1
        }
        break
      }
      case 'Monday':
      case 'Mon': {
        const found = weekdays.find((name) =>
          rest.toLowerCase().startsWith((part === 'Mon' ? name.slice(0, 3) : name).toLowerCase()),
        )
        if (found === undefined) good = false
        else rest = rest.slice(part === 'Mon' ? 3 : found.length)
        break
      }
      case '1':
        month = keep(number(/^\d{1,2}/))
        break
      case '01':
        month = keep(number(/^\d{2}/))
        break
      case '2':
        day = keep(number(/^\d{1,2}/))
        break
      case '_2':
        take(/^ /)
        day = keep(number(/^\d{1,2}/))
        break
      case '02':
        day = keep(number(/^\d{2}/))
        break
      case '__2':
        take(/^ {1,2}/)
        yearDay = keep(number(/^\d{1,3}/))
        break
      case '002':
        yearDay = keep(number(/^\d{3}/))
        break
      case '15':
        hour = keep(number(/^\d{1,2}/))
        if (hour > 23) return range('hour')
        break
      case '3':
      case '03':
        hour = keep(number(part === '3' ? /^\d{1,2}/ : /^\d{2}/))
        if (hour > 12) return range('hour')
        break
      case '4':
      case '04':
        minute = keep(number(part === '4' ? /^\d{1,2}/ : /^\d{2}/))
        if (minute > 59) return range('minute')
        break
      case '5':
      case '05': {
        second = keep(number(part === '5' ? /^\d{1,2}/ : /^\d{2}/))
        if (second > 59) return range('second')
        const after = pieces[k + 1]
        // A fraction may follow although the layout has none.
        if (good && !(after !== undefined && 'part' in after && /^[.,]/.test(after.part))) {
          nanos = fractionOf(take(/^[.,]\d+/)) ?? nanos
        }
        break
      }
      case 'PM':
      case 'pm': {
        const text = take(part === 'PM' ? /^(AM|PM)/ : /^(am|pm)/)
        if (text === undefined) good = false
        else pm = text.toLowerCase() === 'pm'
        break
      }
      case 'MST': {
        const text = take(/^(UTC|[A-Z]{3,5}|[+-]\d{2}(\d{2})?)/)
        if (text === undefined) good = false
        else abbreviation = text
        break
      }
      default:
        if (/^[.,]/.test(part)) {
          const text = take(part[1] === '0' ? new RegExp(`^[.,]\\d{${part.length - 1}}`) : /^[.,]\d+/)
          if (text === undefined) good = part[1] === '9'
          else nanos = fractionOf(text)!
        } else if (part[0] === 'Z' && rest.startsWith('Z')) rest = rest.slice(1)
        else {
          const shape = part.slice(1)
          const pattern = shape.replaceAll(/\d\d/g, '(\\d\\d)')
          const found = new RegExp(`^([+-])${pattern}`).exec(rest)
          if (found === null) good = false
          else {
            rest = rest.slice(found[0].length)
            const size = Number(found[2]) * 3600 + Number(found[3] ?? 0) * 60 + Number(found[4] ?? 0)
            offset = found[1] === '-' ? -size : size
            abbreviation = offset === 0 ? 'UTC' : ''
          }
        }
    }
    if (!good) {
      rest = hold
      return refuse(part)
    }
  }
  if (rest !== '') return `parsing time ${quoted(value)}: extra text: ${quoted(rest)}`
  if (pm === true && hour < 12) hour += 12
  if (pm === false && hour === 12) hour = 0
  if (month !== undefined && (month < 1 || month > 12)) return range('month')
  const fullYear = year ?? 0
  if (yearDay !== undefined) {
    const length = daysOf(fullYear + 1, 1, 1) - daysOf(fullYear, 1, 1)
    if (yearDay < 1 || yearDay > length) return range('day-of-year')
    const seconds = secondsOf(fullYear, 1, yearDay, hour, minute, second) - offset
    return { seconds, nanos, offsetSeconds: offset, abbreviation }
  }
  const m = month ?? 1
  const d = day ?? 1
  if (d < 1 || d > daysOf(fullYear, m + 1, 1) - daysOf(fullYear, m, 1)) return range('day')
  return {
    seconds: secondsOf(fullYear, m, d, hour, minute, second) - offset,
    nanos,
    offsetSeconds: offset,
    abbreviation,
  }
}

function fractionOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text.slice(1, 10).padEnd(9, '0'))
}
