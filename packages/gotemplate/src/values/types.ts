import {
  GoComplex,
  GoFunc,
  GoInt,
  GoList,
  GoMap,
  GoPointer,
  GoStruct,
  GoText,
  GoTime,
  type GoType,
  type Kind,
  type Method,
  type StructField,
  type Value,
} from './value.ts'

export const BOOL: GoType = { name: 'bool', kind: 'bool' }
export const INT: GoType = { name: 'int', kind: 'int' }
export const INT32: GoType = { name: 'int32', kind: 'int' }
export const INT64: GoType = { name: 'int64', kind: 'int' }
export const UINT64: GoType = { name: 'uint64', kind: 'uint' }
export const UINT8: GoType = { name: 'uint8', kind: 'uint' }
export const FLOAT64: GoType = { name: 'float64', kind: 'float' }
export const COMPLEX128: GoType = { name: 'complex128', kind: 'complex' }
export const STRING: GoType = { name: 'string', kind: 'string' }
export const ANY: GoType = { name: 'interface {}', kind: 'interface' }
/** A parameter that takes a value as it is, nil too (Go's `reflect.Value`); its name is what Go prints. */
export const VALUE: GoType = { name: 'reflect.Value', kind: 'interface' }

/** `[]elem`, or a named list type with methods. */
export function listType(
  elem: GoType,
  named: { name?: string; methods?: GoType['methods']; toText?: GoType['toText'] } = {},
): GoType {
  return { kind: 'slice', elem, name: named.name ?? `[]${elem.name}`, ...withParts(named) }
}

/** `map[string]elem`, or a named map type with methods. */
export function mapType(
  elem: GoType,
  named: { name?: string; methods?: GoType['methods']; toText?: GoType['toText'] } = {},
): GoType {
  return { kind: 'map', elem, name: named.name ?? `map[string]${elem.name}`, ...withParts(named) }
}

export function structType(
  name: string,
  fields: readonly StructField[],
  methods?: Readonly<Record<string, Method>>,
): GoType {
  const fieldAt = new Map(fields.map((field, at) => [field.name, at]))
  return methods === undefined
    ? { kind: 'struct', name, fields, fieldAt }
    : { kind: 'struct', name, fields, fieldAt, methods }
}

export function pointerType(elem: GoType): GoType {
  return { kind: 'ptr', elem, name: `*${elem.name}` }
}

function withParts(named: { methods?: GoType['methods']; toText?: GoType['toText'] }): Partial<GoType> {
  return {
    ...(named.methods === undefined ? {} : { methods: named.methods }),
    ...(named.toText === undefined ? {} : { toText: named.toText }),
  }
}

export const STRINGS = listType(STRING)
export const ANYS = listType(ANY)
export const STRING_MAP = mapType(STRING)
export const ANY_MAP = mapType(ANY)

/** The type of a value; `undefined` for nil. */
export function typeOf(value: Value): GoType | undefined {
  switch (typeof value) {
    case 'undefined':
      return undefined
    case 'string':
      return STRING
    case 'number':
      return FLOAT64
    case 'bigint':
      return INT
    case 'boolean':
      return BOOL
  }
  if (value instanceof GoComplex) return COMPLEX128
  return value.type
}

/** The kind of a value; `undefined` for nil. */
export function kindOf(value: Value): Kind | undefined {
  return typeOf(value)?.kind
}

export function typeName(value: Value): string {
  return typeOf(value)?.name ?? '<nil>'
}

/** What is printed and compared as text: strings and strings of named types. */
export function textOf(value: Value): string | undefined {
  if (typeof value === 'string') return value
  return value instanceof GoText ? value.text : undefined
}

/** The integer of an int of any type. */
export function intOf(value: Value): bigint | undefined {
  if (typeof value === 'bigint') return value
  return value instanceof GoInt ? value.value : undefined
}

/** Whether Go would take a value of type `from` where `to` is expected. */
export function assignable(from: GoType, to: GoType): boolean {
  if (from === to || to.kind === 'interface') return true
  if (from.kind !== to.kind) return false
  if (from.kind === 'slice' || from.kind === 'map' || from.kind === 'ptr') {
    // Identical underlying types, and at least one of them has no name of its own.
    if (from.name === to.name) return true
    return (isUnnamed(from) || isUnnamed(to)) && from.elem!.name === to.elem!.name
  }
  return from.name === to.name
}

function isUnnamed(type: GoType): boolean {
  return type.name.startsWith('[]') || type.name.startsWith('map[') || type.name.startsWith('*')
}

/** Go's truth: not the zero of its type. Structs are always true. */
export function isTrue(value: Value): boolean {
  switch (typeof value) {
    case 'undefined':
      return false
    case 'string':
      return value.length > 0
    case 'number':
      return value !== 0
    case 'bigint':
      return value !== 0n
    case 'boolean':
      return value
  }
  if (value instanceof GoList) return value.items.length > 0
  if (value instanceof GoMap) return value.entries.size > 0
  if (value instanceof GoInt) return value.value !== 0n
  if (value instanceof GoText) return value.text.length > 0
  if (value instanceof GoComplex) return value.re !== 0 || value.im !== 0
  return value instanceof GoStruct || value instanceof GoTime || value instanceof GoPointer || value instanceof GoFunc
}

/** The zero value of a type, as `missingkey=zero` gives it. */
export function zeroOf(type: GoType): Value {
  switch (type.kind) {
    case 'string':
      return type === STRING ? '' : new GoText(type, '')
    case 'bool':
      return false
    case 'float':
      return 0
    case 'int':
    case 'uint':
      return type === INT ? 0n : new GoInt(type, 0n)
    case 'slice':
      return new GoList(type, [])
    case 'map':
      return new GoMap(type, new Map())
    default:
      return undefined
  }
}

/** Orders texts as Go does, by the bytes of their UTF-8 (which is by code point). */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0
  const n = Math.min(a.length, b.length)
  for (let at = 0; at < n; at++) {
    let x = a.charCodeAt(at)
    let y = b.charCodeAt(at)
    if (x === y) continue
    // Surrogates stand for code points above all others of 16 bits.
    if (x >= 0xd800 && y >= 0xd800) {
      x = x >= 0xe000 ? x - 0x800 : x + 0x2000
      y = y >= 0xe000 ? y - 0x800 : y + 0x2000
    }
    return x < y ? -1 : 1
  }
  return a.length < b.length ? -1 : 1
}

/** Keys in the order in which Go prints and walks a map. */
export function sortedKeys(map: GoMap): string[] {
  return [...map.entries.keys()].sort(compareTexts)
}
