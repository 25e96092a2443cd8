import { GoInt, GoTime, type GoType, INT, INT64, type Method, STRING, type Value, type Zone } from '../values/index.ts'
import { civilOf, secondsOf } from './civil.ts'
import { DURATION, makeDuration } from './duration.ts'
import { formatLayout, monthName, weekdayName } from './layout.ts'
import { UTC } from './zones.ts'

const enumType = (name: string, text: (n: number) => string): GoType => ({
  name,
  kind: 'int',
  toText: (value) => text(Number((value as GoInt).value)),
  methods: { String: { params: [], call: (value) => text(Number((value as GoInt).value)) } },
})
const MONTH = enumType('time.Month', monthName)
const WEEKDAY = enumType('time.Weekday', weekdayName)

/** Clock time of the zone. */
const civil = (time: GoTime) => civilOf(time.seconds + time.zone.at(time.seconds).offsetSeconds)
const nanosOf = (time: GoTime): bigint => BigInt(time.seconds) * 1_000_000_000n + BigInt(time.nanos)

/** A time formatted by a Go layout, in its zone. */
export function formatTime(time: GoTime, layout: string): string {
  return formatLayout(layout, time.seconds, time.nanos, time.zone.at(time.seconds))
}

/** As Go prints a time: `2024-05-01 10:00:00.5 +0000 UTC`. */
export function timeText(time: GoTime): string {
  return formatTime(time, '2006-01-02 15:04:05.999999999 -0700 MST')
}

function timeSource(time: GoTime): string {
  const c = civil(time)
  const zone =
    time.zone.name === 'UTC' || time.zone.name === 'Local'
      ? `time.${time.zone.name}`
      : `time.Location(${JSON.stringify(time.zone.name)})`
  return `time.Date(${c.year}, time.${monthName(c.month)}, ${c.day}, ${c.hour}, ${c.minute}, ${c.second}, ${time.nanos}, ${zone})`
}

const own = (call: (time: GoTime, ...args: Value[]) => Value, ...params: GoType[]): Method => ({
  params,
  call: (receiver, args) => call(receiver as GoTime, ...args),
})
const refused = (refusal: string): Method => ({ params: [], refusal, call: () => undefined })
const field = (name: keyof ReturnType<typeof civil>) => own((time) => BigInt(civil(time)[name]))

/** `time.Time`. */
export const TIME: GoType = {
  name: 'time.Time',
  kind: 'struct',
  fields: [],
  fieldAt: new Map(),
  toText: (value) => timeText(value as GoTime),
  toSource: (value) => timeSource(value as GoTime),
  methods: {
    String: own(timeText),
    GoString: own(timeSource),
    Format: own((time, layout) => formatTime(time, layout as string), STRING),
    Unix: own((time) => new GoInt(INT64, BigInt(time.seconds))),
    UnixMilli: own((time) => new GoInt(INT64, nanosOf(time) / 1_000_000n)),
    UnixMicro: own((time) => new GoInt(INT64, nanosOf(time) / 1_000n)),
    UnixNano: own((time) => new GoInt(INT64, BigInt.asIntN(64, nanosOf(time)))),
    UTC: own((time) => inZone(time, UTC)),
    Local: { params: [], call: (time, _args, context) => inZone(time as GoTime, context.local) },
    Year: field('year'),
    Month: own((time) => new GoInt(MONTH, BigInt(civil(time).month))),
    Day: field('day'),
    Hour: field('hour'),
    Minute: field('minute'),
    Second: field('second'),
    Nanosecond: own((time) => BigInt(time.nanos)),
    YearDay: field('yearDay'),
    Weekday: own((time) => new GoInt(WEEKDAY, BigInt(civil(time).weekday))),
    Date: refused('function Date has 3 return values; should be 1 or 2'),
    Clock: refused('function Clock has 3 return values; should be 1 or 2'),
    Zone: refused('invalid function signature for Zone: second return value should be error; is int'),
    ISOWeek: refused('invalid function signature for ISOWeek: second return value should be error; is int'),
    IsZero: own((time) => time.seconds === ZERO_SECONDS && time.nanos === 0),
    get Add() {
      return own((time, span) => addNanos(time, (span as GoInt).value), DURATION)
    },
    get AddDate() {
      return own(
        (time, years, months, days) => addDate(time, years as bigint, months as bigint, days as bigint),
        INT,
        INT,
        INT,
      )
    },
    get Sub() {
      return own((time, other) => subtract(time, other as GoTime), TIME)
    },
    get Before() {
      return own((time, other) => nanosOf(time) < nanosOf(other as GoTime), TIME)
    },
    get After() {
      return own((time, other) => nanosOf(time) > nanosOf(other as GoTime), TIME)
    },
    get Equal() {
      return own((time, other) => nanosOf(time) === nanosOf(other as GoTime), TIME)
    },
    get Compare() {
      return own((time, other) => {
        const [a, b] = [nanosOf(time), nanosOf(other as GoTime)]
        return a < b ? -1n : a > b ? 1n : 0n
      }, TIME)
    },
    get Truncate() {
      return own((time, span) => truncate(time, (span as GoInt).value), DURATION)
    },
    get Round() {
      return own((time, span) => round(time, (span as GoInt).value), DURATION)
    },
  },
}

