import { GoInt, type GoType, INT64, intOf, type Method, type Value } from '../values/index.ts'

const NS = { hour: 3_600_000_000_000n, minute: 60_000_000_000n, second: 1_000_000_000n }

/** A span of nanoseconds as Go prints it: `1h2m3.5s`, `1.5µs`, `0s`. */
export function durationText(nanos: bigint): string {
  if (nanos === 0n) return '0s'
  const sign = nanos < 0n ? '-' : ''
  const size = nanos < 0n ? -nanos : nanos
  if (size < 1_000n) return `${sign}${size}ns`
  if (size < 1_000_000n) return `${sign}${withFraction(size, 3)}µs`
  if (size < NS.second) return `${sign}${withFraction(size, 6)}ms`
  const hours = size / NS.hour
  const minutes = (size % NS.hour) / NS.minute
  const seconds = withFraction(size % NS.minute, 9)
  if (hours > 0n) return `${sign}${hours}h${minutes}m${seconds}s`
  return minutes > 0n ? `${sign}${minutes}m${seconds}s` : `${sign}${seconds}s`
}

function withFraction(size: bigint, places: number): string {
  const digits = size.toString().padStart(places + 1, '0')
  const fraction = digits.slice(-places).replace(/0+$/, '')
  return digits.slice(0, -places) + (fraction === '' ? '' : `.${fraction}`)
}

const nanosOf = (value: Value): bigint => intOf(value)!
const part = (name: keyof typeof NS): Method => ({
  params: [],
  call: (value) => {
    const whole = nanosOf(value) / NS[name]
    return Number(whole) + Number(nanosOf(value) - whole * NS[name]) / Number(NS[name])
  },
})
const whole = (unit: bigint): Method => ({ params: [], call: (value) => new GoInt(INT64, nanosOf(value) / unit) })

/** `time.Duration`: nanoseconds as int64. */
export const DURATION: GoType = {
  name: 'time.Duration',
  kind: 'int',
  toText: (value) => durationText(nanosOf(value)),
  methods: {
    String: { params: [], call: (value) => durationText(nanosOf(value)) },
    Hours: part('hour'),
    Minutes: part('minute'),
    Seconds: part('second'),
    Milliseconds: whole(1_000_000n),
    Microseconds: whole(1_000n),
    Nanoseconds: whole(1n),
    Abs: { params: [], call: (value) => makeDuration(nanosOf(value) < 0n ? -nanosOf(value) : nanosOf(value)) },
    get Truncate(): Method {
      return truncateMethod
    },
    get Round(): Method {
      return roundMethod
    },
  },
}

const truncateMethod: Method = {
  params: [DURATION],
  call: (value, [unit]) => {
    const by = nanosOf(unit)
    return by <= 0n ? value : makeDuration(nanosOf(value) - (nanosOf(value) % by))
  },
}

const roundMethod: Method = {
  params: [DURATION],
  call: (value, [unit]) => {
    const by = nanosOf(unit)
    const nanos = nanosOf(value)
    if (by <= 0n) return value
    const size = nanos < 0n ? -nanos : nanos
    const rest = size % by
    const rounded = rest + rest < by ? size - rest : size - rest + by
    return makeDuration(nanos < 0n ? -rounded : rounded)
  },
}

/** A `time.Duration` of so many nanoseconds (wrapped to 64 bits). */
export function makeDuration(nanos: bigint): GoInt {
  return new GoInt(DURATION, BigInt.asIntN(64, nanos))
}
