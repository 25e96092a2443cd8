import type { Matcher } from '@binnacle/promql'
import { RE2JS } from 're2js'

/** Test of one label value; regexes are RE2, anchored at both ends, and `.` takes line breaks too, as in Prometheus. */
export function compileMatcher(matcher: Matcher): (value: string) => boolean {
  const wanted = matcher.value
  if (matcher.op === '=') return (value) => value === wanted
  if (matcher.op === '!=') return (value) => value !== wanted
  const matches = compileRegex(wanted)
  return matcher.op === '=~' ? matches : (value) => !matches(value)
}

function compileRegex(pattern: string): (value: string) => boolean {
  // `text`, `text.*` and `text.+` are most of what is asked, and need no regex.
  const simple = /^([^\\.+*?()[\]{}^$|]*)(\.[*+])?$/.exec(pattern)
  if (simple === null) {
    const regex = RE2JS.compile(`^(?s:${pattern})$`)
    return (value) => regex.test(value)
  }
  const literal = simple[1]!
  if (simple[2] === undefined) return (value) => value === literal
  const shortest = literal.length + (simple[2] === '.+' ? 1 : 0)
  return (value) => value.length >= shortest && value.startsWith(literal)
}
