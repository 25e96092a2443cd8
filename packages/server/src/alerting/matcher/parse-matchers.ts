import { BinnacleError, messageOf } from '../../config/index.ts'
import { parseClassicMatcher, parseClassicMatchers } from './classic.ts'
import type { Matcher } from './matcher.ts'
import { parseUtf8Matchers } from './utf8.ts'

/**
 * Zero or more matchers, with or without braces, as the configuration has them. Throws `BinnacleError`
 * (`alerting.bad_matcher`) in Alertmanager's words; the hint says what the UTF-8 form misses.
 */
export function parseMatchers(text: string): readonly Matcher[] {
  return eitherForm(
    () => parseUtf8Matchers(text),
    () => parseClassicMatchers(text),
  )
}

/** Exactly one matcher, without braces, as filters of the API have it. Throws like `parseMatchers`. */
export function parseMatcher(text: string): Matcher {
  if (text.startsWith('{') || text.endsWith('}')) {
    throw new BinnacleError('alerting.bad_matcher', `unexpected open or close brace: ${text}`)
  }
  const one = () => {
    const matchers = parseUtf8Matchers(text)
    if (matchers.length === 1) return matchers
    const message = matchers.length === 0 ? 'no matchers' : `expected 1 matcher, found ${matchers.length}`
    throw new BinnacleError('alerting.bad_matcher', message)
  }
  return eitherForm(one, () => [parseClassicMatcher(text)])[0]!
}

/**
 * Alertmanager's default mode: both forms are tried; where only one takes the text, that one; where they understand it
 * differently, the classic one. Source: Alertmanager's documentation, "Label matchers", fallback mode.
 */
function eitherForm(utf8: () => readonly Matcher[], classic: () => readonly Matcher[]): readonly Matcher[] {
  const modern = attempt(utf8)
  const old = attempt(classic)
  if ('matchers' in old)
    return 'matchers' in modern && same(modern.matchers, old.matchers) ? modern.matchers : old.matchers
  if ('matchers' in modern) return modern.matchers
  throw new BinnacleError('alerting.bad_matcher', messageOf(old.error), {
    hint: `expected name="value" (or !=, =~, !~): ${messageOf(modern.error)}`,
  })
}

function attempt(parse: () => readonly Matcher[]): { matchers: readonly Matcher[] } | { error: BinnacleError } {
  try {
    return { matchers: parse() }
  } catch (error) {
    if (error instanceof BinnacleError) return { error }
    throw error
  }
}

function same(a: readonly Matcher[], b: readonly Matcher[]): boolean {
  return (
    a.length === b.length &&
    a.every((one, i) => one.name === b[i]!.name && one.kind === b[i]!.kind && one.value === b[i]!.value)
  )
}
