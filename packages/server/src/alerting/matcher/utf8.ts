import { unquote } from '@binnacle/promql'
import { BinnacleError, messageOf } from '../../config/index.ts'
import { createMatcher, type Matcher } from './matcher.ts'
import { isReserved, isSpace } from './text.ts'

/*
 * The UTF-8 form: names and values are words without reserved characters, or Go's double-quoted literals; braces stand at
 * both ends or at none. Places in messages are `from:to` in characters. Source: Alertmanager's documentation, "UTF-8 mode".
 */

type Token = {
  readonly kind: 'open' | 'close' | 'comma' | 'operator' | 'quoted' | 'word' | 'end'
  readonly text: string
  readonly from: number
  readonly to: number
}

const EXPECTED_OPERATOR = "expected an operator such as '=', '!=', '=~' or '!~'"
const AT_END = 'end of input'

export function parseUtf8Matchers(input: string): Matcher[] {
  const chars = [...input]
  let at = 0
  /** What was looked at and is not taken yet. */
  let ahead: Token | undefined

  function scan(): Token {
    while (at < chars.length && isSpace(chars[at]!)) at++
    const from = at
    const char = chars[at]
    const token = (kind: Token['kind'], to: number): Token => {
      at = to
      return { kind, text: chars.slice(from, to).join(''), from, to }
    }
    if (char === undefined) return { kind: 'end', text: '', from, to: from }
    if (char === '{') return token('open', from + 1)
    if (char === '}') return token('close', from + 1)
    if (char === ',') return token('comma', from + 1)
    if (char === '=') return token('operator', chars[from + 1] === '~' ? from + 2 : from + 1)
    if (char === '!') {
      const next = chars[from + 1]
      if (next === '=' || next === '~') return token('operator', from + 2)
      if (next === undefined) throw refused(`${from}:${from + 1}: unexpected end of input, expected one of '=~'`)
      throw refused(`${from}:${from + 1}: !: expected one of '=~'`)
    }
    if (char === '"') {
      let to = from + 1
      while (to < chars.length && chars[to] !== '"') to += chars[to] === '\\' ? 2 : 1
      if (to >= chars.length) throw refused(`${from}:${chars.length}: ${chars.slice(from).join('')}: missing end "`)
      return token('quoted', to + 1)
    }
    if (isReserved(char)) throw refused(`${from}:${from + 1}: ${char}: invalid input`)
    let to = from + 1
    while (to < chars.length && !isReserved(chars[to]!)) to++
    return token('word', to)
  }
  const peek = (): Token => {
    ahead ??= scan()
    return ahead
  }
  const take = (): Token => {
    const token = peek()
    ahead = undefined
    return token
  }
  const unexpected = (token: Token) =>
    token.kind === 'end' ? AT_END : `${token.from}:${token.to}: unexpected ${token.text}`
  const expect = (kinds: readonly Token['kind'][], wanted: string): Token => {
    let token: Token
    try {
      token = take()
    } catch (error) {
      throw refused(`${messageOf(error)}: ${wanted}`)
    }
    if (!kinds.includes(token.kind)) throw refused(`${unexpected(token)}: ${wanted}`)
    return token
  }
  const literal = (token: Token): string => {
    if (token.kind === 'word') return token.text
    const value = unquote(token.text)
    // Bytes that are no UTF-8 come out as U+FFFD.
    if (value === undefined || (value.includes('\ufffd') && /\\[x0-7]/.test(token.text))) {
      throw refused(`${token.from}:${token.to}: ${token.text}: invalid input`)
    }
    return value
  }

  const matchers: Matcher[] = []
  if (peek().kind === 'end') return matchers
  const braces = peek().kind === 'open'
  if (braces) take()
  const another = peek().kind
  let more = another !== 'close' && !(braces && another === 'end')
  while (more) {
    const name = literal(expect(['quoted', 'word'], 'expected label name'))
    const operator = expect(['operator'], EXPECTED_OPERATOR)
    const value = literal(expect(['quoted', 'word'], 'expected label value'))
    try {
      matchers.push(createMatcher(operator.text as Matcher['kind'], name, value))
    } catch (error) {
      throw refused(`failed to create matcher: ${messageOf(error)}`)
    }
    more = false
    const end = tryPeek(peek, 'expected a comma or close brace')
    if (end.kind === 'comma') {
      take()
      const next = tryPeek(peek, 'expected a matcher or close brace after comma')
      if (next.kind === 'word' || next.kind === 'quoted') more = true
      else if (next.kind !== 'close' && next.kind !== 'end') {
        throw refused(`${unexpected(next)}: expected a matcher or close brace after comma`)
      }
    } else if (end.kind !== 'close' && end.kind !== 'end') {
      throw refused(`${unexpected(end)}: expected a comma or close brace`)
    }
  }
  const end = peek()
  if (braces) {
    if (end.kind !== 'close') throw refused(`0:${chars.length}: ${unexpected(end)}: expected close brace`)
    take()
  } else if (end.kind === 'close') throw refused(`0:${end.to}: }: expected opening brace`)
  const rest = tryPeek(peek, 'expected end of input')
  if (rest.kind !== 'end') throw refused(`${rest.from}:${rest.to}: ${rest.text}: expected end of input`)
  return matchers
}

function tryPeek(peek: () => Token, wanted: string): Token {
  try {
    return peek()
  } catch (error) {
    throw refused(`${messageOf(error)}: ${wanted}`)
  }
}

const refused = (message: string) => new BinnacleError('alerting.bad_matcher', message)
