import { existsSync, readdirSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'

/**
 * Files that match a pattern with `*`, `?` and `[...]` inside path segments, sorted; `[]` when there are none.
 * A pattern without these is the file itself, if it exists. Source: Go's `filepath.Glob`.
 */
export function findFiles(pattern: string): string[] {
  if (!isPattern(pattern)) return existsSync(pattern) ? [pattern] : []
  const segments = pattern.split('/')
  let found: string[] = [isAbsolute(pattern) ? '/' : '']
  for (const [i, segment] of segments.entries()) {
    if (segment === '' && i === 0) continue
    const next: string[] = []
    for (const directory of found) {
      if (!isPattern(segment)) {
        const path = directory === '' ? segment : join(directory, segment)
        if (existsSync(path)) next.push(path)
        continue
      }
      const regex = segmentRegex(segment)
      let names: string[]
      try {
        names = readdirSync(directory === '' ? '.' : directory)
      } catch {
        continue // not a directory, or not readable: nothing matches there
      }
      for (const name of names.sort()) if (regex.test(name)) next.push(directory === '' ? name : join(directory, name))
    }
    found = next
  }
  return found
}

export function isPattern(path: string): boolean {
  return /[*?[]/.test(path)
}

// Built from escaped parts without nesting or repeats of repeats: it cannot run away.
function segmentRegex(segment: string): RegExp {
  let out = ''
  for (let i = 0; i < segment.length; i++) {
    const c = segment[i]!
    const close = c === '[' ? segment.indexOf(']', i + 2) : -1
    if (c === '*') out += segment[i - 1] === '*' ? '' : '.*'
    else if (c === '?') out += '.'
    else if (close > 0) {
      const negated = segment[i + 1] === '^'
      const inside = segment.slice(i + (negated ? 2 : 1), close).replace(/[\\\]^[]/g, '\\$&')
      out += `[${negated ? '^' : ''}${inside}]`
      i = close
    } else out += c.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  }
  return new RegExp(`^${out}$`, 's')
}
