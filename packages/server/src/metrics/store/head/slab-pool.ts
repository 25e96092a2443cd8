/**
 * Memory of the head: fixed slabs of shared memory, so that query workers read in place what the watch wrote.
 *
 * An address is a uint32 that counts units of 8 bytes: `address = slab * 2^17 + unit`, which reaches 32 GiB.
 * Address 0 means "nothing": unit 0 of slab 0 is never given out.
 *
 * (Growable SharedArrayBuffers read 50 times slower on Node 20; hence many fixed ones.)
 */
export const SLAB_BYTES = 1 << 20
export const UNIT_BYTES = 8
export const SLAB_UNITS = SLAB_BYTES / UNIT_BYTES
const UNIT_BITS = 17
const MAX_SLABS = 1 << (32 - UNIT_BITS)

/** The same memory in the three widths that readers and the writer need. */
export type SlabViews = { readonly bytes: Uint8Array; readonly words: Uint32Array; readonly doubles: Float64Array }

export function viewsOf(buffer: SharedArrayBuffer): SlabViews {
  return { bytes: new Uint8Array(buffer), words: new Uint32Array(buffer), doubles: new Float64Array(buffer) }
}

export function slabOf(address: number): number {
  return address >>> UNIT_BITS
}

/** Offset within its slab, in units of 8 bytes. */
export function unitOf(address: number): number {
  return address & (SLAB_UNITS - 1)
}

export function addressOf(slab: number, unit: number): number {
  return ((slab << UNIT_BITS) | unit) >>> 0
}

/** A slab appeared (`buffer`) or went away (`undefined`); workers keep their list in step by it. */
export type SlabChange = { readonly slab: number; readonly buffer: SharedArrayBuffer | undefined }

export type SlabPool = {
  /** Views by slab number; a hole where a slab was given back to the system. */
  readonly views: (SlabViews | undefined)[]
  /** Number of a slab that nobody uses. Its content is whatever was there. */
  take(): number
  /** Nobody reads or writes the slab any more. A few are kept for the next `take`, the rest go back to the system. */
  give(slab: number): void
  /** Bytes of slabs taken and not given back. */
  readonly usedBytes: number
  /** All slabs that exist now; then `onChange` is called for each later change, until the returned function is called. */
  follow(onChange: (change: SlabChange) => void): () => void
}

/** Slabs kept for reuse: enough for the next minutes of pieces, little enough not to matter. */
const KEPT_FREE = 4

export function createSlabPool(): SlabPool {
  const buffers: (SharedArrayBuffer | undefined)[] = []
  const views: (SlabViews | undefined)[] = []
  const free: number[] = []
  const holes: number[] = []
  const followers = new Set<(change: SlabChange) => void>()
  let used = 0

  return {
    views,
    take() {
      used++
      const reused = free.pop()
      if (reused !== undefined) return reused
      const slab = holes.pop() ?? buffers.length
      if (slab >= MAX_SLABS) throw new Error('the head is out of addresses')
      const buffer = new SharedArrayBuffer(SLAB_BYTES)
      buffers[slab] = buffer
      views[slab] = viewsOf(buffer)
      for (const follower of followers) follower({ slab, buffer })
      return slab
    },
    give(slab) {
      used--
      if (free.length < KEPT_FREE) {
        free.push(slab)
        return
      }
      buffers[slab] = undefined
      views[slab] = undefined
      holes.push(slab)
      for (const follower of followers) follower({ slab, buffer: undefined })
    },
    get usedBytes() {
      return used * SLAB_BYTES
    },
    follow(onChange) {
      buffers.forEach((buffer, slab) => {
        if (buffer) onChange({ slab, buffer })
      })
      followers.add(onChange)
      return () => followers.delete(onChange)
    },
  }
}
