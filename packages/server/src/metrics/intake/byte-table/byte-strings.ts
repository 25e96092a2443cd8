import { isAscii, isUtf8 } from 'node:buffer'
import { ByteTable, hashBytes } from './byte-table.ts'

export type ByteStringsOptions = {
  /** At most so many strings are kept. */
  readonly maxStrings?: number
  /** At most so many bytes of them. */
  readonly maxBytes?: number
}

/** Longer ones are rarely seen twice and would push out the others. */
const MAX_KEPT_BYTES = 256

/**
 * Text of byte ranges, the same JavaScript string for the same bytes: label names and values repeat in nearly every
 * series. Bounded; when full it begins anew (strings that were given out stay valid).
 */
export class ByteStrings {
  #table = new ByteTable(256, 8192)
  #strings: string[] = []
  readonly #maxStrings: number
  readonly #maxBytes: number

  constructor(options: ByteStringsOptions = {}) {
    this.#maxStrings = options.maxStrings ?? 200_000
    this.#maxBytes = options.maxBytes ?? 8 << 20
  }

  /** Text of `bytes[from .. to)`; undefined when that is not UTF-8. `view` looks at the same bytes. */
  textOf(bytes: Buffer, view: DataView, from: number, to: number): string | undefined {
    if (from === to) return ''
    if (to - from > MAX_KEPT_BYTES) return decode(bytes, from, to)
    const hash = hashBytes(view, from, to)
    const known = this.#table.find(view, from, to, hash)
    if (known >= 0) return this.#strings[known]
    const text = decode(bytes, from, to)
    if (text === undefined) return undefined
    if (this.#table.count >= this.#maxStrings || this.#table.usedBytes >= this.#maxBytes) {
      this.#table = new ByteTable(256, 8192)
      this.#strings = []
    }
    this.#table.addFrom(view, from, to, hash)
    this.#strings.push(text)
    return text
  }
}

function decode(bytes: Buffer, from: number, to: number): string | undefined {
  const range = bytes.subarray(from, to)
  if (isAscii(range)) return bytes.toString('latin1', from, to)
  return isUtf8(range) ? bytes.toString('utf8', from, to) : undefined
}
