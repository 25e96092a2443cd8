// Where in an HTML document a place of a template stands: in text, in a tag, in the value of which attribute, in a style or
// a script. A context is a small frozen record; `advance` reads text and gives the context behind it.
// The states follow the tokenizer of HTML as far as escaping needs it. Scripts are read coarsely: quotes, template literals
// and comments, but no regular expressions.

import { quoteText } from '../format/index.ts'

export type Delim = 'none' | '"' | "'" | 'space'
/** Which part of a URL a value stands in. */
export type UrlPart = 'none' | 'path' | 'query' | 'unknown'

export type ContextState =
  | 'text'
  | 'tag'
  | 'attrName'
  | 'afterName'
  | 'beforeValue'
  | 'comment'
  | 'rcdata'
  | 'attr'
  | 'url'
  | 'srcset'
  | 'js'
  | 'jsDq'
  | 'jsSq'
  | 'jsTemplate'
  | 'jsRegexp'
  | 'jsLineComment'
  | 'jsBlockComment'
  | 'css'
  | 'cssDq'
  | 'cssSq'
  | 'cssUrl'
  | 'cssDqUrl'
  | 'cssSqUrl'
  | 'cssComment'

type AttrKind = 'plain' | 'url' | 'srcset' | 'css' | 'js' | 'scriptType'

export type Context = {
  readonly state: ContextState
  /** What ends the attribute's value, in which the rest stands. */
  readonly delim: Delim
  readonly urlPart: UrlPart
  /** Kind of the attribute whose name was read. */
  readonly attr: AttrKind
  /** `script`, `style`, `textarea` or `title` while in the tag or the content of one; otherwise empty. */
  readonly element: string
}

export const START: Context = { state: 'text', delim: 'none', urlPart: 'none', attr: 'plain', element: '' }

export function sameContext(a: Context, b: Context): boolean {
  return contextKey(a) === contextKey(b)
}

export function contextKey({ state, delim, urlPart, attr, element }: Context): string {
  return `${state} ${delim} ${urlPart} ${attr} ${element}`
}

const urlAttributes = new Set(
  'action archive background cite classid codebase data formaction href icon longdesc manifest poster profile src usemap xmlns'.split(
    ' ',
  ),
)

/** What the value of an attribute is. */
export function attrKind(given: string): AttrKind {
  let name = given.toLowerCase()
  if (name.startsWith('data-')) name = name.slice(5)
  else {
    const colon = name.indexOf(':')
    if (colon >= 0) {
      if (name.slice(0, colon) === 'xmlns') return 'url'
      name = name.slice(colon + 1)
    }
  }
  if (name === 'style') return 'css'
  if (name === 'srcset') return 'srcset'
  if (urlAttributes.has(name)) return 'url'
  if (name === 'srcdoc' || name === 'srclang') return 'plain'
  if (name.startsWith('on')) return 'js'
  return /src|uri|url/.test(name) ? 'url' : 'plain'
}

const special = new Set(['script', 'style', 'textarea', 'title'])
const stateOfAttr: Record<AttrKind, ContextState> = {
  plain: 'attr',
  url: 'url',
  srcset: 'srcset',
  css: 'css',
  js: 'js',
  scriptType: 'attr',
}
const scriptTypes =
  /^(module|(application|text)\/(x-)?(ecma|java)script|text\/(jscript|livescript|javascript1\.\d)|application\/(ld\+)?json)$/
const stateOfElement: Record<string, ContextState> = {
  script: 'js',
  style: 'css',
  textarea: 'rcdata',
  title: 'rcdata',
}

/** A fault of the HTML itself. */
export class HtmlFault extends Error {}

export type Advanced = { readonly context: Context; readonly text: string }

/** The context behind a text, and the text as it is printed: without comments. */
export function advance(from: Context, text: string): Advanced {
  let context = from
  let out = ''
  let at = 0
  while (at < text.length) {
    const before = at
    const step = context.delim === 'none' ? stepOutside(context, text, at) : stepInValue(context, text, at)
    at = step.end
    context = step.context
    if (!step.dropped) out += text.slice(before, at)
    else if (step.keep !== undefined) out += step.keep
  }
  return { context, text: out }
}

