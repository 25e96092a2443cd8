import { BinnacleError } from '../../../config/index.ts'
import { type SampleBuffer, shorten } from '../head/index.ts'
import type { SeriesKey } from '../read/index.ts'

/** Deleted intervals of a series: `from, to` in turn, Unix ms, both inclusive, ascending, apart from one another. */
export type Intervals = Float64Array

/** Deleted intervals by series, in memory. */
export type Tombstones = {
  readonly size: number
  of(key: SeriesKey): Intervals | undefined
  /** Room for one more interval of each of so many series. Throws `BinnacleError` (kind `limit`) when there is none. */
  checkRoom(series: number): void
  add(key: SeriesKey, fromMs: number, toMs: number): void
  /** All there is at this moment. The intervals of a series are another array once something was added to them. */
  entries(): TombstoneEntry[]
  /** None forgets the series. */
  replace(key: SeriesKey, intervals: Intervals): void
}

export type TombstoneEntry = { readonly key: SeriesKey; readonly intervals: Intervals }

/** Series with deleted samples that are remembered at most; each costs about 150 bytes. */
const MAX_SERIES = 200_000
/** Intervals of all of them together, 16 bytes each. Every read of a series goes through its own. */
const MAX_INTERVALS = 1_000_000

export function createTombstones(maxSeries = MAX_SERIES, maxIntervals = MAX_INTERVALS): Tombstones {
  const byId = new Map<string, TombstoneEntry>()
  /** Intervals of all series. */
  let held = 0
  const put = (name: string, key: SeriesKey, intervals: Intervals) => {
    held += (intervals.length - (byId.get(name)?.intervals.length ?? 0)) / 2
    if (intervals.length === 0) byId.delete(name)
    else byId.set(name, { key, intervals })
  }
  const nameOf = (key: SeriesKey) => `${key.idHi}:${key.idLo}`
  return {
    get size() {
      return byId.size
    },
    of: (key) => (byId.size === 0 ? undefined : byId.get(nameOf(key))?.intervals),
    entries: () => [...byId.values()],
    checkRoom(series) {
      if (byId.size + series > maxSeries) {
        throw new BinnacleError('store.too_many_deletions', `${byId.size} series have deleted samples already`, {
          kind: 'limit',
          hint: `at most ${maxSeries} series may have; delete fewer series at a time, or clean up with clean_tombstones`,
        })
      }
      if (held + series <= maxIntervals) return
      throw new BinnacleError('store.too_many_deletions', `${held} intervals of series are deleted already`, {
        kind: 'limit',
        hint: `at most ${maxIntervals} may be; delete longer ranges of fewer series, or clean up with clean_tombstones`,
      })
    },
    add(key, fromMs, toMs) {
      const name = nameOf(key)
      put(name, key, merged(byId.get(name)?.intervals, fromMs, toMs))
    },
    replace: (key, intervals) => put(nameOf(key), key, intervals),
  }
}

/** What of the intervals lies at or behind a time. */
export function after(intervals: Intervals, fromMs: number): Intervals {
  const out: number[] = []
  for (let i = 0; i < intervals.length; i += 2) {
    if (intervals[i + 1]! >= fromMs) out.push(Math.max(intervals[i]!, fromMs), intervals[i + 1]!)
  }
  return Float64Array.from(out)
}

/** The intervals and one more; what touches or overlaps becomes one. */
function merged(known: Intervals | undefined, fromMs: number, toMs: number): Intervals {
  const out: number[] = []
  let from = fromMs
  let to = toMs
  for (let i = 0; i < (known?.length ?? 0); i += 2) {
    const knownFrom = known![i]!
    const knownTo = known![i + 1]!
    if (knownTo < from - 1) out.push(knownFrom, knownTo)
    else if (knownFrom <= to + 1) {
      from = Math.min(from, knownFrom)
      to = Math.max(to, knownTo)
    } else {
      out.push(from, to)
      from = knownFrom
      to = knownTo
    }
  }
  out.push(from, to)
  return Float64Array.from(out)
}

/** Takes the deleted samples out of those from index `start` on, whose times ascend. */
export function withoutDeleted(buffer: SampleBuffer, start: number, intervals: Intervals): void {
  let at = start
  let interval = 0
  for (let i = start; i < buffer.length; i++) {
    const time = buffer.ts[i]!
    while (interval < intervals.length && intervals[interval + 1]! < time) interval += 2
    if (interval < intervals.length && intervals[interval]! <= time) continue
    buffer.ts[at] = time
    buffer.words[at * 2] = buffer.words[i * 2]!
    buffer.words[at * 2 + 1] = buffer.words[i * 2 + 1]!
    if (buffer.histograms !== undefined) buffer.histograms[at] = buffer.histograms[i]
    at++
  }
  shorten(buffer, at)
}
