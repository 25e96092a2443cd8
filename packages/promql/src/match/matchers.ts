import { RE2JS } from 're2js'
import { type Labels, labelValue } from '../labels.ts'
import type { Matcher } from '../series-source.ts'
import { prefixOf, shapesOf, shapeTest } from './shapes.ts'

/** Regexes of one process come back at every refresh of a dashboard; compiled ones are kept, the oldest go first. */
const CACHE_SIZE = 256
const cache = new Map<string, (value: string) => boolean>()
const listed = new Map<string, { readonly texts: readonly string[] | undefined }>()
/** Regexes that were found right. Compiling one to find that out takes a twentieth of a millisecond. */
const sound = new Set<string>()
const SOUND_LENGTH = 1_000

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
  if (sound.has(pattern) || shapesOf(pattern) !== undefined) return undefined
  try {
    RE2JS.compile(pattern)
    if (sound.size >= CACHE_SIZE) sound.delete(sound.keys().next().value!)
    if (pattern.length <= SOUND_LENGTH) sound.add(pattern)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error)
  }
}

/** All texts that a regex takes when they can be listed (`a|b|c`, `host-(1|2)\\.example`), otherwise undefined. */
export function literalAlternatives(pattern: string): readonly string[] | undefined {
  const known = listed.get(pattern)
  if (known !== undefined) return known.texts
  const texts = listAlternatives(pattern)
  if (listed.size >= CACHE_SIZE) listed.delete(listed.keys().next().value!)
  listed.set(pattern, { texts })
  return texts
}

function listAlternatives(pattern: string): readonly string[] | undefined {
  if (/^[^\\.+*?()[\]{}^$]*$/.test(pattern)) return pattern.split('|')
  const texts: string[] = []
  for (const shape of shapesOf(pattern) ?? [[0]]) {
    const [only = ''] = shape
    if (shape.length > 1 || typeof only !== 'string') return undefined
    texts.push(only)
  }
  return texts
}

function compilePattern(pattern: string): (value: string) => boolean {
  const known = cache.get(pattern)
  if (known !== undefined) return known
  const test = plainTest(pattern) ?? regexTest(pattern)
  if (cache.size >= CACHE_SIZE) cache.delete(cache.keys().next().value!)
  cache.set(pattern, test)
  return test
}

/** Texts and gaps need no regex. */
function plainTest(pattern: string): ((value: string) => boolean) | undefined {
  const texts = literalAlternatives(pattern)
  if (texts !== undefined) {
    if (texts.length === 1) return (value) => value === texts[0]
    const set = new Set(texts)
    return (value) => set.has(value)
  }
  const tests = shapesOf(pattern)?.map(shapeTest)
  if (tests === undefined) return undefined
  if (tests.length === 1) return tests[0]
  return (value) => {
    for (const test of tests) if (test(value)) return true
    return false
  }
}

/** The regex runs only on values that begin as all that it takes do: comparing costs a hundredth of it. */
function regexTest(pattern: string): (value: string) => boolean {
  const regex = RE2JS.compile(`^(?s:${pattern})$`)
  const prefix = prefixOf(pattern)
  return prefix === '' ? (value) => regex.test(value) : (value) => value.startsWith(prefix) && regex.test(value)
}
