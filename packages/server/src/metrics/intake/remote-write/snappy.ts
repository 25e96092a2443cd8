/**
 * The snappy block format, which remote write bodies are packed in.
 *
 *   | length: varint | element | element | ...
 *   element  tag & 3 = 0  literal: (tag >> 2) + 1 bytes follow; 60 to 63 say that the length stands in 1 to 4 bytes
 *            tag & 3 = 1  copy: ((tag >> 2) & 7) + 4 bytes from (tag >> 5) << 8 | next byte back
 *            tag & 3 = 2  copy: (tag >> 2) + 1 bytes from two bytes (low first) back
 *            tag & 3 = 3  copy: the same with four bytes
 *
 * A copy may reach into what it writes (offset below length): it repeats then.
 * Source: google/snappy, format_description.txt.
 */
import { BinnacleError } from '../../../config/index.ts'

/** Below this many bytes a loop is faster than a call into native code. */
const SHORT = 24

/** Length that a block claims for its content. Throws what `refuse` makes: `remote_write.malformed`. */
export function snappyLength(block: Buffer, refuse = broken): number {
  return readHeader(block, refuse) % LENGTH_BASE
}

/**
 * Unpacks `block` into `out`, which must be at least `snappyLength(block)` long, and returns the length. Never writes or
 * reads outside, whatever the block says. Throws what `refuse` makes: `remote_write.malformed`.
 */
export function decodeSnappy(block: Buffer, out: Buffer, refuse = broken): number {
  const header = readHeader(block, refuse)
  const length = header % LENGTH_BASE
  let at = Math.floor(header / LENGTH_BASE)
  const end = block.length
  let to = 0
  while (at < end) {
    const tag = block[at++]!
    const kind = tag & 3
    if (kind === 0) {
      let size = (tag >>> 2) + 1
      if (size > 60) {
        const extra = size - 60
        if (at + extra > end) throw refuse('a literal length is cut off')
        size = 1
        for (let i = 0; i < extra; i++) size += block[at + i]! * 2 ** (8 * i)
        at += extra
      }
      if (size > end - at || size > length - to) throw refuse('a literal is longer than the block')
      if (size < SHORT) for (let i = 0; i < size; i++) out[to + i] = block[at + i]!
      else block.copy(out, to, at, at + size)
      at += size
      to += size
      continue
    }
    let size: number
    let offset: number
    if (kind === 1) {
      if (at + 1 > end) throw refuse('a copy is cut off')
      size = ((tag >>> 2) & 7) + 4
      offset = ((tag >>> 5) << 8) | block[at]!
      at += 1
    } else if (kind === 2) {
      if (at + 2 > end) throw refuse('a copy is cut off')
      size = (tag >>> 2) + 1
      offset = block[at]! | (block[at + 1]! << 8)
      at += 2
    } else {
      if (at + 4 > end) throw refuse('a copy is cut off')
      size = (tag >>> 2) + 1
      offset = block.readUInt32LE(at)
      at += 4
    }
    if (offset === 0 || offset > to || size > length - to) throw refuse('a copy reaches outside the block')
    const from = to - offset
    if (size < SHORT || offset < size) for (let i = 0; i < size; i++) out[to + i] = out[from + i]!
    else out.copyWithin(to, from, from + size)
    to += size
  }
  if (to !== length) throw refuse(`it holds ${to} bytes and claims ${length}`)
  return length
}

/** Content length and header length in one number: `header * LENGTH_BASE + length`. */
const LENGTH_BASE = 2 ** 32

function readHeader(block: Buffer, refuse: typeof broken): number {
  let length = 0
  for (let i = 0; i < 5; i++) {
    const byte = block[i]
    if (byte === undefined) break
    length += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) {
      if (length >= LENGTH_BASE) break
      return (i + 1) * LENGTH_BASE + length
    }
  }
  throw refuse('its length is unreadable')
}

function broken(why: string): BinnacleError {
  return new BinnacleError('remote_write.malformed', `the body is no snappy block: ${why}`, {
    hint: 'remote write bodies are packed with snappy in block format, not framed',
  })
}
