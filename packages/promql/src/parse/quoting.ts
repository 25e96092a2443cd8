// String literals as Go has them: "..." and '...' with escapes, `...` raw. Source: Prometheus docs, querying/basics.

const SIMPLE: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
}

/** The text that a literal with its quotes stands for; undefined where an escape is invalid. */
export function unquote(literal: string): string | undefined {
  const quote = literal[0]!
  const body = literal.slice(1, -1)
  if (quote === '`') return body.replaceAll('\r', '')
  if (!body.includes('\\')) return body.includes('\n') ? undefined : body
  let out = ''
  let bytes: number[] = []
  const flush = () => {
    if (bytes.length > 0) out += utf8(bytes)
    bytes = []
  }
  for (let i = 0; i < body.length; i++) {
    const char = body[i]!
    if (char === '\n') return undefined
    if (char !== '\\') {
      flush()
      out += char
      continue
    }
    const next = body[++i]
    if (next === undefined) return undefined
    const simple = SIMPLE[next]
    if (simple !== undefined) {
      if ((next === '"' || next === "'") && next !== quote) return undefined
      flush()
      out += simple
    } else if (next === 'x' || /[0-7]/.test(next)) {
      const digits = next === 'x' ? body.slice(i + 1, i + 3) : body.slice(i, i + 3)
      const code = /^[0-9a-fA-F]{2}$|^[0-7]{3}$/.test(digits) ? Number.parseInt(digits, next === 'x' ? 16 : 8) : 256
      if (code > 255 || (next !== 'x' && digits.length !== 3)) return undefined
      bytes.push(code)
      i += next === 'x' ? 2 : 2
    } else if (next === 'u' || next === 'U') {
      const width = next === 'u' ? 4 : 8
      const digits = body.slice(i + 1, i + 1 + width)
      const code = /^[0-9a-fA-F]+$/.test(digits) && digits.length === width ? Number.parseInt(digits, 16) : -1
      if (code < 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return undefined
      flush()
      out += String.fromCodePoint(code)
      i += width
    } else return undefined
  }
  flush()
  return out
}

/** Bytes that are no UTF-8 become U+FFFD each. */
function utf8(bytes: readonly number[]): string {
  let out = ''
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i]!
    const more =
      first < 0x80
        ? 0
        : first >= 0xc2 && first < 0xe0
          ? 1
          : first >= 0xe0 && first < 0xf0
            ? 2
            : first >= 0xf0 && first < 0xf5
              ? 3
              : -1
    let code = more === 0 ? first : more === 1 ? first & 0x1f : more === 2 ? first & 0x0f : first & 0x07
    let ok = more >= 0
    for (let k = 1; ok && k <= more; k++) {
      const next = bytes[i + k]
      if (next === undefined || (next & 0xc0) !== 0x80) ok = false
      else code = (code << 6) | (next & 0x3f)
    }
    if (
      ok &&
      ((more === 2 && code < 0x800) ||
        (more === 3 && (code < 0x10000 || code > 0x10ffff)) ||
        (code >= 0xd800 && code < 0xe000))
    )
      ok = false
    out += ok ? String.fromCodePoint(code) : '\ufffd'
    i += ok ? more + 1 : 1
  }
  return out
}

const NAMED: Record<string, string> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
}

/** A double-quoted literal that `unquote` turns back into the text, as Go's `%q` writes it. */
export function quote(text: string): string {
  let out = '"'
  for (const char of text) out += escaped(char, '"')
  return `${out}"`
}

/** A character between single quotes, as Go's `%q` writes it; U+FFFD where there is none. */
export function quoteChar(code: number | undefined): string {
  return `'${escaped(code === undefined ? '\ufffd' : String.fromCodePoint(code), "'")}'`
}

function escaped(char: string, mark: string): string {
  if (char === mark) return `\\${char}`
  const named = NAMED[char]
  if (named !== undefined) return named
  if (/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(char)) return char
  const code = char.codePointAt(0)!
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`
  if (code >= 0xd800 && code < 0xe000) return '\ufffd'
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}
