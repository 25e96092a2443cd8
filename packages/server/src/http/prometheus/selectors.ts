import { compileMatcher, type Matcher, PromqlError, parseSelector } from '@binnacle/promql'
import { badParameter, badRequest } from './params.ts'

/**
 * Matchers of every `match[]`. Throws for a text that is no series selector, and for one that would match everything,
 * in Prometheus's words (with the parameter's name where it names it).
 */
export function matcherSets(texts: readonly string[], parameter?: string): (readonly Matcher[])[] {
  return texts.map((text) => {
    const matchers = parsed(text, parameter)
    if (matchers !== undefined) return matchers
    throw refusal('match[] must contain at least one non-empty matcher', parameter)
  })
}

/**
 * The same where Prometheus allows matchers that say nothing: `{a=""}` is every series without that label. Only `{}`
 * selects nothing there.
 */
export function anyMatcherSets(texts: readonly string[], parameter?: string): (readonly Matcher[])[] {
  const sets = texts.map((text) => {
    const matchers = parsed(text, parameter)
    if (matchers !== undefined || /^\s*\{\s*\}\s*$/.test(text)) return matchers
    // The parser wants one matcher that says something: every series has a name.
    return parseSelector(`${withoutEnd(withoutEnd(text, '}'), ',')},__name__!=""}`)
  })
  return sets.filter((matchers) => matchers !== undefined)
}

/** The text without white space and then `end` at its end. (A regex would try at each of many spaces in turn.) */
function withoutEnd(text: string, end: string): string {
  const trimmed = text.trimEnd()
  return trimmed.endsWith(end) ? trimmed.slice(0, -1) : trimmed
}

/** Dashboards ask for the same few again and again. */
const MOST_KNOWN = 512
/** Longer texts are parsed each time, so that what is kept stays small. */
const LONGEST_KNOWN = 1_000
const known = new Map<string, readonly Matcher[]>()

/** Undefined for a selector that would match every series, which the parser refuses as the language does. */
function parsed(text: string, parameter: string | undefined): readonly Matcher[] | undefined {
  const found = known.get(text)
  if (found !== undefined) return found
  try {
    const matchers = parseSelector(text)
    if (text.length <= LONGEST_KNOWN) {
      if (known.size >= MOST_KNOWN) known.delete(known.keys().next().value!)
      known.set(text, matchers)
    }
    return matchers
  } catch (error) {
    if (!(error instanceof PromqlError)) throw error
    if (error.message.endsWith('vector selector must contain at least one non-empty matcher')) return undefined
    throw refusal(error.message, parameter)
  }
}

function refusal(message: string, parameter: string | undefined): Error {
  return parameter === undefined ? badRequest(message) : badParameter(parameter, message)
}

/** A test on labels from a selector; one without matchers matches everything. */
export function matchesLabels(selector: string, parameter: string): (valueFor: (name: string) => string) => boolean {
  if (/^\s*(\{\s*\}\s*)?$/.test(selector)) return () => true
  let matchers: readonly Matcher[]
  try {
    matchers = parseSelector(selector)
  } catch (error) {
    throw error instanceof PromqlError ? badParameter(parameter, error.message) : error
  }
  const tests = matchers.map((matcher) => ({ name: matcher.name, test: compileMatcher(matcher) }))
  return (valueFor) => tests.every(({ name, test }) => test(valueFor(name)))
}
