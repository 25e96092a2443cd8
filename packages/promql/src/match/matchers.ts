import { RE2JS } from 're2js'
import { type Labels, labelValue } from '../labels.ts'
import type { Matcher } from '../series-source.ts'

/** Regexes of one process come back at every refresh of a dashboard; compiled ones are kept, the oldest go first. */
const CACHE_SIZE = 256
const cache = new Map<string, (value: string) => boolean>()

/**
 * Test of one label value (`''` for an absent label). Regexes are RE2, anchored at both ends, `.` takes line breaks too.
 * Throws what re2js throws where a regex is invalid. Source: Prometheus, querying basics, "Time series selectors".
 */
export function compileMatcher(matcher: Matcher): (value: string) => boolean {
  const wanted = matcher.value
  switch (matcher.op) {
    case '=':
      return (value) => value === wanted
    case '!=':
      return (value) => value !== wanted
    case '=~':
      return compilePattern(wanted)
    case '!~': {
      const test = compilePattern(wanted)
      return (value) => !test(value)
    }
  }
}

/** Test of a whole label set: all matchers have to hold. */
export function compileMatchers(matchers: readonly Matcher[]): (labels: Labels) => boolean {
  const tests = matchers.map((matcher) => ({ name: matcher.name, test: compileMatcher(matcher) }))
  return (labels) => {
    for (const { name, test } of tests) if (!test(labelValue(labels, name))) return false
    return true
  }
}

/** What is wrong with a regex, in RE2's words; undefined when nothing is. */
export function regexProblem(pattern: string): string | undefined {
  if (literalAlternatives(pattern) !== undefined) return undefined
  try {
    RE2JS.compile(pattern)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error)
  }
}

/** All texts that a regex takes when it is but an alternation of literals (`a|b|c`), otherwise undefined. */
export function literalAlternatives(pattern: string): readonly string[] | undefined {
  return /^[^\\.+*?()[\]{}^$]*$/.test(pattern) ? pattern.split('|') : undefined
}

function compilePattern(pattern: string): (value: string) => boolean {
  const known = cache.get(pattern)
  if (known !== undefined) return known
  const test = fastTest(pattern) ?? regexTest(pattern)
  if (cache.size >= CACHE_SIZE) cache.delete(cache.keys().next().value!)
  cache.set(pattern, test)
  return test
}

/** Most patterns in the field are literals, `a|b`, `abc.*`, `.*abc`, `.*abc.*`, `.*` or `.+`: no regex needed. */
function fastTest(pattern: string): ((value: string) => boolean) | undefined {
  const alternatives = literalAlternatives(pattern)
  if (alternatives !== undefined) {
    if (alternatives.length === 1) return (value) => value === pattern
    const set = new Set(alternatives)
    return (value) => set.has(value)
  }
  if (pattern === '.*') return () => true
  if (pattern === '.+') return (value) => value !== ''
  const parts = /^(\.[*+])?([^\\.+*?()[\]{}^$|]+)(\.[*+])?$/.exec(pattern)
  if (parts === null) return undefined
  const [, before, literal, after] = parts
  const lead = before === '.+' ? 1 : 0
  const trail = after === '.+' ? 1 : 0
  const text = literal!
  if (before === undefined) {
    return (value) => value.startsWith(text) && value.length >= text.length + trail
  }
  if (after === undefined) return (value) => value.endsWith(text) && value.length >= text.length + lead
  return (value) => {
    const at = value.indexOf(text, lead)
    return at >= 0 && at + text.length + trail <= value.length
  }
}

function regexTest(pattern: string): (value: string) => boolean {
  const regex = RE2JS.compile(`^(?s:${pattern})$`)
  return (value) => regex.test(value)
}
