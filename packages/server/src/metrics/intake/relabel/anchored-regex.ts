import { RE2JS } from 're2js'

/** A regex as Prometheus uses them in relabelling: RE2 syntax, anchored at both ends, `.` matches newlines. */
export type AnchoredRegex = {
  /** As it stands in the configuration. */
  readonly source: string
  matches(text: string): boolean
  /** Groups of a match (group 0 is the whole text, a group that took no part is undefined), or `undefined`. */
  match(text: string): RegexMatch | undefined
}

export type RegexMatch = {
  readonly groups: readonly (string | undefined)[]
  readonly named: Readonly<Record<string, number>>
}

/** Throws `RE2JSSyntaxException` (an `Error`) when `source` is no RE2 regex. */
export function compileAnchored(source: string): AnchoredRegex {
  const pattern = RE2JS.compile(`^(?s:${source})$`)
  const named = pattern.namedGroups()
  return {
    source,
    matches: (text) => pattern.matcher(text).find(),
    match: (text) => {
      const matcher = pattern.matcher(text)
      if (!matcher.find()) return undefined
      const groups: (string | undefined)[] = []
      for (let i = 0; i <= matcher.groupCount(); i++) groups.push(matcher.group(i) ?? undefined)
      return { groups, named }
    },
  }
}

/**
 * Fills `$1`, `${1}`, `$name` and `${name}` from a match; `$$` is one dollar. A name is as long as letters, digits and
 * underscores go (`$1x` is the group named `1x`); an unknown group is empty; a dollar without a name stays.
 * Source: Go's regexp package, `Regexp.Expand`.
 */
export function expandTemplate(template: string, match: RegexMatch): string {
  if (!template.includes('$')) return template
  return template.replace(/\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu, (_, dollar, braced, bare) => {
    if (dollar !== undefined) return '$'
    const name: string = braced ?? bare
    const index = /^\d+$/.test(name) ? Number(name) : Object.hasOwn(match.named, name) ? match.named[name] : undefined
    return index === undefined ? '' : (match.groups[index] ?? '')
  })
}