type Step = { readonly context: Context; readonly end: number; readonly dropped?: boolean; readonly keep?: string }

function stepOutside(context: Context, text: string, at: number): Step {
  switch (context.state) {
    case 'text':
      return stepText(context, text, at)
    case 'comment': {
      const end = text.indexOf('-->', at)
      return end < 0 ? { context, end: text.length, dropped: true } : { context: START, end: end + 3, dropped: true }
    }
    case 'tag':
      return stepTag(context, text, at)
    case 'attrName': {
      const end = endOfName(text, at, at)
      return { context: end < text.length ? { ...context, state: 'afterName' } : context, end }
    }
    case 'afterName': {
      const end = skipSpace(text, at)
      if (end === text.length) return { context, end }
      if (text[end] !== '=') return { context: { ...context, state: 'tag' }, end }
      return { context: { ...context, state: 'beforeValue' }, end: end + 1 }
    }
    case 'beforeValue': {
      const start = skipSpace(text, at)
      if (start === text.length) return { context, end: start }
      const quote = text[start]
      const delim: Delim = quote === '"' || quote === "'" ? quote : 'space'
      return { context: valueStart(context, delim), end: delim === 'space' ? start : start + 1 }
    }
    default: {
      // Content of an element that ends only with its own closing tag.
      if (context.element === '') throw new Error(`no element in ${contextKey(context)}`)
      const close = closingTag(text, at, context.element)
      const inLiteral = context.element === 'script' && context.state !== 'js'
      if (close === at && !inLiteral)
        return { context: START, end: at, dropped: true, keep: context.state === 'cssComment' ? ' ' : '' }
      const end = close < 0 ? text.length : close
      const inside = text.slice(at, end)
      if (context.state === 'rcdata') {
        return { context: close < 0 ? context : START, end, dropped: true, keep: inside.replaceAll('<', '&lt;') }
      }
      const { context: next, text: kept } = readCode(context, inside)
      // A closing tag within a text, comment or pattern of a script ends nothing, so that the script is refused.
      if (close >= 0 && context.element === 'script' && next.state !== 'js') {
        const all = readCode(context, text.slice(at))
        return { context: all.context, end: text.length, dropped: true, keep: all.text }
      }
      return { context: next, end, dropped: kept !== inside, keep: kept }
    }
  }
}

/** The context at the beginning of an attribute's value. */
export function valueStart(context: Context, delim: Delim): Context {
  const attr = context.attr === 'scriptType' ? 'scriptType' : 'plain'
  return { ...context, state: stateOfAttr[context.attr], delim, attr, urlPart: 'none' }
}

function closingTag(text: string, from: number, element: string): number {
  const found = new RegExp(`</${element}(?=[\\s/>]|$)`, 'i').exec(text.slice(from))
  return found === null ? -1 : from + found.index
}

function stepText(context: Context, text: string, at: number): Step {
  const open = text.indexOf('<', at)
  if (open < 0) return { context, end: text.length }
  if (open > at) return { context, end: open }
  if (text.startsWith('<!--', open)) {
    return { context: { ...START, state: 'comment' }, end: open + 4, dropped: true }
  }
  const tag = /^<(\/?)([a-zA-Z][a-zA-Z0-9:-]*)/.exec(text.slice(open, open + 100))
  if (tag === null) {
    // A `<` that opens nothing is text.
    if (/^<!doctype/i.test(text.slice(open, open + 9))) return { context, end: open + 1 }
    return { context, end: open + 1, dropped: true, keep: '&lt;' }
  }
  const name = tag[2]!.toLowerCase()
  const element = tag[1] === '' && special.has(name) ? name : ''
  return { context: { ...START, state: 'tag', element }, end: open + tag[0].length }
}

