/**
 * SQL with its values kept apart until the very end. Only this file turns a value into text, so there is one escaper.
 * Text comes from source code alone (the tag's literal parts), identifiers from closed lists (`createIdentifiers`).
 */
export class Sql {
  readonly #texts: readonly string[]
  readonly #values: readonly SqlValue[]

  constructor(texts: readonly string[], values: readonly SqlValue[]) {
    this.#texts = texts
    this.#values = values
  }

  /** The statement with every value as a literal. May hold users' data: do not log it above debug. */
  render(): string {
    let out = this.#texts[0] ?? ''
    for (let i = 0; i < this.#values.length; i++) out += renderValue(this.#values[i]!) + this.#texts[i + 1]!
    return out
  }
}

/** A name that code chose from a closed list. */
export class Identifier<Name extends string = string> {
  readonly name: Name

  constructor(name: Name) {
    this.name = name
  }
}

/** An unsigned 64-bit number as two 32-bit words. */
export type Words64 = { readonly hi: number; readonly lo: number }

/** Many unsigned 64-bit numbers, two words each, low word first, as `Block` columns have them. */
export type Words64List = { readonly words64: Uint32Array }

/**
 * What may stand in `${}`. A list becomes an array literal (`x IN ${list}` works, an empty one too); its members should
 * be of one type. A `bigint` is an integer literal (UInt64 also as `{hi, lo}`), a `Uint8Array` a string of these bytes.
 * Lone surrogates of a text become U+FFFD, as everywhere in UTF-8.
 */
export type SqlValue =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Float64Array
  | Words64
  | Words64List
  | Sql
  | Identifier
  | readonly SqlValue[]

/** `sql\`SELECT … WHERE id = ${id}\``. Parts of statements nest: a `Sql` as value is inserted as text. */
export function sql(texts: TemplateStringsArray, ...values: SqlValue[]): Sql {
  return new Sql(texts, values)
}

/** Joins parts, for statements whose number of parts varies. */
export function joinSql(parts: readonly Sql[], separator: ', ' | ' AND ' | ' OR ' | ' UNION ALL '): Sql {
  if (parts.length === 0) return new Sql([''], [])
  return new Sql(['', ...parts.slice(1).map(() => separator), ''], parts)
}

/** The names that code may use: `const table = createIdentifiers('samples', 'chunks')`, then `${table('samples')}`. */
export function createIdentifiers<const Name extends string>(
  ...names: readonly Name[]
): (name: Name) => Identifier<Name> {
  const known = new Map<Name, Identifier<Name>>(names.map((name) => [name, new Identifier(checkName(name))]))
  return (name) => {
    const found = known.get(name)
    if (!found) throw new Error(`identifier ${name} is not in its list`)
    return found
  }
}

/** Throws unless `name` is a plain identifier, or two joined by a dot. */
export function checkName<Name extends string>(name: Name): Name {
  if (!/^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$/.test(name)) throw new Error(`bad identifier ${name}`)
  return name
}

function renderValue(value: SqlValue): string {
  if (typeof value === 'string') return renderText(value)
  if (typeof value === 'number') return renderNumber(value)
  if (typeof value === 'bigint') return renderBigint(value)
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (value instanceof Sql) return value.render()
  if (value instanceof Identifier) return value.name.replace(/[^.]+/g, '`$&`')
  if (value instanceof Uint8Array) return renderBytes(value)
  if (value instanceof Uint16Array || value instanceof Uint32Array) return `[${value.join(',')}]`
  if (value instanceof Float64Array) return `[${Array.from(value, renderNumber).join(',')}]`
  if (isList(value)) return `[${value.map(renderValue).join(',')}]`
  if ('words64' in value) return renderWords(value.words64)
  return renderWord64(value.hi, value.lo)
}

const isList = (value: object): value is readonly SqlValue[] => Array.isArray(value)

const LITERAL_BIGINT = 2n ** 63n

/** Negative numbers stand in brackets, so that `a-${n}` never becomes a comment. */
function renderNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (value === Number.POSITIVE_INFINITY) return 'inf'
  if (value === Number.NEGATIVE_INFINITY) return '(-inf)'
  // Whole numbers from 2^53 on are floats in truth: an exponent makes the engine read them as such.
  const size = Math.abs(value)
  const negative = value < 0 || Object.is(value, -0)
  const text = size === 0 && negative ? '0.0' : Number.isSafeInteger(size) ? String(size) : size.toExponential()
  return negative ? `(-${text})` : text
}

function renderBigint(value: bigint): string {
  if (value >= 2n ** 64n || value < -LITERAL_BIGINT) throw new Error(`${value} is no 64-bit integer`)
  return value < 0n ? `(${value})` : String(value)
}

function renderWord64(hi: number, lo: number): string {
  if (hi < 0x20_0000) return String(hi * 2 ** 32 + lo)
  return String((BigInt(hi) << 32n) | BigInt(lo))
}

function renderWords(words: Uint32Array): string {
  const out: string[] = []
  for (let i = 0; i + 1 < words.length; i += 2) out.push(renderWord64(words[i + 1]!, words[i]!))
  return `[${out.join(',')}]`
}

function renderText(text: string): string {
  // Everything else, line breaks and NUL included, may stand in a literal as it is; escaped it is easier to read.
  return `'${text.replace(/[\\'\u0000-\u001f\u007f]/g, (c) => (c === '\\' || c === "'" ? `\\${c}` : hexEscape(c.charCodeAt(0))))}'`
}

function renderBytes(bytes: Uint8Array): string {
  let out = "'"
  for (const b of bytes) {
    if (b === 0x27 || b === 0x5c) out += `\\${String.fromCharCode(b)}`
    else if (b < 0x20 || b >= 0x7f) out += hexEscape(b)
    else out += String.fromCharCode(b)
  }
  return `${out}'`
}

const hexEscape = (byte: number) => `\\x${byte.toString(16).padStart(2, '0')}`
