// Texts made fit for HTML and for queries of URLs.

import { utf8Bytes } from './utf8.ts'

const htmlChars: Record<string, string> = {
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\0': '\ufffd',
}

/** Text with the five characters of HTML as entities. */
export function escapeHtml(text: string): string {
  return text.replace(/["'&<>\0]/g, (c) => htmlChars[c]!)
}

/** Go's `url.QueryEscape`: all but letters, digits and `-_.~` as bytes, a space as `+`. */
export function escapeQuery(text: string): string {
  let out = ''
  for (const byte of utf8Bytes(text)) {
    const c = String.fromCharCode(byte)
    if (byte < 0x80 && /[A-Za-z0-9\-_.~]/.test(c)) out += c
    else out += byte === 0x20 ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return out
}
