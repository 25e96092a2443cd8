import type { PromqlFeatures } from '../../features.ts'
import { formatShort } from '../../number-text.ts'
import { type Expr, type Span, unwrapParens, type VectorSelector } from '../../parse/index.ts'
import { lineColumn, PromqlError } from '../../promql-error.ts'
import type { CancelSignal, SeriesSource } from '../../series-source.ts'
import type { SlicePlan, Slicer } from './slicer.ts'
import type { Tally } from './tally.ts'

export type RunOptions = {
  readonly query: string
  readonly source: SeriesSource
  readonly signal: CancelSignal
  readonly lookbackMs: number
  readonly maxSamples: number
  readonly features: PromqlFeatures
  readonly subqueryStepMs: number
  readonly yieldNow: (() => Promise<void>) | undefined
  readonly now: (() => number) | undefined
  readonly startMs: number
  readonly endMs: number
  readonly stepMs: number
  /** Selectors whose histograms are read without buckets. */
  readonly bucketless: ReadonlySet<VectorSelector>
  /** Evaluates parts of the query slice by slice, where it can; absent: everything is evaluated here, in one piece. */
  readonly slicer?: Slicer | undefined
  /** With a slicer: the parts of the whole query. */
  readonly plans?: readonly SlicePlan[] | undefined
  /** No two series of any selection are equal but for their metric name, whatever the selectors say. */
  readonly apart?: boolean | undefined
}

/** About 10 ms of work: a cell or a sample costs some nanoseconds. */
const WORK_PER_PAUSE = 1_000_000

const MAX_WARNINGS = 100

/** What one evaluation carries along: its limits, what it has touched, and what it has to tell beside the answer. */
export class Run {
  readonly options: RunOptions
  readonly warnings = new Set<string>()
  readonly infos = new Set<string>()
  seriesRead = 0
  samplesRead = 0
  peakSamples = 0
  sortMs = 0
  /** Where samples are counted, when somebody asked; what lies beneath a subquery counts elsewhere or not at all. */
  tally: Tally | undefined
  /** Place in its selection of the series that is being evaluated; 0 where the source has no places. */
  row = 0
  private held = 0
  private work = 0

  constructor(options: RunOptions) {
    this.options = options
  }

  get delayedNameRemoval(): boolean {
    return this.options.features.has('promql-delayed-name-removal')
  }

  get usesStartTimes(): boolean {
    return this.options.features.has('use-start-timestamps')
  }

  /** `__type__` and `__unit__` belong to the name: they go with it. */
  get typeAndUnitLabels(): boolean {
    return this.options.features.has('type-and-unit-labels')
  }

  /** Counts values that stay in memory; throws once they are more than the limit. */
  hold(samples: number, at: Span): void {
    this.held += samples
    if (this.held > this.peakSamples) this.peakSamples = this.held
    if (this.held > this.options.maxSamples) {
      throw new PromqlError(
        'max_samples',
        'query processing would load too many samples into memory in query execution',
        at,
      )
    }
  }

  release(samples: number): void {
    this.held -= samples
  }

  /** Counts work done; true when it is time to call `pause`. */
  spend(amount: number): boolean {
    this.work += amount
    return this.work > WORK_PER_PAUSE
  }

  get isTimeToPause(): boolean {
    return this.work > WORK_PER_PAUSE
  }

  /** Lets others run, and stops here when the query was cancelled. */
  async pause(): Promise<void> {
    this.work = 0
    this.throwIfCancelled()
    await this.options.yieldNow?.()
    this.throwIfCancelled()
  }

  throwIfCancelled(): void {
    if (this.options.signal.aborted) throw this.options.signal.reason
  }

  warn(text: string, at: Span): void {
    this.warnings.add(`PromQL warning: ${text} (${this.placeOf(at)})`)
  }

  /** Every value that is no quantile is warned of; a query with thousands of them says so of the first hundred. */
  warnOfQuantile(q: number, at: Span): void {
    if ((q >= 0 && q <= 1) || this.warnings.size >= MAX_WARNINGS) return
    this.warn(`quantile value should be between 0 and 1, got ${formatShort(q)}`, at)
  }

  inform(text: string, at: Span): void {
    this.infos.add(`PromQL info: ${text} (${this.placeOf(at)})`)
  }

  /** Parentheses do not count. */
  placeOf(at: Span | Expr): string {
    return lineColumn(this.options.query, 'kind' in at ? unwrapParens(at).start : at.start)
  }

  remark(kind: 'warning' | 'info', text: string, at: Span): void {
    if (kind === 'warning') this.warn(text, at)
    else this.inform(text, at)
  }

  fail(message: string, at: Expr | Span): never {
    throw new PromqlError('execution', message, at)
  }
}
