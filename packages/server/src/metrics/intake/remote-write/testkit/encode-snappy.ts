/**
 * Packs bytes into a snappy block, with copies where four bytes repeat within 64 KiB; for tests and for loading data.
 * Source: google/snappy, format_description.txt.
 */
export function encodeSnappy(content: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(10 + content.length + Math.ceil(content.length / 32))
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength)
  let to = 0
  let length = content.length
  while (length >= 0x80) {
    out[to++] = (length % 128) | 0x80
    length = Math.floor(length / 128)
  }
  out[to++] = length

  const last = new Int32Array(1 << 14).fill(-1)
  let literalFrom = 0
  let at = 0
  while (at + 4 <= content.length) {
    const word = view.getInt32(at, true)
    const bucket = Math.imul(word, 0x1e35a7bd) >>> 18
    const from = last[bucket]!
    last[bucket] = at
    if (from < 0 || at - from > 0xffff || view.getInt32(from, true) !== word) {
      at++
      continue
    }
    to = putLiteral(content, literalFrom, at, out, to)
    let size = 4
    while (size < 64 && at + size < content.length && content[from + size] === content[at + size]) size++
    const offset = at - from
    if (size < 12 && offset < 2048) {
      out[to++] = 1 | ((size - 4) << 2) | ((offset >>> 8) << 5)
      out[to++] = offset & 0xff
    } else {
      out[to++] = 2 | ((size - 1) << 2)
      out[to++] = offset & 0xff
      out[to++] = offset >>> 8
    }
    at += size
    literalFrom = at
  }
  to = putLiteral(content, literalFrom, content.length, out, to)
  return out.subarray(0, to)
}

function putLiteral(content: Uint8Array, from: number, end: number, out: Buffer, start: number): number {
  let to = start
  const size = end - from
  if (size === 0) return to
  if (size <= 60) out[to++] = (size - 1) << 2
  else {
    const bytes = size - 1 < 0x100 ? 1 : size - 1 < 0x10000 ? 2 : size - 1 < 0x1000000 ? 3 : 4
    out[to++] = (59 + bytes) << 2
    for (let i = 0; i < bytes; i++) out[to++] = ((size - 1) / 2 ** (8 * i)) & 0xff
  }
  out.set(content.subarray(from, end), to)
  return to + size
}
