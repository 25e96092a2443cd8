// Upper case, lower case and title case as Go has them.

/** Each code point by itself, as `strings.ToUpper`: `ß` stays. */
export function toUpper(text: string): string {
  return isAscii(text) ? text.toUpperCase() : mapped(text, (c) => c.toUpperCase())
}

export function toLower(text: string): string {
  return isAscii(text) ? text.toLowerCase() : mapped(text, (c) => c.toLowerCase())
}

const isAscii = (text: string) => /^[\u0000-\u007f]*$/.test(text)

function mapped(text: string, change: (c: string) => string): string {
  let out = ''
  for (const c of text) {
    const changed = change(c)
    out += [...changed].length === 1 ? changed : c
  }
  return out
}

let words: Intl.Segmenter | undefined

/**
 * The first letter of each word in title case; the rest in lower case, or as it is with `keepRest`. Words end as Unicode has
 * it (UAX 29), as in Go's `cases.Title`.
 */
export function toTitle(text: string, keepRest: boolean): string {
  words ??= new Intl.Segmenter('en', { granularity: 'word' })
  let out = ''
  for (const { segment } of words.segment(text)) {
    const first = segment.search(/[\p{Lu}\p{Ll}\p{Lt}]/u)
    if (first < 0) {
      out += segment
      continue
    }
    const letter = String.fromCodePoint(segment.codePointAt(first)!)
    const rest = segment.slice(first + letter.length)
    out += segment.slice(0, first) + titleLetter(letter) + (keepRest ? rest : rest.toLowerCase())
  }
  return out
}

const titles: Record<string, string> = { ǆ: 'ǅ', Ǆ: 'ǅ', ǉ: 'ǈ', Ǉ: 'ǈ', ǌ: 'ǋ', Ǌ: 'ǋ', ǳ: 'ǲ', Ǳ: 'ǲ' }

function titleLetter(letter: string): string {
  const upper = titles[letter] ?? letter.toUpperCase()
  return upper.length > letter.length ? upper[0] + upper.slice(1).toLowerCase() : upper
}

/** `strings.TrimSpace`. */
export function trimSpace(text: string): string {
  return text.replace(
    /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g,
    '',
  )
}
