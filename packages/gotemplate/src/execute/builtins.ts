// The functions that every Go template has, but `and`, `or` and `call`, which the compiler knows.

import {
  escapeHtml,
  escapeQuery,
  isPrintable,
  sprint,
  sprintf,
  sprintln,
  utf8Bytes,
  utf8Length,
} from '../format/index.ts'
import { textOfBytes } from '../parse/index.ts'
import { FunctionError } from '../template-error.ts'
import {
  ANY,
  type CallContext,
  GoInt,
  GoList,
  GoMap,
  GoPointer,
  intOf,
  isTrue,
  STRING,
  textOf,
  typeName,
  UINT8,
  VALUE,
  type Value,
  zeroOf,
} from '../values/index.ts'
import { equalsOneOf, isLess, isLessOrEqual } from './compare.ts'
import type { FunctionSet, TemplateFunction } from './functions.ts'

const target = (value: Value): Value => (value instanceof GoPointer ? target(value.target) : value)

function indexOf(index: Value, end: number): number {
  const at = intOf(index)
  if (at === undefined) {
    throw new FunctionError(
      index === undefined
        ? 'cannot index slice/array with nil'
        : `cannot index slice/array with type ${typeName(index)}`,
    )
  }
  if (at < 0n || at > BigInt(end)) throw new FunctionError(`index out of range: ${at}`)
  return Number(at)
}

function indexed(value: Value, index: Value): Value {
  const item = target(value)
  if (item instanceof GoList) {
    const at = indexOf(index, item.items.length)
    if (at >= item.items.length) throw new FunctionError('reflect: slice index out of range')
    return item.items[at]
  }
  if (item instanceof GoMap) {
    const key = textOf(index)
    if (index === undefined) throw new FunctionError('value is nil; should be of type string')
    if (key === undefined || typeof index !== 'string') {
      throw new FunctionError(`value has type ${typeName(index)}; should be string`)
    }
    return item.entries.has(key) ? item.entries.get(key) : zeroOf(item.type.elem!)
  }
  const text = textOf(item)
  if (text !== undefined) {
    const bytes = utf8Bytes(text)
    const at = indexOf(index, bytes.length)
    if (at >= bytes.length) throw new FunctionError('reflect: string index out of range')
    return new GoInt(UINT8, BigInt(bytes[at]!))
  }
  if (item === undefined) throw new FunctionError('index of nil pointer')
  throw new FunctionError(`can't index item of type ${typeName(item)}`)
}

function sliced(value: Value, indexes: readonly Value[]): Value {
  const item = target(value)
  if (item === undefined) throw new FunctionError('slice of untyped nil')
  if (indexes.length > 3) throw new FunctionError(`too many slice indexes: ${indexes.length}`)
  const text = textOf(item)
  if (text !== undefined && indexes.length === 3) throw new FunctionError('cannot 3-index slice a string')
  if (text === undefined && !(item instanceof GoList)) {
    throw new FunctionError(`can't slice item of type ${typeName(item)}`)
  }
  const bytes = text === undefined ? [] : utf8Bytes(text)
  const end = text === undefined ? (item as GoList).items.length : bytes.length
  const at = [0, end, end]
  indexes.forEach((index, k) => {
    at[k] = indexOf(index, end)
  })
  const [from, to, most] = at as [number, number, number]
  if (from > to) throw new FunctionError(`invalid slice index: ${from} > ${to}`)
  if (indexes.length === 3 && to > most) throw new FunctionError(`invalid slice index: ${to} > ${most}`)
  if (text === undefined) return new GoList((item as GoList).type, (item as GoList).items.slice(from, to))
  return bytes.length === text.length ? text.slice(from, to) : textOfBytes(bytes.slice(from, to))
}

function length(value: Value): Value {
  const item = target(value)
  if (typeof item === 'string') return BigInt(utf8Length(item))
  if (item instanceof GoList) return BigInt(item.items.length)
  if (item instanceof GoMap) return BigInt(item.entries.size)
  const text = textOf(item)
  if (text !== undefined) return BigInt(utf8Length(text))
  if (item === undefined) throw new FunctionError('reflect: call of reflect.Value.Type on zero Value')
  throw new FunctionError(`len of type ${typeName(item)}`)
}

/** Arguments as text: one string as it is, else as `print` does, with pointers followed and nil as in an action. */
export function argsText(args: readonly Value[], context: CallContext): string {
  if (args.length === 1 && typeof args[0] === 'string') return args[0]
  return sprint(
    args.map((arg) => (arg === undefined ? '<no value>' : target(arg))),
    context.maxText,
  )
}

const jsChars: Record<string, string> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
}

function escapeJs(text: string): string {
  let out = ''
  for (const c of text) {
    const code = c.codePointAt(0)!
    const short = jsChars[c]
    if (short !== undefined) out += short
    else if (code < 0x20) out += `\\u00${code.toString(16).toUpperCase().padStart(2, '0')}`
    else if (code < 0x80 || isPrintable(c)) out += c
    else out += `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`
  }
  return out
}

/** What `html` and `urlquery` escape. */
export const argsTextFunction: TemplateFunction = {
  params: [],
  rest: ANY,
  call: (args, context) => sprint(args.map(target), context.maxText),
}

export const builtins: FunctionSet = {
  not: { params: [VALUE], call: ([value]) => !isTrue(value) },
  len: { params: [VALUE], call: ([value]) => length(value) },
  index: {
    params: [VALUE],
    rest: VALUE,
    call: ([value, ...indexes]) => {
      if (value === undefined) throw new FunctionError('index of untyped nil')
      return indexes.reduce(indexed, value)
    },
  },
  slice: { params: [VALUE], rest: VALUE, call: ([value, ...indexes]) => sliced(value, indexes) },
  eq: { params: [VALUE], rest: VALUE, call: ([first, ...others]) => equalsOneOf(first, others) },
  ne: { params: [VALUE, VALUE], call: ([a, b]) => !equalsOneOf(a, [b]) },
  lt: { params: [VALUE, VALUE], call: ([a, b]) => isLess(a, b) },
  le: { params: [VALUE, VALUE], call: ([a, b]) => isLessOrEqual(a, b) },
  gt: { params: [VALUE, VALUE], call: ([a, b]) => !isLessOrEqual(a, b) },
  ge: { params: [VALUE, VALUE], call: ([a, b]) => !isLess(a, b) },
  print: { params: [], rest: ANY, call: (args, context) => sprint(args, context.maxText) },
  println: { params: [], rest: ANY, call: (args, context) => sprintln(args, context.maxText) },
  printf: {
    params: [STRING],
    rest: ANY,
    call: ([format, ...args], context) => sprintf(format as string, args, context.maxText),
  },
  html: { params: [], rest: ANY, call: (args, context) => escapeHtml(argsText(args, context)) },
  js: { params: [], rest: ANY, call: (args, context) => escapeJs(argsText(args, context)) },
  urlquery: { params: [], rest: ANY, call: (args, context) => escapeQuery(argsText(args, context)) },
}
