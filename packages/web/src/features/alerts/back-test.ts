import type { LabelMap } from '../../api/index.ts'

/** What one label set would have done: stretches in which its condition held, and what `for` makes of them. */
export type BackTestRun = {
  readonly labels: LabelMap
  readonly fromMs: number
  /** Last time at which the condition held, or until `keep_firing_for` was over. */
  readonly toMs: number
  /** When it would have begun to fire; absent where it ended before `for` was over. */
  readonly firedMs?: number
  /** The value furthest from 0 meanwhile. */
  readonly peak: number
}

export type BackTest = {
  readonly fromMs: number
  readonly toMs: number
  readonly stepMs: number
  readonly series: number
  /** Answers are bounded: there were more series than these. */
  readonly cut: boolean
  /** Newest first. */
  readonly runs: readonly BackTestRun[]
}

export type BackTestOptions = { readonly forMs: number; readonly keepFiringForMs: number }

type Matrix = readonly {
  readonly labels: LabelMap
  readonly timesMs: readonly number[]
  readonly values: readonly number[]
}[]

/**
 * When a rule would have been pending and firing, from the answer of its query over a range: it holds where there is a
 * sample. `stepMs` apart, samples belong together; a gap ends a run, unless `keep_firing_for` bridges it.
 */
export function runsOf(matrix: Matrix, stepMs: number, { forMs, keepFiringForMs }: BackTestOptions): BackTestRun[] {
  const runs: BackTestRun[] = []
  for (const { labels, timesMs, values } of matrix) {
    let start = -1
    let fired: number | undefined
    let peak = Number.NEGATIVE_INFINITY
    const end = (lastMs: number) => {
      if (start < 0) return
      const toMs = fired === undefined ? lastMs : lastMs + keepFiringForMs
      runs.push({ labels, fromMs: start, toMs, peak, ...(fired === undefined ? {} : { firedMs: fired }) })
      start = -1
      fired = undefined
      peak = Number.NEGATIVE_INFINITY
    }
    for (let i = 0; i < timesMs.length; i++) {
      const at = timesMs[i]!
      const before = timesMs[i - 1]
      const bridged = Math.max(stepMs, fired === undefined ? 0 : keepFiringForMs)
      if (start >= 0 && before !== undefined && at - before > bridged) end(before)
      if (start < 0) start = at
      if (fired === undefined && at - start >= forMs) fired = at
      if (!Number.isFinite(peak) || Math.abs(values[i]!) > Math.abs(peak)) peak = values[i]!
    }
    if (timesMs.length > 0) end(timesMs.at(-1)!)
  }
  return runs.sort((a, b) => b.fromMs - a.fromMs)
}

/** Together: how often it would have fired, for how long, and how often it calmed down before. */
export function verdictOf(runs: readonly BackTestRun[]): {
  readonly fired: number
  readonly calmed: number
  readonly firingMs: number
} {
  let fired = 0
  let firingMs = 0
  for (const run of runs) {
    if (run.firedMs === undefined) continue
    fired++
    firingMs += run.toMs - run.firedMs
  }
  return { fired, calmed: runs.length - fired, firingMs }
}
