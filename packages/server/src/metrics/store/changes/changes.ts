/*
 * Two columns that ascend together, newest last:
 *
 *   position   12    57    58    90      number of a change
 *   from      100   400   415   430      Unix ms: what is older than this was touched neither by it nor by any after it
 *
 * A change takes away all in front of it that reach less far back: of those since a position only the oldest time
 * matters, which is then that of the first entry after the position.
 */

/** What has been stored, by how far back it reaches. */
export type Changes = {
  /** Number of the newest change. Who reads notes it before. */
  readonly position: number
  /** From now on what is stored at `fromMs` (Unix ms) and later may read differently. */
  note(fromMs: number): void
  /** What is older than this (Unix ms) reads as it did at `position`; infinite when nothing has changed since. */
  oldestSince(position: number): number
}

/** Half an hour of scrapes of a hundred targets every 15 s keep their exact places. */
const MAX_ENTRIES = 16_384
/** Of the older entries two become one when there is no room: what they say stays true, and is less exact. */
const KEEPS_EXACT = 1_024

export function createChanges(maxEntries = MAX_ENTRIES, keepsExact = KEEPS_EXACT): Changes {
  const positions = new Float64Array(maxEntries)
  const froms = new Float64Array(maxEntries)
  let length = 0
  let position = 0

  function thinOut(): void {
    const exact = length - keepsExact
    let at = 0
    for (let i = 0; i + 1 < exact; i += 2, at++) {
      positions[at] = positions[i + 1]!
      froms[at] = froms[i]!
    }
    const rest = exact - (exact % 2)
    positions.copyWithin(at, rest, length)
    froms.copyWithin(at, rest, length)
    length -= rest - at
  }

  return {
    get position() {
      return position
    },
    note(fromMs) {
      position++
      while (length > 0 && froms[length - 1]! >= fromMs) length--
      if (length === maxEntries) thinOut()
      positions[length] = position
      froms[length] = fromMs
      length++
    },
    oldestSince(since) {
      if (since >= position) return Number.POSITIVE_INFINITY
      let low = 0
      let high = length
      while (low < high) {
        const middle = (low + high) >> 1
        if (positions[middle]! <= since) low = middle + 1
        else high = middle
      }
      return froms[low]!
    },
  }
}
