import { ANY_MAP, ANYS, STRING_MAP, STRINGS } from './types.ts'
import { GoComplex, GoFunc, GoInt, GoList, GoMap, GoPointer, GoStruct, GoText, GoTime, type Value } from './value.ts'

/** Plain data, as JSON has it, or values already made. */
export type PlainValue = Value | null | readonly PlainValue[] | { readonly [key: string]: PlainValue }

/**
 * Plain data as template values: objects become `map[string]interface {}`, arrays `[]interface {}`, numbers float64,
 * bigints int, null nil. Values made by the other constructors pass.
 */
export function toValue(plain: PlainValue): Value {
  if (plain === null || plain === undefined) return undefined
  if (typeof plain !== 'object') return plain
  if (Array.isArray(plain)) return new GoList(ANYS, plain.map(toValue))
  if (isValue(plain)) return plain
  return new GoMap(ANY_MAP, new Map(Object.entries(plain as object).map(([key, item]) => [key, toValue(item)])))
}

function isValue(x: object): x is Exclude<Value, undefined | boolean | string | number | bigint> {
  return (
    x instanceof GoMap ||
    x instanceof GoList ||
    x instanceof GoStruct ||
    x instanceof GoTime ||
    x instanceof GoInt ||
    x instanceof GoText ||
    x instanceof GoPointer ||
    x instanceof GoFunc ||
    x instanceof GoComplex
  )
}

/** `[]string`. */
export function stringList(items: readonly string[]): GoList {
  return new GoList(STRINGS, items)
}

/** `map[string]string`. */
export function stringMap(entries: Readonly<Record<string, string>> | ReadonlyMap<string, string>): GoMap {
  return new GoMap(STRING_MAP, entries instanceof Map ? entries : new Map(Object.entries(entries)))
}

/** `[]interface {}`. */
export function list(items: readonly Value[]): GoList {
  return new GoList(ANYS, items)
}

/** `map[string]interface {}`. */
export function map(entries: ReadonlyMap<string, Value>): GoMap {
  return new GoMap(ANY_MAP, entries)
}
