import type { SeriesRef } from '../sample-batch.ts'
import { addressOf, SLAB_UNITS, type SlabPool, slabOf, UNIT_BYTES, unitOf } from './slab-pool.ts'

/*
 * Tails of native histograms: the newest samples of a series, each as a chunk of one sample (store/chunk/), one behind
 * the other in a block of shared memory. Blocks have sizes of powers of two; a tail that outgrows its block moves to one
 * of twice the size. Like the tails of numbers they are only ever appended to, so that a reader needs to know no more
 * than the address and how many samples are there.
 */

const SMALLEST_UNITS = 512 / UNIT_BYTES
/** A tail is compressed before it needs more. Larger samples go into pieces of their own at once. */
export const MAX_HISTOGRAM_TAIL_BYTES = 8192
/** What a series with histograms costs beside its block, bytes. */
const SERIES_BYTES = 120

/** Address 0: no block. `limit`: so many samples, then the tail is compressed. */
export type HistogramTail = { address: number; bytes: number; capacity: number; limit: number }

export type HistogramTails = {
  /** The tail of a series whose newest samples are histograms. */
  of(ref: SeriesRef): HistogramTail | undefined
  /** How many of these series have one. */
  among(refs: Uint32Array): number
  /** From now on the series' newest samples are histograms. */
  begin(ref: SeriesRef, limit: number): HistogramTail
  end(ref: SeriesRef): void
  /** Appends a sample, which must fit into `MAX_HISTOGRAM_TAIL_BYTES` with what is there. `free` gets a block that is left. */
  append(tail: HistogramTail, record: Uint8Array, free: (block: Block) => void): void
  /** Gives a block back that nobody reads any more. */
  give(block: Block): void
  readonly usedBytes: number
}

export type Block = { readonly address: number; readonly capacity: number }

export function createHistogramTails(pool: SlabPool): HistogramTails {
  const tails = new Map<SeriesRef, HistogramTail>()
  /** Addresses of free blocks by capacity in bytes. */
  const free = new Map<number, number[]>()

  function take(capacity: number): number {
    let addresses = free.get(capacity)
    if (addresses === undefined) {
      addresses = []
      free.set(capacity, addresses)
    }
    if (addresses.length === 0) {
      const slab = pool.take()
      const units = capacity / UNIT_BYTES
      // The first block of slab 0 would have address 0, which means "nothing": no slab uses it.
      for (let unit = SLAB_UNITS - units; unit > 0; unit -= units) addresses.push(addressOf(slab, unit))
    }
    return addresses.pop()!
  }

  return {
    of: (ref) => (tails.size === 0 ? undefined : tails.get(ref)),
    among(refs) {
      let count = 0
      if (tails.size > 0) for (let i = 0; i < refs.length; i++) if (tails.has(refs[i]!)) count++
      return count
    },
    begin(ref, limit) {
      const tail = { address: 0, bytes: 0, capacity: 0, limit }
      tails.set(ref, tail)
      return tail
    },
    end: (ref) => tails.delete(ref),
    append(tail, record, give) {
      if (tail.bytes + record.length > tail.capacity) {
        let capacity = Math.max(SMALLEST_UNITS * UNIT_BYTES, tail.capacity)
        while (capacity < tail.bytes + record.length) capacity *= 2
        const address = take(capacity)
        if (tail.address !== 0) {
          const from = unitOf(tail.address) * UNIT_BYTES
          const bytes = pool.views[slabOf(tail.address)]!.bytes.subarray(from, from + tail.bytes)
          pool.views[slabOf(address)]!.bytes.set(bytes, unitOf(address) * UNIT_BYTES)
          give({ address: tail.address, capacity: tail.capacity })
        }
        tail.address = address
        tail.capacity = capacity
      }
      pool.views[slabOf(tail.address)]!.bytes.set(record, unitOf(tail.address) * UNIT_BYTES + tail.bytes)
      tail.bytes += record.length
    },
    give: ({ address, capacity }) => free.get(capacity)!.push(address),
    get usedBytes() {
      return tails.size * SERIES_BYTES
    },
  }
}
