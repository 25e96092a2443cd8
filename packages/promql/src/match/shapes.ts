/*
 * Most regexes in the field are no more than texts with gaps: `a|b`, `host-1\.example:.*`, `(api|web)-.+-prod`, `.*error.*`.
 * Such a pattern is a list of alternatives, each a row of texts and gaps; everything else is left to RE2.
 *
 *   (api|web)-.+-prod   =   [ 'api-', 1, '-prod' ]  or  [ 'web-', 1, '-prod' ]
 */

/** Texts and gaps in turn, never two of a kind side by side; a number is a gap of at least so many characters (0 or 1). */
export type Shape = readonly (string | 0 | 1)[]

/** Alternatives of a pattern that come from multiplying its groups; written side by side they may be as many as they are. */
const MAX_MULTIPLIED = 256

/** The alternatives of a pattern that is anchored at both ends; undefined when it is more than texts and gaps. */
export function shapesOf(pattern: string): readonly Shape[] | undefined {
  const reader = { pattern, at: 0 }
  const shapes = readAlternatives(reader, 0)
  return shapes !== undefined && reader.at === pattern.length ? shapes : undefined
}

/** Text that every value begins with that a pattern takes; empty when that is not plain to see. */
export function prefixOf(pattern: string): string {
  // An alternative, at whatever depth, or a flag might undo it.
  if (/\||\(\?[^:]/.test(pattern)) return ''
  let text = ''
  for (let at = pattern.startsWith('^') ? 1 : 0; at < pattern.length; ) {
    const literal = literalAt(pattern, at)
    if (literal === undefined) return text
    at += literal.length
    const next = pattern[at]
    if (next === '*' || next === '?' || next === '{') return text
    text += literal.text
    if (next === '+') return text
  }
  return text
}

/** A test of whole values. */
export function shapeTest(shape: Shape): (value: string) => boolean {
  if (shape.length === 0) return (value) => value === ''
  if (shape.length === 1) {
    const only = shape[0]!
    if (typeof only === 'string') return (value) => value === only
    return only === 0 ? () => true : (value) => value !== ''
  }
  return (value) => takes(shape, value)
}

function takes(shape: Shape, value: string): boolean {
  let at = 0
  let from = 0
  let to = shape.length
  let end = value.length
  const first = shape[0]!
  if (typeof first === 'string') {
    if (!value.startsWith(first)) return false
    at = first.length
    from = 1
  }
  const last = shape[to - 1]!
  if (typeof last === 'string') {
    if (end - last.length < at || !value.endsWith(last)) return false
    end -= last.length
    to--
  }
  // Here a gap begins and a gap ends it. The earliest place for each text leaves most room for the next.
  let gap = 0
  for (let i = from; i < to; i++) {
    const part = shape[i]!
    if (typeof part !== 'string') {
      gap = part
      continue
    }
    const found = value.indexOf(part, at + gap)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
    gap = 0
  }
  return end - at >= gap
}

type Reader = { readonly pattern: string; at: number }

function readAlternatives(reader: Reader, depth: number): Shape[] | undefined {
  const all: Shape[] = []
  for (;;) {
    const shapes = readSequence(reader, depth)
    if (shapes === undefined) return undefined
    for (const shape of shapes) all.push(shape)
    if (reader.pattern[reader.at] !== '|') return all
    reader.at++
  }
}

function readSequence(reader: Reader, depth: number): Shape[] | undefined {
  const { pattern } = reader
  let shapes: Shape[] = [[]]
  // Anchors say nothing new at the ends of the whole pattern's alternatives.
  if (depth === 0 && pattern[reader.at] === '^') reader.at++
  for (;;) {
    const char = pattern[reader.at]
    if (char === undefined || char === '|' || (char === ')' && depth > 0)) return shapes
    if (char === '$' && depth === 0) {
      reader.at++
      const next = pattern[reader.at]
      return next === undefined || next === '|' ? shapes : undefined
    }
    const atom = readAtom(reader, depth)
    if (atom === undefined) return undefined
    const joined = multiplied(shapes, atom)
    if (joined === undefined) return undefined
    shapes = joined
  }
}

/** A character, a group or a gap, with the quantifier behind it. */
function readAtom(reader: Reader, depth: number): Shape[] | undefined {
  const { pattern } = reader
  let atom: Shape[]
  if (pattern[reader.at] === '.') {
    const quantifier = pattern[reader.at + 1]
    if (quantifier !== '*' && quantifier !== '+') return undefined
    reader.at += 2
    // A lazy gap takes the same values as a greedy one.
    if (pattern[reader.at] === '?') reader.at++
    return quantified(pattern[reader.at]) ? undefined : [[quantifier === '*' ? 0 : 1]]
  }
  if (pattern[reader.at] === '(') {
    reader.at++
    if (pattern[reader.at] === '?') {
      if (pattern[reader.at + 1] !== ':') return undefined
      reader.at += 2
    }
    const inner = readAlternatives(reader, depth + 1)
    if (inner === undefined || pattern[reader.at] !== ')') return undefined
    reader.at++
    atom = inner
  } else {
    const literal = literalAt(pattern, reader.at)
    if (literal === undefined) return undefined
    reader.at += literal.length
    atom = [[literal.text]]
  }
  if (pattern[reader.at] === '?') {
    reader.at++
    atom = [...atom, []]
  }
  return quantified(pattern[reader.at]) ? undefined : atom
}

function quantified(char: string | undefined): boolean {
  return char === '*' || char === '+' || char === '?' || char === '{'
}

/** A character that stands for itself, as it is or escaped; `length` in the pattern. */
function literalAt(pattern: string, at: number): { text: string; length: number } | undefined {
  const char = pattern[at]!
  if (char === '\\') {
    const next = pattern[at + 1]
    // RE2 takes any punctuation of ASCII behind a backslash as itself.
    return next !== undefined && /^[!-/:-@[-`{-~]$/.test(next) ? { text: next, length: 2 } : undefined
  }
  if (/^[.+*?()[\]{}^$|]$/.test(char)) return undefined
  const whole = String.fromCodePoint(pattern.codePointAt(at)!)
  return { text: whole, length: whole.length }
}

function multiplied(left: readonly Shape[], right: readonly Shape[]): Shape[] | undefined {
  if (left.length > 1 && right.length > 1 && left.length * right.length > MAX_MULTIPLIED) return undefined
  const all: Shape[] = []
  for (const a of left) {
    for (const b of right) {
      const joined = concatenated(a, b)
      if (joined === undefined) return undefined
      all.push(joined)
    }
  }
  return all
}

function concatenated(a: Shape, b: Shape): Shape | undefined {
  if (a.length === 0) return b
  if (b.length === 0) return a
  const end = a[a.length - 1]!
  const begin = b[0]!
  if (typeof end === 'string' && typeof begin === 'string') return [...a.slice(0, -1), end + begin, ...b.slice(1)]
  if (typeof end === 'string' || typeof begin === 'string') return [...a, ...b]
  // Two characters at least: of how many code units is not to be told.
  if (end + begin > 1) return undefined
  return [...a.slice(0, -1), (end + begin) as 0 | 1, ...b.slice(1)]
}
