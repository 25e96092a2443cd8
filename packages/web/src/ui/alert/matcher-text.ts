import type { LabelMap, MatcherKind, MatcherText } from '../../api/index.ts'

/** Canonical text, such as `severity="critical"`; names that are no plain words are quoted. */
export function formatMatcher({ name, kind, value }: MatcherText): string {
  const plain = /^[a-zA-Z_:][\w:]*$/.test(name) ? name : quote(name)
  return `${plain}${kind}${quote(value)}`
}

const quote = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')}"`

/** Equality on each of the labels, sorted by name. */
export const matchersOf = (labels: LabelMap): MatcherText[] =>
  Object.keys(labels)
    .sort()
    .map((name) => ({ name, kind: '=', value: labels[name]! }))

/** The filter with one more condition; the same condition stands once. */
export function addMatcher(filter: string, matcher: MatcherText): string {
  const text = formatMatcher(matcher)
  const inside = filter.trim().replace(/^\{/, '').replace(/\}$/, '').trim().replace(/,$/, '')
  if (inside === '') return text
  return inside.includes(text) ? inside : `${inside}, ${text}`
}

/** One matcher; `undefined` when it is none. The server reads filters; this is for chips and the address. */
export function parseMatcher(text: string): MatcherText | undefined {
  const found =
    /^\s*(?:([a-zA-Z_:][\w:]*)|"((?:[^"\\]|\\.)+)")\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^",{}]*?))\s*$/s.exec(
      text,
    )
  if (found === null) return undefined
  const [, plain, quoted, kind, value, bare] = found
  return {
    name: plain ?? unquote(quoted!),
    kind: kind as MatcherKind,
    value: value === undefined ? bare! : unquote(value),
  }
}

const unquote = (text: string) => text.replace(/\\(.)/gs, (_all, char: string) => (char === 'n' ? '\n' : char))

/** Comma-separated matchers; `undefined` as soon as one of them is none. */
export function parseMatchers(text: string): MatcherText[] | undefined {
  const inside = text.trim().replace(/^\{/, '').replace(/\}$/, '')
  const pieces = inside.match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/gs) ?? []
  const found: MatcherText[] = []
  for (const piece of pieces) {
    if (piece.trim() === '') continue
    const matcher = parseMatcher(piece)
    if (matcher === undefined) return undefined
    found.push(matcher)
  }
  return found
}
