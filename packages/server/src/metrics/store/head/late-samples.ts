/** Samples of one series and bucket that came after a newer one; ascending, no time twice; small (then it is merged). */
export type LateRun = {
  length: number
  ts: Float64Array
  values: Float64Array
  words: Uint32Array
  /** Native histograms, each a chunk of one sample, by the same places; undefined for numbers. Absent until there is one. */
  records: (Uint8Array | undefined)[] | undefined
}

export const LATE_RUN_MAX = 64

export function createLateRun(): LateRun {
  const values = new Float64Array(8)
  return { length: 0, ts: new Float64Array(8), values, words: new Uint32Array(values.buffer), records: undefined }
}

/** False when the time is already there. `lo` and `hi` are the words of the value; a `record` is kept as it is. */
export function insertLate(run: LateRun, time: number, lo: number, hi: number, record?: Uint8Array): boolean {
  let at = run.length
  while (at > 0 && run.ts[at - 1]! > time) at--
  if (at > 0 && run.ts[at - 1] === time) return false
  if (run.length === run.ts.length) grow(run)
  run.ts.copyWithin(at + 1, at, run.length)
  run.words.copyWithin((at + 1) * 2, at * 2, run.length * 2)
  run.ts[at] = time
  run.words[at * 2] = lo
  run.words[at * 2 + 1] = hi
  if (record !== undefined) run.records ??= new Array(run.length).fill(undefined)
  run.records?.splice(at, 0, record)
  run.length++
  return true
}

function grow(run: LateRun): void {
  const ts = new Float64Array(run.ts.length * 2)
  ts.set(run.ts)
  const values = new Float64Array(run.ts.length * 2)
  const words = new Uint32Array(values.buffer)
  words.set(run.words)
  run.ts = ts
  run.values = values
  run.words = words
}
