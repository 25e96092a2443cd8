/** Doubles of one block: 1 MiB. */
const BLOCK = 131_072

/**
 * Cuts many small columns out of few large blocks. A thousand arrays of a few kilobytes stay with the process's allocator
 * when they are done; a block of a megabyte goes back to the system. A column longer than a block gets memory of its own.
 */
export function createBlocks(): (from: Float64Array) => Float64Array {
  let block = new Float64Array(0)
  let used = 0
  return (from) => {
    if (from.length > BLOCK / 4) return from.slice()
    if (used + from.length > block.length) {
      block = new Float64Array(BLOCK)
      used = 0
    }
    const column = block.subarray(used, used + from.length)
    column.set(from)
    used += from.length
    return column
  }
}