function stepTag(context: Context, text: string, at: number): Step {
  const start = skipSpace(text, at)
  if (start === text.length) return { context, end: start }
  if (text[start] === '>') {
    const { element } = context
    if (element === '') return { context: START, end: start + 1 }
    return { context: { ...START, state: stateOfElement[element]!, element }, end: start + 1 }
  }
  const end = endOfName(text, start, at)
  if (end === start) {
    throw new HtmlFault(`expected space, attr name, or end of tag, but got ${quoteText(text.slice(start))}`)
  }
  const name = text.slice(start, end)
  const attr = context.element === 'script' && name.toLowerCase() === 'type' ? 'scriptType' : attrKind(name)
  const state = end === text.length ? 'attrName' : 'afterName'
  return { context: { ...context, state, attr }, end }
}

function endOfName(text: string, at: number, shownFrom: number): number {
  for (let end = at; end < text.length; end++) {
    const c = text[end]!
    if (/[\s=>]/.test(c)) return end
    if (c === '/') return end === at ? end + 1 : end
    if (`'"<`.includes(c)) {
      throw new HtmlFault(`${quoteText(c)} in attribute name: ${quoteText(text.slice(shownFrom, shownFrom + 32))}`)
    }
  }
  return text.length
}

function skipSpace(text: string, at: number): number {
  let end = at
  while (end < text.length && /\s/.test(text[end]!)) end++
  return end
}

function stepInValue(context: Context, text: string, at: number): Step {
  let end = at
  if (context.delim === 'space') {
    while (end < text.length && !/[\s>]/.test(text[end]!)) {
      if (`"'<=\``.includes(text[end]!)) {
        const value = /^[^\s>]*/.exec(text.slice(at))![0]
        throw new HtmlFault(`${quoteText(text[end]!)} in unquoted attr: ${quoteText(value)}`)
      }
      end++
    }
  } else {
    const found = text.indexOf(context.delim, at)
    end = found < 0 ? text.length : found
  }
  const inside = decoded(text.slice(at, end))
  const next = inside === '' ? context : readCode(context, inside).context
  if (end === text.length) return { context: next, end }
  const isOther = context.attr === 'scriptType' && !scriptTypes.test(inside.split(';')[0]!.trim().toLowerCase())
  const after: Context = { ...START, state: 'tag', element: isOther ? '' : context.element }
  return { context: after, end: context.delim === 'space' ? end : end + 1 }
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' }

/** The value of an attribute: its characters may be written as entities. */
function decoded(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|([a-z]+));/gi, (all, decimal, hex, name) => {
    if (name !== undefined) {
      const plain = name.toLowerCase()
      return Object.hasOwn(entities, plain) ? entities[plain]! : all
    }
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd'
  })
}

