import { compileMatcher, type Matcher, PromqlError, parseSelector } from '@binnacle/promql'
import { badParameter, badRequest } from './params.ts'

/**
 * Matchers of every `match[]`. Throws for a text that is no series selector, and for one that would match everything,
 * in Prometheus's words (with the parameter's name where it names it).
 */
export function matcherSets(texts: readonly string[], parameter?: string): (readonly Matcher[])[] {
  const refuse = (message: string) => (parameter === undefined ? badRequest(message) : badParameter(parameter, message))
  return texts.map((text) => {
    try {
      return parseSelector(text)
    } catch (error) {
      if (!(error instanceof PromqlError)) throw error
      throw refuse(isEmptySelector(error) ? 'match[] must contain at least one non-empty matcher' : error.message)
    }
  })
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

/** The parser refuses a selector that would match every series, as the language does; this API has its own words for it. */
function isEmptySelector(error: PromqlError): boolean {
  return error.message.endsWith('vector selector must contain at least one non-empty matcher')
}
