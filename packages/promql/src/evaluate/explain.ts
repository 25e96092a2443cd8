// How a query was evaluated, node by node. Columns flow upwards one by one, so the clock is handed on with them: while a
// node gives a column to the one above, the time is that one's. Nothing of this is there when nobody asks for it: the
// plain `Evaluator` knows nothing of it.

import type { Labels } from '../labels.ts'
import { type Expr, unwrapParens, type VectorSelector } from '../parse/index.ts'
import type { ColumnSink } from './column/column.ts'
import { Evaluator } from './evaluator.ts'
import { durationMs, windowsOf } from './run/durations.ts'
import type { Grid } from './run/grid.ts'
import type { Run } from './run/run.ts'

export type ExplainOptions = {
  /** A clock for differences, in ms. */
  readonly now: () => number
  /** Samples read so far, by where they came from (`head`, `engine`). */
  readonly origins: () => Readonly<Record<string, number>>
}

/** What a selector took out of the store. */
export type NodeReads = {
  readonly series: number
  readonly samples: number
  /** Samples by where they came from; only places that gave some. */
  readonly origins: Readonly<Record<string, number>>
  /** What it looked at, Unix ms: all windows together. */
  readonly fromMs: number
  readonly toMs: number
  /** Width of a window: the range in brackets, or the lookback. */
  readonly windowMs: number
  /** Median distance of samples; absent where no series has two. */
  readonly intervalMs: number | undefined
}

export type NodeProfile = {
  /** Series handed to the node above. */
  readonly series: number
  /** Values in them, over all steps; of a range selector the samples that its windows look at. */
  readonly values: number
  /** Moments at which it was evaluated; 1 where `@` makes it the same at every step. */
  readonly steps: number
  /** Time spent in this node alone, waiting for its samples included, ms. */
  readonly ownMs: number
  /** Its label names, for what a grouping or a join asks for. */
  readonly labelNames: ReadonlySet<string>
  readonly reads: NodeReads | undefined
  /** What the evaluator remarked while it was here (`PromQL warning: ...`). */
  readonly notes: readonly string[]
}

/** Follows one evaluation: given to `evaluateInstant` or `evaluateRange`, asked for its profiles afterwards. */
export type Explainer = {
  readonly evaluatorOf: (run: Run) => Evaluator
  /** Of a node of the tree that was evaluated, parentheses aside; absent for what was never asked for. */
  readonly profileOf: (expr: Expr) => NodeProfile | undefined
}

type Profile = {
  series: number
  values: number
  steps: number
  ownMs: number
  labelNames: Set<string>
  reads: NodeReads | undefined
  notes: string[]
  /** Calls under way: a node that asks itself again (once for all steps) is counted once. */
  open: number
  intervals: number[]
}

/** So many series of a selector tell how far its samples are apart. */
const INTERVALS_SEEN = 100

export function createExplainer(options: ExplainOptions): Explainer {
  const profiles = new Map<Expr, Profile>()
  return {
    evaluatorOf: (run) => new ExplainedEvaluator(run, options, profiles),
    profileOf: (expr) => profiles.get(unwrapParens(expr)),
  }
}

class ExplainedEvaluator extends Evaluator {
  private readonly explain: ExplainOptions
  private readonly profiles: Map<Expr, Profile>
  private current: Profile | undefined
  private sinceMs: number
  private notesSeen = 0

  constructor(run: Run, options: ExplainOptions, profiles: Map<Expr, Profile>) {
    super(run)
    this.explain = options
    this.profiles = profiles
    this.sinceMs = options.now()
  }

  override async scalar(expr: Expr, grid: Grid): Promise<Float64Array> {
    const { profile, above } = this.enter(unwrapParens(expr), grid)
    const values = await super.scalar(expr, grid)
    if (profile.open === 1) profile.values += values.length
    this.leave(profile, above)
    return values
  }

  override async stream(expr: Expr, grid: Grid, sink: ColumnSink): Promise<void> {
    const { profile, above } = this.enter(unwrapParens(expr), grid)
    await super.stream(expr, grid, this.counting(profile, above, sink))
    this.leave(profile, above)
  }

