import { BinnacleError, parseDurationMs } from '../../config/index.ts'

const FLOAT = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/
/** Earliest and latest time of Prometheus, as its own client writes them. */
const GO_MIN_TIME = '-292273086-05-16T16:47:06Z'
const GO_MAX_TIME = '292277025-08-18T07:12:54.999999999Z'
/** Longest duration that Go holds, seconds. */
const MAX_DURATION_SECONDS = 2 ** 63 / 1e9
/** Earliest and latest time that a JavaScript Date can hold; what `start` and `end` are when they are left out. */
export const MIN_TIME_MS = -8_640_000_000_000_000
export const MAX_TIME_MS = 8_640_000_000_000_000

/** A parameter that cannot be used, in Prometheus's words: `invalid parameter "step": ...`. */
export function badParameter(name: string, message: string): BinnacleError {
  return new BinnacleError('http.bad_parameter', `invalid parameter "${name}": ${message}`)
}

/** A request that cannot be used, in words of Prometheus that name no parameter. */
export function badRequest(message: string): BinnacleError {
  return new BinnacleError('http.bad_request', message)
}

/**
 * Unix seconds (fractions allowed) or RFC 3339 to Unix ms; undefined when it is neither. What lies beyond all times is the
 * first or the last of them: clients say so when they mean the beginning or the end.
 */
export function parseTime(text: string): number | undefined {
  if (FLOAT.test(text)) return Math.max(MIN_TIME_MS, Math.min(MAX_TIME_MS, Math.round(Number(text) * 1000)))
  if (text === GO_MIN_TIME) return MIN_TIME_MS
  if (text === GO_MAX_TIME) return MAX_TIME_MS
  if (!RFC3339.test(text)) return undefined
  const ms = Date.parse(text.replace(/(\.\d{3})\d+/, '$1'))
  return Number.isNaN(ms) ? undefined : ms
}

/** Seconds (fractions allowed) or a Prometheus duration (`1h30m`) to ms; undefined when it is neither. */
export function parseStep(text: string): number | undefined {
  if (FLOAT.test(text)) return Number(text) * 1000
  return parseDurationMs(text)
}

/** A switch that is off when left out; `1`, `true`, `yes` and so on turn it on. */
export function flagParameter(params: URLSearchParams, name: string): boolean {
  return !['', '0', 'f', 'false', 'n', 'no'].includes((params.get(name) ?? '').toLowerCase())
}

/** A duration parameter's text to ms; throws what `refuse` makes of Prometheus's words. */
export function stepOf(text: string, refuse: (message: string) => Error): number {
  const ms = parseStep(text)
  const tooLong = FLOAT.test(text) && Math.abs(Number(text)) > MAX_DURATION_SECONDS
  if (ms !== undefined && !tooLong) return ms
  throw refuse(`cannot parse ${JSON.stringify(text)} to a valid duration${tooLong ? '. It overflows int64' : ''}`)
}

/** `start`, `end` or `time` where it may be left out. Unix ms. */
export function timeParameter(params: URLSearchParams, name: string, otherwise: number): number {
  const text = params.get(name) ?? ''
  if (text === '') return otherwise
  const ms = parseTime(text)
  if (ms === undefined) {
    throw badParameter(
      name,
      `invalid time value for '${name}': cannot parse ${JSON.stringify(text)} to a valid timestamp`,
    )
  }
  return ms
}

/** `start` and `end` of a range query, which must be there. Unix ms. */
export function requiredTime(params: URLSearchParams, name: string): number {
  const text = params.get(name) ?? ''
  const ms = parseTime(text)
  if (ms === undefined) throw badParameter(name, `cannot parse ${JSON.stringify(text)} to a valid timestamp`)
  return ms
}

/** A duration parameter in ms; undefined when it was left out. */
export function durationParameter(params: URLSearchParams, name: string): number | undefined {
  const text = params.get(name) ?? ''
  if (text === '') return undefined
  return stepOf(text, (message) => badParameter(name, message))
}

/** `limit`: 0 (also when left out) means all. */
export function limitParameter(params: URLSearchParams): number {
  const text = params.get('limit') ?? ''
  if (text === '') return 0
  // Prometheus is written in Go, and clients compare its words.
  if (!/^[+-]?\d+$/.test(text))
    throw badParameter('limit', `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`)
  const limit = Number(text)
  if (limit < 0) throw badParameter('limit', 'limit must be non-negative')
  return Math.min(limit, Number.MAX_SAFE_INTEGER)
}

/** Yes or no in the words that Go knows; false when it was left out. */
export function booleanParameter(params: URLSearchParams, name: string): boolean {
  const text = params.get(name) ?? ''
  if (text === '') return false
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true
  if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false
  const why = `strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`
  throw badParameter(name, `unable to parse boolean: ${why}`)
}

/** A whole number where Prometheus only says "<name> must be a number"; undefined when it was left out. */
export function countParameter(params: URLSearchParams, name: string): number | undefined {
  const text = params.get(name) ?? ''
  if (text === '') return undefined
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`${name} must be a number`)
  return Number(text)
}

/**
 * A label name from a path: `U__` names are unescaped (`_2e_` is a dot, `__` an underscore), others stay as they are.
 * Source: Prometheus "UTF-8 in Prometheus", values escaping. Malformed escapes leave the name as it was.
 */
export function unescapeLabelName(name: string): string {
  if (!name.startsWith('U__')) return name
  let out = ''
  for (let i = 3; i < name.length; i++) {
    const char = name[i]!
    if (char !== '_') {
      out += char
      continue
    }
    if (name[i + 1] === '_') {
      out += '_'
      i++
      continue
    }
    const close = name.indexOf('_', i + 1)
    const hex = close < 0 ? '' : name.slice(i + 1, close)
    if (!/^[0-9a-f]{1,6}$/i.test(hex)) return name
    const code = Number.parseInt(hex, 16)
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return name
    out += String.fromCodePoint(code)
    i = close
  }
  return out
}
