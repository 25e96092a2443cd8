// eq, ne, lt, le, gt, ge: which values Go lets be compared, and how.

import { sprintf } from '../format/index.ts'
import { FunctionError } from '../template-error.ts'
import {
  compareTexts,
  type GoComplex,
  GoInt,
  GoPointer,
  GoStruct,
  GoTime,
  intOf,
  kindOf,
  textOf,
  typeName,
  type Value,
} from '../values/index.ts'

type Basic = 'bool' | 'complex' | 'int' | 'uint' | 'float' | 'string' | undefined

function basicKind(value: Value): Basic {
  const kind = kindOf(value)
  switch (kind) {
    case 'bool':
    case 'complex':
    case 'int':
    case 'uint':
    case 'float':
    case 'string':
      return kind
    default:
      return undefined
  }
}

const isInteger = (kind: Basic) => kind === 'int' || kind === 'uint'

/** Whether the first equals one of the others. */
export function equalsOneOf(first: Value, others: readonly Value[]): boolean {
  if (others.length === 0) throw new FunctionError('missing argument for comparison')
  const kind = basicKind(first)
  for (const other of others) {
    if (equals(first, kind, other)) return true
  }
  return false
}

function equals(a: Value, kind: Basic, b: Value): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a === b
  const otherKind = basicKind(b)
  if (kind !== otherKind) {
    if (isInteger(kind) && isInteger(otherKind)) return intOf(a) === intOf(b)
    if (a !== undefined && b !== undefined) throw incompatible(a, b)
    return false
  }
  switch (kind) {
    case 'string':
      return textOf(a) === textOf(b)
    case 'int':
    case 'uint':
      return intOf(a) === intOf(b)
    case 'float':
    case 'bool':
      return a === b
    case 'complex':
      return (a as GoComplex).re === (b as GoComplex).re && (a as GoComplex).im === (b as GoComplex).im
  }
  if (a === undefined || b === undefined) return a === b
  if (!comparable(b)) throw new FunctionError(`non-comparable type ${sprintf('%s', [b], 100_000)}: ${typeName(b)}`)
  return typeName(a) === typeName(b) && sameParts(a, b)
}

function incompatible(a: Value, b: Value): FunctionError {
  const numbers = [kindOf(a), kindOf(b)].sort().join(' ') === 'float int'
  return new FunctionError(
    `incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`,
    numbers ? 'a float is compared with a float: write the number with a point, such as 10.0' : undefined,
  )
}

/** Structs can be compared when all their fields can; lists and maps cannot. */
function comparable(value: Value): boolean {
  if (value instanceof GoStruct) return value.values.every(comparable)
  const kind = kindOf(value)
  return kind !== 'slice' && kind !== 'map' && kind !== 'func'
}

function sameParts(a: Value, b: Value): boolean {
  if (a instanceof GoStruct && b instanceof GoStruct) {
    return a.type === b.type && a.values.every((value, at) => sameParts(value, b.values[at]))
  }
  if (a instanceof GoTime && b instanceof GoTime) {
    return a.seconds === b.seconds && a.nanos === b.nanos && a.zone.name === b.zone.name
  }
  if (a instanceof GoPointer || b instanceof GoPointer) return a === b
  if (a instanceof GoInt || b instanceof GoInt) return intOf(a) === intOf(b)
  return a === b || (textOf(a) !== undefined && textOf(a) === textOf(b))
}

/** a < b */
export function isLess(a: Value, b: Value): boolean {
  const kind = basicKind(a)
  const otherKind = basicKind(b)
  if (kind === undefined || otherKind === undefined) throw new FunctionError('invalid type for comparison')
  if (isInteger(kind) && isInteger(otherKind)) return intOf(a)! < intOf(b)!
  if (kind !== otherKind) throw incompatible(a, b)
  switch (kind) {
    case 'float':
      return (a as number) < (b as number)
    case 'string':
      return compareTexts(textOf(a)!, textOf(b)!) < 0
    default:
      throw new FunctionError('invalid type for comparison')
  }
}

export function isLessOrEqual(a: Value, b: Value): boolean {
  return isLess(a, b) || equalsOneOf(a, [b])
}