  override async streamSelector(...args: Parameters<Evaluator['streamSelector']>): Promise<void> {
    const [selector, grid, sink, ...rest] = args
    const { profile, above } = this.enter(selector, grid)
    await this.reading(profile, selector, grid, this.run.options.lookbackMs, () =>
      super.streamSelector(selector, grid, this.counting(profile, above, sink), ...rest),
    )
    this.leave(profile, above)
  }

  override async eachRange(...args: Parameters<Evaluator['eachRange']>): Promise<void> {
    const [matrix, grid, visit, ...rest] = args
    const { profile, above } = this.enter(matrix, grid)
    const counted: typeof visit = (...found) => {
      const [labels, , ts, , from, to] = found
      profile.series++
      profile.values += to - from
      noteNames(profile, labels)
      if (profile.intervals.length < INTERVALS_SEEN && to - from > 1)
        profile.intervals.push((ts[to - 1]! - ts[from]!) / (to - from - 1))
      this.clockTo(above)
      visit(...found)
      this.clockTo(profile)
    }
    const read = () => super.eachRange(matrix, grid, counted, ...rest)
    if (matrix.kind === 'matrix')
      await this.reading(profile, matrix.selector, grid, durationMs(this.run, matrix.range), read)
    else await read()
    this.leave(profile, above)
  }

  private enter(node: Expr, grid: Grid): { profile: Profile; above: Profile | undefined } {
    let profile = this.profiles.get(node)
    if (profile === undefined) {
      profile = {
        series: 0,
        values: 0,
        steps: grid.steps,
        ownMs: 0,
        labelNames: new Set(),
        reads: undefined,
        notes: [],
        open: 0,
        intervals: [],
      }
      this.profiles.set(node, profile)
    }
    const above = this.current
    if (profile.open > 0) profile.steps = Math.min(profile.steps, grid.steps)
    profile.open++
    this.clockTo(profile)
    return { profile, above }
  }

  private leave(profile: Profile, above: Profile | undefined): void {
    profile.open--
    this.clockTo(above)
  }

  /** The clock goes on for another node; remarks made meanwhile are the last one's. */
  private clockTo(to: Profile | undefined): void {
    const nowMs = this.explain.now()
    const { current, run } = this
    if (current !== undefined) {
      current.ownMs += nowMs - this.sinceMs
      const notes = run.warnings.size + run.infos.size
      if (notes > this.notesSeen) {
        const known = new Set([...this.profiles.values()].flatMap((profile) => profile.notes))
        for (const note of [...run.warnings, ...run.infos]) if (!known.has(note)) current.notes.push(note)
        this.notesSeen = notes
      }
    }
    this.current = to
    this.sinceMs = nowMs
  }

  private counting(profile: Profile, above: Profile | undefined, sink: ColumnSink): ColumnSink {
    // Inside of itself, a node hands on what the outer call counts.
    if (profile.open > 1) return sink
    return (column) => {
      profile.series++
      for (const present of column.present) profile.values += present
      noteNames(profile, column.labels)
      this.clockTo(above)
      sink(column)
      this.clockTo(profile)
    }
  }

  private async reading(
    profile: Profile,
    selector: VectorSelector,
    grid: Grid,
    windowMs: number,
    read: () => Promise<void>,
  ): Promise<void> {
    const { run } = this
    const [series, samples, origins] = [run.seriesRead, run.samplesRead, { ...this.explain.origins() }]
    await read()
    const { firstEndMs, strideMs, steps } = windowsOf(run, grid, selector, windowMs)
    const from: Record<string, number> = {}
    for (const [name, count] of Object.entries(this.explain.origins()))
      if (count > (origins[name] ?? 0)) from[name] = count - (origins[name] ?? 0)
    const sorted = profile.intervals.sort((a, b) => a - b)
    profile.reads = {
      series: run.seriesRead - series,
      samples: run.samplesRead - samples,
      origins: from,
      fromMs: firstEndMs - windowMs,
      toMs: firstEndMs + strideMs * (steps - 1),
      windowMs,
      intervalMs: sorted[sorted.length >> 1],
    }
  }
}

function noteNames({ labelNames }: Profile, labels: Labels): void {
  for (let i = 0; i < labels.length; i += 2) labelNames.add(labels[i]!)
}