/** 0001-01-01 00:00:00 UTC, Go's zero time. */
const ZERO_SECONDS = secondsOf(1, 1, 1)

/** A time in a zone. Seconds since 1970 and nanoseconds (0 to 999,999,999). */
export function makeTime(seconds: number, nanos: number, zone: Zone): GoTime {
  return new GoTime(TIME, seconds, nanos, zone)
}

/** A time of milliseconds since 1970. */
export function timeOfMs(ms: number, zone: Zone): GoTime {
  const seconds = Math.floor(ms / 1000)
  return makeTime(seconds, Math.round((ms - seconds * 1000) * 1e6), zone)
}

export const zeroTime = (): GoTime => makeTime(ZERO_SECONDS, 0, UTC)

/** The same moment in another zone. */
export function inZone(time: GoTime, zone: Zone): GoTime {
  return makeTime(time.seconds, time.nanos, zone)
}

function addNanos(time: GoTime, span: bigint): GoTime {
  const nanos = nanosOf(time) + span
  const seconds = nanos >= 0n ? nanos / 1_000_000_000n : -((-nanos + 999_999_999n) / 1_000_000_000n)
  return makeTime(Number(seconds), Number(nanos - seconds * 1_000_000_000n), time.zone)
}

const MAX_SPAN = (1n << 63n) - 1n

/** Time between two moments, held at the ends of what a duration can be. */
export function subtract(a: GoTime, b: GoTime): GoInt {
  const span = nanosOf(a) - nanosOf(b)
  return makeDuration(span > MAX_SPAN ? MAX_SPAN : span < -MAX_SPAN - 1n ? -MAX_SPAN - 1n : span)
}

function addDate(time: GoTime, years: bigint, months: bigint, days: bigint): GoTime {
  const c = civil(time)
  const wall = secondsOf(
    c.year + Number(years),
    c.month + Number(months),
    c.day + Number(days),
    c.hour,
    c.minute,
    c.second,
  )
  return makeTime(secondsOfWall(wall, time.zone), time.nanos, time.zone)
}

/** The moment at which the clocks of a zone show a time. */
function secondsOfWall(wall: number, zone: Zone): number {
  const first = wall - zone.at(wall).offsetSeconds
  return wall - zone.at(first).offsetSeconds
}

/** Rest of a time beyond a multiple of a span, counted from Go's zero time. */
function restOf(time: GoTime, span: bigint): bigint {
  const since = nanosOf(time) - BigInt(ZERO_SECONDS) * 1_000_000_000n
  return ((since % span) + span) % span
}

function truncate(time: GoTime, span: bigint): GoTime {
  return span <= 0n ? time : addNanos(time, -restOf(time, span))
}

function round(time: GoTime, span: bigint): GoTime {
  if (span <= 0n) return time
  const rest = restOf(time, span)
  return addNanos(time, rest + rest < span ? -rest : span - rest)
}
