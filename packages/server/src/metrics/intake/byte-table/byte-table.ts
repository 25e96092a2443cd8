/**
 * A set of byte strings, each known by a dense number (0, 1, 2 ...) in the order of adding.
 *
 *   arena   | key 0 | key 1 | key 2 | ...          bytes of all keys, one after the other
 *   starts  [ 0, 34, 71, ... ]                     where key i begins in the arena
 *   lengths [ 34, 37, 52, ... ]
 *   hashes  [ h0, h1, h2, ... ]
 *   buckets [ 0, 2, 0, 0, 1, ... ]                 open addressing: number + 1 of a key, 0 for empty; at most half full
 *
 * Keys are copied, so that a body they were cut from can go. No JavaScript string and no object is made per key.
 * Comparing and hashing take four bytes at a time through DataViews: at 57 bytes a key 15 ns each, against 60 ns for
 * `Buffer.compare` or one byte at a time, and 100 ns with 64-bit words (Node 20).
 */
export class ByteTable {
  count = 0
  arena: Buffer
  arenaView: DataView
  starts: Uint32Array
  lengths: Uint32Array
  hashes: Uint32Array
  /** Bytes of the arena in use. */
  usedBytes = 0
  #buckets: Uint32Array

  constructor(capacity = 64, arenaBytes = 4096) {
    this.arena = Buffer.allocUnsafeSlow(arenaBytes)
    this.arenaView = viewOf(this.arena)
    this.starts = new Uint32Array(capacity)
    this.lengths = new Uint32Array(capacity)
    this.hashes = new Uint32Array(capacity)
    this.#buckets = new Uint32Array(bucketCount(capacity))
  }

  /** Number of the key `bytes[from .. to)`, or -1. `view` looks at the same bytes, `hash` is their `hashBytes`. */
  find(view: DataView, from: number, to: number, hash: number): number {
    const buckets = this.#buckets
    const mask = buckets.length - 1
    const length = to - from
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const entry = buckets[at]!
      if (entry === 0) return -1
      const i = entry - 1
      if (
        this.hashes[i] === hash &&
        this.lengths[i] === length &&
        sameBytes(view, from, this.arenaView, this.starts[i]!, length)
      ) {
        return i
      }
    }
  }

  /** Adds a key that is not in there yet and returns its number. */
  add(bytes: Buffer, from: number, to: number, hash: number): number {
    return this.addFrom(viewOf(bytes), from, to, hash)
  }

  /** The same for whoever has a view of the bytes already. */
  addFrom(view: DataView, from: number, to: number, hash: number): number {
    const length = to - from
    if (this.count === this.starts.length) this.#growKeys()
    if (this.usedBytes + length > this.arena.length) this.#growArena(this.usedBytes + length)
    const i = this.count++
    copyBytes(view, from, this.arenaView, this.usedBytes, length)
    this.starts[i] = this.usedBytes
    this.lengths[i] = length
    this.hashes[i] = hash
    this.usedBytes += length
    this.#place(i, hash)
    return i
  }

  #place(i: number, hash: number): void {
    const mask = this.#buckets.length - 1
    let at = hash & mask
    while (this.#buckets[at] !== 0) at = (at + 1) & mask
    this.#buckets[at] = i + 1
  }

  #growKeys(): void {
    const capacity = this.starts.length * 2
    this.starts = grown(this.starts, capacity)
    this.lengths = grown(this.lengths, capacity)
    this.hashes = grown(this.hashes, capacity)
    this.#buckets = new Uint32Array(bucketCount(capacity))
    for (let i = 0; i < this.count; i++) this.#place(i, this.hashes[i]!)
  }

  #growArena(needed: number): void {
    const arena = Buffer.allocUnsafeSlow(Math.max(needed, this.arena.length * 2))
    this.arena.copy(arena, 0, 0, this.usedBytes)
    this.arena = arena
    this.arenaView = viewOf(arena)
  }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Whether `a[aFrom .. aFrom + length)` equals `b[bFrom .. bFrom + length)`; both ranges must lie inside. */
export function sameBytes(a: DataView, aFrom: number, b: DataView, bFrom: number, length: number): boolean {
  if (length < 4) {
    for (let i = 0; i < length; i++) if (a.getUint8(aFrom + i) !== b.getUint8(bFrom + i)) return false
    return true
  }
  const last = length - 4
  for (let i = 0; i < last; i += 4) if (a.getInt32(aFrom + i, true) !== b.getInt32(bFrom + i, true)) return false
  return a.getInt32(aFrom + last, true) === b.getInt32(bFrom + last, true)
}

/** Copies four bytes at a time: a native copy of a key costs 150 ns before the first byte. */
function copyBytes(from: DataView, fromAt: number, to: DataView, toAt: number, length: number): void {
  let i = 0
  for (; i + 4 <= length; i += 4) to.setInt32(toAt + i, from.getInt32(fromAt + i, true), true)
  for (; i < length; i++) to.setUint8(toAt + i, from.getUint8(fromAt + i))
}

/** A 32-bit hash of `bytes[from .. to)`. Not for secrets; tables that use it are bounded, so collisions stay bounded too. */
export function hashBytes(view: DataView, from: number, to: number): number {
  let hash = (to - from) | 0
  let at = from
  // Two words at a time in lanes of their own, since each step of a lane waits for the one before.
  if (at + 16 <= to) {
    let other = 0x2c1b3c6d
    for (; at + 8 <= to; at += 8) {
      hash = Math.imul(hash ^ view.getInt32(at, true), 0x9e3779b1)
      hash ^= hash >>> 15
      other = Math.imul(other ^ view.getInt32(at + 4, true), 0x85ebca6b)
      other ^= other >>> 13
    }
    hash ^= Math.imul(other, 0x297a2d39)
  }
  for (; at + 4 <= to; at += 4) {
    hash = Math.imul(hash ^ view.getInt32(at, true), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  for (; at < to; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** The same numbers in an array of another length. */
export function grown(from: Uint32Array, capacity: number): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(capacity)
  to.set(from)
  return to
}

function bucketCount(capacity: number): number {
  let size = 16
  while (size < capacity * 2) size *= 2
  return size
}
