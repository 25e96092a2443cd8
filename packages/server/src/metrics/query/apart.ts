import type { LabelIndex } from '../store/index.ts'
import type { SelectedColumns } from './selected-series.ts'

/** Series looked at in one piece: about a millisecond. */
const SLICE = 16_384

/**
 * Whether no two series of a selection are equal but for their metric name. Label sets are compared by 64 bits of hash:
 * in doubt the answer is no. Undefined when series left the index meanwhile.
 */
export async function areApart(
  index: LabelIndex,
  columns: SelectedColumns,
  pause: () => Promise<void>,
): Promise<boolean | undefined> {
  const { count, keys, ends, pairs, old, removals } = columns
  // The engine's own series are few, and seldom in a selection of several metrics.
  if (old.length > 0) return count === 1
  if (!keys.metric.some((metric) => metric !== keys.metric[0])) return true
  if (index.removals !== removals) return undefined
  const isName = new Uint8Array(index.pairCapacity)
  for (const pair of index.pairsOf('__name__')) isName[pair] = 1
  let size = 16
  while (size < count * 2) size *= 2
  const mask = size - 1
  const slots = new Int32Array(size).fill(-1)
  const highs = new Int32Array(count)
  const lows = new Int32Array(count)
  for (let row = 0, at = 0; row < count; row++) {
    if (row % SLICE === SLICE - 1) await pause()
    let high = 0x9e3779b1 | 0
    let low = 0x85ebca6b | 0
    for (const end = ends[row]!; at < end; at++) {
      const pair = pairs[at]!
      if (isName[pair] === 1) continue
      high = Math.imul(high ^ pair, 0xcc9e2d51)
      high ^= high >>> 15
      low = Math.imul(low ^ (pair + high), 0x1b873593)
      low ^= low >>> 13
    }
    let slot = low & mask
    for (; slots[slot] !== -1; slot = (slot + 1) & mask) {
      const other = slots[slot]!
      if (highs[other] === high && lows[other] === low) return false
    }
    slots[slot] = row
    highs[row] = high
    lows[row] = low
  }
  return true
}
