/** White space as Go's `unicode.IsSpace` sees it (JavaScript's `\s` has a few others). */
const SPACE = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

export const isSpace = (char: string): boolean => SPACE.test(char)

/** Without white space at both ends. */
export function trimSpace(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && isSpace(text[from]!)) from++
  while (to > from && isSpace(text[to - 1]!)) to--
  return text.slice(from, to)
}

/** Characters that end a name or value without quotes. Source: Alertmanager's documentation, "UTF-8 matchers". */
export const isReserved = (char: string): boolean => '{}!=~,\\"\'`'.includes(char) || isSpace(char)

/** Order of bytes of UTF-8, as Go compares texts; UTF-16 differs from it only where surrogates meet U+E000 and above. */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    let x = a.charCodeAt(i)
    let y = b.charCodeAt(i)
    if (x === y) continue
    if (x >= 0xd800 && y >= 0xd800) {
      // Surrogates stand for code points above all others.
      if (x < 0xe000) x += 0x10000
      if (y < 0xe000) y += 0x10000
    }
    return x - y
  }
  return a.length - b.length
}
