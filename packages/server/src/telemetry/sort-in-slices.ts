import { nextTurn } from './next-turn.ts'

/** Items that are sorted or merged between two pauses: some ms at most. */
const RUN = 2_048
const MERGED = 8_192
const LOOKED_AT = 16_384

/** Sorts, and gives way to the event loop now and then; a new array. Throws the signal's reason when it is aborted. */
export async function sortInSlices<T>(
  items: readonly T[],
  compare: ((a: T, b: T) => number) | undefined,
  signal?: AbortSignal,
): Promise<T[]> {
  const order = compare ?? ((a: T, b: T) => (a < b ? -1 : a > b ? 1 : 0))
  let runs: T[][] = []
  for (let from = 0; from < items.length; from += RUN) {
    if (from > 0) await nextTurn()
    signal?.throwIfAborted()
    runs.push(items.slice(from, from + RUN).sort(compare))
  }
  while (runs.length > 1) {
    const next: T[][] = []
    for (let i = 0; i < runs.length; i += 2) {
      const [left, right] = [runs[i]!, runs[i + 1] ?? []]
      const length = left.length + right.length
      // Of one size from the beginning: growing would copy it again and again.
      const out = new Array<T>(length)
      for (let a = 0, b = 0, to = 0; to < length; to++) {
        const takeLeft = b === right.length || (a < left.length && order(left[a]!, right[b]!) <= 0)
        out[to] = takeLeft ? left[a++]! : right[b++]!
        if (to % MERGED !== MERGED - 1) continue
        await nextTurn()
        signal?.throwIfAborted()
      }
      next.push(out)
    }
    runs = next
  }
  return runs[0] ?? []
}

/** The first `count` texts in order (by UTF-16 code units), without sorting the others. */
export async function smallestInSlices(
  items: readonly string[],
  count: number,
  signal: AbortSignal,
): Promise<string[]> {
  const most = Math.max(1_024, count * 2)
  let kept: string[] = []
  let bound: string | undefined
  for (let i = 0; i < items.length; i++) {
    const item = items[i]!
    if (i % LOOKED_AT === LOOKED_AT - 1) {
      await nextTurn()
      signal.throwIfAborted()
    }
    if (bound !== undefined && item >= bound) continue
    if (kept.push(item) < most) continue
    kept = (await sortInSlices(kept, undefined, signal)).slice(0, count)
    bound = kept[count - 1]
  }
  return (await sortInSlices(kept, undefined, signal)).slice(0, count)
}
