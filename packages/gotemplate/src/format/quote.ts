// Go's quoted constants: `strconv.Quote` and its kin.

const named: Record<string, string> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\u000b': '\\v',
  '\\': '\\\\',
}
const notPrintable = /^[\p{C}\p{Z}]$/u

/** Whether Go prints a character as it is: letters, marks, numbers, punctuation, symbols and the ASCII space. */
export function isPrintable(c: string): boolean {
  const code = c.charCodeAt(0)
  if (code < 0x7f) return code >= 0x20
  return !notPrintable.test(c)
}

function escapeChar(c: string, quote: string, ascii: boolean): string {
  if (c === quote) return `\\${c}`
  const short = named[c]
  if (short !== undefined) return short
  const code = c.codePointAt(0)!
  // A half of a surrogate pair stands for bytes that are no UTF-8.
  if (code >= 0xd800 && code < 0xe000) return ascii ? '\\ufffd' : '\ufffd'
  if (isPrintable(c) && (!ascii || code < 0x80)) return c
  const hex = code.toString(16)
  if (code < 0x20 || code === 0x7f) return `\\x${hex.padStart(2, '0')}`
  return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`
}

const plain = /^[ !#-[\]-~]*$/

/** `"text"` with Go's escapes; with `ascii` nothing else than ASCII stays. */
export function quoteText(text: string, ascii = false): string {
  if (plain.test(text)) return `"${text}"`
  let out = '"'
  for (const c of text) out += escapeChar(c, '"', ascii)
  return `${out}"`
}

/** `'c'` with Go's escapes. */
export function quoteChar(code: number, ascii = false): string {
  const valid = code >= 0 && code <= 0x10ffff && (code < 0xd800 || code >= 0xe000)
  return `'${escapeChar(valid ? String.fromCodePoint(code) : '\ufffd', "'", ascii)}'`
}

/** Whether a text can stand in backquotes: one line, no control characters, no backquote. */
export function canBackquote(text: string): boolean {
  return !/[\u0000-\u0008\u000a-\u001f\u007f`\ufeff\ud800-\udfff]/.test(
    text.replace(/[\ud800-\udbff][\udc00-\udfff]/g, ''),
  )
}
