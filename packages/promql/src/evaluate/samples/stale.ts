// A staleness marker is a NaN with the bits 0x7ff0000000000002. Test with `value !== value` first: reading bits is slow.

const cell = new Float64Array(1)
const bits = new Uint32Array(cell.buffer)
cell[0] = 1
const LOW = bits[0] === 0 ? 0 : 1
const HIGH = 1 - LOW

/** Whether the value at `index` is a staleness marker; reads the bits where they lie, as arithmetic may change them. */
export function isStaleAt(values: Float64Array, index: number): boolean {
  cell.set(values.subarray(index, index + 1))
  return bits[HIGH] === 0x7ff00000 && bits[LOW] === 2
}
