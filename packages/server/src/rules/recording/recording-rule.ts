import { type Labels, labelPairs } from '@binnacle/promql'
import { overlaid } from '../labels.ts'
import { type OutputSeries, outputSeries, type SeriesOutput } from '../output/index.ts'
import type { RecordingRule } from '../rule-file/index.ts'
import type { RuleQuery } from '../rule-query.ts'

/** A recording rule with the series that it makes. */
export type RecordingRuleState = {
  readonly rule: RecordingRule
  /** Series of the last evaluation, which go stale when they are not made again. */
  series: Set<OutputSeries>
  /** Evaluates once. Throws what the query throws, for series of the same labels, and past the limit (0: none). */
  evaluate(
    run: { readonly queryMs: number; readonly limit: number; readonly signal: AbortSignal },
    output: SeriesOutput,
  ): Promise<{ readonly samples: number; readonly error: Error | undefined }>
}

/** A lone surrogate: it occurs in no label. */
const keyOf = (labels: Labels) => labels.join('\ud800')

type Kept = { readonly series: OutputSeries; round: number }

/** `labels` are those of the group and the rule. */
export function createRecordingRule(query: RuleQuery, rule: RecordingRule, labels: Labels): RecordingRuleState {
  const over = withName(rule.record, labels)
  /** By the labels of the element, and by those of the series: an element costs one look-up once it is known. */
  const byElement = new Map<string, Kept>()
  const byLabels = new Map<string, OutputSeries>()
  let round = 0

  function seriesOf(element: Labels): OutputSeries {
    const key = keyOf(element)
    const known = byElement.get(key)
    if (known !== undefined) {
      known.round = round
      return known.series
    }
    const made = overlaid(element, over)
    const madeKey = keyOf(made)
    let series = byLabels.get(madeKey)
    if (series === undefined) {
      series = outputSeries(made)
      byLabels.set(madeKey, series)
    }
    byElement.set(key, { series, round })
    return series
  }

  function forgetUnused(): void {
    for (const [key, one] of byElement) if (one.round < round) byElement.delete(key)
    if (byLabels.size === state.series.size) return
    for (const [key, series] of byLabels) if (!state.series.has(series)) byLabels.delete(key)
  }

  const state: RecordingRuleState = {
    rule,
    series: new Set(),
    async evaluate({ queryMs, limit, signal }, output) {
      const vector = await query.evaluate(queryMs, signal)
      round++
      const made = new Set<OutputSeries>()
      for (const element of vector.labels) made.add(seriesOf(element))
      if (made.size < vector.labels.length) {
        throw new Error('vector contains metrics with the same labelset after applying rule labels')
      }
      if (limit > 0 && made.size > limit) throw new Error(`exceeded limit of ${limit} with ${made.size} series`)
      let i = 0
      for (const series of made) {
        output.add(series, queryMs, vector.values[i]!, vector.histograms?.[i])
        i++
      }
      for (const series of state.series) if (!made.has(series)) output.end(series, queryMs)
      state.series = made
      forgetUnused()
      const refusal = output.flush()
      return { samples: made.size, error: refusal && new Error(refusal.message) }
    },
  }
  return state
}

/** Sorted by name as label sets are; empty values, which take a label away, stay. */
function withName(name: string, labels: Labels): Labels {
  const own = labelPairs(labels).filter(([label]) => label !== '__name__')
  const pairs: (readonly [string, string])[] = [['__name__', name], ...own]
  return pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).flat()
}
