import { compileMatcher, type Matcher, PromqlError, parseSelector } from '@binnacle/promql'
import { badParameter, badRequest } from './params.ts'

/**
 * Matchers of every `match[]`. Throws for a text that is no series selector, and for one that would match everything,
 * in Prometheus's words (with the parameter's name where it names it).
 */
export function matcherSets(texts: readonly string[], parameter?: string): (readonly Matcher[])[] {
  const refuse = (message: string) => (parameter === undefined ? badRequest(message) : badParameter(parameter, message))
  return texts.map((text) => {
    const matchers = parse(text, refuse)
    if (!matchers.some((matcher) => !compileMatcher(matcher)(''))) {
      throw refuse('match[] must contain at least one non-empty matcher')
    }
    return matchers
  })
}

/** A test on labels from a selector; an empty text matches everything. */
export function matchesLabels(selector: string, parameter: string): (valueFor: (name: string) => string) => boolean {
  if (selector === '') return () => true
  const tests = parse(selector, (message) => badParameter(parameter, message)).map((matcher) => ({
    name: matcher.name,
    test: compileMatcher(matcher),
  }))
  return (valueFor) => tests.every(({ name, test }) => test(valueFor(name)))
}

function parse(text: string, refuse: (message: string) => Error): readonly Matcher[] {
  try {
    return parseSelector(text)
  } catch (error) {
    throw error instanceof PromqlError ? refuse(error.message) : error
  }
}
