import { BinnacleError } from '../../config/index.ts'

/**
 * A column type as the engine names it, parsed into what the bytes look like on the wire.
 * `SimpleAggregateFunction(f, X)` is X there, and Nested names (time zones, enum values) do not change the layout.
 */
export type WireType =
  | { readonly kind: FixedKind }
  | { readonly kind: 'DateTime64'; readonly precision: number }
  | { readonly kind: 'Enum8'; readonly names: ReadonlyMap<number, string> }
  | { readonly kind: 'String' }
  | { readonly kind: 'FixedString'; readonly width: number }
  | { readonly kind: 'Nullable'; readonly inner: WireType }
  | { readonly kind: 'LowCardinality'; readonly inner: WireType }
  | { readonly kind: 'Array'; readonly inner: WireType }
  | { readonly kind: 'Map'; readonly key: WireType; readonly value: WireType }

export type FixedKind =
  | 'UInt8'
  | 'UInt16'
  | 'UInt32'
  | 'UInt64'
  | 'Int8'
  | 'Int16'
  | 'Int32'
  | 'Int64'
  | 'Float32'
  | 'Float64'
  | 'Bool'
  | 'Date'
  | 'DateTime'

/** Bytes a row of each fixed-width type. */
export const FIXED_WIDTH: Readonly<Record<FixedKind, number>> = {
  UInt8: 1,
  UInt16: 2,
  UInt32: 4,
  UInt64: 8,
  Int8: 1,
  Int16: 2,
  Int32: 4,
  Int64: 8,
  Float32: 4,
  Float64: 8,
  Bool: 1,
  Date: 2,
  DateTime: 4,
}

const MAX_DEPTH = 16

/** Throws `engine.unknown_type`, which names the type, for a type that we cannot read. */
export function parseTypeName(name: string): WireType {
  return parse(name, name, 0)
}

function parse(text: string, whole: string, depth: number): WireType {
  const fail = () =>
    new BinnacleError('engine.unknown_type', `the engine sent a column of type ${whole}, which we cannot read`, {
      kind: 'unavailable',
      hint: `cast the column in the query: ${text} has no decoder`,
    })
  if (depth > MAX_DEPTH) throw fail()
  const open = text.indexOf('(')
  if (open < 0) {
    if (Object.hasOwn(FIXED_WIDTH, text)) return { kind: text as FixedKind }
    if (text === 'String') return { kind: 'String' }
    throw fail()
  }
  if (!text.endsWith(')')) throw fail()
  const head = text.slice(0, open)
  const args = splitArguments(text.slice(open + 1, -1))
  const inner = (i: number) => {
    const arg = args[i]
    if (arg === undefined) throw fail()
    return parse(arg, whole, depth + 1)
  }
  switch (head) {
    case 'DateTime':
      return { kind: 'DateTime' }
    case 'DateTime64':
      return { kind: 'DateTime64', precision: Number(args[0]) }
    case 'FixedString': {
      const width = Number(args[0])
      if (!(width >= 1 && width <= 0xff_ffff)) throw fail()
      return { kind: 'FixedString', width }
    }
    case 'Enum8':
      return { kind: 'Enum8', names: parseEnum(args) }
    case 'Nullable':
      return { kind: 'Nullable', inner: inner(0) }
    case 'LowCardinality': {
      const of = inner(0)
      const plain = of.kind === 'Nullable' ? of.inner : of
      if (plain.kind !== 'String') throw fail()
      return { kind: 'LowCardinality', inner: of }
    }
    case 'Array':
      return { kind: 'Array', inner: inner(0) }
    case 'Map': {
      const [key, value] = [inner(0), inner(1)]
      const isText = (t: WireType) => t.kind === 'String' || (t.kind === 'LowCardinality' && t.inner.kind === 'String')
      if (!isText(key) || !isText(value)) throw fail()
      return { kind: 'Map', key, value }
    }
    case 'SimpleAggregateFunction':
      return inner(1)
    default:
      throw fail()
  }
}

/** Splits at commas that stand neither in brackets nor in quotes. */
function splitArguments(text: string): string[] {
  const out: string[] = []
  let depth = 0
  let quoted = false
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (quoted) {
      if (c === '\\') i++
      else if (c === "'") quoted = false
    } else if (c === "'") quoted = true
    else if (c === '(') depth++
    else if (c === ')') depth--
    else if (c === ',' && depth === 0) {
      out.push(text.slice(start, i).trim())
      start = i + 1
    }
  }
  out.push(text.slice(start).trim())
  return out
}

function parseEnum(args: readonly string[]): Map<number, string> {
  const names = new Map<number, string>()
  for (const arg of args) {
    const eq = arg.lastIndexOf('=')
    const quoted = arg.slice(0, eq).trim().slice(1, -1)
    names.set(Number(arg.slice(eq + 1)), quoted.replace(/\\(.)/g, '$1'))
  }
  return names
}
