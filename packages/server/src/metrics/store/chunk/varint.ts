// Varints: whole numbers from 0 to 2^53 in 1 to 8 bytes, seven bits a byte, lowest first, the top bit says that more follow.
// Zigzag maps signed to unsigned: 0, -1, 1, -2 ... become 0, 1, 2, 3 ...

/** Where a reader stands. `end` is exclusive: reading at or past it throws. */
export type Cursor = { bytes: Uint8Array; at: number; end: number }

/** Magnitude up to which a signed number may be written in zigzag form: 2^52, so that twice of it stays exact. */
export const MAX_ZIGZAG = 2 ** 52

/** Writes `z` (whole, 0 <= z <= 2^53) and returns the place after it. */
export function writeVarint(out: Uint8Array, at: number, z: number): number {
  let rest = z
  while (rest >= 0x80000000) {
    out[at++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  let low = rest | 0
  while (low >= 128) {
    out[at++] = (low & 127) | 128
    low >>>= 7
  }
  out[at++] = low
  return at
}

export function writeZigzag(out: Uint8Array, at: number, d: number): number {
  return writeVarint(out, at, d < 0 ? -2 * d - 1 : 2 * d)
}

export function readVarint(cursor: Cursor): number {
  let z = 0
  let scale = 1
  for (let k = 0; k < 8; k++) {
    if (cursor.at >= cursor.end) throw new Error('chunk: ends too early')
    const b = cursor.bytes[cursor.at++]!
    z += (b & 127) * scale
    if (b < 128) return z
    scale *= 128
  }
  throw new Error('chunk: number is too long')
}

export function readZigzag(cursor: Cursor): number {
  const z = readVarint(cursor)
  return z % 2 === 0 ? z / 2 : -(z + 1) / 2
}
