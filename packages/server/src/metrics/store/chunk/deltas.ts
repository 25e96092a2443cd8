import { type Cursor, readVarint, readZigzag, writeVarint, writeZigzag } from './varint.ts'

/** Whether the sparse form of a stream is worth it: at least two thirds are zeros, so that it is at most 2/3 as long. */
export function prefersSparse(nonZero: number, n: number): boolean {
  return nonZero * 3 <= n
}

/** Writes the first `n` of `deltas` (whole, within `MAX_ZIGZAG`) dense or sparse; returns the place after them. */
export function writeDeltas(deltas: Float64Array, n: number, sparse: boolean, out: Uint8Array, at: number): number {
  if (sparse) return writeSparse(deltas, n, out, at)
  for (let i = 0; i < n; i++) {
    const d = deltas[i]!
    if (d >= -0x40000000 && d < 0x40000000) {
      const whole = d | 0
      let z = ((whole << 1) ^ (whole >> 31)) >>> 0
      while (z >= 128) {
        out[at++] = (z & 127) | 128
        z >>>= 7
      }
      out[at++] = z
    } else at = writeZigzag(out, at, d)
  }
  return at
}

function writeSparse(deltas: Float64Array, n: number, out: Uint8Array, at: number): number {
  let gap = 0
  for (let i = 0; i < n; i++) {
    if (deltas[i] === 0) gap++
    else {
      at = writeZigzag(out, writeVarint(out, at, gap), deltas[i]!)
      gap = 0
    }
  }
  return gap > 0 ? writeVarint(out, at, gap) : at
}

/** Reads `n` deltas into `out[to ..]`. Throws `Error` (`chunk: ...`) when the stream does not fit. */
export function readDeltas(cursor: Cursor, n: number, sparse: boolean, out: Float64Array, to: number): void {
  if (sparse) {
    readSparse(cursor, n, out, to)
    return
  }
  const { bytes, end } = cursor
  let at = cursor.at
  if (end - at < n) throw new Error('chunk: ends too early')
  for (let i = to, stop = to + n; i < stop; i++) {
    if (at >= end) throw new Error('chunk: ends too early')
    let z = bytes[at]!
    if (z < 128) at++
    else if (at + 4 <= end) {
      // Two to four bytes, unrolled; five and more are rare.
      const b1 = bytes[at + 1]!
      z = (z & 127) | ((b1 & 127) << 7)
      if (b1 < 128) at += 2
      else {
        const b2 = bytes[at + 2]!
        z |= (b2 & 127) << 14
        if (b2 < 128) at += 3
        else {
          const b3 = bytes[at + 3]!
          z |= b3 << 21
          if (b3 < 128) at += 4
          else {
            cursor.at = at
            out[i] = readZigzag(cursor)
            at = cursor.at
            continue
          }
        }
      }
    } else {
      cursor.at = at
      out[i] = readZigzag(cursor)
      at = cursor.at
      continue
    }
    out[i] = (z >>> 1) ^ -(z & 1)
  }
  cursor.at = at
}

function readSparse(cursor: Cursor, n: number, out: Float64Array, to: number): void {
  out.fill(0, to, to + n)
  let i = 0
  while (i < n) {
    i += readVarint(cursor)
    if (i > n) throw new Error('chunk: gap reaches past the end')
    if (i < n) out[to + i++] = readZigzag(cursor)
  }
}
