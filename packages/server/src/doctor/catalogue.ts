import type { Labels, Matcher } from '@binnacle/promql'
import type { LabelNeed } from './label-need.ts'

/** More series of one selector are not looked at one by one. */
export const MAX_SETS = 500

export type Selected = {
  /** Label sets of series that are or were there, names included; at most `MAX_SETS`. */
  readonly sets: readonly Labels[]
  /** There may be others that are not in `sets`. */
  readonly open: boolean
  /** None of them brings samples any more. */
  readonly gone?: Gone
}

export type Gone = {
  /** When one of them was last seen, Unix ms; 0 where that is not known. */
  readonly lastMs: number
  /** How many there were; more than `MAX_SETS` are not counted further. */
  readonly series: number
  /** No other series of the metric brings samples either. */
  readonly isWhole: boolean
}

/** Whether something that is selected brings samples, or may. */
export const isHere = ({ sets, open, gone }: Selected): boolean => gone === undefined && (sets.length > 0 || open)

/** What series exist here. Calls are quick and synchronous; what is not known yet is told by `Selected.open`. */
export type Catalogue = {
  /** For words: `in the last 7d`; absent where all that there is is known. */
  readonly within?: string
  /** It is too soon to say that something is missing. */
  readonly isYoung?: boolean
  /** Series that the matchers select, now or in the last days. */
  select(matchers: readonly Matcher[]): Selected
  /**
   * All series that bring samples, each with only the labels that are needed: far more of them than `select` gives. Sets that
   * are the same then are one.
   */
  selectNeeded(matchers: readonly Matcher[], need: LabelNeed): Pick<Selected, 'sets' | 'open'>
  /** Questions that wait for an answer: until then what was asked is open. */
  readonly pending?: number
  /** Names of all metrics. */
  names(): readonly string[]
  /** Whether a target speaks of the metric (its TYPE or HELP), although it has no series of it yet. */
  declares(metric: string): boolean
  /** Values that a label of a metric has, at most some dozens. */
  labelValues(metric: string, label: string): readonly string[]
  /** Newest values; undefined where they are not known. */
  values(matchers: readonly Matcher[]): readonly SeriesValue[] | undefined
}

export type SeriesValue = { readonly labels: Labels; readonly value: number }

/** The family that a series may belong to: buckets and the like stand under its name. */
const familyNames = (metric: string) => [metric, metric.replace(/_(bucket|count|sum|total|created)$/, '')]

/** Whether one of the families is that of a metric. */
export const isAmong = (families: ReadonlySet<string>, metric: string): boolean =>
  familyNames(metric).some((name) => families.has(name))

/** The matchers that select all series of a metric. */
export const allOf = (metric: string): readonly Matcher[] => [{ name: '__name__', op: '=', value: metric }]
