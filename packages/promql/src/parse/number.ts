import { parseError } from '../promql-error.ts'
import { parseDurationMs } from './duration.ts'
import type { Token } from './lexer.ts'
import { quote } from './quoting.ts'

/** Nanoseconds of Go's longest duration, in ms. */
const LONGEST_MS = 2 ** 63 / 1e6
const UNITS = new Set(['y', 'w', 'd', 'h', 'm', 's', 'ms'])
const UNDERSCORES = /^(?:0[xX]_?)?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*(?:[.eE+-].*)?$/

/** The value of a number or duration token, in seconds where it is a duration. Throws `PromqlError` where it is none. */
export function numberValue(query: string, token: Token): number {
  const { text, start, end } = token
  const fail = (message: string): never => {
    throw parseError(query, message, start, end)
  }
  if (token.kind === 'duration') {
    const ms = parseDurationMs(text)
    if (ms !== undefined) return ms < LONGEST_MS ? ms / 1000 : fail('duration out of range')
    const unit = /^\d/.test(text) ? text.match(/[^0-9]+/g)?.find((one) => !UNITS.has(one)) : undefined
    if (unit !== undefined) return fail(`unknown unit ${quote(unit)} in duration ${quote(text)}`)
    return fail(`not a valid duration string: ${quote(text)}`)
  }
  if (token.word === 'inf') return Number.POSITIVE_INFINITY
  if (token.word === 'nan') return Number.NaN
  const plain = token.word.replaceAll('_', '')
  const spoiled = plain !== token.word && !UNDERSCORES.test(text)
  if (/^0[0-7]+$/.test(plain) && !spoiled) return Number.parseInt(plain, 8)
  const value = Number(plain)
  const problem = (what: string) => `error parsing number: strconv.ParseFloat: parsing ${quote(text)}: ${what}`
  if (spoiled || Number.isNaN(value) || plain === '') return fail(problem('invalid syntax'))
  return Number.isFinite(value) ? value : fail(problem('value out of range'))
}
