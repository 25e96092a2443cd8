import type { Labels, Matcher } from '@binnacle/promql'
import type { RuleFile } from './rule-file/index.ts'

/** All that decides which rules run and how. Durations are ms. */
export type RulesConfig = {
  readonly files: readonly RuleFile[]
  /** Of groups that name none (`global.evaluation_interval`). */
  readonly evaluationIntervalMs: number
  /** The same (`global.rule_query_offset`). */
  readonly queryOffsetMs: number
  /** Seen by templates. */
  readonly externalLabels: Labels
  /** Where others reach Binnacle, without a slash at its end: for links to expressions, and for templates. */
  readonly externalUrl: string
  /** The longest interval at which something is scraped: so long after a start samples may still be late. */
  readonly slowestScrapeMs: number
  /** Rules that raise an alert of their own when there is no data; the first that fits counts. */
  readonly noData: readonly NoDataRule[]
}

export type NoDataRule = {
  /** Held against the labels of an alerting rule, with `alertname`, `rule_group` and `rule_file`. */
  readonly matchers: readonly Matcher[]
  /** Data must be missing so long. */
  readonly forMs: number
  readonly labels: Labels
}

/** No rules at all. */
export const NO_RULES: RulesConfig = {
  files: [],
  evaluationIntervalMs: 60_000,
  queryOffsetMs: 0,
  externalLabels: [],
  externalUrl: '',
  slowestScrapeMs: 60_000,
  noData: [],
}
