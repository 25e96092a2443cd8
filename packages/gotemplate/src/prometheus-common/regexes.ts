// match and reReplaceAll: RE2 in linear time, unanchored, with Go's replacement texts (`$1`, `${name}`, `$$`).

import { RE2JS } from 're2js'
import { quoteText } from '../format/index.ts'
import { FunctionError, LimitReached } from '../template-error.ts'
import type { CallContext } from '../values/index.ts'

const MAX_CACHED = 200
const MAX_CACHED_LENGTH = 1000
const cache = new Map<string, RE2JS>()

function compiled(pattern: string, context: string): RE2JS {
  const known = cache.get(pattern)
  if (known !== undefined) return known
  let regex: RE2JS
  try {
    regex = RE2JS.compile(pattern)
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    const message = text.includes('trailing backslash') ? 'trailing backslash at end of expression: ``' : text
    throw new FunctionError(
      `${context}${message.startsWith('error parsing regexp') ? '' : 'error parsing regexp: '}${message}`,
    )
  }
  if (pattern.length > MAX_CACHED_LENGTH) return regex
  if (cache.size >= MAX_CACHED) cache.delete(cache.keys().next().value!)
  cache.set(pattern, regex)
  return regex
}

/** Steps of a search: it takes at most text times pattern. */
function costOf(pattern: string, text: string): number {
  return Math.floor(((text.length + 16) * (pattern.length + 16)) / 1024)
}

/** Whether a text holds a match. */
export function matches(pattern: string, text: string, context: CallContext): boolean {
  context.spend(costOf(pattern, text))
  return compiled(pattern, '').matcher(text).find()
}

/** All matches replaced. */
export function replaceAll(pattern: string, replacement: string, text: string, context: CallContext): string {
  context.spend(costOf(pattern, text))
  const quoted = pattern.includes('`') ? quoteText(pattern) : `\`${pattern}\``
  const regex = compiled(pattern, `regexp: Compile(${quoted}): `)
  const pieces = replacement.includes('$') ? piecesOf(replacement, regex) : [replacement]
  const matcher = regex.matcher(text)
  let out = ''
  let at = 0
  let end = -1
  while (matcher.find()) {
    const from = matcher.start()
    const to = matcher.end()
    // An empty match right behind the one before counts for nothing.
    if (from === to && from === end) continue
    end = to
    out += text.slice(at, from)
    for (const piece of pieces) out += typeof piece === 'string' ? piece : (matcher.group(piece) ?? '')
    at = to
    if (out.length > context.maxText) {
      throw new LimitReached('maxOutputBytes', `text longer than ${context.maxText} characters (limit maxOutputBytes)`)
    }
    context.spend(1)
  }
  return out + text.slice(at)
}

/** A replacement as texts and numbers of groups; names that no group has are empty. */
function piecesOf(replacement: string, regex: RE2JS): (string | number)[] {
  const pieces: (string | number)[] = []
  const names: Record<string, number> = regex.namedGroups()
  const groups = regex.groupCount()
  let at = 0
  for (const match of replacement.matchAll(/\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu)) {
    pieces.push(replacement.slice(at, match.index))
    at = match.index + match[0].length
    const name = match[1] ?? match[2]
    if (name === undefined) pieces.push('$')
    else if (/^\d+$/.test(name)) {
      if (Number(name) <= groups) pieces.push(Number(name))
    } else if (Object.hasOwn(names, name)) pieces.push(names[name]!)
  }
  pieces.push(replacement.slice(at))
  return pieces
}
