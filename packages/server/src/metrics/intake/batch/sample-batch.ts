import type { SampleBatch } from '../../store/index.ts'

const STALE_LOW = 0x00000002
const STALE_HIGH = 0x7ff00000

/** An empty batch with room for `capacity` samples. */
export function createSampleBatch(capacity = 1024): SampleBatch {
  return {
    length: 0,
    refs: new Uint32Array(capacity),
    ts: new Float64Array(capacity),
    values: new Float64Array(capacity),
  }
}

/** Makes room for at least `capacity` samples by doubling; what is in there stays. The columns may be new arrays then. */
export function growSampleBatch(batch: SampleBatch, capacity: number): void {
  if (capacity <= batch.refs.length) return
  let size = Math.max(16, batch.refs.length)
  while (size < capacity) size *= 2
  const refs = new Uint32Array(size)
  const ts = new Float64Array(size)
  const values = new Float64Array(size)
  refs.set(batch.refs.subarray(0, batch.length))
  ts.set(batch.ts.subarray(0, batch.length))
  values.set(batch.values.subarray(0, batch.length))
  batch.refs = refs
  batch.ts = ts
  batch.values = values
}

/** Adds a staleness marker at `tsMs` (Unix ms) for each ref: the NaN with the bits 0x7ff0000000000002. */
export function addStaleMarkers(batch: SampleBatch, refs: Uint32Array, tsMs: number): void {
  growSampleBatch(batch, batch.length + refs.length)
  // Written as two words: a number that carries these bits through arithmetic or a plain array may lose them.
  const words = new Uint32Array(batch.values.buffer, batch.values.byteOffset, batch.values.length * 2)
  for (let i = 0; i < refs.length; i++) {
    const at = batch.length++
    batch.refs[at] = refs[i]!
    batch.ts[at] = tsMs
    words[at * 2] = STALE_LOW
    words[at * 2 + 1] = STALE_HIGH
  }
}
