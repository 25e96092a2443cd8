// Constants of Go: quoted texts, characters and numbers.

import type { NumberNode } from './nodes.ts'

const simple: Record<string, number> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92, "'": 39, '"': 34 }

/** Value of a constant in double quotes or backquotes; `undefined` when it is none. */
export function unquoteText(quoted: string): string | undefined {
  const quote = quoted[0]
  const body = quoted.slice(1, -1)
  if (quote === '`') return body.replaceAll('\r', '')
  if (!body.includes('\\')) return body
  let out = ''
  let bytes: number[] = []
  const flush = () => {
    if (bytes.length > 0) out += textOfBytes(bytes)
    bytes = []
  }
  for (let at = 0; at < body.length; ) {
    const one = readChar(body, at, '"')
    if (one === undefined) return undefined
    if (one.isByte) bytes.push(one.code)
    else {
      flush()
      out += String.fromCodePoint(one.code)
    }
    at = one.end
  }
  flush()
  return out
}

type ReadChar = { code: number; end: number; isByte: boolean }

/** One character or escape at `at`. Octal and `\x` escapes are bytes. */
function readChar(text: string, at: number, quote: string): ReadChar | undefined {
  const c = text[at]
  if (c === quote || c === undefined) return undefined
  if (c !== '\\') {
    const code = text.codePointAt(at)!
    return { code, end: at + (code > 0xffff ? 2 : 1), isByte: false }
  }
  const kind = text[at + 1]
  if (kind === undefined) return undefined
  const digits = kind === 'x' ? 2 : kind === 'u' ? 4 : kind === 'U' ? 8 : 0
  if (digits > 0) {
    const hex = text.slice(at + 2, at + 2 + digits)
    if (hex.length < digits || !/^[0-9a-fA-F]+$/.test(hex)) return undefined
    const code = Number.parseInt(hex, 16)
    if (kind !== 'x' && (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))) return undefined
    return { code, end: at + 2 + digits, isByte: kind === 'x' }
  }
  if (kind >= '0' && kind <= '7') {
    const octal = text.slice(at + 1, at + 4)
    if (!/^[0-7]{3}$/.test(octal)) return undefined
    const code = Number.parseInt(octal, 8)
    return code > 255 ? undefined : { code, end: at + 4, isByte: true }
  }
  const code = simple[kind]
  // A quote of the other kind is not escaped.
  if (code === undefined || ((kind === '"' || kind === "'") && kind !== quote)) return undefined
  return { code, end: at + 2, isByte: false }
}

/** UTF-8 bytes as text. Bytes that are none become U+FFFD. */
export function textOfBytes(bytes: readonly number[]): string {
  let out = ''
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at]!
    const length =
      first < 0x80
        ? 1
        : first >= 0xc2 && first < 0xe0
          ? 2
          : first >= 0xe0 && first < 0xf0
            ? 3
            : first >= 0xf0 && first < 0xf5
              ? 4
              : 0
    let code = length < 2 ? first : first & (0x7f >> length)
    let good = length > 0 && at + length <= bytes.length
    for (let k = 1; good && k < length; k++) {
      const next = bytes[at + k]!
      good = (next & 0xc0) === 0x80
      code = (code << 6) | (next & 0x3f)
    }
    good &&=
      !(length === 3 && (code < 0x800 || (code >= 0xd800 && code < 0xe000))) &&
      !(length === 4 && (code < 0x10000 || code > 0x10ffff))
    out += good ? String.fromCodePoint(code) : '\ufffd'
    at += good ? length : 1
  }
  return out
}

/** A number constant, or the message with which Go refuses it. */
export function readNumber(text: string, kind: 'number' | 'complex' | 'charConstant', at: number): NumberNode | string {
  const node = { kind: 'number', at, text } as const
  if (kind === 'charConstant') {
    if (text.length === 2) return 'invalid syntax'
    const one = readChar(text.slice(0, -1), 1, "'")
    if (one === undefined || one.end !== text.length - 1) return `malformed character constant: ${text}`
    return { ...node, int: BigInt(one.code), uint: BigInt(one.code), float: one.code, complex: undefined }
  }
  if (kind === 'complex') {
    const parts = /^([+-]?[^+-]+(?:[eEpP][+-]?[^+-]+)?)([+-].*)i$/.exec(text)
    const re = parts === null ? undefined : readFloat(parts[1]!)
    const im = parts === null ? undefined : readFloat(parts[2]!)
    if (re === undefined || im === undefined) return `bad number syntax: ${JSON.stringify(text)}`
    return simplify({ ...node, complex: { re, im } })
  }
  if (text.endsWith('i')) {
    const im = readFloat(text.slice(0, -1))
    if (im !== undefined) return simplify({ ...node, complex: { re: 0, im } })
  }
  let uint = readUint(text)
  let int = readInt(text)
  if (int === 0n) uint = 0n // "-0" is an unsigned number too
  let float: number | undefined
  if (int !== undefined) float = Number(int)
  else if (uint !== undefined) float = Number(uint)
  else {
    float = readFloat(text)
    if (float !== undefined) {
      if (!/[.eEpP]/.test(text)) return `integer overflow: ${JSON.stringify(text)}`
      if (Number.isInteger(float) && Math.abs(float) < 2 ** 63) int = BigInt(float)
      if (Number.isInteger(float) && float >= 0 && float < 2 ** 64) uint = BigInt(float)
    }
  }
  if (int === undefined && uint === undefined && float === undefined)
    return `illegal number syntax: ${JSON.stringify(text)}`
  return { ...node, int, uint, float, complex: undefined }
}

function simplify(node: { kind: 'number'; at: number; text: string; complex: { re: number; im: number } }): NumberNode {
  const float = node.complex.im === 0 ? node.complex.re : undefined
  const whole = float !== undefined && Number.isInteger(float)
  return {
    ...node,
    float,
    int: whole && Math.abs(float) < 2 ** 63 ? BigInt(float) : undefined,
    uint: whole && float >= 0 && float < 2 ** 64 ? BigInt(float) : undefined,
  }
}

/** Digits with underscores as Go 1.13 allows them, and prefixes 0x, 0o, 0b and 0. */
function readUint(text: string): bigint | undefined {
  if (!/^(0[xX](_?[0-9a-fA-F])+|0[oO](_?[0-7])+|0[bB](_?[01])+|0(_?[0-7])*|[1-9](_?[0-9])*)$/.test(text))
    return undefined
  let digits = text.replaceAll('_', '')
  if (/^0[0-7]+$/.test(digits)) digits = `0o${digits.slice(1)}`
  const value = BigInt(digits)
  return value < 1n << 64n ? value : undefined
}

function readInt(text: string): bigint | undefined {
  const negative = text.startsWith('-')
  const size = readUint(/^[+-]/.test(text) ? text.slice(1) : text)
  if (size === undefined) return undefined
  const value = negative ? -size : size
  return value >= -(1n << 63n) && value < 1n << 63n ? value : undefined
}

function readFloat(text: string): number | undefined {
  const plain = text.replaceAll('_', '')
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(plain)) {
    const value = Number(plain)
    return Number.isFinite(value) ? value : undefined
  }
  const hex = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)$/.exec(plain)
  if (hex === null || hex[2] + hex[3]! === '') return undefined
  const mantissa = Number(BigInt(`0x${hex[2]}${hex[3]}`))
  const value = mantissa * 2 ** (Number(hex[4]) - 4 * hex[3]!.length)
  return Number.isFinite(value) ? (hex[1] === '-' ? -value : value) : undefined
}
