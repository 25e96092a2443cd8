// Numbers for humans. Source: Prometheus documentation, "Template reference", "Numbers".

import { formatFloat, quoteText } from '../format/index.ts'
import { FunctionError } from '../template-error.ts'
import { DURATION, makeTime, timeText, UTC } from '../time/index.ts'
import { GoInt, type GoTime, intOf, typeName, type Value } from '../values/index.ts'

const short = (value: number) => formatFloat(value, 'g', 4)

/** Text as Go's `strconv.ParseFloat` reads it. Throws `FunctionError` in its words. */
export function parseFloatText(text: string): number {
  const plain = text.replaceAll('_', '')
  if (/^[+-]?(inf|infinity)$/i.test(text)) return text[0] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  if (/^[+-]?nan$/i.test(text)) return Number.NaN
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    const value = Number(text)
    if (Number.isFinite(value)) return value
    throw new FunctionError(`strconv.ParseFloat: parsing ${quoteText(text)}: value out of range`)
  }
  const hex = /^([+-]?)0x([0-9a-f]*)\.?([0-9a-f]*)p([+-]?\d+)$/i.exec(plain)
  if (hex !== null && hex[2] + hex[3]! !== '') {
    const size = Number(BigInt(`0x${hex[2]}${hex[3]}`)) * 2 ** (Number(hex[4]) - 4 * hex[3]!.length)
    return hex[1] === '-' ? -size : size
  }
  throw new FunctionError(`strconv.ParseFloat: parsing ${quoteText(text)}: invalid syntax`)
}

/** A number, or a text or duration (in seconds) that stands for one. */
export function toFloat(value: Value): number {
  if (typeof value === 'number') return value
  if (typeof value === 'string') return parseFloatText(value)
  if (value instanceof GoInt && value.type === DURATION) return secondsOf(value.value)
  const whole = intOf(value)
  const type = typeName(value)
  if (whole !== undefined && ['int', 'uint', 'int64', 'uint64'].includes(type)) return Number(whole)
  throw new FunctionError(`can't convert ${type} to float`)
}

function secondsOf(nanos: bigint): number {
  const whole = nanos / 1_000_000_000n
  return Number(whole) + Number(nanos - whole * 1_000_000_000n) / 1e9
}

const up = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y']
const binary = ['ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi']
const down = ['m', 'u', 'n', 'p', 'f', 'a', 'z', 'y']

function scaledUp(value: number, base: number, prefixes: readonly string[]): string {
  let scaled = value
  let prefix = ''
  for (const next of prefixes) {
    if (Math.abs(scaled) < base) break
    prefix = next
    scaled /= base
  }
  return short(scaled) + prefix
}

function scaledDown(value: number, unit: string): string {
  let scaled = value
  let prefix = ''
  for (const next of down) {
    if (Math.abs(scaled) >= 1) break
    prefix = next
    scaled *= 1000
  }
  return short(scaled) + prefix + unit
}

/** `1.235M`, `120m`. */
export function humanize(given: Value): string {
  const value = toFloat(given)
  if (value === 0 || !Number.isFinite(value)) return short(value)
  return Math.abs(value) >= 1 ? scaledUp(value, 1000, up) : scaledDown(value, '')
}

/** `1.177Mi`. */
export function humanize1024(given: Value): string {
  const value = toFloat(given)
  return Math.abs(value) <= 1 || !Number.isFinite(value) ? short(value) : scaledUp(value, 1024, binary)
}

/** Seconds as `1d 2h 3m 4s`, `12.35s`, `100ms`. */
export function humanizeDuration(given: Value): string {
  const value = toFloat(given)
  if (!Number.isFinite(value)) return short(value)
  if (value === 0) return `${short(value)}s`
  if (Math.abs(value) < 1) return scaledDown(value, 's')
  const sign = value < 0 ? '-' : ''
  const size = Math.abs(value)
  // What an int64 cannot hold becomes the smallest one, as processors do it.
  const whole = size < 2 ** 63 ? BigInt(Math.trunc(size)) : -(1n << 63n)
  const seconds = whole % 60n
  const minutes = (whole / 60n) % 60n
  const hours = (whole / 3600n) % 24n
  const days = whole / 86_400n
  if (days !== 0n) return `${sign}${days}d ${hours}h ${minutes}m ${seconds}s`
  if (hours !== 0n) return `${sign}${hours}h ${minutes}m ${seconds}s`
  return minutes !== 0n ? `${sign}${minutes}m ${seconds}s` : `${sign}${short(size)}s`
}

/** A ratio as `12.35%`. */
export function humanizePercentage(given: Value): string {
  return `${short(toFloat(given) * 100)}%`
}

/** Seconds since 1970 as `2015-10-01 12:00:00 +0000 UTC`. */
export function humanizeTimestamp(given: Value): string {
  const value = toFloat(given)
  return Number.isFinite(value) ? timeText(timeOfSeconds(value)) : short(value)
}

/** A time of seconds since 1970, cut to milliseconds. */
export function timeOfSeconds(value: number): GoTime {
  if (!Number.isFinite(value)) throw new FunctionError('value is NaN or Inf')
  const nanos = value * 1e9
  if (nanos > 2 ** 63 || nanos < -(2 ** 63)) {
    throw new FunctionError(
      `${formatFloat(value, 'g', -1)} cannot be represented as a nanoseconds timestamp since it overflows int64`,
    )
  }
  const ms = Number(BigInt(Math.trunc(nanos)) / 1_000_000n)
  const seconds = Math.floor(ms / 1000)
  return makeTime(seconds, (ms - seconds * 1000) * 1_000_000, UTC)
}
