// What makes a value safe in a context. Names and tables follow html/template, whose documentation describes them.

import { escapeHtml, escapeQuery, sprint, utf8Bytes } from '../format/index.ts'
import { HTML, URL_TEXT } from '../prometheus-common/index.ts'
import { GoInt, GoList, GoMap, GoPointer, GoText, textOf, typeOf, type Value } from '../values/index.ts'

export type Escaper = (value: Value, maxText: number) => Value

/** What stands where a value would not be safe. */
const UNSAFE = 'ZgotmplZ'

/** A value as text: nothing for nil, otherwise as an action prints it. */
function shown(value: Value, maxText: number): string {
  if (typeof value === 'string') return value
  if (value === undefined) return ''
  const target = value instanceof GoPointer && value.type.elem?.toText === undefined ? value.target : value
  return textOf(target) ?? sprint([target], maxText)
}

const isTyped = (value: Value, type: object) => value instanceof GoText && value.type === type

const plus = (text: string) => text.replaceAll('+', '&#43;')
/** Characters that mean something in HTML but for `&`, so that entities stay. */
const normalized = (text: string) =>
  text.replace(/["'<>\0+]/g, (c) =>
    c === '\0' ? '\ufffd' : `&${c === '<' ? 'lt' : c === '>' ? 'gt' : `#${c.charCodeAt(0)}`};`,
  )

const withoutTags = (html: string) => html.replace(/<!--[\s\S]*?-->/g, '').replace(/<\/?[a-zA-Z!][^>]*>/g, '')

export const html: Escaper = (value, maxText) =>
  isTyped(value, HTML) ? (value as GoText).text : plus(escapeHtml(shown(value, maxText)))

export const rcdata: Escaper = (value, maxText) =>
  isTyped(value, HTML) ? normalized((value as GoText).text) : plus(escapeHtml(shown(value, maxText)))

export const attribute: Escaper = (value, maxText) =>
  isTyped(value, HTML) ? normalized(withoutTags((value as GoText).text)) : plus(escapeHtml(shown(value, maxText)))

const noSpace: Record<string, string> = { '\0': '&#xfffd;', '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** For attributes without quotes. */
export const unquotedAttribute: Escaper = (value, maxText) => {
  const typed = isTyped(value, HTML)
  const text = typed ? withoutTags((value as GoText).text) : shown(value, maxText)
  if (text === '') return UNSAFE
  const special = typed ? /[\0\t\n\v\f\r "'+<=>`]/g : /[\0\t\n\v\f\r "&'+<=>`]/g
  return text.replace(special, (c) => noSpace[c] ?? `&#${c.charCodeAt(0)};`)
}

/** For names of tags and attributes. */
export const nameFilter =
  (isPlainName: (name: string) => boolean): Escaper =>
  (value, maxText) => {
    const name = shown(value, maxText).toLowerCase()
    return /^[a-z0-9]+$/.test(name) && isPlainName(name) ? name : UNSAFE
  }

export const nothing: Escaper = () => ''

function isSafeUrl(url: string): boolean {
  const scheme = /^([^:/]*):/.exec(url)?.[1]
  return scheme === undefined || /^(https?|mailto)$/i.test(scheme)
}

/** Only http, https, mailto and relative URLs. */
export const urlFilter: Escaper = (value, maxText) => {
  const text = shown(value, maxText)
  return isTyped(value, URL_TEXT) || isSafeUrl(text) ? text : `#${UNSAFE}`
}

/** Bytes that a URL may not have are percent-encoded; valid escapes stay. */
export const urlNormalizer: Escaper = (value, maxText) => percentEncoded(shown(value, maxText), true)

/** All but unreserved characters are percent-encoded. */
export const urlEscaper: Escaper = (value, maxText) => percentEncoded(shown(value, maxText), isTyped(value, URL_TEXT))

function percentEncoded(text: string, keepsReserved: boolean): string {
  const bytes = utf8Bytes(text)
  let out = ''
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!
    const c = String.fromCharCode(byte)
    const isEscape =
      keepsReserved && c === '%' && [1, 2].every((k) => /[0-9a-fA-F]/.test(String.fromCharCode(bytes[at + k] ?? 0)))
    const kept = byte < 0x80 && (/[A-Za-z0-9\-._~]/.test(c) || (keepsReserved && /[!#$&*+,/:;=?@[\]]/.test(c)))
    out += kept || isEscape ? c : `%${byte.toString(16).padStart(2, '0')}`
  }
  return out
}

/** Go's `urlquery` and `html`: a pipeline that ends with one has it done in the place of what does the same. */
export const goUrlQuery: Escaper = (value, maxText) => escapeQuery(argument(value, maxText))
export const goHtml: Escaper = (value, maxText) => escapeHtml(argument(value, maxText))
const argument = (value: Value, maxText: number) => (value === undefined ? '<no value>' : shown(value, maxText))

export const srcset: Escaper = (value, maxText) => {
  const text = shown(value, maxText)
  if (isTyped(value, URL_TEXT)) return percentEncoded(text, true).replaceAll(',', '%2c')
  return text
    .split(',')
    .map((part) => {
      const [, before, url, after] = /^(\s*)(\S*)([\s\S]*)$/.exec(part)!
      return isSafeUrl(url!) && /^[\sA-Za-z0-9.]*$/.test(after!)
        ? before! + percentEncoded(url!, true) + after!
        : `#${UNSAFE}`
    })
    .join(',')
}

const cssUnsafe = /[\0"'()/;@[\\\]`{}<>]/

/** For values of styles: words, numbers, colours. */
export const cssFilter: Escaper = (value, maxText) => {
  const text = shown(value, maxText)
  const letters = text.replace(/[^a-zA-Z]/g, '').toLowerCase()
  if (cssUnsafe.test(text) || text.includes('--') || letters.includes('expression') || letters.includes('mozbinding'))
    return UNSAFE
  return text
}

/** For strings and URLs in styles. */
export const cssEscaper: Escaper = (value, maxText) =>
  shown(value, maxText).replace(/[\0\t\n\f\r"&'()+/:;<>\\{}](?=([0-9a-fA-F\t\n\f\r ]|$)?)/g, (c, next) => {
    // A space ends the escape where what follows could belong to it.
    if (c === '\\') return '\\\\'
    return `\\${c.charCodeAt(0).toString(16)}${next === undefined ? '' : ' '}`
  })

const jsSpecial = /[\0-\x1f"&'+/<=>\\`\u2028\u2029]/g
const jsNamed: Record<string, string> = { '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r', '/': '\\/', '\\': '\\\\' }

/** For strings in scripts. */
export const jsString: Escaper = (value, maxText) =>
  shown(value, maxText).replace(jsSpecial, (c) => jsNamed[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** For template literals in scripts, in which `${` begins code. */
export const jsTemplate: Escaper = (value, maxText) =>
  (jsString(value, maxText) as string).replace(/[${}]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)

/** For regular expressions in scripts: nothing but letters and digits means itself. */
export const jsRegexp: Escaper = (value, maxText) =>
  shown(value, maxText).replace(/[^A-Za-z0-9]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** For values in scripts: as JSON that closes no script. */
export const jsValue: Escaper = (value, maxText) => {
  const text = value !== undefined && typeof value === 'object' ? typeOf(value)?.toText : undefined
  const json = text === undefined ? jsonOf(value, maxText, 0) : jsonText(text(value))
  return /^["[{]/.test(json) ? json : ` ${json} `
}

function jsonOf(value: Value, maxText: number, depth: number): string {
  if (depth > 100) return 'null'
  const target = value instanceof GoPointer ? value.target : value
  switch (typeof target) {
    case 'undefined':
      return 'null'
    case 'number':
      return Number.isFinite(target) ? String(target) : '"NaN"'
    case 'bigint':
    case 'boolean':
      return String(target)
  }
  if (target instanceof GoInt) return String(target.value)
  if (target instanceof GoList) return `[${target.items.map((item) => jsonOf(item, maxText, depth + 1)).join(',')}]`
  if (target instanceof GoMap) {
    const members = [...target.entries].map(([key, item]) => `${jsonText(key)}:${jsonOf(item, maxText, depth + 1)}`)
    return `{${members.join(',')}}`
  }
  return jsonText(shown(target, maxText))
}

const jsonText = (text: string) =>
  JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
