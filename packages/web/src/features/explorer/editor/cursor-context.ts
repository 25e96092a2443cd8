/** What can stand where the cursor is, and what was typed of it. Offsets are those of the text. */
export type CursorContext =
  | { readonly kind: 'none' }
  /** A metric, a function, an aggregation or a keyword. */
  | { readonly kind: 'expression'; readonly from: number; readonly typed: string }
  /** A label's name: in the braces of a selector (`matchers` are its others), or in `by (...)` and the like. */
  | {
      readonly kind: 'label'
      readonly from: number
      readonly typed: string
      /** Selectors whose series have the labels that are meant; none for all. */
      readonly selectors: readonly string[]
      readonly inBraces: boolean
      /** Labels that are named there already. */
      readonly named: readonly string[]
    }
  | {
      readonly kind: 'value'
      readonly from: number
      readonly typed: string
      readonly label: string
      readonly op: string
      readonly selectors: readonly string[]
      /** The quote that opened the value; absent where none was typed yet. */
      readonly quote: string | undefined
    }
  | { readonly kind: 'duration'; readonly from: number; readonly typed: string }

type Bracket = {
  readonly open: '(' | '[' | '{'
  readonly at: number
  /** The word before it: a metric's name, a function, `by`. */
  readonly word: string
}

const NONE: CursorContext = { kind: 'none' }
const GROUPING = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right'])
const MATCHER = /([a-zA-Z_][\w.]*|"(?:[^"\\]|\\.)*")\s*(=~|!=|!~|=)\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')/g

/** Looks at the text from its beginning, without parsing: while somebody types, it hardly ever parses. */
export function contextAt(text: string, cursor: number): CursorContext {
  const open: Bracket[] = []
  let quote: { readonly char: string; readonly at: number } | undefined
  for (let at = 0; at < cursor; at++) {
    const char = text[at]!
    if (quote !== undefined) {
      if (char === '\\' && quote.char !== '`') at++
      else if (char === quote.char) quote = undefined
    } else if (char === '#') {
      const end = text.indexOf('\n', at)
      if (end < 0 || end >= cursor) return NONE
      at = end
    } else if (char === '"' || char === "'" || char === '`') quote = { char, at }
    else if (char === '(' || char === '[' || char === '{') open.push({ open: char, at, word: wordBefore(text, at) })
    else if (char === ')' || char === ']' || char === '}') open.pop()
  }
  const inside = open.at(-1)
  if (inside?.open === '{') return inBraces(text, cursor, inside, quote)
  if (quote !== undefined) return NONE
  const typed = /[\w:.]*$/.exec(text.slice(0, cursor))![0]
  const from = cursor - typed.length
  if (inside?.open === '[') return { kind: 'duration', from, typed: text.slice(inside.at + 1, cursor) }
  if (inside !== undefined && GROUPING.has(inside.word.toLowerCase())) {
    const close = closing(text, inside.at)
    const list = text.slice(inside.at + 1, close)
    const named = list.split(',').map((name) => name.trim())
    return {
      kind: 'label',
      from,
      typed,
      selectors: selectorsIn(groupedText(text, inside.at, close)),
      inBraces: false,
      named: named.filter((name) => name !== '' && name !== typed),
    }
  }
  // A number, a duration behind `offset`, a time behind `@`: nothing to offer.
  if (/^[\d.]/.test(typed) || /(\boffset|@)\s*-?$/i.test(text.slice(0, from))) return NONE
  return { kind: 'expression', from, typed }
}

