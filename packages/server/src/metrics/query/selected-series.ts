import type { Labels } from '@binnacle/promql'
import type { HeadSnapshot, Intervals, RowsOf, SeriesKey } from '../store/index.ts'

/**
 * The series that a selector found, and where their samples are. Row `i` of the snapshot is series `i`; a series that
 * is not in memory any more has an empty row there.
 */
export type SelectedSeries = {
  readonly labels: readonly Labels[]
  readonly keys: readonly SeriesKey[]
  readonly snapshot: HeadSnapshot
  /** From here on the head has every sample; before it the engine has. Unix ms. */
  readonly completeFromMs: number
  readonly rowsOf: readonly RowsOf[]
  /** Deleted intervals by row, of the few series that have such. */
  readonly deleted: ReadonlyMap<number, Intervals>
}

/** The same as plain columns, cheap to post to a worker: strings stand once, labels are numbers. */
export type PackedSeries = {
  readonly count: number
  readonly strings: readonly string[]
  /** Series `i` has the words `[ends[i - 1] .. ends[i])`: name and value in turn, as places in `strings`. */
  readonly ends: Uint32Array
  readonly words: Uint32Array
  /** Three words a series: metric, low and high half of the id. */
  readonly keys: Uint32Array
  readonly snapshot: HeadSnapshot
  readonly completeFromMs: number
  readonly rowsOf: readonly RowsOf[]
  readonly deleted: ReadonlyMap<number, Intervals>
}

export function packSeries(selected: SelectedSeries): PackedSeries {
  const count = selected.labels.length
  const places = new Map<string, number>()
  const strings: string[] = []
  const ends = new Uint32Array(count)
  let total = 0
  for (const labels of selected.labels) total += labels.length
  const words = new Uint32Array(total)
  const keys = new Uint32Array(count * 3)
  let at = 0
  for (let i = 0; i < count; i++) {
    for (const text of selected.labels[i]!) {
      let place = places.get(text)
      if (place === undefined) {
        place = strings.push(text) - 1
        places.set(text, place)
      }
      words[at++] = place
    }
    ends[i] = at
    const key = selected.keys[i]!
    keys[i * 3] = key.metric
    keys[i * 3 + 1] = key.idLo
    keys[i * 3 + 2] = key.idHi
  }
  const { snapshot, completeFromMs, rowsOf, deleted } = selected
  return { count, strings, ends, words, keys, snapshot, completeFromMs, rowsOf, deleted }
}

export function unpackSeries(packed: PackedSeries): SelectedSeries {
  const labels: Labels[] = []
  const keys: SeriesKey[] = []
  let at = 0
  for (let i = 0; i < packed.count; i++) {
    const own: string[] = []
    for (; at < packed.ends[i]!; at++) own.push(packed.strings[packed.words[at]!]!)
    labels.push(own)
    keys.push({ metric: packed.keys[i * 3]!, idLo: packed.keys[i * 3 + 1]!, idHi: packed.keys[i * 3 + 2]! })
  }
  const { snapshot, completeFromMs, rowsOf, deleted } = packed
  return { labels, keys, snapshot, completeFromMs, rowsOf, deleted }
}
