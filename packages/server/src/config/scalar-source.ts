/**
 * Where a character of a scalar's value stands in its source (UTF-16 units from the source's start). YAML folds and
 * indents white space as it likes, but every other character of the value stands in the source in its order: both are
 * walked from one such character to the next. White space counts as standing right behind the character before it.
 * Source: YAML 1.2.2, chapters 7.3 (flow scalars) and 8.1 (block scalars).
 */
export function offsetInSource({
  source,
  style,
  value,
  offset,
}: {
  readonly source: string
  readonly style: ScalarStyle
  readonly value: string
  readonly offset: number
}): number {
  const target = Math.min(Math.max(0, offset), value.length)
  let at = contentStart(source, style)
  let last = at
  for (let i = 0; i <= target; i++) {
    const char = value[i]
    if (char === undefined || isSpace(char)) {
      // A blank in the middle of a line stands for itself.
      if (i === target) return i > 0 && isSpace(value[i - 1]!) ? at : last
      if (source[at] === char && char !== '\n') at++
      continue
    }
    const found = nextCharacter(source, style, at)
    if (i === target) return found.start
    at = found.end
    last = at
  }
  return last
}

function contentStart(source: string, style: ScalarStyle): number {
  if (style === 'plain') return 0
  if (style === 'single' || style === 'double') return 1
  const line = source.indexOf('\n')
  return line < 0 ? source.length : line + 1
}

/** The next character of the source that is no white space of the value, with its escape. */
function nextCharacter(source: string, style: ScalarStyle, from: number): { start: number; end: number } {
  let at = from
  while (at < source.length) {
    const char = source[at]!
    if (isSpace(char)) at++
    else if (style === 'single' && char === "'" && source[at + 1] === "'") return { start: at, end: at + 2 }
    else if (style === 'double' && char === '\\') {
      const kind = source[at + 1] ?? ''
      const length = 2 + ({ x: 2, u: 4, U: 8 }[kind] ?? 0)
      if (!'\n\r\t nrNLP_t'.includes(kind) || kind === '') return { start: at, end: at + length }
      at += length
    } else return { start: at, end: at + 1 }
  }
  return { start: source.length, end: source.length }
}

function isSpace(char: string): boolean {
  return char === ' ' || char === '\n' || char === '\t' || char === '\r'
}

export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal' | 'folded'
