import { nextTurn } from '../../../telemetry/index.ts'

/**
 * Packs a message into a snappy block, piece by piece: what is packed is handed on, and the event loop runs in between.
 * Copies reach back within a fragment of 64 KiB, as in the reference. Source: google/snappy, format_description.txt.
 */
export async function* packSnappy(content: readonly Buffer[]): AsyncGenerator<Buffer> {
  const length = content.reduce((sum, piece) => sum + piece.length, 0)
  yield header(length)
  const last = new Int32Array(1 << HASH_BITS)
  for (const piece of content) {
    for (let from = 0; from < piece.length; from += FRAGMENT) {
      const fragment = piece.subarray(from, from + FRAGMENT)
      last.fill(-1)
      yield packFragment(fragment, last)
      await nextTurn()
    }
  }
}

const FRAGMENT = 65_536
const HASH_BITS = 14

function header(length: number): Buffer {
  const bytes: number[] = []
  let rest = length
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  bytes.push(rest)
  return Buffer.from(bytes)
}

/** `last` has for each hash of four bytes where they stood last, or -1. */
function packFragment(content: Buffer, last: Int32Array): Buffer {
  const out = Buffer.allocUnsafe(content.length + Math.ceil(content.length / 32) + 16)
  const view = new DataView(content.buffer, content.byteOffset, content.length)
  let to = 0
  let literalFrom = 0
  let at = 0
  while (at + 4 <= content.length) {
    const word = view.getInt32(at, true)
    const bucket = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS)
    const from = last[bucket]!
    last[bucket] = at
    if (from < 0 || view.getInt32(from, true) !== word) {
      at++
      continue
    }
    to = putLiteral(content, literalFrom, at, out, to)
    let size = 4
    while (size < 64 && at + size < content.length && content[from + size] === content[at + size]) size++
    const offset = at - from
    if (size < 12 && offset < 2048) {
      out[to++] = 1 | ((size - 4) << 2) | ((offset >>> 8) << 5)
      out[to++] = offset
    } else {
      out[to++] = 2 | ((size - 1) << 2)
      out[to++] = offset
      out[to++] = offset >>> 8
    }
    at += size
    literalFrom = at
  }
  return out.subarray(0, putLiteral(content, literalFrom, content.length, out, to))
}

function putLiteral(content: Buffer, from: number, end: number, out: Buffer, start: number): number {
  const size = end - from
  if (size === 0) return start
  let to = start
  if (size <= 60) out[to++] = (size - 1) << 2
  else if (size <= 256) {
    out[to++] = 60 << 2
    out[to++] = size - 1
  } else {
    out[to++] = 61 << 2
    out[to++] = size - 1
    out[to++] = (size - 1) >>> 8
  }
  content.copy(out, to, from, end)
  return to + size
}