function inBraces(
  text: string,
  cursor: number,
  brace: Bracket,
  quote: { readonly char: string; readonly at: number } | undefined,
): CursorContext {
  const close = closing(text, brace.at)
  // What was typed of the matcher under the cursor, from the last comma on.
  const editedFrom = (quote?.at ?? cursor) - /[^,{]*$/.exec(text.slice(brace.at, quote?.at ?? cursor))![0].length
  const rest = text.slice(cursor, close)
  const nextComma = quote === undefined ? rest.search(/,/) : afterQuote(rest, quote.char)
  const others = text.slice(brace.at + 1, editedFrom) + (nextComma < 0 ? '' : text.slice(cursor + nextComma, close))
  const matchers = [...others.matchAll(MATCHER)].map(([, name, op, value]) => `${name}${op}${value}`)
  const named = [...others.matchAll(MATCHER)].map(([, name]) => name!.replace(/^"|"$/g, ''))
  const inner = matchers.join(',')
  const selector = brace.word === '' && inner === '' ? [] : [inner === '' ? brace.word : `${brace.word}{${inner}}`]
  const edited = text.slice(editedFrom, quote?.at ?? cursor)
  const begun = /^\s*([a-zA-Z_][\w.]*|"(?:[^"\\]|\\.)*")\s*(=~|!=|!~|=)\s*$/.exec(edited)
  if (begun !== null) {
    const label = begun[1]!.replace(/^"|"$/g, '')
    const from = quote === undefined ? cursor : quote.at + 1
    const typed = text.slice(from, cursor)
    return { kind: 'value', from, typed, label, op: begun[2]!, selectors: selector, quote: quote?.char }
  }
  if (quote !== undefined || !/^\s*[\w.]*$/.test(edited)) return NONE
  const typed = edited.trimStart()
  return { kind: 'label', from: cursor - typed.length, typed, selectors: selector, inBraces: true, named }
}

/** Where the next matcher begins behind the end of a quoted value. */
function afterQuote(rest: string, quote: string): number {
  const end = rest.indexOf(quote)
  if (end < 0) return -1
  const comma = rest.indexOf(',', end)
  return comma
}

/** The place of the bracket that closes the one at `at`; the end of the text where none does. */
function closing(text: string, at: number): number {
  let depth = 0
  let quote = ''
  for (let i = at; i < text.length; i++) {
    const char = text[i]!
    if (quote !== '') {
      if (char === '\\') i++
      else if (char === quote) quote = ''
    } else if (char === '"' || char === "'" || char === '`') quote = char
    else if ('([{'.includes(char)) depth++
    else if (')]}'.includes(char)) {
      depth--
      if (depth === 0) return i
    }
  }
  return text.length
}

function wordBefore(text: string, at: number): string {
  return /([\w:.]*)\s*$/.exec(text.slice(0, at))?.[1] ?? ''
}

/** What is grouped by the list from `open` to `close`: the brackets behind it, or those before `sum(x) by`. */
function groupedText(text: string, open: number, close: number): string {
  const behind = /^\)?\s*\(/.exec(text.slice(close))
  if (behind !== null) {
    const from = close + behind[0].length - 1
    return text.slice(from + 1, closing(text, from))
  }
  const before = text.slice(0, open).replace(/\s*\w+\s*$/, '')
  if (before.endsWith(')')) {
    let depth = 0
    for (let i = before.length - 1; i >= 0; i--) {
      if (before[i] === ')') depth++
      else if (before[i] === '(') {
        depth--
        if (depth === 0) return before.slice(i + 1, -1)
      }
    }
  }
  // `a / on (...) b`: either side may have it.
  return `${before} ${text.slice(close + 1)}`
}

const NO_METRIC = new Set(
  (
    'by without on ignoring group_left group_right bool offset and or unless atan2 inf nan start end ' +
    'sum avg min max count group stddev stdvar topk bottomk quantile count_values limitk limit_ratio'
  ).split(' '),
)
const MAX_SELECTORS = 5

/** Selectors of a piece of text, well-formed ones only. */
export function selectorsIn(text: string): readonly string[] {
  const found = new Set<string>()
  // Without ranges, whose units would read as metrics; strings stay, brackets inside of them too.
  const plain = text.replace(/"(?:[^"\\]|\\.)*"|\[[^\]"]*\]?/g, (part) => (part.startsWith('"') ? part : ' '))
  for (const [, name, braces] of plain.matchAll(/([a-zA-Z_:][\w:.]*)?\s*(\{[^{}]*\})?(?!\s*[\w(:.])/g)) {
    if (name === undefined && braces === undefined) continue
    if (name !== undefined && NO_METRIC.has(name.toLowerCase())) continue
    const matchers = [...(braces ?? '').matchAll(MATCHER)].map(([, label, op, value]) => `${label}${op}${value}`)
    if (name === undefined && matchers.length === 0) continue
    found.add(matchers.length === 0 ? name! : `${name ?? ''}{${matchers.join(',')}}`)
    if (found.size === MAX_SELECTORS) break
  }
  return [...found]
}