/** Reads the inside of a value or element: URLs, styles, scripts. Comments of styles and scripts are taken out. */
function readCode(from: Context, text: string): Advanced {
  let context = from
  let out = ''
  let at = 0
  /** Where the part began in which `at` stands. */
  let entered = 0
  const to = (state: ContextState, end: number, urlPart: UrlPart = 'none') => {
    if (state !== context.state) entered = end
    context = { ...context, state, urlPart }
    at = end
  }
  while (at < text.length) {
    const c = text[at]!
    const pair = text.slice(at, at + 2)
    const before = at
    let dropped = false
    switch (context.state) {
      case 'url':
        to('url', text.length, urlPartAfter(context.urlPart, text.slice(at)))
        break
      case 'css':
        if (pair === '/*') {
          to('cssComment', at + 2)
          dropped = true
        } else if (c === '"') to('cssDq', at + 1)
        else if (c === "'") to('cssSq', at + 1)
        else {
          const url = /^url\(\s*(["']?)/i.exec(text.slice(at))
          if (url === null || /[\w-]/.test(text[at - 1] ?? ' ')) at++
          else to(url[1] === '"' ? 'cssDqUrl' : url[1] === "'" ? 'cssSqUrl' : 'cssUrl', at + url[0].length)
        }
        break
      case 'cssComment': {
        const end = text.indexOf('*/', at)
        dropped = true
        out += ' '
        if (end < 0) at = text.length
        else to('css', end + 2)
        break
      }
      case 'cssDq':
      case 'cssSq': {
        const quote = context.state === 'cssDq' ? '"' : "'"
        if (c === '\\') {
          if (at + 1 === text.length)
            throw new HtmlFault(`unfinished escape sequence in CSS string: ${quoteText(text.slice(entered))}`)
          at += 2
        } else if (c === quote) to('css', at + 1)
        else to(context.state, at + 1, urlPartAfter(context.urlPart, c))
        break
      }
      case 'cssUrl':
      case 'cssDqUrl':
      case 'cssSqUrl': {
        const ends = context.state === 'cssUrl' ? /[)\s]/ : context.state === 'cssDqUrl' ? /"/ : /'/
        if (ends.test(c)) to('css', at + 1)
        else to(context.state, at + 1, urlPartAfter(context.urlPart, c))
        break
      }
      case 'js':
        if (pair === '//') {
          to('jsLineComment', at + 2)
          dropped = true
        } else if (pair === '/*') {
          to('jsBlockComment', at + 2)
          dropped = true
        } else if (c === '"') to('jsDq', at + 1)
        else if (c === "'") to('jsSq', at + 1)
        else if (c === '`') to('jsTemplate', at + 1)
        else if (c === '/' && startsRegexp(text, at)) to('jsRegexp', at + 1)
        else at++
        break
      case 'jsRegexp': {
        // Up to the slash that is neither escaped nor in a class.
        const found = /^(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])*\//.exec(text.slice(at))
        if (found !== null) to('js', at + found[0].length)
        else if (/^(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])*$/.test(text.slice(at))) at = text.length
        else throw new HtmlFault(`unfinished JS regexp: ${quoteText(text.slice(at))}`)
        break
      }
      case 'jsLineComment': {
        const end = text.slice(at).search(/[\n\r\u2028\u2029]/)
        dropped = true
        if (end < 0) at = text.length
        else to('js', at + end)
        break
      }
      case 'jsBlockComment': {
        const end = text.indexOf('*/', at)
        dropped = true
        out += /[\n\r\u2028\u2029]/.test(text.slice(at, end < 0 ? text.length : end)) ? '\n' : ' '
        if (end < 0) at = text.length
        else to('js', end + 2)
        break
      }
      case 'jsDq':
      case 'jsSq':
      case 'jsTemplate': {
        const quote = context.state === 'jsDq' ? '"' : context.state === 'jsSq' ? "'" : '`'
        if (c === '\\') {
          if (at + 1 === text.length)
            throw new HtmlFault(`unfinished escape sequence in JS string: ${quoteText(text.slice(entered))}`)
          at += 2
        } else if (quote === '`' && pair === '${') {
          // Code in a literal: it may stand, but nothing may be printed into it.
          const code = /^\$\{[^{}`"'/]*\}/.exec(text.slice(at))
          if (code === null) throw new HtmlFault(`code in a JS template literal: ${quoteText(text.slice(at))}`)
          at += code[0].length
        } else if (c === quote) to('js', at + 1)
        else at++
        break
      }
      default:
        at = text.length
    }
    if (!dropped) out += text.slice(before, at)
  }
  return { context, text: out }
}

/** Whether a slash in a script begins a regular expression: what stands before it tells. */
function startsRegexp(text: string, at: number): boolean {
  const before = text.slice(0, at).trimEnd()
  if (before === '') throw new HtmlFault(`'/' could start a division or regexp: ${quoteText(text.slice(at, at + 32))}`)
  const word = /[\w$]+$/.exec(before)?.[0]
  if (word !== undefined)
    return /^(break|case|continue|delete|do|else|finally|in|instanceof|return|throw|try|typeof|void)$/.test(word)
  return !/[)\]}"'`.]$/.test(before) && !/(\+\+|--)$/.test(before)
}

function urlPartAfter(part: UrlPart, text: string): UrlPart {
  if (part === 'query' || /[#?]/.test(text)) return 'query'
  if (part === 'none' && text.trim() !== '') return 'path'
  return part
}
